"""How many processors a process may use: those it is bound to, and what its container grants."""

from __future__ import annotations

import os

import pytest

import tunesmith as ts
from tunesmith.samplers import Random
from tunesmith.study import processors as module
from tunesmith.study.processors import processors


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Eight processors, and a container whose quota can be written."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(8)), raising=False)
    monkeypatch.setattr(module, "_QUOTA", tmp_path / "cpu.max")
    return tmp_path / "cpu.max"


def test_all_that_the_process_is_bound_to(machine):
    assert processors() == 8


@pytest.mark.parametrize(
    ("quota", "count"),
    [("max 100000", 8), ("200000 100000", 2), ("150000 100000", 2), ("1000 100000", 1), ("9900000 100000", 8)],
)
def test_a_container_may_grant_fewer(machine, quota, count):
    machine.write_text(f"{quota}\n")
    assert processors() == count


@pytest.mark.parametrize("junk", ["", "1", "a b", "100 0"])
def test_a_quota_that_cannot_be_read_limits_nothing(machine, junk):
    machine.write_text(junk)
    assert processors() == 8


def test_where_binding_is_not_known_all_count(machine, monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    assert processors() == 3
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert processors() == 1


def test_minus_one_job_is_one_for_each_processor(monkeypatch):
    monkeypatch.setattr("tunesmith.study.checks.processors", lambda: 3)
    study = ts.create_study(ts.Space(x=ts.Float(0, 1)), sampler=Random(), seed=1)
    study.optimize(lambda trial: trial.params["x"], n_trials=4, n_jobs=-1, executor="threads")
    [session] = [stamped.event for stamped in study.events() if type(stamped.event).__name__ == "Session"]
    assert session.limits["n_jobs"] == 3
    for wrong in (0, -2, 1.5, True):
        with pytest.raises(ValueError, match=f"n_jobs must be an integer of 1 or more, or -1 .*got {wrong}"):
            study.optimize(lambda trial: 1.0, n_trials=9, n_jobs=wrong)

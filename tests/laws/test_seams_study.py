"""Seams carry what comes later: lag, snapshots, edits in the middle, two processes on a fresh file."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import tunesmith as ts
from tunesmith.core.history import History
from tunesmith.core.protocols import Problem, Proposal
from tunesmith.pruners import ASHA, Median
from tunesmith.samplers import Random
from tunesmith.study.snapshot import Snapshots

SPACE = ts.Space(x=ts.Float(-1, 1), y=ts.Float(-1, 1), n=ts.Int(1, 5))


def train(trial):
    start = trial.last_step or 0
    for step in range(start + 1, 10):
        trial.report((trial.params["x"] ** 2 + trial.params["y"] ** 2) * (1 + trial.params["n"] / step), step)
        if trial.should_prune():
            raise ts.TrialPruned
    return trial.params["x"] ** 2 + trial.params["y"] ** 2


def signature(study):
    return [(t.number, dict(t.params), str(t.state), t.value, dict(t.reports), t.by, len(t.runs)) for t in study.trials]


@dataclass(frozen=True)
class Greedy:
    """Moves from the best config told so far; depends on everything that it was told, and in which order."""

    def init(self, problem: Problem) -> dict:
        return {"space": problem.space, "x": np.empty((0, len(problem.space))), "loss": np.empty(0), "sum": 0.0}

    def tell(self, state: dict, runs: History) -> dict:
        loss = np.nan_to_num(runs.loss, nan=9.0)
        total = state["sum"]
        for value in loss:
            total = 0.9 * total + value  # depends on the order
        return {
            "space": state["space"],
            "x": np.vstack([state["x"], runs.x]),
            "loss": np.append(state["loss"], loss),
            "sum": total,
        }

    def ask(self, state, pending, rng) -> Proposal:
        if not len(state["loss"]):
            return Proposal(state["space"].sample(rng), "greedy")
        best = state["x"][np.argmin(state["loss"])]
        shift = 0.3 * np.tanh(state["sum"]) + 0.01 * len(pending)
        moved = np.clip(best + shift * rng.normal(size=len(best)), 0, 1)
        return Proposal(state["space"].encoding.decode(moved[None])[0], "greedy", {"shift": float(shift)})


@dataclass(frozen=True)
class Costly:
    """The same, with a state that can be dumped; `loads` counts how often that was used."""

    loads = []  # noqa: RUF012 - shared on purpose, so that a test can count

    def init(self, problem: Problem) -> dict:
        return Greedy().init(problem)

    def tell(self, state: dict, runs: History) -> dict:
        return Greedy().tell(state, runs)

    def ask(self, state, pending, rng) -> Proposal:
        return Greedy().ask(state, pending, rng)

    def dump(self, state: dict) -> dict[str, np.ndarray]:
        return {"x": state["x"], "loss": state["loss"], "sum": np.array(state["sum"])}

    def load(self, problem: Problem, arrays: dict[str, np.ndarray]) -> dict:
        self.loads.append(len(arrays["loss"]))
        return {"space": problem.space, "x": arrays["x"], "loss": arrays["loss"], "sum": float(arrays["sum"])}


@pytest.mark.parametrize("pruner", [Median(startup=3), ASHA(1, 9), ASHA(1, 9, pausing=True)], ids=str)
@pytest.mark.parametrize("sampler", [Random(), Greedy()], ids=["random", "greedy"])
def test_any_number_of_workers_up_to_the_lag_gives_the_same_study(sampler, pruner):
    studies = []
    for jobs in (1, 2, 4, 8):
        study = ts.create_study(SPACE, sampler=sampler, pruner=pruner, seed=11)
        study.optimize(train, n_trials=30, n_jobs=jobs, lag=8, executor="inline" if jobs == 1 else "threads")
        studies.append(signature(study))
    assert studies[0] == studies[1] == studies[2] == studies[3]
    assert any(state != "complete" for _, _, state, *_ in studies[0]), "no run was pruned or paused"


@pytest.mark.slow
def test_the_lag_holds_across_child_processes():
    studies = []
    for jobs in (1, 2, 4):
        study = ts.create_study(SPACE, sampler=Random(), pruner=Median(startup=3), seed=11)
        study.optimize(train, n_trials=30, n_jobs=jobs, lag=8, executor="processes")
        studies.append(signature(study))
    assert studies[0] == studies[1] == studies[2]


def test_more_jobs_than_the_lag_are_refused():
    study = ts.create_study(SPACE, sampler=Random(), seed=1)
    with pytest.raises(ts.TunesmithError, match="n_jobs=4 is more than lag=2"):
        study.optimize(train, n_trials=3, n_jobs=4, lag=2)


def run_costly(folder, first, then, *, drop=False, spoil=False):
    def go(n):
        study = ts.create_study(
            SPACE, sampler=Costly(), seed=2, storage=f"sqlite:///{folder}/s.db", study_name="s", load_if_exists=True
        )
        study.optimize(train, n_trials=n)
        return study

    go(first)
    snapshots = list(Path(folder).rglob("snapshot.npz"))
    for path in snapshots:
        if drop:
            path.unlink()
        if spoil:
            path.write_bytes(path.read_bytes()[:-100])
    return signature(go(then)), len(snapshots)


def test_a_resume_from_a_snapshot_and_from_the_bare_log_are_equal(tmp_path):
    folders = [tmp_path / name for name in ("kept", "dropped", "spoilt", "once")]
    for folder in folders:
        folder.mkdir()
    Costly.loads.clear()
    kept, count = run_costly(folders[0], 12, 20)
    assert count == 1
    assert Costly.loads == [12], "the snapshot was not used, or not for all runs"
    dropped, _ = run_costly(folders[1], 12, 20, drop=True)
    spoilt, _ = run_costly(folders[2], 12, 20, spoil=True)
    assert Costly.loads == [12]
    once, _ = run_costly(folders[3], 20, 20)
    assert kept == dropped == spoilt == once


def test_a_snapshot_that_its_sampler_cannot_read_is_not_used(tmp_path, monkeypatch):
    (tmp_path / "strange").mkdir()
    (tmp_path / "once").mkdir()
    once, _ = run_costly(tmp_path / "once", 20, 20)

    def load(self, problem, arrays):
        raise KeyError("fitted")  # the name that an older state of this version had

    monkeypatch.setattr(Costly, "load", load)
    strange, count = run_costly(tmp_path / "strange", 12, 20)
    assert count == 1
    assert strange == once


def test_a_snapshot_of_other_settings_or_runs_is_not_used(tmp_path):
    study = ts.create_study(SPACE, sampler=Random(), seed=2)
    study.optimize(train, n_trials=6)
    history = study.history
    problem = Problem(SPACE, seed=2)
    state = Costly().tell(Costly().init(problem), history)
    kept = Snapshots(str(tmp_path), {"name": "Costly", "settings": {}})
    kept.save(Costly(), state, problem, history, 6)
    assert kept.load(Costly(), problem, history) is not None
    assert kept.load(Costly(), problem, history.take(np.arange(5))) is None
    assert kept.load(Costly(), problem, history.take(np.arange(6)[::-1].copy())) is None
    other = Snapshots(str(tmp_path), {"name": "Costly", "settings": {"k": 1}})
    assert other.load(Costly(), problem, history) is None
    assert kept.load(Costly(), Problem(SPACE.without("n"), seed=2), history) is None


def test_a_study_edited_in_the_middle_is_told_again_and_loses_nothing(tmp_path):
    told = []

    @dataclass(frozen=True)
    class Watching:
        def init(self, problem):
            return (problem.space, 0)

        def tell(self, state, runs):
            told.append((state[0].names, runs.numbers.tolist(), runs.x.copy()))
            return (state[0], state[1] + len(runs))

        def ask(self, state, pending, rng):
            return Proposal(state[0].sample(rng), "watching", {"told": state[1]})

    space = ts.Space(x=ts.Float(-1, 1), c=ts.Categorical("a", "b", "d"), n=ts.Int(1, 5))
    study = ts.create_study(space, sampler=Watching(), seed=3, storage=f"sqlite:///{tmp_path}/s.db")
    study.optimize(lambda t: t.params["x"] ** 2, n_trials=12)
    before = [(t.number, dict(t.params), t.value) for t in study.trials]
    gone = [n for n, params, _ in before if params["c"] == "d"]
    assert gone

    edited = ts.Space(x=ts.Float(0, 2), c=ts.Categorical("a", "b"), n=ts.Int(1, 5), z=ts.Float(0, 1, default=0.25))
    study.edit_space(edited, "narrower, one choice less, a new parameter")
    told.clear()
    study.optimize(lambda t: t.params["x"] ** 2, n_trials=16)

    names, numbers, x = told[0]
    assert names == ("x", "c", "n", "z")
    assert numbers == [n for n, _, _ in before if n not in gone], "told again: all but the runs of a removed choice"
    for row, number in zip(x, numbers, strict=True):
        expected = before[number][1]["x"] / 2  # outside [0, 1] when negative: nothing is clipped
        assert row[0] == pytest.approx(expected)
        assert row[3] == pytest.approx(0.25)
    trials = study.trials
    assert [(t.number, dict(t.params), t.value) for t in trials[:12]] == before
    assert all(0 <= t.params["x"] <= 2 and "z" in t.params and t.params["c"] != "d" for t in trials[12:])
    assert len(study.history) == 16 - len(gone)
    reloaded = ts.load_study(storage=f"sqlite:///{tmp_path}/s.db", sampler=Random())
    assert [dict(t.params) for t in reloaded.trials] == [dict(t.params) for t in trials]


PROGRAM = """
import sys
import tunesmith as ts
study = ts.create_study(ts.Space(x=ts.Float(-1, 1)), storage=sys.argv[1], study_name="s", load_if_exists=True,
                        sampler=ts.samplers.Random(), seed=1)
sys.stdin.readline()
study.optimize(lambda trial: trial.params["x"] ** 2, n_trials=12)
"""


def start_together(folder, round_):
    url = f"sqlite:///{folder}/{round_}.db"
    command = [sys.executable, "-c", PROGRAM, url]
    pair = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in pair:
        process.stdin.write("\n")
        process.stdin.flush()
    for process in pair:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        assert errors == ""
    trials = ts.load_study("s", storage=url).trials
    assert [t.number for t in trials] == list(range(12))
    assert all(t.state == "complete" and len(t.runs) == 1 for t in trials)
    return {t.runs[0].worker for t in trials}


def test_two_processes_start_on_a_fresh_file_at_the_same_moment(tmp_path):
    for round_ in range(2):
        start_together(tmp_path, round_)


@pytest.mark.slow
def test_two_processes_start_on_a_fresh_file_twenty_times(tmp_path):
    workers = [len(start_together(tmp_path, round_)) for round_ in range(20)]
    assert max(workers) == 2, "in no round did both processes get a trial"

"""Whose fault a lost run was: a kill of its own process counts at once, the loss of its whole worker counts less."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time

import pytest

import tunesmith as ts
from tunesmith.samplers import Random
from tunesmith.study.closing import WORKERS, lose

SPACE = ts.Space(x=ts.Float(-1, 1))


def run_with(reasons, max_attempts=3):
    """Return trial 0 of a study whose first runs were closed for these reasons before they could end."""
    study = ts.create_study(SPACE, sampler=Random(), seed=1, max_attempts=max_attempts)

    def objective(trial):
        if trial.number == 0 and trial.run <= len(reasons):
            study._log.append(lose(study._log.ledger, 0, trial.run, reasons[trial.run - 1], "gone"))
        return 1.0

    study.optimize(objective, n_trials=2, max_failures=None)
    return study.trials[0]


@pytest.mark.parametrize(
    ("reasons", "why"),
    [
        (["interrupted"] * 3, "killed in 3 of the last 3 runs, the limit is max_attempts=3"),
        (["interrupted", "lost", "interrupted", "lost", "interrupted"], "killed in 3 of the last 5 runs"),
        (["lost"] * 9, r"9 runs in a row were lost with their workers, the limit is 3 \* max_attempts=3"),
        (["interrupted", "interrupted", *["lost"] * 7], "9 runs in a row were lost"),
    ],
)
def test_a_trial_fails_after_so_many_losses(reasons, why):
    trial = run_with(reasons)
    assert trial.state == "failed"
    assert len(trial.runs) == len(reasons)
    assert re.search(why, trial.message)


@pytest.mark.parametrize(
    "reasons",
    [
        ["lost"] * 8,
        ["interrupted", "interrupted", "lost"],
        ["interrupted", "interrupted", "released", "interrupted", "interrupted"],
        [*["lost"] * 8, "released", *["lost"] * 8],
    ],
)
def test_a_trial_goes_on_after_fewer(reasons):
    trial = run_with(reasons)
    assert trial.state == "complete"
    assert [run.reason for run in trial.runs] == [*reasons, "returned"]


def test_max_attempts_scales_both_limits():
    assert run_with(["interrupted"], max_attempts=1).state == "failed"
    assert run_with(["lost"] * (WORKERS - 1), max_attempts=1).state == "complete"
    assert run_with(["lost"] * WORKERS, max_attempts=1).state == "failed"


PROGRAM = """
import sys, time
import tunesmith as ts

def objective(trial):
    trial.report(1.0, step=1)
    time.sleep(3600 if sys.argv[2] == "hang" else 0)
    return trial.params["x"] ** 2

study = ts.create_study(ts.Space(x=ts.Float(-1, 1)), storage=sys.argv[1], study_name="s", load_if_exists=True,
                        sampler=ts.samplers.Random(), seed=1)
study.optimize(objective, n_trials=2, n_jobs=2, executor="processes")
"""


def reported(url, runs):
    """Whether both trials have reported in run number `runs`."""
    try:
        trials = ts.load_study("s", storage=url).trials
    except ts.errors.StudyNotFoundError:
        return False
    return len(trials) == 2 and all(len(t.runs) == runs and t.state == "running" and t.reports for t in trials)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_three_kills_of_the_main_process_in_a_row_fail_no_trial(tmp_path):
    url = f"sqlite:///{tmp_path}/s.db"
    for round_ in range(1, 4):
        process = subprocess.Popen([sys.executable, "-c", PROGRAM, url, "hang"])
        try:
            deadline = time.monotonic() + 120
            while not reported(url, round_):
                assert process.poll() is None, "the program ended by itself"
                assert time.monotonic() < deadline
                time.sleep(0.05)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
    subprocess.run([sys.executable, "-c", PROGRAM, url, "end"], check=True, timeout=120)
    trials = ts.load_study("s", storage=url).trials
    assert [t.state for t in trials] == ["complete"] * 2
    assert [[run.reason for run in t.runs] for t in trials] == [["lost"] * 3 + ["returned"]] * 2

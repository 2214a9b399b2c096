"""`tunesmith demo`, undisturbed and disturbed: it ends with exactly the trials asked for, each ended once."""

from __future__ import annotations

import contextlib
import signal

import psutil
import pytest

import tunesmith as ts
from tests.e2e.conftest import FINAL, TUNESMITH, all_gone, check_whole, counts, descendants, until

pytest.importorskip("sklearn")
pytestmark = pytest.mark.e2e

TRIALS = 7
DEMO = ("demo", "--trials", TRIALS, "--seed", 1)


def finished(storage):
    """Return what stands of the trials that have ended: values and number of runs."""
    try:
        trials = ts.load_study(storage=str(storage)).trials
    except ts.TunesmithError:
        return {}
    return {t.number: (t.values, len(t.runs), dict(t.params)) for t in trials if t.state in FINAL}


def in_the_middle(storage):
    """Whether some trials have ended, two run, and some have not begun."""
    now = counts(storage)
    return sum(now[state] for state in FINAL) in range(1, TRIALS - 3) and now["running"] == 2


@pytest.fixture
def storage(shell):
    return shell.folder / "tunesmith-demo.db"


@pytest.fixture
def running(shell, storage):
    process = shell.start(*TUNESMITH, *DEMO)
    until(lambda: in_the_middle(storage), process)
    return process


def check_end(shell, storage, before):
    """Check the study, the report, and that what had ended stands as it stood."""
    study = ts.load_study(storage=str(storage))
    check_whole(study, TRIALS)
    assert study.counts["complete"] >= 3
    assert study.best_value > 0.9
    after = finished(storage)
    assert {number: after[number] for number in before} == before
    page = (shell.folder / "report.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "digits" in page
    return study


def test_it_runs_and_goes_on_with_more_trials(shell, storage):
    ended = shell.tunesmith("demo", "--trials", 4, "--seed", 1, "--report", "first.html")
    assert ended.returncode == 0, ended.stderr
    assert "cross-validated accuracy 0." in ended.stdout
    assert str(shell.folder / "first.html") in ended.stdout
    before = finished(storage)
    assert sorted(before) == [0, 1, 2, 3]
    ended = shell.tunesmith(*DEMO)
    assert ended.returncode == 0, ended.stderr
    assert f"{TRIALS} of {TRIALS} done" in ended.stderr
    study = check_end(shell, storage, before)
    assert sum(bool(trial.user_attrs.get("default")) for trial in study.trials) == 3


def test_after_kill_9_of_the_main_process_it_goes_on(shell, storage, running):
    children = descendants(running)
    assert len(children) == 2
    running.kill()
    running.wait()
    assert all_gone(children)
    before = finished(storage)
    ended = shell.tunesmith(*DEMO)
    assert ended.returncode == 0, ended.stderr
    study = check_end(shell, storage, before)
    assert {run.reason for trial in study.trials for run in trial.runs[:-1]} == {"lost"}


def test_after_kill_9_of_a_child_it_goes_on_by_itself(shell, storage, running):
    running.suspend()  # so that the child is surely in the midst of a run
    busy = [child for child in descendants(running) if child.is_running()]
    before = finished(storage)
    open_before = counts(storage)["running"]
    busy[0].kill()
    running.resume()
    assert running.wait() == 0, shell.output()
    study = check_end(shell, storage, before)
    again = [run.reason for trial in study.trials for run in trial.runs[:-1]]
    assert open_before == 2
    assert again in (["interrupted"], [])  # none where the child had just sent its result


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_after_an_interrupt_it_goes_on(shell, storage, running, number, code):
    family = []
    with contextlib.suppress(psutil.NoSuchProcess):
        family = running.children(recursive=True)
    running.send_signal(number)
    assert running.wait() == code
    assert "Traceback" not in shell.output()
    assert all_gone(family)
    assert counts(storage)["running"] == 0
    before = finished(storage)
    ended = shell.tunesmith(*DEMO)
    assert ended.returncode == 0, ended.stderr
    check_end(shell, storage, before)

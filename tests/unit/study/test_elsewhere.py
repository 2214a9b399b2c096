"""Asked in one process, told in another: who holds such a trial, and when it runs again."""

from __future__ import annotations

import subprocess
import sys

import pytest

import tunesmith as ts
from tunesmith.core import events as ev
from tunesmith.samplers import Random
from tunesmith.stores.memory import MemoryStore
from tunesmith.study.reaping import LONG_LEASE

SPACE = ts.Space(x=ts.Float(-1, 1))

HEAD = """
import sys
import tunesmith as ts
study = ts.create_study({space}, storage=sys.argv[1], study_name="s", load_if_exists=True,
                        sampler=ts.samplers.Random(), seed=1)
"""
ASK = HEAD + "print(study.ask({how}).number)"
TELL = HEAD + "study.tell(int(sys.argv[2]), float(sys.argv[3]))"
DECLARED = "ts.Space(x=ts.Float(-1, 1))"


def program(text, *words, space=DECLARED, how=""):
    """Run a program of its own on a study, and return what it printed."""
    text = text.format(space=space, how=how)
    done = subprocess.run(
        [sys.executable, "-c", text, *words], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_trial_asked_for_by_a_process_that_ended_is_told_by_another_one(tmp_path):
    url = f"sqlite:///{tmp_path}/s.db"
    numbers = [program(ASK, url), program(ASK, url)]
    assert numbers == ["0", "1"], "the second asker took the first for dead"
    study = ts.load_study("s", storage=url)
    study.optimize(lambda trial: trial.params["x"] ** 2, n_trials=4)
    assert study.counts["running"] == 2, "the loop took the askers for dead"
    program(TELL, url, "0", "0.25")
    assert study.tell(1, 0.5).value == 0.5
    assert [t.value for t in study.trials[:2]] == [0.25, 0.5]
    assert [len(t.runs) for t in study.trials] == [1] * 4
    assert study.replay() == []


def test_told_here_runs_again_as_soon_as_its_process_is_gone(tmp_path):
    url = f"sqlite:///{tmp_path}/s.db"
    program(ASK, url, how="told_here=True")
    study = ts.load_study("s", storage=url)
    again = study.ask()
    assert (again.number, again.run) == (0, 2)
    assert study.trials[0].runs[0].message == "its worker is gone"


def test_values_of_define_by_run_are_known_wherever_the_trial_is_told(tmp_path):
    url = f"sqlite:///{tmp_path}/s.db"
    study = ts.create_study(storage=url, study_name="s", sampler=Random(), seed=1)
    study.optimize(
        lambda t: t.suggest_float("x", -1, 1) + t.suggest_int("n", 1, 3) + t.suggest_float("y", 0, 1), n_trials=1
    )
    x = "trial.suggest_float('x', 5, 6)"
    others = "trial.suggest_int('n', 1, 3), trial.suggest_categorical('k', ['a', 'b'])"
    ask = f"{HEAD}\ntrial = study.ask()\nprint({x}, {others})"
    x, n, k = program(ask, url, space="None").split()
    params = {"x": float(x), "n": int(n), "k": k}
    assert study.trials[1].params == {**params, "y": study.trials[1].params["y"]}, "not known before it is told"
    program(TELL, url, "1", "1.5", space="None")
    told = study.trials[1]
    assert told.params == params, "what was met is kept, what nobody asked for is dropped"
    assert told.user_attrs == {}
    assert set(study.history.configs[1]) == {"x", "n", "k"}


def test_telling_here_and_elsewhere_leave_the_same_record():
    records = []
    for by_number in (False, True):
        store = MemoryStore()
        study = ts.create_study(storage=store, study_name="s", sampler=Random(), seed=1)
        for value in range(4):
            trial = study.ask()
            trial.suggest_float("x", 0, 1 + value)
            if value != 2:
                trial.suggest_float("y", 0, 1)
            other = ts.load_study("s", storage=store) if by_number else study
            other.tell(trial.number if by_number else trial, float(value))
        records.append([(dict(t.params), t.value, str(t.state), dict(t.user_attrs)) for t in study.trials])
        assert study.replay() == []
    assert records[0] == records[1]


def test_a_handle_is_told_to_another_study_object():
    store = MemoryStore()
    study = ts.create_study(storage=store, study_name="s", sampler=Random(), seed=1)
    trial = study.ask()
    x = trial.suggest_float("x", 0, 1)
    assert ts.load_study("s", storage=store).tell(trial, 1.0).params == {"x": x}


class Clock:
    """Time that a test moves."""

    def __init__(self):
        self.now = 1e9

    def __call__(self):
        return self.now


def test_the_seconds_of_a_trial_told_elsewhere_are_those_of_the_log():
    clock = Clock()
    store = MemoryStore(clock=clock)
    study = ts.create_study(SPACE, storage=store, study_name="s", sampler=Random(), seed=1)
    study.ask()
    clock.now += 500
    ts.load_study("s", storage=store).tell(0, 1.0)
    assert study.history.seconds.tolist() == [500.0]


def test_what_nobody_tells_runs_again_after_seven_days_without_a_sign_of_its_asker():
    clock = Clock()
    store = MemoryStore(clock=clock)
    study = ts.create_study(SPACE, storage=store, study_name="s", sampler=Random(), seed=1)
    study.ask()
    clock.now += LONG_LEASE - 60
    assert ts.load_study("s", storage=store).ask().number == 1
    clock.now += 120
    again = ts.load_study("s", storage=store).ask()
    assert (again.number, again.run) == (0, 2)
    assert study.trials[0].runs[0].reason == "lost"
    assert "nobody told it" in study.trials[0].runs[0].message
    with pytest.raises(ts.errors.LostTrialError):
        study.tell(study._asking.open[0].handle, 1.0)
    assert study.tell(0, 1.0).state == "complete", "by its number it is told while any run of it is open"


def test_a_report_renews_the_time(monkeypatch):
    clock = Clock()
    store = MemoryStore(clock=clock)
    study = ts.create_study(SPACE, storage=store, study_name="s", sampler=Random(), seed=1)
    trial = study.ask()
    clock.now += LONG_LEASE - 60
    monkeypatch.setattr("tunesmith.study.asking._RENEWAL", -1.0)
    trial.report(1.0, step=1)
    clock.now += 120
    assert ts.load_study("s", storage=store).ask().number == 1


def test_a_trial_is_given_back_and_runs_again():
    study = ts.create_study(SPACE, sampler=Random(), seed=1)
    first = study.ask()
    with pytest.raises(ts.errors.InvalidArgumentError, match="takes no value, got 1"):
        study.tell(first, 1, state="waiting")
    assert study.tell(first, state="waiting").state == "waiting"
    again = study.ask()
    assert (again.number, again.run, again.params) == (0, 2, first.params)
    study.tell(again, 0.5)
    assert [r.reason for r in study.trials[0].runs] == ["released", "returned"]
    assert study.replay() == []


def test_verdicts_on_an_asked_trial_are_replayed():
    study = ts.create_study(SPACE, sampler=Random(), pruner=ts.pruners.Median(startup=1), seed=1)
    for number in range(3):
        trial = study.ask()
        trial.report(float(number), 1)
        study.tell(trial, state="pruned") if trial.should_prune() else study.tell(trial, float(number))
    assert study.counts["pruned"] == 2
    assert study.replay() == []
    session = next(s.event for s in study.events() if isinstance(s.event, ev.Session))
    assert session.executor["holder"] == study.trials[0].runs[0].worker != session.worker


def test_a_handle_of_a_run_that_was_given_back_cannot_end_the_next_run():
    study = ts.create_study(SPACE, sampler=Random(), seed=1)
    old = study.ask()
    study.tell(old, state="waiting")
    new = study.ask()
    assert (new.number, new.run) == (0, 2)
    for teller in (study, ts.load_study(study.name, storage=study._log.store)):
        with pytest.raises(ts.errors.LostTrialError, match="trial 0, run 1 has been closed; run 2 is open now"):
            teller.tell(old, 1.0)
    assert study.tell(new, 2.0).value == 2.0


def test_an_edit_of_the_space_leaves_open_asks_and_their_verdicts():
    pruner = ts.pruners.ASHA(min_budget=1, max_budget=9, pausing=True)
    study = ts.create_study(SPACE, pruner=pruner, sampler=Random(), seed=1)
    trial = study.ask()
    trial.report(0.5, step=1)
    assert trial.should_prune()
    study.edit_space(ts.Space(x=ts.Float(-1, 1), y=ts.Float(0, 1, default=0.5)))
    assert study.tell(trial, 0.5).state == "paused"
    assert set(study.ask().params) == {"x", "y"}
    assert study.replay() == []

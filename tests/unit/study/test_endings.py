"""Ends that are nobody's plan: names of two types, pruners that wait for ever, stores that fail, torn ledgers."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass

import pytest

import tunesmith as ts
from tunesmith.core import events as ev
from tunesmith.core.protocols import Begin, Proposal, Verdict, Wait
from tunesmith.errors import StoreFullError
from tunesmith.samplers import Grid, Random

SPACE = ts.Space(x=ts.Float(-1, 1), n=ts.Int(1, 5))


def square(trial):
    return trial.params["x"] ** 2


@pytest.mark.parametrize("executor", ["inline", "threads"])
def test_a_name_of_two_types_fails_its_trials_and_the_study_goes_on(executor):
    study = ts.create_study(seed=1)

    def objective(trial):
        if trial.number % 2:
            return {"a": 1, "b": 2}[trial.suggest_categorical("x", ["a", "b"])]
        return trial.suggest_float("x", 0, 1)

    study.optimize(objective, n_trials=6, executor=executor)
    assert [t.state for t in study.trials] == ["complete", "failed"] * 3
    assert "two names" in study.trials[1].message
    assert study.trials[1].reason == "invalid"
    assert len(study.history.x) == 6, "what cannot join the space would break its encoding"
    assert study.replay() == []


def test_an_exception_is_forgiven_by_the_name_of_any_of_its_classes():
    study = ts.create_study(SPACE, sampler=Random(), seed=1)

    def objective(trial):
        raise KeyError(trial.number)

    study.optimize(objective, n_trials=12, catch=(LookupError,))
    assert study.counts["failed"] == 12
    with pytest.raises(ts.errors.TooManyFailuresError):
        study.optimize(objective, n_trials=30, catch=(OSError,))


@dataclass(frozen=True)
class Patient:
    """Begins three trials and then waits for ever."""

    def init(self, problem):
        return None

    def tell(self, state, runs):
        return None

    def assign(self, state, history, offer):
        return Wait("three are enough") if len(history) >= 3 else Begin(offer())

    def judge(self, state, trial, history):
        return Verdict.GO_ON


def test_a_pruner_that_waits_for_nothing_ends_the_study_and_leaves_the_queue():
    study = ts.create_study(SPACE, sampler=Random(), pruner=Patient(), seed=1)
    for _ in range(6):
        study.enqueue_trial({"n": 1})
    assert study.optimize(square, n_trials=10) == "three are enough"
    assert study.counts["complete"] == study.counts["waiting"] == 3
    assert sum(isinstance(s.event, ev.Claimed) for s in study.events()) == 4, "it asked again and again"


class Failing:
    """A store that is full for a while: from the n-th append on, as long as `full` holds."""

    def __init__(self, n: int) -> None:
        self.inner = ts.open_store(None)
        self.left, self.full = n, True

    def append(self, study, events):
        self._check()
        return self.inner.append(study, events)

    def beat(self, study, worker, seconds):
        self._check()
        self.inner.beat(study, worker, seconds)

    def _check(self):
        self.left -= 1
        if self.left < 0 and self.full:
            raise StoreFullError("the disk is full; make room and run the same command again")

    def __getattr__(self, name):
        return getattr(self.inner, name)


@pytest.mark.parametrize("n", range(4, 23, 3))
def test_a_full_store_in_the_middle_costs_no_trial_in_the_same_program(n):
    store = Failing(n)
    study = ts.create_study(SPACE, storage=store, sampler=Random(), seed=1)

    def objective(trial):
        trial.report(trial.params["x"], step=1)
        return square(trial)

    with contextlib.suppress(StoreFullError):  # a store that fails when all is done costs nothing
        study.optimize(objective, n_trials=5)
    assert store.left < 0
    store.full = False
    study.optimize(objective, n_trials=5)
    assert [t.state for t in study.trials] == ["complete"] * 5
    assert not study._log.ledger.tickets
    assert study.replay() == []


def test_an_interrupt_inside_the_fold_tears_nothing_for_good(monkeypatch):
    study = ts.create_study(SPACE, sampler=Random(), seed=1)
    study.optimize(square, n_trials=3)
    ledger = study._log.ledger
    broken = ledger.apply

    def apply(stamped):
        if isinstance(stamped.event, ev.Proposed):
            ledger.decisions += 17
            raise KeyboardInterrupt
        broken(stamped)

    monkeypatch.setattr(ledger, "apply", apply)
    with pytest.raises(KeyboardInterrupt):
        study.optimize(square, n_trials=5)
    study.optimize(square, n_trials=6)
    assert [t.state for t in study.trials] == ["complete"] * 6
    assert study.replay() == []


def test_a_decision_sees_one_position_of_the_log_whatever_other_threads_append():
    """The sampler gives another thread every chance to move the ledger between what it is told and what is written."""
    started, done = threading.Event(), threading.Event()

    @dataclass(frozen=True)
    class Slow:
        def init(self, problem):
            return problem.space, 0

        def tell(self, state, runs):
            return state[0], state[1] + len(runs)

        def ask(self, state, pending, rng):
            started.set()
            done.wait(0.05)
            return Proposal(state[0].sample(rng), f"told {state[1]}")

    study = ts.create_study(SPACE, sampler=Slow(), seed=1)

    def disturb():
        started.wait(5)
        study.add_trial({"x": 0.0, "n": 1}, 1.0)
        done.set()

    thread = threading.Thread(target=disturb)
    thread.start()
    study.optimize(square, n_trials=3)
    thread.join()
    for stamped in study.events():
        event = stamped.event
        if isinstance(event, ev.Proposed) and event.ticket is not None:
            before = [s for s in study.events() if s.position <= event.seen and isinstance(s.event, ev.Closed)]
            assert event.by == f"told {len(before)}"


def test_a_constraint_may_bound_the_value_itself():
    study = ts.create_study(
        SPACE, directions=["minimize", "maximize"], constraints={"value_0": "<= 0.5"}, sampler=Random(), seed=1
    )
    study.optimize(lambda trial: (abs(trial.params["x"]), trial.params["x"]), n_trials=20)
    assert {t.feasible for t in study.trials} == {True, False}
    assert all(t.values[0] <= 0.5 for t in study.best_trials)


def test_a_forgotten_ask_holds_nobody_up():
    study = ts.create_study(SPACE, sampler=Random(), seed=1)
    trial = study.ask()
    assert study.optimize(square, n_trials=4) == "all 4 trials have begun, 1 of them asked for and not told yet"
    assert study.counts["complete"] == 3
    with pytest.raises(ts.errors.InvalidArgumentError, match=r"told or given back first; open: \[0\]"):
        study.optimize(square, n_trials=6, lag=2)
    study.tell(trial, 1.0)
    assert study.optimize(square, n_trials=6, lag=2) == "all 6 trials are done"


def test_a_forgotten_ask_holds_nobody_up_at_the_end_of_a_finite_space():
    study = ts.create_study(ts.Space(n=ts.Int(1, 3)), sampler=Grid(), seed=1)
    study.ask()
    study.optimize(lambda trial: 1.0)
    assert study.counts["complete"] == 2


def test_callbacks_are_given_the_records_of_a_ledger_that_was_made_anew():
    study = ts.create_study(SPACE, sampler=Random(), seed=1)
    study.optimize(square, n_trials=2)
    study._log._torn = True  # as an interrupt leaves it
    seen = []
    study.optimize(square, n_trials=4, callbacks=lambda _study, trial: seen.append((trial.number, trial.state)))
    assert seen == [(2, "complete"), (3, "complete")]


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_a_study_that_was_replaced_by_another_one_of_its_name_says_so(kind, tmp_path):
    store = ts.open_store(None if kind == "memory" else f"sqlite:///{tmp_path}/a.db")
    old = ts.create_study(SPACE, storage=store, study_name="s", sampler=Random(), seed=1)
    old.optimize(square, n_trials=5)
    ts.delete_study("s", storage=store)
    new = ts.create_study(SPACE, storage=store, study_name="s", sampler=Random(), seed=1)
    new.optimize(square, n_trials=2)
    with pytest.raises(ts.errors.StudyNotFoundError, match="another one of its name was begun"):
        old.optimize(square, n_trials=6)
    new.optimize(square, n_trials=3)
    assert new.counts["complete"] == len(new.trials) == 3
    assert new.replay() == []

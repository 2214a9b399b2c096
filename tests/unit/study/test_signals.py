"""Who handles Ctrl-C and SIGTERM while a study runs, and what stands afterwards."""

from __future__ import annotations

import signal
import threading

import pytest

import tunesmith as ts
from tunesmith.samplers import Random
from tunesmith.study.signals import soft_ends

BOTH = (signal.SIGINT, signal.SIGTERM)


def handlers():
    return [signal.getsignal(number) for number in BOTH]


def test_handlers_stand_only_while_it_runs():
    before = handlers()
    with soft_ends():
        inside = handlers()
    assert inside[0] is inside[1]
    assert inside[0] not in before
    assert handlers() == before


def test_they_go_whatever_is_raised():
    before = handlers()
    with pytest.raises(ValueError, match="mine"), soft_ends():
        raise ValueError("mine")
    assert handlers() == before


def test_ctrl_c_raises_once():
    with pytest.raises(KeyboardInterrupt), soft_ends():
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_handler_of_somebody_else_stays():
    seen = []
    mine = lambda number, frame: seen.append(number)
    before = signal.signal(signal.SIGTERM, mine)
    try:
        with soft_ends():
            assert signal.getsignal(signal.SIGTERM) is mine
            signal.raise_signal(signal.SIGTERM)
        assert seen == [signal.SIGTERM]
        assert signal.getsignal(signal.SIGTERM) is mine
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_study_within_a_study_leaves_the_outer_handlers():
    with soft_ends():
        outer = handlers()
        with soft_ends():
            assert handlers() == outer
        assert handlers() == outer


def test_another_thread_touches_nothing():
    study = ts.create_study(ts.Space(x=ts.Float(0, 1)), sampler=Random(), seed=1)
    before = handlers()
    seen = []

    def objective(trial):
        seen.append(handlers())
        return 1.0

    thread = threading.Thread(target=study.optimize, args=(objective, 2))
    thread.start()
    thread.join()
    assert study.counts["complete"] == 2
    assert seen == [before, before]


def test_an_interrupt_within_the_objective_gives_its_trial_back():
    study = ts.create_study(ts.Space(x=ts.Float(0, 1)), sampler=Random(), seed=1)

    def objective(trial):
        if trial.number == 1 and trial.run == 1:
            signal.raise_signal(signal.SIGINT)
        return trial.params["x"]

    with pytest.raises(KeyboardInterrupt):
        study.optimize(objective, n_trials=3)
    assert (study.counts["complete"], study.counts["waiting"]) == (1, 1)
    study.optimize(objective, n_trials=3)
    assert [len(trial.runs) for trial in study.trials] == [1, 2, 1]
    assert study.counts["complete"] == 3

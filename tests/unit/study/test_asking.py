"""Trials that are asked for and told by hand, and what queued ones take from the sampler."""

from __future__ import annotations

import math

import pytest

import tunesmith as ts
from tunesmith.pruners import Median
from tunesmith.samplers import Random

SPACE = ts.Space(x=ts.Float(-1, 1), n=ts.Int(1, 5), m=ts.Float(0, 1, when={"n": ">= 3"}))


@pytest.fixture
def study():
    return ts.create_study(SPACE, sampler=Random(), seed=7)


def test_ask_and_tell_in_any_order(study):
    trials = [study.ask() for _ in range(4)]
    assert [t.number for t in trials] == [0, 1, 2, 3]
    assert study.counts["running"] == 4
    study.tell(trials[2], 0.5)
    study.tell(3, state="failed")
    study.tell(trials[0], math.nan)
    record = study.tell(trials[1], {"value": 0.25})
    assert record.value == 0.25
    assert [str(t.state) for t in study.trials] == ["failed", "complete", "complete", "failed"]
    with pytest.raises(ts.errors.InvalidArgumentError, match="trial 1 is complete"):
        study.tell(trials[1], 3.0)
    assert study.best_value == 0.25


def test_an_asked_trial_can_report_and_be_pruned():
    study = ts.create_study(SPACE, sampler=Random(), pruner=Median(startup=2), seed=1)
    for number in range(5):
        trial = study.ask()
        trial.report(float(number), 1)
        study.tell(trial, state="pruned") if trial.should_prune() else study.tell(trial, float(number))
    assert [str(t.state) for t in study.trials] == ["complete", "complete", "pruned", "pruned", "pruned"]


@pytest.mark.parametrize("sampler", ["Sobol", "Halton", "LatinHypercube", "Auto"])
def test_a_point_that_fills_a_queued_config_up_does_not_come_again(sampler):
    space = ts.Space(x=ts.Float(0, 1), y=ts.Float(0, 1), z=ts.Float(0, 1))

    def configs(*queue):
        study = ts.create_study(space, seed=4, sampler=getattr(ts.samplers, sampler)())
        for config in queue:
            study.enqueue_trial(config)
        study.optimize(lambda trial: trial.params["x"], n_trials=4)
        return [trial.params for trial in study.trials]

    alone = configs()
    assert configs({}) == alone, "the first point was taken for the queued trial, and came again"
    part = configs({"x": 0.25}, {"x": 0.25, "y": 0.75, "z": 0.5})
    assert part[0] == {**alone[0], "x": 0.25}
    assert part[2:] == alone[1:3], "a whole config takes no point"

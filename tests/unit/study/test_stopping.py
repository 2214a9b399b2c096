"""Stop rules: what they need is said when they are made."""

from __future__ import annotations

import numpy as np
import pytest

import tunesmith as ts
from tunesmith.errors import InvalidArgumentError


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: ts.MaxTrials(3, states=("foo",)), "must be complete, pruned or failed, got 'foo'$"),
        (lambda: ts.MaxTrials(3, states=("complete", "Prune")), r"got 'Prune'; did you mean 'pruned'\?"),
        (lambda: ts.MaxTrials(3, states="complete"), r"states such as \('complete', 'pruned'\), got 'complete'"),
        (lambda: ts.MaxTrials(3, states=()), r"got \(\)"),
        (lambda: ts.MaxTrials(3, states=(1,)), "got 1"),
        (lambda: ts.MaxTrials(0), "MaxTrials needs number as an integer of 1 or more, got 0"),
        (lambda: ts.MaxTrials(True), "got True"),
        (lambda: ts.Plateau(0), "Plateau needs patience as an integer of 1 or more, got 0"),
        (lambda: ts.Plateau(2.5), "got 2.5"),
        (lambda: ts.Plateau(3, min_delta=-1), "min_delta of 0 or more, got -1"),
        (lambda: ts.Plateau(3, min_delta="1"), "got '1'"),
        (lambda: ts.Plateau(3, min_delta=float("nan")), "got nan"),
        (lambda: ts.Plateau(3, min_trials=-1), "min_trials as an integer of 0 or more, got -1"),
        (lambda: ts.TargetValue("0.9"), "TargetValue needs a number that can be reached, got '0.9'"),
    ],
)
def test_what_a_rule_cannot_work_with_is_refused_when_it_is_made(make, said) -> None:
    with pytest.raises(InvalidArgumentError, match=said):
        make()


def test_numbers_of_numpy_and_states_of_trials_are_taken() -> None:
    study = ts.create_study(ts.Space(x=ts.Float(0, 1)), sampler=ts.samplers.Random(), seed=1)
    rules = [ts.MaxTrials(np.int64(4), states=[ts.TrialState.COMPLETE]), ts.TargetValue(np.float32(-1)), ts.Plateau(9)]
    assert study.optimize(lambda trial: trial.params["x"], n_trials=20, stop=rules) == "4 trials are complete"
    assert len(study.trials) == 4

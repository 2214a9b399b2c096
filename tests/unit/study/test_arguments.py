"""What people pass to `create_study` and `optimize`: taken as it is meant, or refused with the way out."""

from __future__ import annotations

import pytest

import tunesmith as ts
from tunesmith.errors import InvalidArgumentError, TooManyFailuresError
from tunesmith.pruners import Median
from tunesmith.samplers import Random

SPACE = ts.Space(x=ts.Float(0, 1))


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ({"sampler": Random}, r"sampler must be an object, got the class; write Random\(\)"),
        ({"sampler": "Random"}, r"sampler must be an object such as samplers.Random\(\), got 'Random'"),
        ({"pruner": Median}, r"write Median\(\)"),
        ({"pruner": Random()}, r"pruner must be an object such as pruners.Median\(\), got Random"),
    ],
)
def test_a_class_or_a_name_is_no_part(argument, said, tmp_path):
    with pytest.raises(InvalidArgumentError, match=said):
        ts.create_study(SPACE, **argument)
    path = str(tmp_path / "a.db")
    ts.create_study(SPACE, storage=path, study_name="a")
    with pytest.raises(InvalidArgumentError, match=said):
        ts.load_study("a", storage=path, **argument)


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ({"callbacks": 3}, "callbacks must be a function or a list of them, got 3"),
        ({"callbacks": [None]}, "got None"),
        ({"stop": 3}, "stop must be a function"),
        ({"catch": "ValueError"}, "catch must be a class of exceptions such as ValueError, got 'ValueError'"),
        ({"catch": (ValueError, 3)}, "got 3"),
    ],
)
def test_what_is_no_function_and_no_exception_is_refused(argument, said):
    study = ts.create_study(SPACE)
    with pytest.raises(InvalidArgumentError, match=said):
        study.optimize(lambda trial: 1.0, n_trials=1, **argument)
    assert not study.trials


def test_one_callback_and_one_exception_may_stand_without_a_list():
    seen = []

    def fail(trial):
        raise ValueError("always")

    study = ts.create_study(SPACE, sampler=Random(), seed=1)
    study.optimize(
        fail, n_trials=5, callbacks=lambda _, trial: seen.append(trial.number), catch=ValueError, max_failures=2
    )
    assert seen == list(range(5))
    with pytest.raises(TooManyFailuresError):
        study.optimize(fail, n_trials=10, catch=[KeyError], max_failures=2)

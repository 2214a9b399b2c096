"""Paired comparisons against SciPy, against theory, and on the cases that are easy to get wrong."""

from __future__ import annotations

import numpy as np
import pytest

from tunesmith.analysis.comparison import Gain, mcnemar, paired_bootstrap, paired_gain
from tunesmith.errors import InvalidArgumentError


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def answers(both: int, first: int, second: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    counts = [both, first, second, neither]
    return np.repeat([True, True, False, False], counts), np.repeat([True, False, True, False], counts)


@pytest.mark.parametrize(("first", "second"), [(0, 0), (5, 0), (9, 3), (12, 12), (40, 61), (400, 300)])
def test_mcnemar_is_the_exact_binomial_test(first: int, second: int) -> None:
    from scipy.stats import binomtest

    expected = binomtest(first, first + second).pvalue if first + second else 1.0
    assert mcnemar(*answers(20, first, second, 7)) == pytest.approx(expected, rel=1e-9)


def test_a_gain_on_answers_by_hand() -> None:
    best, defaults = answers(60, 25, 5, 10)
    gain = paired_gain(best, defaults, metric="accuracy", rng=rng())
    assert (gain.best, gain.defaults, gain.samples) == (0.85, 0.65, 100)
    assert gain.difference == pytest.approx(0.2)
    assert gain.low < 0.2 < gain.high
    assert gain.clear
    assert gain.p_value is not None
    assert gain.p_value < 0.001


def test_the_interval_is_that_of_the_normal_law_for_many_samples() -> None:
    difference = rng(1).normal(0.3, 2.0, size=3000)
    low, high = paired_bootstrap(difference, np.zeros(3000), rng=rng(2), draws=3000)
    error = difference.std() / np.sqrt(3000)
    assert low == pytest.approx(difference.mean() - 1.96 * error, abs=0.15 * error)
    assert high == pytest.approx(difference.mean() + 1.96 * error, abs=0.15 * error)


def test_pairing_takes_out_what_the_samples_have_in_common() -> None:
    hard = rng(3).normal(0, 10, size=300)
    low, high = paired_bootstrap(hard + 0.1, hard, rng=rng(), draws=500)
    assert (low, high) == (pytest.approx(0.1), pytest.approx(0.1))


def test_no_difference_is_not_clear_and_lower_may_be_better() -> None:
    same = paired_gain([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], metric="loss", rng=rng())
    assert (same.difference, same.clear, same.p_value) == (0.0, False, None)
    less = paired_gain([1.0, 1.1] * 50, [2.0, 2.2] * 50, metric="loss", rng=rng(), higher_is_better=False)
    assert less.difference < 0
    assert less.clear


def test_a_gain_goes_through_json_and_back() -> None:
    import json

    gain = paired_gain([True, False, True], [False, False, True], metric="accuracy", rng=rng())
    assert Gain.from_dict(json.loads(json.dumps(gain.to_dict()))) == gain
    with pytest.raises(InvalidArgumentError, match="to_dict"):
        Gain.from_dict({"metric": "accuracy"})


@pytest.mark.parametrize(
    ("first", "second", "more", "words"),
    [
        ([1.0], [1.0, 2.0], {}, "same samples"),
        ([], [], {}, "same samples"),
        ([np.nan], [1.0], {}, "finite"),
        ([1.0], [1.0], {"level": 1.0}, "level=1.0"),
        ([1.0], [1.0], {"draws": 0}, "draws=0"),
    ],
)
def test_wrong_arguments_are_named(first: list[float], second: list[float], more: dict, words: str) -> None:
    with pytest.raises(InvalidArgumentError, match=words):
        paired_bootstrap(first, second, rng=rng(), **more)

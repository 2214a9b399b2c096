"""Rank agreement by hand, against SciPy's Kendall tau, and with doubt."""

from __future__ import annotations

from math import erf

import numpy as np
import pytest
from scipy.stats import kendalltau

from tunesmith.numerics.agreement import rank_agreement

SURE = np.full(3, 1e-9)


def test_three_points_by_hand() -> None:
    # pairs (0,1) in order, (0,2) and (1,2) the wrong way round: (1 - 1 - 1) / 3
    y, mean = np.array([1.0, 2.0, 30.0]), np.array([0.0, 1.0, -1.0])
    assert rank_agreement(y, mean, SURE) == pytest.approx(-1 / 3)
    assert rank_agreement(y, mean, SURE, prior=3.0) == pytest.approx((-1 + 3) / (3 + 3))


def test_a_pair_counts_as_far_as_the_model_is_sure_of_it() -> None:
    # one pair, reversed, z = 1 / sqrt(2 (0.25 + 0.25)) = 1
    y, mean, sd = np.array([2.0, 1.0]), np.array([0.0, 1.0]), np.array([0.5, 0.5])
    assert rank_agreement(y, mean, sd, prior=1.0) == pytest.approx((1 - erf(1)) / (1 + erf(1)))


def test_is_kendalls_tau_for_a_model_without_doubt() -> None:
    rng = np.random.default_rng(3)
    y, mean = rng.normal(size=40), rng.normal(size=40)
    assert rank_agreement(y, mean, np.full(40, 1e-9)) == pytest.approx(kendalltau(y, mean).statistic)


def test_only_the_order_of_losses_counts() -> None:
    rng = np.random.default_rng(4)
    y, mean, sd = rng.normal(size=12), rng.normal(size=12), rng.uniform(0.1, 1.0, 12)
    assert rank_agreement(np.exp(50 * y), mean, sd) == rank_agreement(y, mean, sd)


@pytest.mark.parametrize("y", [[], [1.0], [1.0, 1.0, 1.0], [np.inf, np.inf]])
def test_where_nothing_speaks_nothing_speaks_against(y: list[float]) -> None:
    n = len(y)
    assert rank_agreement(np.array(y), np.arange(n) * 1.0, np.ones(n), prior=3.0) == 1.0
    assert rank_agreement(np.array(y), np.arange(n) * 1.0, np.ones(n)) == 1.0


def test_huge_losses_do_not_overflow() -> None:
    assert rank_agreement(np.array([-1e308, 1e308, np.inf]), np.array([0.0, 1.0, 2.0]), SURE) == 1.0

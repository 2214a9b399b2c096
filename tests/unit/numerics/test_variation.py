"""Crossovers, mutations and selections: values by hand, known moments, and moves that leave their cells."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

from tunesmith.errors import InvalidArgumentError
from tunesmith.numerics.variation import (
    binomial_crossover,
    differential,
    linear_ranking,
    mutate,
    polynomial,
    sbx,
    sbx_children,
    tournament,
    uniform_crossover,
)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_simulated_binary_crossover_by_hand() -> None:
    # eta = 1, parents 0.4 and 0.6: alpha = 2 - (1 + 2 * 0.4 / 0.2)^-2 = 1.96 on both sides
    a, b = np.array([0.4]), np.array([0.6])
    low, high = sbx_children(a, b, np.array([0.25]), 1.0)  # spread (0.25 * 1.96)^(1/2) = 0.7
    assert low == pytest.approx([0.5 - 0.07])
    assert high == pytest.approx([0.5 + 0.07])
    low, high = sbx_children(a, b, np.array([1.0]), 1.0)  # spread (1 / 0.04)^(1/2) = 5: the edges
    assert low == pytest.approx([0.0], abs=1e-12)
    assert high == pytest.approx([1.0])


def test_the_children_are_spread_as_the_density_says() -> None:
    # far from the edges the spread factor has P(beta <= 1) = 1/2 (Deb and Agrawal 1995, eq. 9), eta = 2
    u = (np.arange(20_000) + 0.5) / 20_000
    low, high = sbx_children(np.full(20_000, 0.495), np.full(20_000, 0.505), u, 2.0)
    beta = (high - low) / 0.01
    assert np.mean(beta <= 1) == pytest.approx(0.5, abs=1e-3)
    expected, _ = quad(lambda b: b * 1.5 * b**2, 0, 1)  # the inner half of the density is (eta + 1) / 2 * b^eta
    assert np.mean(np.where(beta <= 1, beta, 0)) == pytest.approx(expected, abs=1e-3)


def test_equal_parents_have_equal_children_and_categories_are_never_mixed() -> None:
    a, b = np.array([0.1, 0.5, 0.25]), np.array([0.9, 0.5, 0.75])
    categorical = np.array([False, False, True])
    children = np.array([sbx(a, b, categorical, rng(seed), eta=2.0) for seed in range(400)])
    assert (children[:, 1] == 0.5).all()
    assert set(children[:, 2].tolist()) == {0.25, 0.75}
    assert ((children >= 0) & (children <= 1)).all()
    assert abs(np.mean(children[:, 0] < 0.5) - 0.75) < 0.08  # half uncrossed, of the others half near each parent


def test_uniform_crossover_takes_each_column_from_either() -> None:
    found = np.array([uniform_crossover(np.zeros(3), np.ones(3), rng(seed), share=0.25) for seed in range(2000)])
    assert set(np.unique(found)) == {0.0, 1.0}
    assert found.mean(axis=0) == pytest.approx([0.25] * 3, abs=0.04)


def test_polynomial_mutation_by_hand() -> None:
    # x = 1/2, eta = 1, u = 1/8: (1/4 + 3/4 * 1/4)^(1/2) - 1 = sqrt(7/16) - 1; u = 7/8 is its mirror image
    found = polynomial(np.full(4, 0.5), np.array([0.125, 0.875, 0.0, 1.0]), 1.0)
    step = 1 - np.sqrt(7 / 16)
    assert found == pytest.approx([0.5 - step, 0.5 + step, 0.0, 1.0])


def test_mutations_leave_their_cells() -> None:
    x = np.array([0.125, 0.125, 0.875, 0.5, 0.5, 0.3])
    low, high = np.array([0, 0, 0.75, 0, 0.4, 0.3]), np.array([0.25, 0.25, 1, 1, 0.6, 0.3])
    categorical = np.array([True, False, False, True, False, False])
    found = np.array([mutate(x, np.ones(6, bool), (low, high), categorical, rng(s), eta=500.0) for s in range(3000)])
    assert (found[:, 0] > 0.25).all()
    assert np.histogram(found[:, 0], 3, (0.25, 1.0))[0] / 3000 == pytest.approx([1 / 3] * 3, abs=0.04)
    assert ((found[:, 1] > 0.25) & (found[:, 1] < 0.26)).all()  # small moves, one cell up
    assert ((found[:, 2] < 0.75) & (found[:, 2] > 0.74)).all()  # and down
    assert (found[:, 3] == 0.5).all()  # a column of one cell
    assert ((found[:, 4] < 0.4) | (found[:, 4] > 0.6)).all()
    assert abs(np.mean(found[:, 4] > 0.6) - 0.5) < 0.05
    assert np.std(found[:, 5]) < 0.01
    assert np.std(found[:, 5]) > 0


def test_only_the_named_columns_change() -> None:
    x, which = np.full(5, 0.4), np.array([True, False, False, True, False])
    found = mutate(x, which, (x, x), np.zeros(5, bool), rng())
    assert (found != x).tolist() == which.tolist()


def test_differential_mutation_folds_back() -> None:
    found = differential(np.array([0.9, 0.1, 0.5]), np.array([1.0, 0.0, 0.7]), np.array([0.0, 1.0, 0.3]), 0.5)
    assert found == pytest.approx([0.6, 0.4, 0.7])


def test_binomial_crossover_takes_one_column_at_least() -> None:
    for seed in range(50):
        assert binomial_crossover(np.zeros(6), np.ones(6), 0.0, rng(seed)).sum() == 1
    share = np.mean([binomial_crossover(np.zeros(6), np.ones(6), 0.5, rng(seed)) for seed in range(2000)])
    assert share == pytest.approx((1 + 5 * 0.5) / 6, abs=0.02)


def test_the_winner_of_a_tournament() -> None:
    # of 5 drawn 2 without repetition, the best wins with probability 2/5, the second with 2/5 * 3/4
    wins = np.bincount([tournament(5, 2, rng(seed)) for seed in range(4000)], minlength=5) / 4000
    assert wins == pytest.approx([0.4, 0.3, 0.2, 0.1, 0.0], abs=0.03)
    assert tournament(3, 9, rng()) == 0
    with pytest.raises(InvalidArgumentError, match="n=0"):
        tournament(0, 2, rng())


def test_linear_ranking_by_hand() -> None:
    assert linear_ranking(4, 2.0) == pytest.approx([1 / 2, 1 / 3, 1 / 6, 0])
    assert linear_ranking(3, 1.0) == pytest.approx([1 / 3] * 3)
    assert linear_ranking(1).tolist() == [1.0]

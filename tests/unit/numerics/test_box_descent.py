"""Projected BFGS from many starts: quadratics, bounds, a banana, all starts independent."""

from __future__ import annotations

import numpy as np
import pytest

from tunesmith.numerics.box_descent import descend


def bowl(centre, stretch):
    def objective(x):
        off = x - centre
        return (stretch * off**2).sum(axis=1), 2 * stretch * off

    return objective


def banana(x):
    a, b = x[:, 0], x[:, 1]
    value = 100 * (b - a**2) ** 2 + (1 - a) ** 2
    return value, np.stack([-400 * a * (b - a**2) - 2 * (1 - a), 200 * (b - a**2)], axis=1)


def test_a_stretched_bowl_is_solved_from_every_start():
    centre, stretch = np.array([0.3, 0.8, 0.5]), np.array([1.0, 30.0, 1000.0])
    starts = np.random.default_rng(0).random((7, 3))
    x, value = descend(bowl(centre, stretch), starts, 0.0, 1.0, calls=60, tolerance=1e-14)
    assert np.abs(x - centre).max() < 1e-5
    assert value.max() < 1e-9


def test_bounds_hold_and_the_rest_is_still_solved():
    x, value = descend(bowl(np.array([1.7, 0.4]), np.array([1.0, 5.0])), np.full((1, 2), 0.1), 0.0, 1.0, calls=40)
    assert x[0] == pytest.approx([1.0, 0.4], abs=1e-3)
    assert value[0] == pytest.approx(0.49, abs=1e-4)


def test_a_curved_valley():
    x, _ = descend(banana, np.array([[-1.2, 1.0], [0.0, 0.0]]), -2.0, 2.0, calls=120, tolerance=1e-12)
    assert x == pytest.approx(np.ones((2, 2)), abs=1e-3)


def test_never_worse_than_the_start_and_no_more_calls_than_allowed():
    seen = []

    def counted(x):
        seen.append(len(x))
        return banana(x)

    starts = np.random.default_rng(1).uniform(-2, 2, (5, 2))
    _, value = descend(counted, starts, -2.0, 2.0, calls=9)
    assert seen == [5] * len(seen)
    assert len(seen) <= 9
    assert (value <= banana(starts)[0]).all()


def test_starts_do_not_disturb_each_other():
    starts = np.random.default_rng(2).uniform(-2, 2, (4, 2))
    together, _ = descend(banana, starts, -2.0, 2.0, calls=25, tolerance=0.0)
    for i in range(4):
        alone, _ = descend(banana, starts[i : i + 1], -2.0, 2.0, calls=25, tolerance=0.0)
        assert alone[0] == pytest.approx(together[i], rel=1e-9)


def test_infinite_values_are_walked_around():
    def walled(x):
        value, gradient = bowl(np.array([0.5]), np.array([1.0]))(x)
        return np.where(x[:, 0] > 0.9, np.inf, value), gradient

    x, _ = descend(walled, np.array([[0.05]]), 0.0, 1.0, calls=40, scale=1.0)
    assert x[0, 0] == pytest.approx(0.5, abs=1e-3)

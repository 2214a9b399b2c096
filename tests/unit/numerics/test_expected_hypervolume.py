"""Expected hypervolume improvement: boxes that fill what is left, tables by hand, quadrature, sampling, gradients."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from tunesmith.numerics.expected_hypervolume import Growth, free_boxes
from tunesmith.numerics.gaussian_process import fit
from tunesmith.numerics.pareto import hypervolume

X = np.random.default_rng(1).random((20, 3))
NEW = np.random.default_rng(2).random((4, 3))


def processes(m, seed=0):
    """Return m processes of unrelated rough losses of three parameters."""
    rng = np.random.default_rng(seed)
    return tuple(fit(X, rng.normal(size=len(X)), np.zeros(3, dtype=np.int8)) for _ in range(m))


def test_one_point_leaves_two_boxes():
    lower, upper = free_boxes(np.array([[1.0, 1.0]]), np.array([2.0, 2.0]))
    table = sorted((tuple(a), tuple(b)) for a, b in zip(lower.tolist(), upper.tolist(), strict=True))
    assert table == [((-np.inf, -np.inf), (2.0, 1.0)), ((-np.inf, 1.0), (1.0, 2.0))]


def test_without_a_point_all_below_the_reference_is_one_box():
    for front in (np.empty((0, 3)), np.array([[5.0, 0.0, 0.0]])):
        lower, upper = free_boxes(front, np.array([1.0, 2.0, 3.0]))
        assert np.isneginf(lower).all()
        assert upper.tolist() == [[1.0, 2.0, 3.0]]


@pytest.mark.parametrize("m", [1, 2, 3, 4])
def test_boxes_and_what_the_points_dominate_fill_the_whole(m):
    rng = np.random.default_rng(m)
    points, reference = np.round(rng.random((25, m)), 1), np.full(m, 0.9)
    lower, upper = free_boxes(points, reference)
    sides = upper - np.maximum(lower, -0.1)
    assert (sides > 0).all()
    assert sides.prod(axis=1).sum() + hypervolume(points, reference) == pytest.approx(1.0)
    middles = (np.maximum(lower, -1.0) + upper) / 2  # no box holds the middle of another
    inside = (middles[:, None] > lower).all(axis=2) & (middles[:, None] < upper).all(axis=2)
    assert inside.sum() == len(lower)


def test_boxes_of_three_losses_grow_in_proportion_to_the_front():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(100, 3))
    points = -np.abs(points / np.linalg.norm(points, axis=1, keepdims=True))
    lower, _ = free_boxes(points, np.zeros(3))
    assert len(lower) == 201  # Lacour et al. (2017, arXiv 1512.07396): 2 n + 1 in three dimensions


def test_a_certain_point_grows_the_volume_by_what_it_adds():
    # at an evaluated point without noise the deviation is nearly 0, so the expectation is the plain improvement
    parts = processes(2)
    front = np.array([[parts[0].targets[3] + 0.2, 9.0], [9.0, parts[1].targets[3] + 0.3]])
    reference = np.array([10.0, 10.0])
    mean = np.array([[part.predict(X[3:4])[0][0] for part in parts]])
    grown = hypervolume(np.vstack([front, mean]), reference) - hypervolume(front, reference)
    assert np.exp(Growth(parts, front, reference)(X[3:4]))[0] == pytest.approx(grown, rel=0.02)


def test_two_losses_against_quadrature():
    parts, reference = processes(2), np.array([1.0, 0.8])
    front = np.array([[-0.5, 0.4], [0.0, 0.0], [0.6, -0.7]])
    base = hypervolume(front, reference)
    (m0, s0), (m1, s1) = ((mean[0], sd[0]) for mean, sd in (part.predict(NEW[:1]) for part in parts))
    grid0 = np.linspace(m0 - 7 * s0, reference[0], 801)
    grid1 = np.linspace(m1 - 7 * s1, reference[1], 801)
    grown = [[hypervolume(np.vstack([front, [[a, b]]]), reference) - base for b in grid1[::8]] for a in grid0[::8]]
    density = stats.norm.pdf(grid0[::8], m0, s0)[:, None] * stats.norm.pdf(grid1[::8], m1, s1)
    area = integrate.simpson(integrate.simpson(np.array(grown) * density, x=grid1[::8]), x=grid0[::8])
    assert np.exp(Growth(parts, front, reference)(NEW[:1]))[0] == pytest.approx(area, rel=5e-3)


@pytest.mark.parametrize("m", [2, 3])
def test_against_sampling(m):
    # 4,000 draws, seed 3: the mean lies within four standard errors
    parts, rng = processes(m), np.random.default_rng(3)
    front, reference = rng.normal(size=(8, m)), np.full(m, 1.5)
    base, found = hypervolume(front, reference), np.exp(Growth(parts, front, reference)(NEW))
    for i, row in enumerate(NEW):
        looks = [part.predict(row[None]) for part in parts]
        draws = np.stack([mean + sd * rng.normal(size=4000) for mean, sd in looks], axis=1)
        grown = np.array([hypervolume(np.vstack([front, draw]), reference) - base for draw in draws])
        assert abs(grown.mean() - found[i]) < 4 * grown.std() / np.sqrt(len(grown))


@pytest.mark.parametrize("shift", [0.0, -30.0, -3000.0])
def test_gradients_against_differences_also_where_nothing_is_to_be_hoped_for(shift):
    parts, step = processes(3), 1e-6
    front = np.random.default_rng(5).normal(size=(6, 3)) + shift
    score = Growth(parts, front, front.max(axis=0) + 0.5)
    value, gradient = score.gradient(NEW)
    assert np.isfinite(value).all()
    assert np.isfinite(gradient).all()
    assert value == pytest.approx(score(NEW))
    for column in range(3):
        move = np.zeros(3)
        move[column] = step
        slope = (score(NEW + move) - score(NEW - move)) / (2 * step)
        assert gradient[:, column] == pytest.approx(slope, rel=2e-3, abs=1e-5)

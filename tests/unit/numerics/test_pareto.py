"""Pareto fronts and hypervolumes against tables worked by hand and against slow definitions."""

from __future__ import annotations

import numpy as np
import pytest

from tunesmith.errors import InvalidArgumentError
from tunesmith.numerics.pareto import domination_counts, hypervolume, non_dominated


def dominates(a: np.ndarray, b: np.ndarray) -> bool:
    return bool((a <= b).all() and (a < b).any())


def points(seed: int, n: int, m: int, grid: int = 8) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, grid, size=(n, m)).astype(float)


def test_a_front_by_hand() -> None:
    losses = np.array([[1, 5], [2, 3], [3, 3], [4, 1], [4, 1], [5, 5]], dtype=float)
    assert non_dominated(losses).tolist() == [True, True, False, True, True, False]
    assert domination_counts(losses).tolist() == [0, 0, 1, 0, 0, 5]


@pytest.mark.parametrize("m", [1, 2, 3, 5])
@pytest.mark.parametrize("seed", range(4))
def test_the_front_is_what_the_definition_says(m: int, seed: int) -> None:
    losses = points(seed, 60, m)
    slow = [sum(dominates(a, b) for a in losses) for b in losses]
    assert domination_counts(losses).tolist() == slow
    assert non_dominated(losses).tolist() == [count == 0 for count in slow]


def test_counts_do_not_depend_on_blocks() -> None:
    losses = points(5, 700, 3, grid=50)
    order = np.random.default_rng(1).permutation(700)
    assert (domination_counts(losses)[order] == domination_counts(losses[order])).all()


def test_a_row_with_nan_is_no_point() -> None:
    losses = np.array([[np.nan, 0.0], [1.0, 1.0], [2.0, 2.0]])
    assert non_dominated(losses).tolist() == [False, True, False]
    assert domination_counts(losses).tolist() == [3, 0, 1]


def test_no_points_no_front() -> None:
    assert non_dominated(np.empty((0, 2))).tolist() == []
    assert hypervolume(np.empty((0, 2)), np.ones(2)) == 0.0


def test_areas_and_volumes_by_hand() -> None:
    assert hypervolume(np.array([[1.0], [0.25]]), np.array([2.0])) == 1.75
    assert hypervolume(np.array([[1, 3], [2, 2], [3, 1.0]]), np.array([4.0, 4.0])) == 6.0
    cube = np.array([[0, 0, 0.0]])
    assert hypervolume(cube, np.array([2.0, 3.0, 4.0])) == 24.0
    # Two boxes 1x2x2 and 2x1x2 (from the corner) that share 1x1x2.
    assert hypervolume(np.array([[1, 0, 0], [0, 1, 0.0]]), np.array([2.0, 2.0, 2.0])) == 4 + 4 - 2


@pytest.mark.parametrize("m", [2, 3])
@pytest.mark.parametrize("seed", range(5))
def test_the_volume_is_the_number_of_dominated_cells(m: int, seed: int) -> None:
    losses = points(seed, 12, m)
    corners = np.stack(np.meshgrid(*[np.arange(8)] * m), axis=-1).reshape(-1, m)
    covered = sum(bool((losses <= corner).all(axis=1).any()) for corner in corners)
    assert hypervolume(losses, np.full(m, 8.0)) == pytest.approx(covered)


def test_points_beyond_the_reference_add_nothing() -> None:
    assert hypervolume(np.array([[1.0, 1.0], [0.0, 5.0]]), np.array([2.0, 2.0])) == 1.0


def test_wrong_shapes_are_named() -> None:
    with pytest.raises(InvalidArgumentError, match="shape"):
        non_dominated(np.zeros(3))
    with pytest.raises(InvalidArgumentError, match="one number a loss"):
        hypervolume(np.zeros((2, 2)), np.ones(3))
    with pytest.raises(InvalidArgumentError, match="got 4"):
        hypervolume(np.zeros((2, 4)), np.ones(4))

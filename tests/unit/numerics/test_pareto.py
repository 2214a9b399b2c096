"""Pareto fronts and hypervolumes against tables worked by hand and against slow definitions."""

from __future__ import annotations

import numpy as np
import pytest

from tunesmith.errors import InvalidArgumentError
from tunesmith.numerics.pareto import (
    crowding,
    domination_counts,
    foremost,
    hypervolume,
    non_dominated,
    scattered,
    sort_fronts,
)


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


@pytest.mark.parametrize("m", [2, 3, 4, 5])
@pytest.mark.parametrize("seed", range(5))
def test_the_volume_is_the_number_of_dominated_cells(m: int, seed: int) -> None:
    losses = points(seed, 12, m)  # with doubles and dominated ones
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
    with pytest.raises(InvalidArgumentError, match="for 0 losses"):
        hypervolume(np.zeros((2, 0)), np.ones(0))


@pytest.mark.parametrize(
    ("m", "n", "volume"),
    [
        (2, 200, 1.1949222955527237),
        (3, 200, 1.2382623100719723),
        (4, 60, 0.96778832209325),
        (5, 40, 0.7041789461233657),
        (6, 30, 0.5863965895171621),
    ],
)
def test_volumes_are_those_of_optuna(m: int, n: int, volume: float) -> None:
    # optuna 5.0.0, compute_hypervolume
    losses = np.random.RandomState(m).random_sample((n, m))
    assert hypervolume(losses, np.full(m, 1.1)) == pytest.approx(volume, rel=1e-12)


def test_a_fine_front_of_an_eighth_of_a_sphere() -> None:
    # below (1, 1, 1) the sphere of radius 1 leaves 1 - pi / 6
    a, b = np.meshgrid(*[(np.arange(100) + 0.5) / 100 * np.pi / 2] * 2)
    sphere = np.stack([np.cos(a) * np.cos(b), np.cos(a) * np.sin(b), np.sin(a)], axis=-1).reshape(-1, 3)
    assert hypervolume(sphere, np.ones(3)) == pytest.approx(1 - np.pi / 6, abs=0.03)


def test_fronts_behind_the_front_by_hand() -> None:
    losses = np.array([[1, 4], [2, 2], [4, 1], [2, 5], [3, 3], [5, 5], [np.nan, 0]], dtype=float)
    assert sort_fronts(losses).tolist() == [0, 0, 0, 1, 1, 2, 3]
    assert sort_fronts(np.empty((0, 2))).tolist() == []


@pytest.mark.parametrize("m", [1, 2, 3])
def test_each_front_is_not_dominated_once_those_before_it_are_gone(m: int) -> None:
    losses = points(3, 60, m)
    fronts = sort_fronts(losses)
    for front in range(fronts.max() + 1):
        assert (non_dominated(losses[fronts >= front]) == (fronts[fronts >= front] == front)).all()


def test_crowding_by_hand() -> None:
    # ranges 4 and 8; the point (1, 4) has neighbours (0, 8) and (2, 3): 2 / 4 + 5 / 8
    losses = np.array([[0, 8], [1, 4], [2, 3], [4, 0], [9, 9.0]])
    assert crowding(losses).tolist() == [np.inf, 2 / 4 + 5 / 8, 3 / 4 + 4 / 8, np.inf, np.inf]


def test_crowding_bears_equal_and_infinite_losses() -> None:
    assert np.isinf(crowding(np.ones((2, 2)))).all()
    found = crowding(np.array([[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]))
    assert sorted(found.tolist()) == [0.0, np.inf, np.inf]
    assert not np.isnan(crowding(np.array([[np.inf, 0.0], [0.0, np.inf], [1.0, 1.0], [-np.inf, 1e308]]))).any()


@pytest.mark.parametrize("m", [2, 3])
def test_scattered_points_leave_no_place_far_from_them(m):
    rng = np.random.default_rng(m)
    losses = rng.random((400, m)) * np.array([1.0, 1000.0, 1e-3])[:m]
    kept = scattered(losses, 20)
    assert len(np.unique(kept)) == 20
    assert set(losses.argmin(axis=0)) <= set(kept)

    def farthest(chosen):
        unit = losses / np.ptp(losses, axis=0)
        return np.sqrt(np.square(unit[:, None] - unit[chosen]).sum(axis=2)).min(axis=1).max()

    assert farthest(kept) < min(farthest(rng.choice(400, 20, replace=False)) for _ in range(20))


def test_scattered_bears_equal_points_and_keeps_few():
    assert sorted(set(scattered(np.zeros((5, 2)), 3))) == [0, 1, 2]
    assert scattered(np.eye(3), 3).tolist() == [0, 1, 2]


def test_the_foremost_are_whole_fronts_and_a_spread_of_the_last():
    line = np.linspace(0, 1, 11)
    fronts = np.vstack([np.stack([line, 1 - line], axis=1) + shift for shift in (1.0, 0.0)])
    assert set(foremost(fronts, 11)) == set(range(11, 22))
    assert set(foremost(fronts, 14)) == {*range(11, 22), 0, 5, 10}
    assert set(foremost(fronts, 3)) == {11, 16, 21}


@pytest.mark.parametrize("m", [2, 3])
def test_of_very_many_the_foremost_are_on_the_front_or_next_to_it(m):
    rng = np.random.default_rng(m)
    losses = np.abs(rng.normal(size=(3000, m)))
    kept = foremost(losses, 100)
    assert len(np.unique(kept)) == 100
    assert set(np.flatnonzero(non_dominated(losses))) <= set(kept)
    sphere = losses / np.linalg.norm(losses, axis=1, keepdims=True)  # all of them are one front
    spread = foremost(sphere, 100)
    assert len(np.unique(spread)) == 100
    gaps = np.sqrt(np.square(sphere[:, None] - sphere[spread]).sum(axis=2)).min(axis=1)
    assert gaps.max() < {2: 0.05, 3: 0.25}[m]

"""Search over mixed spaces: known optima, rules, taken points, inactive columns, nothing left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from tunesmith.numerics.mixed_search import Effort, Region, keys, maximise

CELLS = (np.arange(5) + 0.5) / 5


@dataclass(frozen=True)
class Peak:
    """A score with its one peak at a point; NaN counts as the middle."""

    at: tuple[float, ...]

    def __call__(self, x):
        return -np.square(np.nan_to_num(x, nan=0.5) - np.array(self.at)).sum(axis=1)

    def gradient(self, x):
        return self(x), -2 * (np.nan_to_num(x, nan=0.5) - np.array(self.at))


def region(grids, categorical=None, valid=None, repair=None):
    def snap(full):
        out = full.copy()
        for column, grid in enumerate(grids):
            if grid is not None:
                out[:, column] = grid[np.abs(full[:, column, None] - grid).argmin(axis=1)]
        return out

    return Region(
        tuple(grids),
        np.zeros(len(grids), dtype=bool) if categorical is None else np.array(categorical),
        repair or snap,
        valid or (lambda x: np.ones(len(x), dtype=bool)),
    )


def look(score, where, known=None, taken=(), seed=0, effort=None):
    known = np.empty((0, len(where.grids))) if known is None else known
    return maximise(score, where, known, taken=taken, rng=np.random.default_rng(seed), effort=effort)


def test_continuous_peak_is_met_exactly():
    point, value = look(Peak((0.123, 0.456, 0.9, 0.02)), region([None] * 4))
    assert point == pytest.approx([0.123, 0.456, 0.9, 0.02], abs=1e-4)
    assert value == pytest.approx(0, abs=1e-7)


@pytest.mark.parametrize("categorical", [False, True])
def test_cells_are_climbed_without_gradients(categorical):
    target = (0.1, 0.9, 0.5, 0.3, 0.7, 0.1, 0.9, 0.5)
    point, _ = look(Peak(target), region([CELLS] * 8, [categorical] * 8), effort=Effort(guesses=40, climbers=2))
    assert point == pytest.approx(target)


def test_mixed_columns():
    point, _ = look(Peak((0.1, 0.333, 0.9, 0.777)), region([CELLS, None, CELLS, None], [True, False, False, False]))
    assert point == pytest.approx([0.1, 0.333, 0.9, 0.777], abs=1e-4)


def test_taken_points_are_not_returned():
    where, taken = region([CELLS, CELLS]), []
    for _ in range(25):
        point, _ = look(Peak((0.5, 0.5)), where, taken=taken)
        assert keys(point[None])[0] not in taken
        taken += keys(point[None])
    assert look(Peak((0.5, 0.5)), where, taken=taken) is None


def test_rules_are_kept():
    point, _ = look(Peak((0.9, 0.8)), region([None, None], valid=lambda x: x.sum(axis=1) <= 1.0))
    assert point.sum() <= 1.0
    assert point.sum() > 0.9


def test_inactive_columns_are_nan_and_wake_up():
    def repair(full):
        snapped = full.copy()
        snapped[:, 0] = np.where(full[:, 0] < 0.5, 0.25, 0.75)
        snapped[snapped[:, 0] < 0.5, 1] = np.nan
        return snapped

    where = region([np.array([0.25, 0.75]), None], [True, False], repair=repair)
    asleep, _ = look(Peak((0.25, 0.5)), where, known=np.array([[0.75, 0.3]]))
    assert np.isnan(asleep[1])
    awake, _ = look(Peak((0.75, 0.9)), where, known=np.array([[0.25, np.nan]]))
    assert awake == pytest.approx([0.75, 0.9], abs=1e-4)


def test_looks_around_the_best_known():
    # a needle of width 0.002 that no 40 wide guesses in ten dimensions would meet, next to a known point
    class Needle:
        def __call__(self, x):
            return -np.minimum(np.linalg.norm(x - 0.61, axis=1) / 0.05, 1.0)

        def gradient(self, x):
            off = x - 0.61
            far = np.linalg.norm(off, axis=1, keepdims=True)
            return self(x), np.where(far < 0.05, -off / np.maximum(far, 1e-12) / 0.05, 0.0)

    _, value = look(Needle(), region([None] * 10), known=np.full((1, 10), 0.6), effort=Effort(guesses=200))
    assert value > -0.6


def test_keys_of_equal_points_are_equal():
    a, b, c = keys(np.array([[0.1, np.nan], [0.1 + 1e-14, np.nan], [0.1, 0.5]]))
    assert a == b != c


def test_without_climbers_the_best_guess_is_the_answer():
    score, where, few = Peak((0.0, 1.0, 0.0)), region([None] * 3), Effort(guesses=30, climbers=0)
    point, value = look(score, where, effort=few)
    guesses = np.random.default_rng(0).random((30, 3))
    assert point == pytest.approx(guesses[np.argmax(score(guesses))])
    assert value == pytest.approx(score(guesses).max())
    assert value < look(score, where)[1]

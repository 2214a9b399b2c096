"""Find the point of highest score in a mixed space: wide guesses, single moves, and gradient steps, in turn.

The variant is our own, from known parts: random points and perturbations of the best known ones (as in SMAC, Hutter et
al. 2011), then from the best few a steepest ascent over single changes of the columns that have cells, and projected
BFGS along the continuous ones (as Optuna and BoTorch alternate for mixed spaces). Columns of many ordered cells are
climbed as if continuous and put back to their cells.

A *full* point has a number in every column; what a config shows of it is `repair(full)`: cells snapped, inactive
columns NaN. So a change that wakes a column up finds a value there. Points already taken and those against the rules
are never returned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, final

import numpy as np

from tunesmith.numerics.box_descent import descend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

__all__ = ["Effort", "Region", "Score", "keys", "maximise"]

ALL_CELLS = 12  # a column with at most so many cells has all of them as neighbours
ROUNDS = 10
SMALLEST, LARGEST = -2.0, -0.3  # log10 of the spread of perturbations
GAIN = 1e-9  # what a move must gain
NEAREST = 5  # how many of the best known points are perturbed


class Score(Protocol):
    """What is maximised: values alone for many points, or values with gradients for climbing."""

    def __call__(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return scores (m,) of repaired points (m, d)."""

    def gradient(self, x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return scores (m,) and their gradients (m, d)."""


@final
@dataclass(frozen=True)
class Region:
    """A mixed space as the search sees it.

    Attributes:
        grids: for each column the cell centres in order, None for a column that is climbed as continuous.
        categorical: (d,) bool, columns whose cells have no order.
        repair: full points (m, d) -> points as configs show them: snapped, NaN where inactive.
        valid: repaired points (m, d) -> (m,) bool, whether the rules allow them.
    """

    grids: tuple[NDArray[np.float64] | None, ...]
    categorical: NDArray[np.bool_]
    repair: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    valid: Callable[[NDArray[np.float64]], NDArray[np.bool_]]

    @property
    def smooth(self) -> NDArray[np.bool_]:
        """(d,) bool: the columns that gradients climb."""
        return np.array([grid is None for grid in self.grids], dtype=bool)

    def fill(self, x: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
        """Return full points: random numbers where x (m, d) is NaN, everything within [0, 1]."""
        return np.clip(np.where(np.isnan(x), rng.random(x.shape), x), 0.0, 1.0)


@final
@dataclass(frozen=True)
class Effort:
    """How hard to look.

    Attributes:
        guesses: wide guesses, half of them anywhere, half around the best known points (all anywhere if none is known).
        climbers: how many of the best guesses climb; with 0 the best guess is the answer.
        calls: gradient evaluations of each climb.
    """

    guesses: int = 400
    climbers: int = 6
    calls: int = 25


def keys(x: NDArray[np.float64]) -> list[bytes]:
    """Return what equal repaired points share, one for each row of x (m, d); NaN equals NaN.

    Example: rows that differ by less than 1e-12 have the same key.
    """
    return [row.tobytes() for row in np.where(np.isnan(x), -9.0, np.round(x, 11) + 0.0)]


def maximise(
    score: Score,
    region: Region,
    known: NDArray[np.float64],
    *,
    taken: Iterable[bytes],
    rng: np.random.Generator,
    effort: Effort | None = None,
) -> tuple[NDArray[np.float64], float] | None:
    """Return the best repaired point (d,) found and its score, or None when no guess was free and allowed.

    Args:
        score: what is maximised.
        region: the space.
        known: (k, d) the points worth looking around, best first; NaN where inactive.
        taken: keys of the points that must not be returned.
        rng: the only randomness.
        effort: how hard to look.
    """
    effort = effort or Effort()
    hunt = _Hunt(score, region, frozenset(taken), rng)
    full = _guesses(region, region.fill(known[:NEAREST], rng), rng, effort.guesses)
    if not region.smooth.all():
        full = np.vstack([full, *(_moves(row, region, rng) for row in region.fill(known[:3], rng))])
    values = hunt.scores(full)
    top = _distinct_best(region.repair(full), values, max(1, effort.climbers))
    if not len(top):
        return None
    full, values = full[top], values[top]
    if effort.climbers:
        full, values = hunt.climb(full, values, effort.calls)
    best = int(np.argmax(values))
    return region.repair(full[best : best + 1])[0], float(values[best])


@final
@dataclass(frozen=True)
class _Hunt:
    """One search: what is maximised, where, what is closed, and the randomness."""

    score: Score
    region: Region
    closed: frozenset[bytes]
    rng: np.random.Generator

    def scores(self, full: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scores (m,) of full points; -inf for those taken or against the rules."""
        x = self.region.repair(full)
        free = np.fromiter((key not in self.closed for key in keys(x)), dtype=bool, count=len(x))
        free &= self.region.valid(x)
        values = np.full(len(x), -np.inf)
        if free.any():
            values[free] = self.score(x[free])
        return np.where(np.isnan(values), -np.inf, values)

    def climb(
        self, full: NDArray[np.float64], values: NDArray[np.float64], calls: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Improve every point by single moves, then gradients, then moves again."""
        smooth = self.region.smooth
        stepped = not smooth.all()
        if stepped:
            full, values = self.ascend(full, values)
        if not smooth.any():
            return full, values
        frozen = np.isnan(self.region.repair(full))

        def downhill(z: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
            value, gradient = self.score.gradient(np.where(frozen, np.nan, z))
            return -value, np.where(frozen | ~smooth, 0.0, -gradient)

        low, high = np.where(smooth, 0.0, full), np.where(smooth, 1.0, full)
        moved, _ = descend(downhill, full, low, high, calls=calls, tolerance=1e-4)
        reached = self.scores(moved)
        better = reached > values
        full, values = np.where(better[:, None], moved, full), np.where(better, reached, values)
        return self.ascend(full, values) if stepped else (full, values)

    def ascend(
        self, full: NDArray[np.float64], values: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Move every point to its best neighbour until none is better; all neighbours are scored in one batch."""
        full, values = full.copy(), values.copy()
        live = list(range(len(full)))
        for _ in range(ROUNDS):
            groups = [_moves(full[i], self.region, self.rng) for i in live]
            if not groups:
                break
            scores = self.scores(np.vstack(groups))
            begin, still = 0, []
            for i, group in zip(live, groups, strict=True):
                part = scores[begin : begin + len(group)]
                begin += len(group)
                if len(part) and part.max() > values[i] + GAIN:
                    full[i], values[i] = group[int(np.argmax(part))], part.max()
                    still.append(i)
            live = still
        return full, values


def _guesses(region: Region, near: NDArray[np.float64], rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Full points (count, d): half anywhere, half perturbations of the points near (k, d) in some of their columns."""
    width = len(region.grids)
    if not len(near):
        return rng.random((count, width))
    anywhere = rng.random((count // 2, width))
    base = near[rng.integers(len(near), size=count - len(anywhere))]
    rows = np.arange(len(base))
    change = rng.random(base.shape) < rng.random((len(base), 1))
    change[rows, rng.integers(width, size=len(base))] = True
    spread = 10.0 ** rng.uniform(SMALLEST, LARGEST, size=(len(base), 1))
    cell = np.array([0.0 if grid is None else 1.0 / len(grid) for grid in region.grids])
    moved = base + np.maximum(spread, cell) * rng.normal(size=base.shape)
    moved = np.abs(moved)
    moved = np.clip(np.where(moved > 1.0, 2.0 - moved, moved), 0.0, 1.0)
    moved = np.where(region.categorical, rng.random(base.shape), moved)
    return np.vstack([anywhere, np.where(change, moved, base)])


def _moves(full: NDArray[np.float64], region: Region, rng: np.random.Generator) -> NDArray[np.float64]:
    """Full points (m, d) that differ from one (d,) in a single column with cells."""
    groups = []
    for column, grid in enumerate(region.grids):
        if grid is None or len(grid) < 2:
            continue
        here = int(np.argmin(np.abs(grid - full[column])))
        cells = _other_cells(here, len(grid), ordered=not region.categorical[column], rng=rng)
        group = np.repeat(full[None], len(cells), axis=0)
        group[:, column] = grid[cells]
        groups.append(group)
    return np.vstack(groups) if groups else np.empty((0, len(full)))


def _other_cells(here: int, count: int, *, ordered: bool, rng: np.random.Generator) -> list[int]:
    """Cells worth a look beside `here`: all when few; else the next ones if there is an order, and some at random."""
    if count <= ALL_CELLS:
        return [i for i in range(count) if i != here]
    some = set(rng.integers(count, size=ALL_CELLS // 2 if ordered else ALL_CELLS).tolist())
    if ordered:
        some |= {here - 2, here - 1, here + 1, here + 2}
    return sorted(i for i in some if 0 <= i < count and i != here)


def _distinct_best(x: NDArray[np.float64], values: NDArray[np.float64], count: int) -> NDArray[np.intp]:
    """Indices of the `count` highest finite values whose points differ."""
    seen: set[bytes] = set()
    chosen: list[int] = []
    order = np.argsort(-values, kind="stable")
    for i in order:
        if len(chosen) == count or values[i] == -np.inf:
            break
        key = keys(x[i : i + 1])[0]
        if key not in seen:
            seen.add(key)
            chosen.append(int(i))
    return np.array(chosen, dtype=np.intp)

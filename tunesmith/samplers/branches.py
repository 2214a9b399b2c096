"""Choices that decide about other parameters, and searches that stay within one of them.

A model that has seen little of a branch, and that little with badly set parameters of its own, takes the whole branch
for hopeless and never learns better. So now and then a sampler looks aside: into a branch that is not the best one's,
to improve on the best of that branch.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tunesmith.numerics.mixed_search import Region
    from tunesmith.space import Space

__all__ = ["forks_of", "inside", "other_branch", "within"]

_SAME = 1e-9


def forks_of(space: Space, region: Region, most: int | None = None) -> tuple[int, ...]:
    """Return the columns with cells, at most so many, that other parameters hang on by a condition."""
    parents = {test.parent for tests in space.plan.tests.values() for test in tests}
    return tuple(
        i
        for i, grid in enumerate(region.grids)
        if grid is not None and 1 < len(grid) <= (most or len(grid)) and space.names[i] in parents
    )


def other_branch(
    forks: tuple[int, ...],
    region: Region,
    x: NDArray[np.float64],
    best: NDArray[np.float64],
    rng: np.random.Generator,
    *,
    untried: bool = False,
) -> tuple[int, float] | None:
    """Choose a fork, and a choice of it that the best point has not, seldom tried ones sooner.

    Args:
        forks: the columns to choose from.
        region: the space.
        x: (n, d) points tried, NaN where inactive.
        best: (d,) the best of them.
        rng: the only randomness.
        untried: choose among choices that no point has, if there are any.

    Returns:
        A column and a cell of it, or nothing if there is none.
    """
    pairs: list[tuple[int, float]] = []
    tried: list[int] = []
    for column in forks:
        grid = region.grids[column]
        for cell in [] if grid is None else grid.tolist():
            count = int(inside(x, column, cell).sum())
            if not (count if untried else abs(cell - best[column]) < _SAME):
                pairs.append((column, cell))
                tried.append(count)
    if not pairs:
        return None
    weight = 1.0 / (1.0 + np.array(tried))
    return pairs[int(rng.choice(len(pairs), p=weight / weight.sum()))]


def inside(x: NDArray[np.float64], column: int, value: float) -> NDArray[np.bool_]:
    """Return (n,) bool: which points x (n, d) have the value in the column."""
    result: NDArray[np.bool_] = np.abs(x[:, column] - value) < _SAME
    return result


def within(region: Region, column: int, value: float) -> Region:
    """Return the part of the region where a column is active and has one value."""

    def repair(full: NDArray[np.float64]) -> NDArray[np.float64]:
        forced = full.copy()
        forced[:, column] = value
        return region.repair(forced)

    def valid(x: NDArray[np.float64]) -> NDArray[np.bool_]:
        return region.valid(x) & inside(x, column, value)

    grids = (*region.grids[:column], np.array([value]), *region.grids[column + 1 :])
    return replace(region, grids=grids, repair=repair, valid=valid)

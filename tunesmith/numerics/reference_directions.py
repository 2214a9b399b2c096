"""Reference directions of NSGA-III: evenly spread rays through the losses, and how crowded the niche of each one is.

Deb and Jain (2014, "An evolutionary many-objective optimization algorithm using reference-point-based nondominated
sorting approach, part I", IEEE Trans. Evol. Comput. 18:577). The directions are those of Das and Dennis (1998, SIAM J.
Optim. 8:631). Losses are moved to the ideal point and divided by the intercepts of the plane through the extreme
points; where that plane does not exist or lies beyond the front, by the front's range instead.

Where we differ: the paper fills the last places of a generation niche by niche at random. Members here come and go one
by one, so each has a *niche rank* instead: how many of its niche are better placed (in an earlier front, or nearer to
the ray). The worst of the last front by niche rank is the one that the paper's rule would not have taken.

| symbol | shape | meaning |
|---|---|---|
| losses | (n, m) | one row a point, smaller is better, no NaN |
| fronts | (n,) | number of each point's front, 0 for the best |
| directions | (r, m) | points of the unit simplex, the rays' ends |
"""

from __future__ import annotations

from itertools import combinations
from math import comb
from typing import TYPE_CHECKING, Final

import numpy as np

from tunesmith.errors import InvalidArgumentError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["das_dennis", "divisions_within", "niche_ranks", "normalised"]

_LARGE: Final = 1e150
_AXIS: Final = 1e-6  # the weight of the other losses in the scalarisation that finds extreme points


def divisions_within(m: int, most: int) -> int:
    """Return the most divisions whose directions for m losses are at most `most`, and at least 1.

    >>> divisions_within(3, 91)
    12
    """
    divisions = 1
    while m > 1 and comb(divisions + m, m - 1) <= most:
        divisions += 1
    return divisions


def das_dennis(m: int, divisions: int) -> NDArray[np.float64]:
    """Return the directions (r, m), r = C(divisions + m - 1, m - 1): shares of 1 in steps of 1 / divisions.

    Raises:
        InvalidArgumentError: m or divisions is less than 1.

    >>> das_dennis(3, 1).tolist()
    [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    """
    if m < 1 or divisions < 1:
        raise InvalidArgumentError(f"das_dennis needs m >= 1 and divisions >= 1, got m={m}, divisions={divisions}")
    bars = np.array(list(combinations(range(divisions + m - 1), m - 1)), dtype=np.int64)  # stars and bars
    edges = np.hstack([np.full((len(bars), 1), -1), bars, np.full((len(bars), 1), divisions + m - 1)])
    return (np.diff(edges, axis=1) - 1) / divisions


def normalised(losses: NDArray[np.float64], fronts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the losses (n, m) moved and divided so that the best front spans about the unit simplex (algorithm 2)."""
    losses = np.clip(losses, -_LARGE, _LARGE)
    front = losses[fronts == fronts.min()]
    moved = front - front.min(axis=0)  # eq. 4's numerator
    span = moved.max(axis=0)
    scale = np.maximum(span, 1e-12 * max(1.0, float(np.abs(front).max())))
    weights = np.where(np.eye(losses.shape[1], dtype=bool), 1.0, _AXIS)
    unit = moved / scale
    extremes = unit[(unit[:, None, :] / weights).max(axis=2).argmin(axis=0)]  # eq. 5, one row a loss
    if np.linalg.matrix_rank(extremes) == losses.shape[1]:
        plane = np.linalg.solve(extremes, np.ones(losses.shape[1]))
        with np.errstate(divide="ignore"):
            intercepts = 1.0 / plane
        if ((intercepts > 1e-6) & (intercepts <= 1.0 + 1e-9)).all():
            scale = scale * intercepts
    return np.asarray((losses - front.min(axis=0)) / scale)  # eq. 4


def niche_ranks(
    losses: NDArray[np.float64], fronts: NDArray[np.int64], directions: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return how many of its niche are better placed than each point (n,), and its distance from the ray (n,).

    >>> losses = np.array([[0.0, 1.0], [1.0, 0.0], [0.5, 0.5], [0.45, 0.65]])
    >>> niche_ranks(losses, np.array([0, 0, 0, 0]), das_dennis(2, 2))[0].tolist()
    [0, 0, 0, 1]
    """
    unit = normalised(losses, fronts)
    rays = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    along = unit @ rays.T
    away = np.sqrt(np.maximum(np.square(unit).sum(axis=1)[:, None] - np.square(along), 0.0))
    niche = away.argmin(axis=1)
    distance = away[np.arange(len(unit)), niche]
    ranks = np.empty(len(unit), dtype=np.int64)
    order = np.lexsort((distance, fronts, niche))
    starts = np.flatnonzero(np.diff(niche[order], prepend=-1))
    ranks[order] = np.arange(len(unit)) - np.repeat(starts, np.diff(np.append(starts, len(unit))))
    return ranks, distance

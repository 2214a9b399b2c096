"""Pareto fronts of losses: who is not dominated, how often a point is dominated, and the hypervolume in 2-D and 3-D.

All losses are minimised. A point dominates another when it is nowhere worse and somewhere better. The hypervolume is
the volume between the points and a reference that is worse than all that counts (Zitzler and Thiele, 1998,
"Multiobjective optimization using evolutionary algorithms - a comparative case study"); the 3-D case is cut into slabs
along the third loss, each the 2-D volume of the points at or below it.

| symbol | shape | meaning |
|---|---|---|
| losses | (n, m) | one row a point, smaller is better; a row with NaN is no point |
| reference | (m,) | the corner that volumes are measured from |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tunesmith.errors import InvalidArgumentError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["crowding", "domination_counts", "hypervolume", "non_dominated", "sort_fronts"]

_BLOCK = 512


def non_dominated(losses: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return (n,) which points of (n, m) losses no other point dominates; equal points stand together.

    Rows with NaN are never on the front.

    >>> non_dominated(np.array([[1.0, 3.0], [2.0, 2.0], [2.0, 3.0]])).tolist()
    [True, True, False]
    """
    losses = _points(losses)
    mask = np.zeros(len(losses), dtype=np.bool_)
    known = np.flatnonzero(~np.isnan(losses).any(axis=1))
    if len(known) == 0:
        return mask
    # In lexicographic order nobody behind a point can dominate it, so one pass over the survivors is enough.
    rest = known[np.lexsort(losses[known].T[::-1])]
    while len(rest):
        head = losses[rest[0]]
        same = (losses[rest] == head).all(axis=1)
        mask[rest[same]] = True
        rest = rest[~same & (losses[rest] < head).any(axis=1)]
    return mask


def domination_counts(losses: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return (n,) how many points dominate each; 0 on the front, n for a row with NaN.

    It orders points with several losses (the rank of Fonseca and Fleming, 1993, less one).

    >>> domination_counts(np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])).tolist()
    [0, 1, 2]
    """
    losses = _points(losses)
    n = len(losses)
    counts = np.full(n, n, dtype=np.int64)
    known = np.flatnonzero(~np.isnan(losses).any(axis=1))
    points = losses[known]
    for start in range(0, len(known), _BLOCK):
        block = points[start : start + _BLOCK, None, :]
        no_worse, better = (points <= block).all(axis=2), (points < block).any(axis=2)
        counts[known[start : start + _BLOCK]] = (no_worse & better).sum(axis=1)
    return counts


def sort_fronts(losses: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return (n,) the number of each point's front: 0 not dominated, 1 dominated by front 0 only, and so on.

    The non-dominated sorting of Deb et al. (2002); rows with NaN stand behind all others.

    >>> sort_fronts(np.array([[1.0, 3.0], [2.0, 2.0], [2.0, 3.0], [3.0, 4.0]])).tolist()
    [0, 0, 1, 2]
    """
    losses = _points(losses)
    fronts = np.full(len(losses), -1, dtype=np.int64)
    rest, front = np.flatnonzero(~np.isnan(losses).any(axis=1)), 0
    while len(rest):
        first = non_dominated(losses[rest])
        fronts[rest[first]] = front
        rest, front = rest[~first], front + 1
    fronts[fronts < 0] = front
    return fronts


def crowding(losses: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n,) the crowding distance of each point within its front: how far apart its neighbours are.

    Sum over the losses of the distance between the neighbours on both sides, as a share of the front's range (Deb et
    al. 2002, "A fast and elitist multiobjective genetic algorithm: NSGA-II", IEEE Trans. Evol. Comput. 6:182); the ends
    are infinitely far from all. Infinite losses lie at the front's ends.

    >>> crowding(np.array([[0.0, 4.0], [1.0, 1.0], [4.0, 0.0], [9.0, 9.0]])).tolist()
    [inf, 2.0, inf, inf]
    """
    losses = _points(losses)
    apart = np.zeros(len(losses))
    fronts = sort_fronts(losses)
    for front in range(int(fronts.max(initial=-1)) + 1):
        members = np.flatnonzero(fronts == front)
        for column in np.nan_to_num(losses[members], nan=0.0, posinf=1e300, neginf=-1e300).T:
            order = np.argsort(column, kind="stable")
            ranked = column[order] / 2.0
            span = ranked[-1] - ranked[0]
            apart[members[order[[0, -1]]]] = np.inf
            if span > 0:
                apart[members[order[1:-1]]] += (ranked[2:] - ranked[:-2]) / span
    return apart


def hypervolume(losses: NDArray[np.float64], reference: NDArray[np.float64]) -> float:
    """Return the volume that (n, m) losses dominate below a reference (m,), m = 1, 2 or 3.

    Points that are not better than the reference in every loss add nothing.

    Raises:
        InvalidArgumentError: if m is not 1, 2 or 3, or the reference has another length.

    >>> hypervolume(np.array([[1.0, 2.0], [2.0, 1.0]]), np.array([3.0, 3.0]))
    3.0
    """
    losses = _points(losses)
    reference = np.asarray(reference, dtype=np.float64)
    m = losses.shape[1]
    if reference.shape != (m,):
        raise InvalidArgumentError(
            f"hypervolume needs a reference of one number a loss, got shape {reference.shape} for {m} losses"
        )
    if m not in {1, 2, 3}:
        raise InvalidArgumentError(f"hypervolume is exact for 1, 2 or 3 losses, got {m}; choose three of them")
    inside = losses[(losses < reference).all(axis=1)]
    inside = inside[non_dominated(inside)]
    if len(inside) == 0:
        return 0.0
    if m == 1:
        return float(reference[0] - inside.min())
    if m == 2:
        return _area(inside, reference)
    return _volume(inside, reference)


def _area(points: NDArray[np.float64], reference: NDArray[np.float64]) -> float:
    """Return the area below the reference, with the points (k, 2) taken by their first loss, ascending."""
    ordered = points[np.lexsort((points[:, 1], points[:, 0]))]
    height = np.minimum.accumulate(ordered[:, 1])
    widths = np.diff(np.append(ordered[:, 0], reference[0]))
    return float(np.sum(widths * (reference[1] - height)))


def _volume(points: NDArray[np.float64], reference: NDArray[np.float64]) -> float:
    """Return the volume below the reference: slabs between neighbouring third losses of the points (k, 3)."""
    ordered = points[np.argsort(points[:, 2], kind="stable")]
    depths = np.diff(np.append(ordered[:, 2], reference[2]))
    areas = (_area(ordered[: i + 1, :2], reference[:2]) for i in range(len(ordered)))
    return float(sum(depth * area for depth, area in zip(depths, areas, strict=True) if depth > 0))


def _points(losses: NDArray[np.float64]) -> NDArray[np.float64]:
    losses = np.asarray(losses, dtype=np.float64)
    if losses.ndim != 2:
        raise InvalidArgumentError(f"losses must be of shape (n, m), got shape {losses.shape}")
    return losses

"""Pareto fronts of losses: who is not dominated, fronts behind the front, crowding, and the exact hypervolume.

All losses are minimised. A point dominates another when it is nowhere worse and somewhere better. The hypervolume is
the volume between the points and a reference that is worse than all that counts (Zitzler and Thiele, 1998,
"Multiobjective optimization using evolutionary algorithms - a comparative case study").

| symbol | shape | meaning |
|---|---|---|
| losses | (n, m) | one row a point, smaller is better; a row with NaN is no point |
| reference | (m,) | the corner that volumes are measured from |
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

import numpy as np

from tunesmith.errors import InvalidArgumentError
from tunesmith.numerics.reference_directions import das_dennis, divisions_within

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["crowding", "domination_counts", "foremost", "hypervolume", "non_dominated", "scattered", "sort_fronts"]

_BLOCK = 512
_EXACT = 1000  # points of which the foremost are found exactly
_JUDGES = 60


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
        block = points[start : start + _BLOCK]
        no_worse = np.ones((len(block), len(points)), dtype=np.bool_)
        better = np.zeros_like(no_worse)
        for theirs, ours in zip(points.T, block.T, strict=True):  # a loss at a time: no sheet of three dimensions
            no_worse &= theirs <= ours[:, None]
            better |= theirs < ours[:, None]
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


def scattered(losses: NDArray[np.float64], count: int) -> NDArray[np.intp]:
    """Return the places, in ascending order, of `count` points that lie far apart; of fewer points, all.

    First the best in each loss, then again and again the one farthest from all that are chosen, in units of each loss's
    range (Gonzalez 1985, "Clustering to minimize the maximum intercluster distance", Theor. Comput. Sci. 38:293).

    Args:
        losses: (n, m) finite.
        count: how many, at least 1.

    >>> scattered(np.array([[0.0, 4.0], [0.1, 3.9], [1.0, 2.0], [1.1, 2.1], [4.0, 0.0]]), 3).tolist()
    [0, 2, 4]
    """
    losses = _points(losses)
    if len(losses) <= count:
        return np.arange(len(losses))
    width = np.ptp(losses, axis=0)
    unit = (losses - losses.min(axis=0)) / np.where(width > 0, width, 1.0)
    chosen = list(dict.fromkeys(unit.argmin(axis=0).tolist()))[:count]
    apart = np.min([np.square(unit - unit[i]).sum(axis=1) for i in chosen], axis=0)
    apart[chosen] = -1.0
    while len(chosen) < count:
        chosen.append(int(np.argmax(apart)))
        apart = np.minimum(apart, np.square(unit - unit[chosen[-1]]).sum(axis=1))
        apart[chosen] = -1.0
    return np.sort(np.array(chosen))


def foremost(losses: NDArray[np.float64], count: int) -> NDArray[np.intp]:
    """Return the places of `count` points: whole fronts from the first on, of the last one those that lie far apart.

    Of more than a thousand points only a thousand are looked at: those that the fewest of some 60 good ones dominate,
    and of equals an even share over their places. So the cost doesn't grow with the square of n.

    Args:
        losses: (n, m) finite, n >= count.
        count: how many, at least 1 and at most a thousand.

    >>> foremost(np.array([[5.0, 5.0], [1.0, 3.0], [3.0, 1.0], [2.0, 2.0], [4.0, 4.0]]), 2).tolist()
    [1, 2]
    """
    rest, chosen = _promising(_points(losses)), np.empty(0, dtype=np.intp)
    while len(chosen) < count:
        front = non_dominated(losses[rest])
        fits = scattered(losses[rest[front]], count - len(chosen))
        chosen, rest = np.append(chosen, rest[front][fits]), rest[~front]
    return chosen


def _promising(losses: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the places of a thousand points among which the foremost ones are sought; of fewer points, all.

    The judges are the points of least Tchebycheff sum for evenly spread weights.
    """
    if len(losses) <= _EXACT:
        return np.arange(len(losses))
    width = np.ptp(losses, axis=0)
    unit = (losses - losses.min(axis=0)) / np.where(width > 0, width, 1.0)
    weights = das_dennis(losses.shape[1], divisions_within(losses.shape[1], _JUDGES))
    judges = np.unique([int(np.argmin((unit * row).max(axis=1) + 1e-3 * unit.sum(axis=1))) for row in weights])
    beaten = np.zeros(len(losses), dtype=np.int64)
    for judge in losses[judges]:
        beaten += (judge <= losses).all(axis=1) & (judge < losses).any(axis=1)
    level = np.sort(beaten)[_EXACT - 1]
    sure, tied = np.flatnonzero(beaten < level), np.flatnonzero(beaten == level)
    return np.append(sure, tied[np.linspace(0, len(tied) - 1, _EXACT - len(sure)).astype(int)])


def crowding(losses: NDArray[np.float64], fronts: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
    """Return (n,) the crowding distance of each point within its front: how far apart its neighbours are.

    Sum over the losses of the distance between the neighbours on both sides, as a share of the front's range (Deb et
    al. 2002, "A fast and elitist multiobjective genetic algorithm: NSGA-II", IEEE Trans. Evol. Comput. 6:182); the ends
    are infinitely far from all. Infinite losses lie at the front's ends.

    Args:
        losses: (n, m).
        fronts: (n,) what `sort_fronts` says of them, when it is known already.

    >>> crowding(np.array([[0.0, 4.0], [1.0, 1.0], [4.0, 0.0], [9.0, 9.0]])).tolist()
    [inf, 2.0, inf, inf]
    """
    losses = _points(losses)
    apart = np.zeros(len(losses))
    fronts = sort_fronts(losses) if fronts is None else fronts
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
    """Return the volume that (n, m) losses dominate below a reference (m,), exactly, for any m >= 1.

    A sweep for two losses, O(n log n); a sweep over a staircase for three, after HV3D (Beume et al. 2009, "On the
    complexity of computing the hypervolume indicator", IEEE Trans. Evol. Comput. 13:1075); WFG for more (While,
    Bradstreet and Barone 2012, "A fast way of calculating exact hypervolumes", IEEE Trans. Evol. Comput. 16:86), whose
    time grows steeply with m: some hundred points of five losses are a matter of seconds. Points that are not better
    than the reference in every loss add nothing.

    Raises:
        InvalidArgumentError: if there is no loss, or the reference has another length.

    >>> hypervolume(np.array([[1.0, 2.0], [2.0, 1.0]]), np.array([3.0, 3.0]))
    3.0
    >>> hypervolume(np.array([[0.0, 0.0, 0.0, 1.0]]), np.array([1.0, 2.0, 3.0, 4.0]))
    18.0
    """
    losses = _points(losses)
    reference = np.asarray(reference, dtype=np.float64)
    m = losses.shape[1]
    if m == 0 or reference.shape != (m,):
        raise InvalidArgumentError(
            f"hypervolume needs a reference of one number a loss, got shape {reference.shape} for {m} losses"
        )
    inside = losses[(losses < reference).all(axis=1)]
    return _measure(inside, reference)


def _measure(points: NDArray[np.float64], reference: NDArray[np.float64]) -> float:
    """Return the volume below the reference of points (k, m) that lie inside it."""
    if len(points) == 0:
        return 0.0
    if len(points) == 1:
        return float(np.prod(reference - points[0]))
    if points.shape[1] == 1:
        return float(reference[0] - points.min())
    if points.shape[1] == 2:
        return _area(points, reference)
    return _volume(points, reference) if points.shape[1] == 3 else _wfg(points, reference)


def _area(points: NDArray[np.float64], reference: NDArray[np.float64]) -> float:
    """Return the area below the reference, with the points (k, 2) taken by their first loss, ascending."""
    ordered = points[np.lexsort((points[:, 1], points[:, 0]))]
    height = np.minimum.accumulate(ordered[:, 1])
    widths = np.diff(np.append(ordered[:, 0], reference[0]))
    return float(np.sum(widths * (reference[1] - height)))


def _volume(points: NDArray[np.float64], reference: NDArray[np.float64]) -> float:
    """Return the volume below the reference of the points (k, 3), by a sweep along the third loss.

    The points met so far, seen along that loss, are a staircase in the first two; each new point adds area to it.
    """
    right, top, far = reference.tolist()
    steps: list[tuple[float, float]] = []  # first loss up, second loss down
    area = volume = 0.0
    ordered = points[np.argsort(points[:, 2], kind="stable")]
    ends = [*ordered[1:, 2].tolist(), far]
    for (x, y, z), end in zip(ordered.tolist(), ends, strict=True):
        area += _step(steps, x, y, right, top)
        volume += area * (end - z)
    return float(volume)


def _step(steps: list[tuple[float, float]], x: float, y: float, right: float, top: float) -> float:
    """Put a point into the staircase and return the area that it adds; the steps it covers leave."""
    at = bisect_left(steps, (x, y))
    ceiling = steps[at - 1][1] if at else top  # of the step to the left
    if ceiling <= y:
        return 0.0
    added, left, end = 0.0, x, at
    while end < len(steps) and steps[end][1] >= y:
        added += (steps[end][0] - left) * (ceiling - y)
        left, ceiling = steps[end]
        end += 1
    added += ((steps[end][0] if end < len(steps) else right) - left) * (ceiling - y)
    steps[at:end] = [(x, y)]
    return added


def _wfg(points: NDArray[np.float64], reference: NDArray[np.float64]) -> float:
    """Return the volume below the reference of the points (k, m): the sum of what each adds to those behind it.

    The points are taken with the worst last loss first, so that the limited sets lose a dimension's worth of points.
    """
    front = np.unique(points[non_dominated(points)], axis=0)
    ordered = front[np.argsort(-front[:, -1], kind="stable")]
    total = 0.0
    for i, point in enumerate(ordered):
        limited = np.maximum(ordered[i + 1 :], point)  # limitSet
        # All of these share the last loss of the point, since it is the worst of the rest.
        overlap = _measure(limited[:, :-1], reference[:-1]) * float(reference[-1] - point[-1])
        total += float(np.prod(reference - point)) - overlap
    return total


def _points(losses: NDArray[np.float64]) -> NDArray[np.float64]:
    losses = np.asarray(losses, dtype=np.float64)
    if losses.ndim != 2:
        raise InvalidArgumentError(f"losses must be of shape (n, m), got shape {losses.shape}")
    return losses

"""How the Gaussian-process sampler fits a process: where climbs start, how often afresh, on which trials, bent or not.

Inputs are bent where the losses ask for it (`numerics.input_warping`). Whenever a fit starts afresh, each numeric
column may be bent towards either edge, or differently from before, if that makes the losses more probable by more than
what speaks against it: a range is as the user declared it unless the trials say otherwise. With less against it, plain
functions were found more slowly; with more, a forgotten `log=True` was noticed later (decision 23).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tunesmith.numerics.gaussian_process import Prior, Process, fit
from tunesmith.numerics.input_warping import STRONGEST, warp_slope
from tunesmith.numerics.kernels import CATEGORICAL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tunesmith.numerics.kernels import Layout

__all__ = ["YOUNG", "fitted"]

YOUNG = 30  # up to here each fit also starts at the prior's centre and at a random place, afterwards some from either
_OLD = 150  # from here on only those are fitted, to so many trials, and the others take what the last one found
_CALLS = 30
_FIRST = 1.0  # power, either way, of a column that is bent for the first time
_STEP = 0.5  # by which it moves then
_SPREAD = 2.0  # standard deviation of a power before any data
_AGAINST = 2.0  # log odds that a column is as it was declared
_GAIN = 0.1  # in log posterior, that a change has to bring
_VALUES = 4  # distinct ones that a column worth bending has, absent ones aside
_COLUMNS = (10, 3)  # looked at each time, while a process is young and later; of more, as many are drawn


def fitted(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    kinds: NDArray[np.int8],
    layout: Layout,
    memo: NDArray[np.float64] | None,
    rng: np.random.Generator,
    *,
    afresh: bool,
    rests: bool,
    warping: bool,
) -> Process:
    """Return the process fitted from the prior's centre, from the last fit, and now and then from a random place.

    Args:
        x: (n, d) points.
        y: (n,) targets.
        kinds: (d,) 0 continuous, 1 ordered, 2 categorical.
        layout: how points become columns, unbent.
        memo: of what this returned last: log lengths, log noise ratio, logit of the share, and where inputs are bent
            the powers. None before the first fit; one of another length is left aside.
        rng: draws random starts, and the part that many trials are fitted to.
        afresh: whether it is an older process's turn to start from elsewhere too.
        rests: whether to take what the last fit found, unless it is its turn or there are few points.
        warping: whether to bend the inputs.
    """
    prior, bent = Prior(), x.shape[1] if warping else 0
    width = len(layout.equal_only)
    centre = prior.centre(width)
    starts, powers = [], np.zeros(bent)
    if memo is not None and len(memo) == len(centre) + bent:
        starts = [memo[: len(centre)]]
        powers = memo[len(centre) :]
    if warping:
        powers = np.where(layout.categorical, 0.0, powers)  # a memo may be older than an edit of the space
        layout = replace(layout, powers=tuple(powers.tolist()))
    if len(y) > _OLD:
        if afresh or not starts:
            part = np.sort(rng.choice(len(y), _OLD, replace=False))
            process = _fit(x[part], y[part], kinds, layout, starts or [centre], _CALLS)
            if warping:
                process = _warped(process, x[part], y[part], kinds, rng)
            starts, layout = [np.array(process.memo())], process.layout
        return _fit(x, y, kinds, layout, starts, 0)
    due = afresh or not starts or len(y) < YOUNG
    bends = warping and due and (afresh or not rests)  # one of many processes is bent at its own turn only
    if due:
        rests = False
        others = [centre, centre + 0.7 * prior.spread(width) * rng.normal(size=len(centre))]
        starts += others if len(y) < YOUNG else [others[len(y) % 2]]
    process = _fit(x, y, kinds, layout, starts, 0 if rests else _CALLS)
    return _warped(process, x, y, kinds, rng) if bends else process


def _fit(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    kinds: NDArray[np.int8],
    layout: Layout,
    starts: list[NDArray[np.float64]],
    calls: int,
) -> Process:
    return fit(x, y, kinds, starts=np.array(starts), calls=calls, layout=layout)


def _warped(
    process: Process,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    kinds: NDArray[np.int8],
    rng: np.random.Generator,
) -> Process:
    """Return the process with numeric columns bent, or bent differently, where that is more probable."""
    best = process
    columns, most = np.flatnonzero(kinds != CATEGORICAL), _COLUMNS[len(y) >= YOUNG]
    if len(columns) > most:
        columns = rng.spawn(1)[0].choice(columns, most, replace=False)  # which they are moves nothing else
    for column in columns:
        present, now = x[~np.isnan(x[:, column]), column], process.layout.powers[column]
        if len(np.unique(present)) < _VALUES:
            continue
        for power in _others(now):
            powers = (*best.layout.powers[:column], power, *best.layout.powers[column + 1 :])
            layout, begin = replace(process.layout, powers=powers), np.array(best.memo())
            stretched = np.log(warp_slope(present, np.array(power))) - np.log(warp_slope(present, np.array(now)))
            begin[column] += np.median(stretched)  # where most present points are, distances stay
            found = _fit(x, y, kinds, layout, [begin], 0)
            if _surprise(found) < _surprise(best) - _GAIN:
                best = found
                break
    return best if best is process else _fit(x, y, kinds, best.layout, [np.array(best.memo())], _CALLS)


def _others(power: float) -> list[float]:
    """Return powers worth a try beside this one."""
    if power == 0:
        return [_FIRST, -_FIRST]
    return [p for p in dict.fromkeys((power + _STEP, power - _STEP, 0.0)) if abs(p) <= STRONGEST]


def _surprise(process: Process) -> float:
    """Return the negative log posterior of a process and its powers, up to a constant."""
    powers = np.array(process.layout.powers)
    return process.loss + 0.5 * float(np.square(powers / _SPREAD).sum()) + _AGAINST * np.count_nonzero(powers)

"""What is believed of constraints: a process of how far each metric is beyond its bound, and the chance that all hold.

Gardner et al. (2014, ICML, "Bayesian optimization with inequality constraints") and Gelbart, Snoek and Adams (2014,
arXiv 1403.5607). Excesses are bent towards a Gaussian as losses are (`numerics.warping`), and the bound is bent with
them. What a failed or short trial doesn't tell is left out; a complete trial without the metric counts as broken, by as
much as any metric is away from the bound: were it less, in a space of much room it would seem to be at the bound.
Constraints that were never broken need no process, nor do those that every trial breaks by the same amount.

As long as nothing feasible is known, a look is worth what it improves on the trial that breaks the constraints least:
the expected improvement of each excess that is broken there, by the chance that the others hold. The chance alone was
seen to look far away where everything known is out of reach (first feasible trial of four small problems: 9 to 21 by
the chance, 9 to 16 so, means of 12 seeds).

More than a dozen that were broken become one: the farthest excess of all, each in its own spread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, final

import numpy as np

from tunesmith.numerics.acquisition import Both, Chance, Improvement
from tunesmith.numerics.warping import bend

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from tunesmith.numerics.gaussian_process import Process
    from tunesmith.numerics.mixed_search import Score

__all__ = ["Limit", "Measured", "chance", "less_broken", "measured"]

_MOST = 12


class Measured(NamedTuple):
    """What a process of one constraint is fitted to.

    Attributes:
        rows: (k,) places of the trials that tell of it.
        targets: (k,) how far beyond the bound, bent and standardised.
        ceiling: the bound in the same units.
    """

    rows: NDArray[np.intp]
    targets: NDArray[np.float64]
    ceiling: float


@final
@dataclass(frozen=True)
class Limit:
    """A process of how far a metric lies beyond its bound, and where the bound is in its units."""

    process: Process
    ceiling: float

    def believing(self, x: NDArray[np.float64]) -> Limit:
        """Return the same with points x (m, d) come out as expected."""
        return Limit(self.process.believing(x), self.ceiling)

    def holds(self, x: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return (m,) whether the bound is expected to hold at x (m, d)."""
        return self.process.predict(x)[0] <= self.ceiling


def chance(limits: Iterable[Limit]) -> Chance:
    """Return the log of the chance that all hold."""
    return Chance(tuple((limit.process, limit.ceiling) for limit in limits))


def less_broken(limits: tuple[Limit, ...], x: NDArray[np.float64]) -> Score:
    """Return the log of what a look is worth that has to break less than any of the points x (n, d) is expected to."""
    expected = np.stack([limit.process.predict(x)[0] - limit.ceiling for limit in limits], axis=1)
    least = expected[np.argmin(np.maximum(expected, 0.0).sum(axis=1))]
    score: Score = chance(limit for limit, beyond in zip(limits, least, strict=True) if beyond <= 0)
    for limit, beyond in zip(limits, least, strict=True):
        if beyond > 0:
            score = Both(score, Improvement(limit.process, limit.ceiling + float(beyond)))
    return score


def measured(excesses: NDArray[np.float64]) -> list[Measured]:
    """Return what to fit for each constraint that was broken, and was not always broken by the same amount.

    Args:
        excesses: (n, c) positive where broken; inf and -inf where certainly broken or kept, NaN where nothing is known.

    Example: of the columns [-1, 2] and [-1, -2], the first is returned.
    """
    told = [_measured(column) for column in excesses.T]
    found = [one for one in told if one is not None]
    if len(found) <= _MOST:
        return found
    beyond = np.full((len(excesses), len(found)), -np.inf)
    for column, each in enumerate(found):
        beyond[each.rows, column] = each.targets - each.ceiling
    farthest = beyond.max(axis=1)
    one = _measured(np.where(np.isneginf(farthest), np.nan, farthest))
    return [] if one is None else [one]


def _measured(column: NDArray[np.float64]) -> Measured | None:
    """What one constraint (n,) tells; None if it was never broken or tells nothing."""
    rows = np.flatnonzero(~np.isnan(column))
    told = column[rows]
    if not (told > 0).any():
        return None
    far = np.abs(told[np.isfinite(told)]).max(initial=0.0) or 1.0
    targets, how = bend(np.clip(told, -far, far))  # without a measure: as far from the bound as anything that has one
    return Measured(rows, targets, how.forth(0.0)) if how.width > 0 else None

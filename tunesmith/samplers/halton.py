"""Quasi-random search by a scrambled Halton sequence: even at every length, in any number of dimensions.

Halton (1960), scrambled as by Owen (2017, arXiv 1706.02808; see `numerics.halton`). A Sobol sequence is most even at
powers of two; this one has no preferred length and needs no table, but its high coordinates, which count in large
primes, fill their range only after that many points. How points become configs of mixed and conditional spaces, and how
workers share them, stands in `points`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from tunesmith.numerics.halton import halton_points
from tunesmith.samplers.left import Taken
from tunesmith.samplers.points import PointsState, next_point, told
from tunesmith.seeding import derive

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from tunesmith.core.history import History
    from tunesmith.core.protocols import Exhausted, Problem, Proposal
    from tunesmith.core.trial import Trial

__all__ = ["Halton"]


@final
@dataclass(frozen=True)
class Halton:
    """Proposes the points of one scrambled Halton sequence in turn, blind to all results.

    In a finite space no config comes twice, and the search ends when all have been proposed.

    Example:
        >>> Halton()
        Halton()
    """

    def init(self, problem: Problem) -> PointsState:
        """Return the state of a study without trials."""
        taken = Taken(problem.space, problem.discover)
        return PointsState(taken, derive(problem.seed, "halton"), "halton", halton_points)

    def tell(self, state: PointsState, runs: History) -> PointsState:
        """Return the state that knows the configs and indices of these runs too."""
        return told(state, runs)

    def ask(self, state: PointsState, pending: Sequence[Trial], rng: np.random.Generator) -> Proposal | Exhausted:
        """Return the config of the next point that obeys the rules; `rng` is used only when thousands do not."""
        return next_point(state, pending, rng)

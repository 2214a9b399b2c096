"""Quasi-random search: the points of a scrambled Sobol sequence, spread evenly in every dimension at once.

Sobol (1967, USSR Comput. Math. Math. Phys. 7(4)), scrambled (see `numerics.sobol`). Every prefix of 2^m
points has one point in each of 2^m equal cells of a coordinate; Bergstra and Bengio (2012, JMLR 13:281-305) find it
somewhat better than random search at equal cost. How points become configs of mixed and conditional spaces, and how
workers share them, stands in `points`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, final

from tunesmith.numerics.sobol import sobol_points
from tunesmith.samplers.left import Taken
from tunesmith.samplers.points import PointsState, next_point, told
from tunesmith.seeding import derive

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from tunesmith.core.history import History
    from tunesmith.core.protocols import Exhausted, Problem, Proposal
    from tunesmith.core.trial import Trial

__all__ = ["Sobol", "SobolState"]

SobolState: TypeAlias = PointsState


@final
@dataclass(frozen=True)
class Sobol:
    """Proposes the points of one scrambled Sobol sequence in turn, blind to all results.

    In a finite space no config comes twice, and the search ends when all have been proposed.

    Example:
        >>> Sobol()
        Sobol()
    """

    def init(self, problem: Problem) -> PointsState:
        """Return the state of a study without trials."""
        taken = Taken(problem.space, problem.discover)
        return PointsState(taken, derive(problem.seed, "sobol"), "sobol", sobol_points)

    def tell(self, state: PointsState, runs: History) -> PointsState:
        """Return the state that knows the configs and indices of these runs too."""
        return told(state, runs)

    def ask(self, state: PointsState, pending: Sequence[Trial], rng: np.random.Generator) -> Proposal | Exhausted:
        """Return the config of the next point that obeys the rules; `rng` is used only when thousands do not."""
        return next_point(state, pending, rng)

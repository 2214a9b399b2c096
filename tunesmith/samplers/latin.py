"""Latin hypercube search: n configs, and each parameter takes a value in each of n equal slices of its range once.

McKay, Beckman and Conover (1979; see `numerics.latin`). The whole design is even in every single parameter, whatever n
is; a beginning of it is a random part and no more. When n configs have been proposed another design follows. How points
become configs of mixed and conditional spaces, and how workers share them, stands in `points`.

The size of the design is recorded beside the index, so a study whose plan is changed later keeps the design it began.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, final

from tunesmith.core.protocols import Exhausted, Problem, Proposal
from tunesmith.errors import InvalidArgumentError
from tunesmith.numerics.latin import latin_points
from tunesmith.samplers.left import Taken
from tunesmith.samplers.points import PointsState, next_point, told
from tunesmith.seeding import derive

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from tunesmith.core.history import History
    from tunesmith.core.trial import Trial

__all__ = ["LatinHypercube", "LatinState"]

_SIZE = 64


@final
@dataclass(slots=True)
class LatinState:
    """What is known.

    Attributes:
        points: the designs, one behind another, as a sequence.
        size: configs of one design.
    """

    points: PointsState
    size: int


@final
@dataclass(frozen=True)
class LatinHypercube:
    """Proposes the points of a Latin hypercube in turn, then those of another one, blind to all results.

    Args:
        n: configs of one design; when omitted, as many as trials are planned, or 64 when that is open.

    Raises:
        InvalidArgumentError: `n` is not a whole number of at least 1.

    Example:
        >>> LatinHypercube(n=20)
        LatinHypercube(n=20)
    """

    n: int | None = None

    def __post_init__(self) -> None:
        if self.n is not None and (isinstance(self.n, bool) or not isinstance(self.n, int) or self.n < 1):
            raise InvalidArgumentError(f"LatinHypercube needs n as a whole number >= 1 or None, got n={self.n!r}")

    def init(self, problem: Problem) -> LatinState:
        """Return the state of a study without trials."""
        size = self.n or problem.n_trials or _SIZE
        taken = Taken(problem.space, problem.discover)
        points = PointsState(taken, derive(problem.seed, "latin"), "latin", partial(_points, size))
        return LatinState(points, size)

    def tell(self, state: LatinState, runs: History) -> LatinState:
        """Return the state that knows the configs and indices of these runs too."""
        state.points = told(state.points, runs)
        if self.n is None:
            _resize(state, [int(row.memo["of"]) for row in runs.records if row.memo and "latin" in row.memo])
        return state

    def ask(self, state: LatinState, pending: Sequence[Trial], rng: np.random.Generator) -> Proposal | Exhausted:
        """Return the config of the next point that obeys the rules; `rng` is used only when thousands do not."""
        return next_point(state.points, pending, rng, {"of": state.size})


def _resize(state: LatinState, sizes: list[int]) -> None:
    """Go on with the design that the latest of these runs belong to."""
    if sizes and sizes[-1] != state.size:
        state.size = sizes[-1]
        state.points.points = partial(_points, state.size)
        state.points.blocks.clear()


def _points(size: int, seed: int, width: int, begin: int, count: int) -> NDArray[np.float64]:
    return latin_points(seed, width, size, begin, count)

"""Random search: every proposal is an independent draw from the space, without end or until enough was seen.

Bergstra and Bengio (2012, JMLR 13:281-305). The baseline that every other sampler must beat, and the cheapest: an ask
is one draw. Draws are independent, so a finite space sees repeats, and the search has no end of its own. It can be
given one: so many draws, or so many closed trials in a row without a better one.

*Better* means: complete, finite, within all constraints, and below the best before it; with several objectives, below
some loss of every one that came before. The k-th draw of a continuous space is the best so far with the probability
1/k, so a patience of p is used up after about p draws where the first was lucky, and after many times p where not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

import numpy as np

from tunesmith.core.history import COMPLETE, PAUSED
from tunesmith.core.protocols import Exhausted, Problem, Proposal
from tunesmith.errors import InvalidArgumentError
from tunesmith.space import sample_prior

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tunesmith.core.history import History
    from tunesmith.core.trial import Trial
    from tunesmith.space import Space

__all__ = ["Random", "RandomState"]


@final
@dataclass(slots=True)
class RandomState:
    """What is known.

    Attributes:
        space: where configs are drawn from.
        drawn: numbers of the closed trials that were drawn here.
        front: (k, m) losses of the closed trials that no other is better than.
        idle: trials that ended since the last one that was better.
    """

    space: Space
    drawn: set[int] = field(default_factory=set)
    front: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 1)))
    idle: int = 0


@final
@dataclass(frozen=True)
class Random:
    """Draws each config at random, blind to all results but for the question when to stop.

    Args:
        use_priors: draw from the hints of the parameters that carry a prior, instead of evenly.
        n: draws after which the search ends; without end when omitted.
        patience: the search ends when so many trials in a row have closed and none was better than the best before;
            never when omitted.

    Raises:
        InvalidArgumentError: `n` or `patience` is not a whole number of at least 1.

    Example:
        >>> Random(patience=30)
        Random(use_priors=False, n=None, patience=30)
    """

    use_priors: bool = False
    n: int | None = None
    patience: int | None = None

    def __post_init__(self) -> None:
        for name, value in (("n", self.n), ("patience", self.patience)):
            if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
                raise InvalidArgumentError(f"Random needs {name} as a whole number >= 1 or None, got {name}={value!r}")

    def init(self, problem: Problem) -> RandomState:
        """Return the state of a study without trials."""
        return RandomState(problem.space, front=np.empty((0, problem.n_losses)))

    def tell(self, state: RandomState, runs: History) -> RandomState:
        """Return the state that has counted these runs too; how good they are teaches nothing but when to stop."""
        if self.n is not None:
            state.drawn.update(row.number for row in runs.records if row.by == "random")
        if self.patience is not None and len(runs):
            counts = (runs.states == COMPLETE) & runs.feasible & np.isfinite(runs.losses).all(axis=1)
            ended = (runs.states != PAUSED).tolist()
            for loss, valid, final_one in zip(runs.losses, counts.tolist(), ended, strict=True):
                better = valid and bool((loss < state.front).any(axis=1).all())
                state.idle = 0 if better else state.idle + final_one
                if better:
                    beaten = (loss <= state.front).all(axis=1)
                    state.front = np.vstack([state.front[~beaten], loss])
        return state

    def ask(self, state: RandomState, pending: Sequence[Trial], rng: np.random.Generator) -> Proposal | Exhausted:
        """Return a draw, repeats allowed; `Exhausted` when `n` or `patience` says so."""
        if self.n is not None:
            drawn = len(state.drawn.union(trial.number for trial in pending if trial.by == "random"))
            if drawn >= self.n:
                return Exhausted(f"{drawn} configs have been drawn, as n={self.n} wants")
        if self.patience is not None and state.idle >= self.patience:
            return Exhausted(f"the best has not improved for {state.idle} trials, patience={self.patience}")
        return Proposal(sample_prior(state.space, rng) if self.use_priors else state.space.sample(rng), by="random")

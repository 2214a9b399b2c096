"""Random search: every proposal is an independent draw from the space.

Bergstra and Bengio (2012, JMLR 13:281-305). The baseline that every other sampler must beat, and the cheapest: an ask
is one draw. Draws are independent, so a finite space sees repeats and the search has no end of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from tunesmith.core.protocols import Problem, Proposal
from tunesmith.space import sample_prior

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from tunesmith.core.history import History
    from tunesmith.core.trial import Trial
    from tunesmith.space import Space

__all__ = ["Random"]


@final
@dataclass(frozen=True)
class Random:
    """Draws each config at random, blind to all results.

    Args:
        use_priors: draw from the hints of the parameters that carry a prior, instead of evenly.

    Example:
        >>> Random(use_priors=True)
        Random(use_priors=True)
    """

    use_priors: bool = False

    def init(self, problem: Problem) -> Space:
        """Return the space: all there is to remember."""
        return problem.space

    def tell(self, state: Space, runs: History) -> Space:
        """Return the state unchanged; results teach nothing here."""
        del runs
        return state

    def ask(self, state: Space, pending: Sequence[Trial], rng: np.random.Generator) -> Proposal:
        """Return a draw; never `Exhausted`, repeats are allowed."""
        del pending
        return Proposal(sample_prior(state, rng) if self.use_priors else state.sample(rng), by="random")

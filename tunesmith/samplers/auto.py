"""The default sampler: what the user said first, then an even spread, then a model, and a proper end.

In this order:

1. the declared defaults, if any parameter has one and nothing is known of that config (`by="default"`);
2. until `startup` configs are closed or pending, points of a Sobol sequence (`by="sobol"`); where parameters carry prior
   hints, every second of these is a draw from the hints instead (`by="prior"`), since a hint may be wrong;
3. from then on the model's proposals.

In a finite space no config is proposed twice, and the search ends when all have been.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

from tunesmith.core.protocols import Exhausted, Problem, Proposal
from tunesmith.errors import InvalidArgumentError
from tunesmith.samplers.left import identity
from tunesmith.samplers.quasi import Sobol, SobolState
from tunesmith.space import sample_prior

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from tunesmith.core.history import History
    from tunesmith.core.trial import Trial
    from tunesmith.space import Space

__all__ = ["Auto", "AutoState"]

_TRIES = 20


@final
@dataclass(slots=True)
class AutoState:
    """What is known.

    Attributes:
        space: what may vary.
        start: the declared defaults as a config, None when none was declared or the rules refuse it.
        hinted: whether any parameter carries a hint.
        sobol: state of the even spread; holds the configs of closed runs.
        closed: how many runs have closed.
    """

    space: Space
    start: dict[str, Any] | None
    hinted: bool
    sobol: SobolState
    closed: int = 0


@final
@dataclass(frozen=True)
class Auto:
    """Chooses by itself: defaults, an even spread, then a model of the losses.

    Args:
        startup: how many configs are closed or pending before the model is asked.

    Raises:
        InvalidArgumentError: `startup` is not a whole number of at least 1.

    Example:
        >>> Auto()
        Auto(startup=10)
    """

    startup: int = 10

    def __post_init__(self) -> None:
        if isinstance(self.startup, bool) or not isinstance(self.startup, int) or self.startup < 1:
            raise InvalidArgumentError(f"Auto needs startup as a whole number >= 1, got startup={self.startup!r}")

    def init(self, problem: Problem) -> AutoState:
        """Return the state of a study without trials."""
        space = problem.space
        domains = space.parameters.values()
        declared = any(domain.has_default for domain in domains)
        start = space.defaults() if declared else None
        return AutoState(
            space,
            None if start is None or space.problems(start) else start,
            any(domain.prior_unit is not None for domain in domains),
            Sobol().init(problem),
        )

    def tell(self, state: AutoState, runs: History) -> AutoState:
        """Return the state that has seen these runs too."""
        state.sobol = Sobol().tell(state.sobol, runs)
        state.closed += len(runs)
        return state

    def ask(self, state: AutoState, pending: Sequence[Trial], rng: np.random.Generator) -> Proposal | Exhausted:
        """Return the next config."""
        return self._open(state, pending, rng)

    def _open(self, state: AutoState, pending: Sequence[Trial], rng: np.random.Generator) -> Proposal | Exhausted:
        """Propose without a model: the defaults, a draw from the hints, or the next point of the sequence."""
        held = {identity(trial.params) for trial in pending}
        known = state.sobol.taken.told
        if state.start is not None and identity(state.start) not in held | known:
            return Proposal(dict(state.start), by="default")
        if state.hinted and (state.closed + len(pending)) % 2:
            for _ in range(_TRIES):
                config = sample_prior(state.space, rng)
                if identity(config) not in held and identity(config) not in known:
                    return Proposal(config, by="prior")
        return Sobol().ask(state.sobol, pending, rng)

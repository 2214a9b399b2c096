"""The default sampler: what the user said first, then an even spread, then a model of the losses, and a proper end.

In this order:

1. the declared defaults, if any parameter has one and nothing is known of that config (`by="default"`);
2. until `startup` configs (three times as many with conditional parameters) are closed or pending, points of a Sobol
   sequence (`by="sobol"`); where parameters carry prior hints, every second of these is a draw from the hints instead
   (`by="prior"`), since a hint may be wrong;
3. from then on a Gaussian process (`by="gp"`, see `gp`), for continuous, ordered, categorical, conditional, ruled and
   discovered parameters, for several objectives and constraints alike. Beyond 300 trials (100 to 200 with several
   objectives or constraints) it is fitted to so many of them, half of these being the best; `reasons["evidence"]` says
   to how many.

In a finite space no config is proposed twice, and the search ends when all have been. What is proposed depends on the
log only: a resumed study, and workers that share one, go on as one would.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

from tunesmith.core.protocols import Exhausted, Problem, Proposal
from tunesmith.errors import InvalidArgumentError
from tunesmith.samplers.gp import GP, GPState
from tunesmith.samplers.left import Identity, identity
from tunesmith.space import sample_prior

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from tunesmith.core.history import History
    from tunesmith.core.trial import Trial

__all__ = ["Auto", "AutoState"]

_TRIES = 20


@final
@dataclass(slots=True)
class AutoState:
    """What is known.

    Attributes:
        start: the declared defaults as a config, None when none was declared or the rules refuse it.
        start_key: its identity.
        hinted: whether any parameter carries a hint.
        gp: state of the model; holds the even spread and the configs of closed runs.
    """

    start: dict[str, Any] | None
    start_key: Identity
    hinted: bool
    gp: GPState


@final
@dataclass(frozen=True)
class Auto:
    """Chooses by itself: defaults, an even spread, then a model of the losses.

    Args:
        startup: how many configs are closed or pending before the model is asked; three times as many where
            parameters are conditional (`GP` tells when exactly).

    Raises:
        InvalidArgumentError: `startup` is not a whole number of at least 1.

    Example:
        >>> Auto()
        Auto(startup=4)
    """

    startup: int = 4

    def __post_init__(self) -> None:
        if isinstance(self.startup, bool) or not isinstance(self.startup, int) or self.startup < 1:
            raise InvalidArgumentError(f"Auto needs startup as a whole number >= 1, got startup={self.startup!r}")

    def init(self, problem: Problem) -> AutoState:
        """Return the state of a study without trials."""
        space = problem.space
        domains = space.parameters.values()
        start = space.defaults() if any(domain.has_default for domain in domains) else None
        if start is not None and space.problems(start):
            start = None
        hinted = any(domain.prior_unit is not None for domain in domains)
        return AutoState(start, identity(start or {}), hinted, GP(self.startup).init(problem))

    def tell(self, state: AutoState, runs: History) -> AutoState:
        """Return the state that has seen these runs too."""
        state.gp = GP(self.startup).tell(state.gp, runs)
        return state

    def ask(self, state: AutoState, pending: Sequence[Trial], rng: np.random.Generator) -> Proposal | Exhausted:
        """Return the next config."""
        told = state.gp.sobol.taken.told
        count = len(state.gp.evidence) + len(pending)
        if state.gp.begins(len(pending)) and (state.hinted or state.start is not None):
            held = {identity(trial.params) for trial in pending}
            if state.start is not None and state.start_key not in told and state.start_key not in held:
                return Proposal(dict(state.start), by="default")
            if state.hinted and count % 2:
                for _ in range(_TRIES):
                    config = sample_prior(state.gp.problem.space, rng)
                    key = identity(config)
                    if key not in told and key not in held:
                        return Proposal(config, by="prior")
        return GP(self.startup).ask(state.gp, pending, rng)

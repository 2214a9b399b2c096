"""Regularised evolution: the best of a small sample becomes a parent, and the oldest member dies, however good it is.

Real, Aggarwal, Huang and Le (2018, "Regularized evolution for image classifier architecture search", arXiv 1802.01548,
algorithm 1). The population is the `population` trials that closed last; `sample` of them are drawn, with repetition,
and the best of these is copied with one change. Since everything dies of age, a loss that was low by luck must be
reached again by descendants, which makes the search robust against noise.

The change is one parameter on average, one at least: another category evenly, polynomial mutation for numbers (Deb and
Goyal 1996; the paper's spaces have categories only). There is no crossover, as in the paper. Where we differ: a child
that is known already is bred again with more changes, while the paper evaluates it again. With several losses the best
of a sample is the first by front and crowding.

The parent's trial number stands in `reasons["parents"]`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from tunesmith.errors import InvalidArgumentError
from tunesmith.samplers.population import Child, Known, begins, check_count, mutant, propose
from tunesmith.samplers.quasi import Sobol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tunesmith.core.history import History
    from tunesmith.core.protocols import Exhausted, Problem, Proposal
    from tunesmith.core.trial import Trial

__all__ = ["Evolution"]

_ETA = 3.0  # wide moves: a lineage is only some ten changes long


@final
@dataclass(frozen=True)
class Evolution:
    """Changes the best of a small sample of the latest trials.

    Args:
        population: how many of the latest trials are alive.
        sample: how many of them are drawn to find a parent; the more, the greedier.
        startup: how many configs of a Sobol sequence are closed or pending before the first child.

    Raises:
        InvalidArgumentError: a number is too small or not whole, or `sample` is larger than `population`.

    Example:
        >>> Evolution(population=100, sample=25)
        Evolution(population=100, sample=25, startup=10)
    """

    population: int = 50
    sample: int = 25
    startup: int = 10

    def __post_init__(self) -> None:
        for name, least in (("population", 2), ("sample", 1), ("startup", 1)):
            check_count("Evolution", name, getattr(self, name), least)
        if self.sample > self.population:
            raise InvalidArgumentError(
                f"Evolution needs sample <= population, got sample={self.sample}, population={self.population}"
            )

    def init(self, problem: Problem) -> Known:
        """Return the state of a study without trials."""
        return Known.of(problem)

    def tell(self, state: Known, runs: History) -> Known:
        """Return the state that knows these trials too."""
        state.learn(runs)
        return state

    def ask(self, state: Known, pending: Sequence[Trial], rng: np.random.Generator) -> Proposal | Exhausted:
        """Return a changed copy of a good young trial, or the next point of the even spread at the start."""
        if begins(state, pending, self.startup):
            return Sobol().ask(state.sobol, pending, rng)
        return propose(state, pending, rng, lambda attempt: self._breed(state, attempt, rng), "evolution")

    def _breed(self, state: Known, attempt: int, rng: np.random.Generator) -> Child:
        """Return a mutated copy of the best of a sample; the more attempts failed, the more of it is changed."""
        total = len(state.members)
        drawn = rng.integers(max(0, total - self.population), total, size=self.sample)
        parent = state.members[state.ordered(set(drawn.tolist()))[0]]
        full = np.where(np.isnan(parent.x), rng.random(len(parent.x)), parent.x)
        return Child(mutant(state, full, rng, changes=1.0 + attempt / 4, eta=_ETA), {"parents": [parent.number]})

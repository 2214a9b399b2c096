"""A genetic algorithm: children of the best trials so far, one at a time and without waiting for a generation.

Steady state (Whitley 1989, "The GENITOR algorithm and selection pressure", Proc. 3rd ICGA, 116): a trial that closes
joins the population, and the worst member leaves it. So the population is always the best `population` trials of the
log, which is the strongest elitism, and any number of workers can ask at any time. An ask draws two parents by
tournament or by linear ranking (Baker 1985), crosses them, and mutates the child in about one parameter:

- crossover `sbx`: simulated binary for numbers (Deb and Agrawal 1995), either parent's category; `uniform`: each
  parameter from either parent; `both`, the default: either kind with equal probability;
- mutation: polynomial for numbers (Deb and Goyal 1996), another category evenly (`numerics.variation`).

Where we differ: conditional parameters that only one parent has are inherited from it; a child that is known already
is bred again with more mutation. With several losses members are ordered by front, then by crowding;
`NSGA` serves a whole front better.

The parents' trial numbers stand in `reasons["parents"]`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

import numpy as np

from tunesmith.errors import InvalidArgumentError
from tunesmith.numerics.variation import linear_ranking, sbx, tournament, uniform_crossover
from tunesmith.samplers.population import Child, Known, begins, check_count, mutant, propose
from tunesmith.samplers.quasi import Sobol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tunesmith.core.history import History
    from tunesmith.core.protocols import Exhausted, Problem, Proposal
    from tunesmith.core.trial import Trial

__all__ = ["Genetic", "GeneticState"]

_CROSSOVERS = ("both", "sbx", "uniform")
_SELECTIONS = ("tournament", "rank")
_CROSSED = 0.9
_ETA_CROSSOVER, _ETA_MUTATION = 5.0, 3.0  # wide moves: a search of some hundred trials is short


@final
@dataclass(slots=True)
class GeneticState:
    """What is known.

    Attributes:
        known: all trials.
        alive: places of the population, the best first.
    """

    known: Known
    alive: list[int] = field(default_factory=list)


@final
@dataclass(frozen=True)
class Genetic:
    """Breeds each config from two of the best trials so far.

    Args:
        population: how many of the best trials may be parents.
        selection: how parents are drawn: "tournament" of `size`, or "rank", where the best is drawn twice as often as
            the average.
        size: members in a tournament; the more, the greedier.
        crossover: "sbx", "uniform", or "both" in turn by chance.
        startup: how many configs of a Sobol sequence are closed or pending before the first child.

    Raises:
        InvalidArgumentError: a number is too small or not whole, or a word is not one of the above.

    Example:
        >>> Genetic(population=30)
        Genetic(population=30, selection='tournament', size=3, crossover='both', startup=10)
    """

    population: int = 12
    selection: str = "tournament"
    size: int = 3
    crossover: str = "both"
    startup: int = 10

    def __post_init__(self) -> None:
        for name, least in (("population", 2), ("size", 1), ("startup", 1)):
            check_count("Genetic", name, getattr(self, name), least)
        for name, words in (("selection", _SELECTIONS), ("crossover", _CROSSOVERS)):
            if getattr(self, name) not in words:
                raise InvalidArgumentError(
                    f"Genetic needs {name} as one of {words}, got {name}={getattr(self, name)!r}"
                )

    def init(self, problem: Problem) -> GeneticState:
        """Return the state of a study without trials."""
        return GeneticState(Known.of(problem))

    def tell(self, state: GeneticState, runs: History) -> GeneticState:
        """Return the state in which these trials have joined, and the worst have left."""
        for place in state.known.learn(runs):
            state.alive = state.known.ordered({*state.alive, place})[: self.population]
        return state

    def ask(self, state: GeneticState, pending: Sequence[Trial], rng: np.random.Generator) -> Proposal | Exhausted:
        """Return a child of the population, or the next point of the even spread at the start."""
        if begins(state.known, pending, self.startup):
            return Sobol().ask(state.known.sobol, pending, rng)
        return propose(state.known, pending, rng, lambda attempt: self._breed(state, attempt, rng), "genetic")

    def _breed(self, state: GeneticState, attempt: int, rng: np.random.Generator) -> Child:
        """Return a child; the more attempts failed, the more of it is mutated."""
        members = [state.known.members[state.alive[self._draw(len(state.alive), rng)]] for _ in range(2)]
        child = crossed(state.known, members[0].x, members[1].x, rng, kind=self.crossover)
        child = mutant(state.known, child, rng, changes=1.0 + attempt / 4, eta=_ETA_MUTATION)
        return Child(child, {"parents": [member.number for member in members]})

    def _draw(self, n: int, rng: np.random.Generator) -> int:
        if self.selection == "tournament":
            return tournament(n, self.size, rng)
        return int(rng.choice(n, p=linear_ranking(n)))


def crossed(
    known: Known,
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    rng: np.random.Generator,
    *,
    kind: str = "both",
    eta: float = _ETA_CROSSOVER,
) -> NDArray[np.float64]:
    """Return the full child (d,) of two parents; what only one of them has comes from it, what neither has is drawn."""
    drawn = rng.random(len(a))
    mother = np.where(np.isnan(a), np.where(np.isnan(b), drawn, b), a)
    father = np.where(np.isnan(b), mother, b)
    if rng.random() >= _CROSSED:
        return mother
    if kind == "uniform" or (kind == "both" and rng.random() < 0.5):
        return uniform_crossover(mother, father, rng)
    return sbx(mother, father, known.problem.space.encoding.kinds == 2, rng, eta=eta)

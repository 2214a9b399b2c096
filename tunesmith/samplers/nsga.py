"""NSGA: a genetic algorithm for several losses, which keeps a population spread along the whole front.

NSGA-II (Deb, Pratap, Agarwal and Meyarivan 2002, "A fast and elitist multiobjective genetic algorithm: NSGA-II", IEEE
Trans. Evol. Comput. 6:182) for one or two losses: members are ordered by non-dominated front, then by crowding
distance. NSGA-III (Deb and Jain 2014, IEEE Trans. Evol. Comput. 18:577) for three and more, where crowding says little:
then by how crowded the niche of the nearest reference direction is (`numerics.reference_directions`).

The variant is steady state (Nebro and Durillo 2009, "On the effect of the steady-state selection scheme in
multi-objective genetic algorithms", EMO, LNCS 5467:183): a trial that closes joins the population, and its last member
leaves. So any number of workers can ask at any time, and crowding is measured anew after every departure. Parents are
drawn by binary tournament. Broken constraints order members as in section VI of Deb 2002: those that break none come
first, then those that break less.

Crossover and mutation are those of `genetic`, with the distribution indices of the paper. The parents' trial numbers
stand in `reasons["parents"]`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

from tunesmith.errors import InvalidArgumentError
from tunesmith.numerics.reference_directions import das_dennis, divisions_within
from tunesmith.numerics.variation import tournament
from tunesmith.samplers.genetic import crossed
from tunesmith.samplers.population import Child, Known, begins, check_count, mutant, propose
from tunesmith.samplers.quasi import Sobol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from tunesmith.core.history import History
    from tunesmith.core.protocols import Exhausted, Problem, Proposal
    from tunesmith.core.trial import Trial

__all__ = ["NSGA", "NSGAState"]

_NICHING = ("auto", "crowding", "directions")
_ETA_CROSSOVER, _ETA_MUTATION = 15.0, 20.0  # of the paper


@final
@dataclass(slots=True)
class NSGAState:
    """What is known.

    Attributes:
        known: all trials.
        directions: (r, m) of NSGA-III, None where crowding decides.
        alive: places of the population, the best first.
    """

    known: Known
    directions: NDArray[np.float64] | None
    alive: list[int] = field(default_factory=list)


@final
@dataclass(frozen=True)
class NSGA:
    """Breeds each config from two members of a population that is spread along the front of several losses.

    Args:
        population: how many trials may be parents.
        niching: "crowding" (NSGA-II), "directions" (NSGA-III), or "auto": directions from three losses on.
        startup: how many configs of a Sobol sequence are closed or pending before the first child.

    Raises:
        InvalidArgumentError: a number is too small or not whole, or `niching` is not one of the above.

    Example:
        >>> NSGA(population=100)
        NSGA(population=100, niching='auto', startup=20)
    """

    population: int = 40
    niching: str = "auto"
    startup: int = 20

    def __post_init__(self) -> None:
        check_count("NSGA", "population", self.population, 4)
        check_count("NSGA", "startup", self.startup, 1)
        if self.niching not in _NICHING:
            raise InvalidArgumentError(f"NSGA needs niching as one of {_NICHING}, got niching={self.niching!r}")

    def init(self, problem: Problem) -> NSGAState:
        """Return the state of a study without trials."""
        m = problem.n_losses
        directed = self.niching == "directions" or (self.niching == "auto" and m > 2)
        directions = das_dennis(m, divisions_within(m, self.population)) if directed else None
        return NSGAState(Known.of(problem), directions)

    def tell(self, state: NSGAState, runs: History) -> NSGAState:
        """Return the state in which these trials have joined, and as many have left."""
        for place in state.known.learn(runs):
            state.alive = state.known.ordered({*state.alive, place}, state.directions)[: self.population]
        return state

    def ask(self, state: NSGAState, pending: Sequence[Trial], rng: np.random.Generator) -> Proposal | Exhausted:
        """Return a child of the population, or the next point of the even spread at the start."""
        if begins(state.known, pending, self.startup):
            return Sobol().ask(state.known.sobol, pending, rng)
        return propose(state.known, pending, rng, lambda attempt: _breed(state, attempt, rng), "nsga")


def _breed(state: NSGAState, attempt: int, rng: np.random.Generator) -> Child:
    """Return a child of two winners of binary tournaments; the more attempts failed, the more of it is mutated."""
    parents = [state.known.members[state.alive[tournament(len(state.alive), 2, rng)]] for _ in range(2)]
    child = crossed(state.known, parents[0].x, parents[1].x, rng, eta=_ETA_CROSSOVER)
    child = mutant(state.known, child, rng, changes=1.0 + attempt / 4, eta=_ETA_MUTATION)
    return Child(child, {"parents": [member.number for member in parents]})

"""Differential evolution: each child is a member moved by the difference of two others.

Storn and Price (1997, "Differential evolution - a simple and efficient heuristic for global optimization over
continuous spaces", J. Global Optim. 11:341), `rand/1/bin` and `best/1/bin`, in the asynchronous form and with the mixed
encoding of DEHB (Awad, Mallik and Hutter 2021, arXiv 2105.09821): every parameter is a number in [0, 1], and only what
is evaluated is put into cells, so integers and categories keep their place within a cell and drift on. The genotype
returns in `memo["de"]`, with the slot of its target; each slot of the population is a target in turn, the best of
the start first.

    x_t     target of the slot        x_1, x_2, x_3   three other members        F   factor        C   rate
    v = x_1 + F (x_2 - x_3)           child: column of v with probability C, else of x_t; one of v at least

A child that closes with a loss no worse than its slot's member takes the slot; nothing waits for a generation. Trials
that come from elsewhere fill free slots, then replace the worst member if they are better. With several losses members
are ordered by front, then by crowding (near to GDE3, Kukkonen and Lampinen 2005).

Where we differ: a column that leaves the cube is folded back, where DEHB draws it anew; after some failed attempts at
a new config a child is mutated besides. The trial numbers of target and others stand in `reasons["parents"]`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tunesmith.errors import InvalidArgumentError
from tunesmith.numerics.variation import binomial_crossover, differential
from tunesmith.samplers.population import Child, Known, begins, check_count, mutant, propose
from tunesmith.samplers.quasi import Sobol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from tunesmith.core.history import History
    from tunesmith.core.protocols import Exhausted, Problem, Proposal
    from tunesmith.core.trial import Trial

__all__ = ["DE", "DEState"]

_LEAST = 4  # a target and three others
_PATIENCE = 4  # attempts before a child is mutated besides
_BASES = ("both", "rand", "best")
_DIGITS = 9  # of a genotype in the log


@final
@dataclass(slots=True)
class DEState:
    """What is known.

    Attributes:
        known: all trials.
        slots: places of the population.
        last: the number of the last child that closed, -1 for none.
    """

    known: Known
    slots: list[int] = field(default_factory=list)
    last: int = -1


@final
@dataclass(frozen=True)
class DE:
    """Moves members of a population by the differences between others.

    Args:
        population: how many slots there are; as many configs of a Sobol sequence fill them at the start.
        factor: F, how much of a difference is added.
        rate: C, the share of columns that a child takes from the moved point.
        base: what is moved: "rand", any member (`rand/1/bin`); "best", the best one (`best/1/bin`), which is faster for
            some hundred trials and stuck sooner; or "both" in turn by chance.

    Raises:
        InvalidArgumentError: a number is out of its range, or `base` is not one of the above.

    Example:
        >>> DE(population=50, factor=0.8, rate=0.9)
        DE(population=50, factor=0.8, rate=0.9, base='both')
    """

    population: int = 12
    factor: float = 0.5
    rate: float = 0.5
    base: str = "both"

    def __post_init__(self) -> None:
        check_count("DE", "population", self.population, _LEAST)
        for name, most in (("factor", 2.0), ("rate", 1.0)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0.0 < value <= most:
                raise InvalidArgumentError(f"DE needs 0 < {name} <= {most}, got {name}={value!r}")
        if self.base not in _BASES:
            raise InvalidArgumentError(f"DE needs base as one of {_BASES}, got base={self.base!r}")

    def init(self, problem: Problem) -> DEState:
        """Return the state of a study without trials."""
        return DEState(Known.of(problem))

    def tell(self, state: DEState, runs: History) -> DEState:
        """Return the state in which these trials have taken the slots that they deserve."""
        for place in state.known.learn(runs):
            memo = _memo(state.known.members[place].memo)
            state.last = max(state.last, memo["n"] if memo else -1)
            if place in state.slots:
                continue
            if memo and memo["slot"] < len(state.slots):
                rival = memo["slot"]
            elif len(state.slots) < self.population:
                state.slots.append(place)
                if len(state.slots) == self.population:
                    state.slots = state.known.ordered(state.slots)  # the best is the first target
                continue
            else:
                rival = state.slots.index(state.known.ordered(state.slots)[-1])
            if _no_worse(state, place, state.slots[rival]):
                state.slots[rival] = place
        return state

    def ask(self, state: DEState, pending: Sequence[Trial], rng: np.random.Generator) -> Proposal | Exhausted:
        """Return the next child, or the next point of the even spread at the start."""
        if begins(state.known, pending, self.population) or len(state.slots) < _LEAST:
            return Sobol().ask(state.known.sobol, pending, rng)
        numbers = [memo["n"] for memo in (_memo(trial.memo) for trial in pending) if memo]
        number = 1 + max(state.last, *numbers, -1)
        return propose(state.known, pending, rng, lambda attempt: self._breed(state, number, attempt, rng), "de")

    def _breed(self, state: DEState, number: int, attempt: int, rng: np.random.Generator) -> Child:
        """Return a child for the slot whose turn it is."""
        known, slot = state.known, number % len(state.slots)
        target = state.slots[slot]
        others = rng.permutation([place for place in state.slots if place != target]).tolist()[:3]
        if self.base == "best" or (self.base == "both" and rng.random() < 0.5):
            others[0] = known.ordered(state.slots)[0]
        first, second, third = (_genotype(known, place, rng) for place in others)
        moved = differential(first, second, third, self.factor)
        full = binomial_crossover(_genotype(known, target, rng), moved, self.rate, rng).round(_DIGITS)
        if attempt >= _PATIENCE:
            full = mutant(known, full, rng, changes=attempt / _PATIENCE).round(_DIGITS)
        parents = [known.members[place].number for place in (target, *others)]
        memo = {"de": {"n": number, "slot": slot, "genotype": full.tolist()}}
        return Child(full, {"parents": parents}, memo)


def _memo(memo: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    return memo.get("de") if memo else None


def _genotype(known: Known, place: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the full point (d,) of a member: as it was bred, else as its config stands, what is missing drawn."""
    member = known.members[place]
    memo = _memo(member.memo)
    if memo and len(memo["genotype"]) == len(member.x):
        bred = np.array(memo["genotype"])
        shown = known.problem.space.encoding.snap(bred[None])[0]
        if (np.isnan(member.x) | (np.abs(shown - member.x) < 1e-6)).all():  # not so once the space was edited
            return bred
    return np.where(np.isnan(member.x), rng.random(len(member.x)), member.x)


def _no_worse(state: DEState, new: int, old: int) -> bool:
    """Whether a trial may take another's slot: equal ones may, since drifting on a plateau helps (eq. 6)."""
    a, b = state.known.members[new], state.known.members[old]
    if state.known.problem.n_losses == 1:
        return (a.standing, a.losses) <= (b.standing, b.losses)
    order = state.known.ordered([*state.slots, new])
    return order.index(new) < order.index(old)

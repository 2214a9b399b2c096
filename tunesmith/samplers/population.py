"""What the evolutionary samplers share: the trials as members of a population, and how a child becomes a proposal.

A trial is a member at the place of its first closed run in the log; a later run of it (after a pause) renews what is
known of it there. Members are ordered by

1. what stands behind their losses: complete trials, then short ones (pruned or paused, the longer run first), then
   those that break a constraint (the less, the better: Deb 2000, Comput. Methods Appl. Mech. Eng. 186:311), then
   failed ones;
2. the loss; with several losses their front, and then their crowding (NSGA-II, Deb et al. 2002).

A child is a *full* point, with a number in every column; its config shows the cells snapped and the inactive parameters
left out, so that a parameter which wakes up finds an inherited value. A child that breaks a rule, or is known or
pending already, is bred again; when that fails too often the search goes on with what is left of a finite space
(`by="remaining"`) or with the next point of the even spread (`by="sobol"`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, final

import numpy as np

from tunesmith.core.history import COMPLETE, FAILED
from tunesmith.core.protocols import Exhausted, Problem, Proposal
from tunesmith.errors import InvalidArgumentError
from tunesmith.numerics.pareto import crowding, sort_fronts
from tunesmith.numerics.reference_directions import niche_ranks
from tunesmith.numerics.variation import mutate
from tunesmith.samplers.discovered import Discovered
from tunesmith.samplers.left import identity, left_over
from tunesmith.samplers.quasi import Sobol, SobolState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from tunesmith.core.history import History, Row
    from tunesmith.core.trial import Trial

__all__ = ["Child", "Known", "Member", "begins", "check_count", "mutant", "propose"]

Standing: TypeAlias = tuple[int, float, float]
_TRIES = 40


@final
@dataclass(frozen=True, slots=True)
class Member:
    """One trial.

    Attributes:
        number: of the trial.
        x: (d,) its point in the unit cube, NaN where a parameter is inactive.
        standing: what stands behind its losses; less is better.
        losses: (m,) of them, infinite in place of NaN.
        memo: what its ask kept.
    """

    number: int
    x: NDArray[np.float64]
    standing: Standing
    losses: tuple[float, ...]
    memo: Mapping[str, Any] | None


@final
@dataclass(frozen=True, slots=True)
class Child:
    """A full point (d,), who its parents are, and what to remember of it."""

    full: NDArray[np.float64]
    reasons: Mapping[str, Any]
    memo: Mapping[str, Any] | None = None


@final
@dataclass(slots=True)
class Known:
    """The trials of a study.

    Attributes:
        problem: what the study is about.
        sobol: state of the even spread at the start; holds the configs of closed runs.
        discovered: which optional parameters the objective asks for, and when.
        members: by place; in the order of their first closed runs.
        places: trial number -> place.
    """

    problem: Problem
    sobol: SobolState
    discovered: Discovered
    members: list[Member] = field(default_factory=list)
    places: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, problem: Problem) -> Known:
        """Return what is known of a study without trials."""
        return cls(problem, Sobol().init(problem), Discovered.of(problem.space))

    def learn(self, runs: History) -> list[int]:
        """Take these runs into account and return the places that they changed, in order."""
        self.sobol = Sobol().tell(self.sobol, runs)
        names, changed = runs.space.encoding.names, []
        for x, row in zip(runs.x, runs.records, strict=True):
            if row.state == COMPLETE:
                self.discovered.tell(x)
            if any(name in row.config for name, missing in zip(names, np.isnan(x), strict=True) if missing):
                continue  # a removed choice has no place in the space of today
            member = Member(row.number, np.clip(x, 0.0, 1.0), _standing(row), _numbers(row.losses), row.memo)
            place = self.places.setdefault(row.number, len(self.members))
            self.members[place : place + 1] = [member]
            changed.append(place)
        return changed

    def ordered(self, places: Iterable[int], directions: NDArray[np.float64] | None = None) -> list[int]:
        """Return the places, the best member first; of equal ones the older.

        Several losses are ordered by front, then by crowding, or by niche where there are directions (r, m).
        """
        listed = sorted(places)
        members = [self.members[place] for place in listed]
        worth: list[tuple[float, ...]]
        if self.problem.n_losses == 1:
            worth = [member.losses[:1] for member in members]
        else:
            worth = _worth(np.array([member.losses for member in members]), directions)
        keys = [(*member.standing, *value) for member, value in zip(members, worth, strict=True)]
        return [listed[i] for i in sorted(range(len(listed)), key=keys.__getitem__)]

    def repair(self, full: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return a full point (d,) as its config shows it: cells snapped, NaN where inactive or not asked for."""
        encoding = self.problem.space.encoding
        x = self.discovered.apply(encoding.snap(full[None]))
        shown: NDArray[np.float64] = np.where(encoding.active(x), x, np.nan)[0]
        return shown


def check_count(owner: str, name: str, value: object, least: int) -> None:
    """Refuse a setting that is not a whole number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InvalidArgumentError(f"{owner} needs {name} as a whole number >= {least}, got {name}={value!r}")


def begins(known: Known, pending: Sequence[Trial], startup: int) -> bool:
    """Whether the even spread still has its turn: `startup` trials are not yet closed or pending, or none is known."""
    return known.sobol.taken.free or not known.members or len(known.members) + len(pending) < startup


def mutant(
    known: Known,
    full: NDArray[np.float64],
    rng: np.random.Generator,
    *,
    changes: float = 1.0,
    eta: float = 20.0,
) -> NDArray[np.float64]:
    """Return a full point (d,) with each active column changed with probability `changes` / their number, one at least.

    Columns of one cell are never changed, and do not count.
    """
    encoding = known.problem.space.encoding
    open_ = np.flatnonzero(~np.isnan(known.repair(full)) & (encoding.levels != 1))
    if not len(open_):
        return full
    which = np.zeros(len(full), dtype=np.bool_)
    which[open_] = rng.random(len(open_)) < changes / len(open_)
    which[open_[rng.integers(len(open_))]] |= not which.any()
    low, high = encoding.cells(full[None])
    return mutate(full, which, (low[0], high[0]), encoding.kinds == 2, rng, eta=eta)


def propose(
    known: Known, pending: Sequence[Trial], rng: np.random.Generator, breed: Callable[[int], Child], by: str
) -> Proposal | Exhausted:
    """Return the first child that is new and obeys the rules.

    Args:
        known: the trials.
        pending: those that run now.
        rng: of this ask.
        breed: attempt number, from 0 -> child.
        by: who is named for it.
    """
    taken, space = known.sobol.taken, known.problem.space
    held = {identity(trial.params) for trial in pending}
    done = taken.size is not None and len(taken.told) + len(held) >= taken.size
    for attempt in range(0 if done else _TRIES):
        child = breed(attempt)
        config = space.encoding.decode(known.repair(child.full)[None])[0]
        key = identity(config)
        if key in held or key in taken.told or (space.rules and space.problems(config)):
            continue
        return Proposal(config, by=by, reasons=child.reasons, memo=child.memo)
    if taken.size is None:
        return Sobol().ask(known.sobol, pending, rng)
    left = left_over(taken, pending)
    if not left:
        return Exhausted()
    return Proposal(left[int(rng.integers(len(left)))], by="remaining", reasons={"left": len(left)})


def _standing(row: Row) -> Standing:
    """Return what stands behind a run's losses: (kind, by how much it breaks constraints, minus its length)."""
    if row.state == FAILED or any(math.isnan(loss) for loss in row.losses):
        return (3, 0.0, 0.0)
    broken = sum(math.inf if math.isnan(v) else max(v, 0.0) for v in row.excesses)
    if broken > 0:
        return (2, broken, 0.0)
    if row.state == COMPLETE:
        return (0, 0.0, 0.0)
    lengths = [value for value in (row.budget, row.step) if not math.isnan(value)]
    return (1, 0.0, -(lengths[-1] if lengths else 0.0))


def _worth(losses: NDArray[np.float64], directions: NDArray[np.float64] | None) -> list[tuple[float, ...]]:
    """Return what orders members of several losses (n, m), less is better."""
    fronts = sort_fronts(losses)
    if directions is None:
        return list(zip(fronts.tolist(), (-crowding(losses, fronts)).tolist(), strict=True))
    ranks, distances = niche_ranks(losses, fronts, directions)
    return list(zip(fronts.tolist(), ranks.tolist(), distances.tolist(), strict=True))


def _numbers(losses: tuple[float, ...]) -> tuple[float, ...]:
    """Return the losses with infinity in place of NaN, so that they can be ordered."""
    return tuple(math.inf if math.isnan(loss) else loss for loss in losses)

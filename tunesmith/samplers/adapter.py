"""From one function to a sampler: `Stateless` turns `propose(problem, closed, pending, rng)` into the three methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias, final

import numpy as np

from tunesmith.core.curves import CurveTable
from tunesmith.core.history import Columns, History
from tunesmith.core.protocols import Exhausted, Problem, Proposal
from tunesmith.errors import InvalidConfigError

if TYPE_CHECKING:
    from tunesmith.core.trial import Trial

__all__ = ["Propose", "Stateless", "StatelessState"]

Propose: TypeAlias = Callable[
    [Problem, History, Sequence["Trial"], np.random.Generator], "Mapping[str, Any] | Proposal | Exhausted | None"
]


@final
@dataclass(slots=True)
class StatelessState:
    """All that was told.

    Attributes:
        problem: what the study is about.
        closed: every closed run, oldest first.
    """

    problem: Problem
    closed: History


@final
@dataclass(frozen=True)
class Stateless:
    """A sampler made of one function, which sees everything anew at each ask.

    Args:
        propose: (problem, closed runs, pending trials, rng) -> config, or a `Proposal`, or None when there is nothing
            more to propose. All its randomness must come from `rng`.
        by: the name that stands in the log beside its configs; the function's own name when omitted.

    A study that used it can be resumed only by a program that passes it again: a log holds names, never code.

    Example:
        >>> def halves(problem, closed, pending, rng):
        ...     return {"x": 0.5 ** len(closed)}
        >>> Stateless(halves).label
        'halves'
    """

    propose: Propose
    by: str = ""

    @property
    def label(self) -> str:
        """The name that stands in the log beside its configs."""
        return self.by or getattr(self.propose, "__name__", type(self.propose).__name__)

    def init(self, problem: Problem) -> StatelessState:
        """Return the state of a study without trials."""
        columns = Columns(problem.n_losses, len(problem.constraints), problem.space)
        return StatelessState(problem, History(columns, slice(0, 0), CurveTable()))

    def tell(self, state: StatelessState, runs: History) -> StatelessState:
        """Return the state with these runs behind the others."""
        return StatelessState(state.problem, _joined(state.closed, runs))

    def ask(self, state: StatelessState, pending: Sequence[Trial], rng: np.random.Generator) -> Proposal | Exhausted:
        """Return what the function proposes.

        Raises:
            InvalidConfigError: the config does not belong to the space.
        """
        found = self.propose(state.problem, state.closed, pending, rng)
        if found is None:
            return Exhausted(f"{self.label} has nothing more to propose")
        if isinstance(found, Exhausted):
            return found
        proposal = found if isinstance(found, Proposal) else Proposal(dict(found), by=self.label)
        problems = state.problem.space.problems(proposal.config)
        if problems:
            raise InvalidConfigError([f"{self.label} proposed {proposal.config!r}", *problems])
        return proposal


def _joined(old: History, new: History) -> History:
    """Return the view of the rows of both, old ones first; both look at the same columns, or the old one is empty."""
    if not len(old):
        return new
    a, b = old.rows, new.rows
    if isinstance(a, slice) and isinstance(b, slice) and a.stop == b.start:
        return replace(new, rows=slice(a.start, b.stop))
    return replace(new, rows=np.concatenate([_listed(old), _listed(new)]))


def _listed(history: History) -> np.ndarray[Any, np.dtype[np.int64]]:
    rows = history.rows
    return np.arange(rows.start, rows.start + len(history)) if isinstance(rows, slice) else rows

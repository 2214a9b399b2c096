"""Grid search: every combination of a few levels, each exactly once, then finer ones around the best, if wanted.

The points and their order stand in `lattice`.

With `refine=k` the search goes on from coarse to fine, k times: when every point of a grid has been proposed, a finer
one is laid into the cell of the best config so far (Bengio 2012, arXiv 1206.5533, sec. 3.3, tells the craft). A
continuous or long ordered parameter takes as many levels as before, over the range from halfway to the next lower level
up to halfway to the next higher one, in its own scale; beyond the last level as far again, if the domain goes on. So
steps shrink by the number of levels less one, and the best may still wander out of its first cell: with three levels
the reach of all later grids together is one coarse step each way. Anything else stays at the best's value. No grid
waits for pending trials: the best is that of the trials closed by then. Which trial it was is *recorded*, in
`memo["grid"]`, and read back.

*Best*: the lowest loss of a complete trial within all constraints; with several objectives, each scaled by its range,
the one whose worst is lowest.

Which points were used is never counted: the next one is the first in order whose config no closed run and no pending
trial holds, failed ones included. So parallel workers, a resume and trials that the user added need no bookkeeping. Two
workers that think at the same moment see the same point; the number of a new trial is a key of the log, so one of them
is refused, reads again, and takes the next point.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tunesmith.core.history import COMPLETE
from tunesmith.core.protocols import Exhausted, Problem, Proposal
from tunesmith.errors import InvalidArgumentError
from tunesmith.numerics.warping import clean
from tunesmith.samplers.lattice import Lattice, Levels, around, lattice, levels_of
from tunesmith.samplers.left import Identity, identity

if TYPE_CHECKING:
    from tunesmith.core.history import History
    from tunesmith.core.trial import Trial

__all__ = ["Grid", "GridState"]

_LEVELS = 5


@final
@dataclass(slots=True)
class GridState:
    """The grid, and how much of it is known.

    Attributes:
        problem: what the study is about.
        lattice: the coarse grid.
        told: identities of the configs of closed runs.
        centres: numbers of the trials around which the grids proposed by now were refined.
        seen: with `refine`, config and losses of each trial that may be the best, by number.
        finer: the grids refined around these trials; a cache.
    """

    problem: Problem
    lattice: Lattice
    told: set[Identity] = field(default_factory=set)
    centres: tuple[int, ...] = ()
    seen: dict[int, tuple[Mapping[str, Any], tuple[float, ...]]] = field(default_factory=dict)
    finer: dict[tuple[int, ...], Lattice] = field(default_factory=dict)


@final
@dataclass(frozen=True)
class Grid:
    """Proposes all combinations of levels, each once; then finer ones around the best, if wanted; and ends.

    Args:
        levels: how many values each continuous parameter takes, its ends included, even in its own scale (a logarithmic
            one in the logarithm); or a mapping of names to such a number or to the values themselves. Parameters that
            are not named take all their values, continuous ones 5.
        refine: how many finer grids follow, each around the best config by then.

    Raises:
        InvalidArgumentError: a number of levels is below 1, or `refine` below 0; on `init`, a name is unknown, a value
            is not in its domain or stands twice, or the grid has more than 200000 points.

    Example:
        >>> Grid(levels={"lr": 3, "optimizer": ["adam"]})
        Grid(levels={'lr': 3, 'optimizer': ['adam']}, refine=0)
    """

    levels: int | Mapping[str, Levels] = _LEVELS
    refine: int = 0

    def __post_init__(self) -> None:
        named = self.levels if isinstance(self.levels, Mapping) else {"levels": self.levels}
        for name, levels in named.items():
            if isinstance(levels, str) or not isinstance(levels, (int, Sequence)):
                raise InvalidArgumentError(f"Grid needs a number of levels or a list of values, got {name}={levels!r}")
            if (levels if isinstance(levels, int) else len(levels)) < 1 or isinstance(levels, bool):
                raise InvalidArgumentError(f"Grid needs at least one level, got {name}={levels!r}")
        if isinstance(self.refine, bool) or not isinstance(self.refine, int) or self.refine < 0:
            raise InvalidArgumentError(f"Grid needs refine as a whole number >= 0, got refine={self.refine!r}")
        if isinstance(self.levels, Mapping):
            plain = {name: held if isinstance(held, int) else list(held) for name, held in self.levels.items()}
            object.__setattr__(self, "levels", plain)

    def init(self, problem: Problem) -> GridState:
        """Return the grid of the space, in order."""
        space = problem.space
        named = self.levels if isinstance(self.levels, Mapping) else {}
        for name in named:
            if name not in space:
                raise InvalidArgumentError(f"Grid has levels for {name!r}, the space has {', '.join(space.names)}")
        count = self.levels if isinstance(self.levels, int) else _LEVELS
        values = [levels_of(space, name, named.get(name), count) for name in space.names]
        return GridState(problem, lattice(space, values, problem.seed))

    def tell(self, state: GridState, runs: History) -> GridState:
        """Return the state that knows the configs of these runs too, failed ones included."""
        state.told.update(identity(row.config) for row in runs.records)
        if self.refine:
            counts = (runs.states == COMPLETE) & runs.feasible & np.isfinite(runs.losses).all(axis=1)
            placed = (np.isnan(runs.x) | ((runs.x >= 0) & (runs.x <= 1))).all(axis=1)
            for row, counted in zip(runs.records, (counts & placed).tolist(), strict=True):
                if counted:
                    state.seen[row.number] = (row.config, row.losses)
                state.centres = _further(state.centres, row.memo)
        return state

    def ask(self, state: GridState, pending: Sequence[Trial], rng: np.random.Generator) -> Proposal | Exhausted:
        """Return the first point that no closed run and no pending trial holds; `rng` is not used."""
        del rng
        if not state.lattice.names:  # nothing is known to vary yet
            return Proposal({}, by="grid")
        held = {identity(trial.params) for trial in pending}
        centres = state.centres
        for trial in pending:
            centres = _further(centres, trial.memo)
        while True:
            now = _refined(state, centres)
            found = now.free(state.told, held)
            if found is not None:
                reasons = {"point": found[0], "of": len(now.rows), **({"refined": len(centres)} if centres else {})}
                return Proposal(found[1], by="grid", reasons=reasons, memo={"grid": list(centres)} if centres else None)
            if len(centres) >= self.refine or not state.seen:
                return Exhausted(f"all {len(now.rows)} points of the {'finest ' if centres else ''}grid were proposed")
            centres = (*centres, _best(state))


def _further(centres: tuple[int, ...], memo: Mapping[str, Any] | None) -> tuple[int, ...]:
    """Return the centres of a proposal's grid if it is finer than the one known."""
    found = tuple(memo["grid"]) if memo and "grid" in memo else ()
    return found if len(found) > len(centres) else centres


def _best(state: GridState) -> int:
    """Return the number of the best trial, the first of equals."""
    losses = np.array([losses for _, losses in state.seen.values()])
    if losses.shape[1] > 1:
        losses = np.stack([clean(column) for column in losses.T], axis=1)
        spread = np.ptp(losses, axis=0)
        losses = (losses - losses.min(axis=0)) / np.where(spread > 0, spread, 1.0)
    return list(state.seen)[int(np.argmin(losses.max(axis=1)))]


def _refined(state: GridState, centres: tuple[int, ...]) -> Lattice:
    """Return the grid around these trials, one refined after another; the coarse one for none."""
    if not centres:
        return state.lattice
    if centres not in state.finer:
        coarse, space = _refined(state, centres[:-1]), state.problem.space
        config = state.seen[centres[-1]][0] if centres[-1] in state.seen else {}
        values = [
            around(space[name], held, config[name]) if name in config else held
            for name, held in zip(coarse.names, coarse.values, strict=True)
        ]
        state.finer[centres] = lattice(space, values, state.problem.seed, len(centres))
    return state.finer[centres]

"""The points of a sequence as configs, in turn: what the blind samplers share.

Integers, ordinals and categories take the cell that the coordinate falls in, so all cells are equally likely; in a
conditional space every coordinate is drawn and the inactive ones are dropped, so each branch sees an even sequence too.
Points that break a rule, and configs known already in a finite space, are skipped.

Which points were used is *recorded*, never recomputed: a proposal keeps its index in its memo under the name of the
sequence, and the next one takes the largest index among closed and pending trials plus one. Two workers that think at
the same moment see the same largest index and may choose the same point; the number of a new trial is a key of the log,
so one of them is refused, reads again, and finds the index taken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias, final

import numpy as np

from tunesmith.core.protocols import Exhausted, Proposal
from tunesmith.samplers.left import Taken, identity, left_over

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from tunesmith.core.history import History
    from tunesmith.core.trial import Trial

__all__ = ["Points", "PointsState", "next_point", "told"]

Points: TypeAlias = "Callable[[int, int, int, int], NDArray[np.float64]]"

_BLOCK = 256
_BLOCKS = 32
_REPEATS = 512


@final
@dataclass(slots=True)
class PointsState:
    """What is known of the sequence.

    Attributes:
        taken: configs of closed runs.
        seed: of the scrambling, fixed once a study.
        name: of the sequence, the key of its memo.
        points: (seed, width, begin, count) -> points (count, width).
        last: the largest index that a closed run holds, -1 for none.
        blocks: block number -> points (256, d) and whether each obeys the rules (256,); a cache of the newest.
    """

    taken: Taken
    seed: int
    name: str
    points: Points
    last: int = -1
    blocks: dict[int, tuple[NDArray[np.float64], NDArray[np.bool_]]] = field(default_factory=dict)


def told(state: PointsState, runs: History) -> PointsState:
    """Return the state that knows the configs and indices of these runs too."""
    state.taken.tell(runs)
    state.last = max(state.last, max((_index(row.memo, state.name) for row in runs.records), default=-1))
    return state


def next_point(
    state: PointsState, pending: Sequence[Trial], rng: np.random.Generator, memo: Mapping[str, Any] | None = None
) -> Proposal | Exhausted:
    """Return the config of the next point that obeys the rules; `rng` is used only when thousands do not.

    Args:
        state: what is known.
        pending: trials that run now.
        rng: for the rare draw, which calls itself one.
        memo: what else the memo of the proposal keeps.
    """
    taken, extra = state.taken, dict(memo or {})
    if taken.size is not None and len(taken.told) >= taken.size:
        return _remaining(taken, pending, rng)
    begin = 1 + max(state.last, max((_index(trial.memo, state.name) for trial in pending), default=-1))
    held = {identity(trial.params) for trial in pending}
    for index, config in islice(_allowed(state, begin), _REPEATS):
        key = identity(config)
        if taken.free or (key not in held and (taken.size is None or key not in taken.told)):
            return Proposal(config, by=state.name, memo={state.name: index, **extra})
    if taken.size is not None:
        return _remaining(taken, pending, rng)
    last = _BLOCK * (begin // _BLOCK + _BLOCKS) - 1
    why = f"none of the points {begin} to {last} of the sequence obeys the rules"
    return Proposal(taken.space.sample(rng), by="random", reasons={"why": why}, memo={state.name: last, **extra})


def _index(memo: Mapping[str, Any] | None, name: str) -> int:
    """Return the index that a trial's memo holds, -1 for none; a point that filled a given config up is used too."""
    memo = memo.get("part", memo) if memo else {}
    return int(memo.get(name, -1))


def _remaining(taken: Taken, pending: Sequence[Trial], rng: np.random.Generator) -> Proposal | Exhausted:
    """Return one of the few configs that are left of a finite space."""
    left = left_over(taken, pending)
    if not left:
        return Exhausted()
    return Proposal(left[int(rng.integers(len(left)))], by="remaining", reasons={"left": len(left)})


def _allowed(state: PointsState, begin: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """Go through the indices from `begin` on, and configs, of the points that obey the rules; 32 blocks at most."""
    space = state.taken.space
    for number in range(begin // _BLOCK, begin // _BLOCK + _BLOCKS):
        points, obeys = _block(state, number)
        for row in np.flatnonzero(obeys).tolist():
            index = number * _BLOCK + row
            if index >= begin:
                config = space.encoding.decode(points[row : row + 1])[0]
                if not space.rules or not space.problems(config):
                    yield index, config


def _block(state: PointsState, number: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the points (256, d) of a block and whether each obeys the rules (256,)."""
    if number not in state.blocks:
        encoding = state.taken.space.encoding
        points = state.points(state.seed, len(encoding.names), number * _BLOCK, _BLOCK)
        if len(state.blocks) >= _BLOCKS:
            state.blocks.clear()
        state.blocks[number] = (points, encoding.allowed(points))
    return state.blocks[number]

"""Quasi-random search: the points of a scrambled Sobol sequence, spread evenly in every dimension at once.

Sobol (1967, USSR Comput. Math. Math. Phys. 7(4)), scrambled (see `numerics.sobol`). Every prefix of 2^m
points has one point in each of 2^m equal cells of a coordinate; Bergstra and Bengio (2012, JMLR 13:281-305) find it
somewhat better than random search at equal cost. Integers, ordinals and categories take the cell that the coordinate
falls in, so all cells are equally likely; in a conditional space every coordinate is drawn and the inactive ones are
dropped, so each branch sees an even sequence too. Points that break a rule, and configs known already in a finite
space, are skipped.

Which points were used is *recorded*, never recomputed: a proposal keeps its index in `memo["sobol"]`, and the next one
takes the largest index among closed and pending trials plus one. Two workers that think at the same moment see the
same largest index and may choose the same point; the number of a new trial is a key of the log, so one of them is
refused, reads again, and finds the index taken.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tunesmith.core.protocols import Exhausted, Problem, Proposal
from tunesmith.numerics.sobol import sobol_points
from tunesmith.samplers.left import Taken, identity, left_over
from tunesmith.seeding import derive

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from tunesmith.core.history import History
    from tunesmith.core.trial import Trial

__all__ = ["Sobol", "SobolState"]

_BLOCK = 256
_BLOCKS = 32
_REPEATS = 512


@final
@dataclass(slots=True)
class SobolState:
    """What is known of the sequence.

    Attributes:
        taken: configs of closed runs.
        seed: of the scrambling, fixed once a study.
        last: the largest index that a closed run holds, -1 for none.
        blocks: block number -> points (256, d) and whether each obeys the rules (256,); a cache of the newest.
    """

    taken: Taken
    seed: int
    last: int = -1
    blocks: dict[int, tuple[NDArray[np.float64], NDArray[np.bool_]]] = field(default_factory=dict)


@final
@dataclass(frozen=True)
class Sobol:
    """Proposes the points of one scrambled Sobol sequence in turn, blind to all results.

    In a finite space no config comes twice, and the search ends when all have been proposed.

    Example:
        >>> Sobol()
        Sobol()
    """

    def init(self, problem: Problem) -> SobolState:
        """Return the state of a study without trials."""
        return SobolState(Taken(problem.space, problem.discover), derive(problem.seed, "sobol"))

    def tell(self, state: SobolState, runs: History) -> SobolState:
        """Return the state that knows the configs and indices of these runs too."""
        state.taken.tell(runs)
        state.last = max(state.last, max((_index(row.memo) for row in runs.records), default=-1))
        return state

    def ask(self, state: SobolState, pending: Sequence[Trial], rng: np.random.Generator) -> Proposal | Exhausted:
        """Return the config of the next point that obeys the rules; `rng` is used only when thousands do not."""
        taken = state.taken
        if taken.size is not None and len(taken.told) >= taken.size:
            return _remaining(taken, pending, rng)
        begin = 1 + max(state.last, max((_index(trial.memo) for trial in pending), default=-1))
        held = {identity(trial.params) for trial in pending}
        for index, config in islice(_allowed(state, begin), _REPEATS):
            key = identity(config)
            if taken.free or (key not in held and (taken.size is None or key not in taken.told)):
                return Proposal(config, by="sobol", memo={"sobol": index})
        if taken.size is not None:
            return _remaining(taken, pending, rng)
        last = _BLOCK * (begin // _BLOCK + _BLOCKS) - 1
        why = f"none of the points {begin} to {last} of the sequence obeys the rules"
        return Proposal(taken.space.sample(rng), by="random", reasons={"why": why}, memo={"sobol": last})


def _index(memo: Mapping[str, Any] | None) -> int:
    """Return the index that a trial's memo holds, -1 for none."""
    return int(memo["sobol"]) if memo and "sobol" in memo else -1


def _remaining(taken: Taken, pending: Sequence[Trial], rng: np.random.Generator) -> Proposal | Exhausted:
    """Return one of the few configs that are left of a finite space."""
    left = left_over(taken, pending)
    if not left:
        return Exhausted()
    return Proposal(left[int(rng.integers(len(left)))], by="remaining", reasons={"left": len(left)})


def _allowed(state: SobolState, begin: int) -> Iterator[tuple[int, dict[str, Any]]]:
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


def _block(state: SobolState, number: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the points (256, d) of a block and whether each obeys the rules (256,)."""
    if number not in state.blocks:
        encoding = state.taken.space.encoding
        points = sobol_points(state.seed, len(encoding.names), number * _BLOCK, _BLOCK)
        if len(state.blocks) >= _BLOCKS:
            state.blocks.clear()
        state.blocks[number] = (points, encoding.allowed(points))
    return state.blocks[number]

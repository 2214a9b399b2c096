"""Trials in order from best to worst, kept so while they are told: what a split into better and worse is read from.

The order is the one of Deb (2000, Comput. Methods Appl. Mech. Eng. 186:311) with short runs in between: complete and
feasible, by loss; then pruned and paused ones, the longer first, then by loss; then infeasible ones, by how many
constraints they break and by how much; then failed ones and those without a loss.

One loss: a sorted list; a trial is put in by bisection. Several losses: some hundred trials are *kept*, those that the
fewest of the kept dominate, and the others are the *rest*, so that nothing is ever compared with all trials. Which of
the kept come first is asked anew each time by a random weighting (`numerics.scalarising`), so that proposals walk along
the whole front. Either way k new trials cost O(k), but for moving the tail of a list in memory, and a split costs
the same for any number of trials.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, final

import numpy as np

from tunesmith.core.history import COMPLETE, FAILED
from tunesmith.numerics.pareto import domination_counts
from tunesmith.numerics.scalarising import one_loss

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tunesmith.core.history import Row

__all__ = ["Key", "Ranked", "Split", "Standing", "standing"]

Key: TypeAlias = tuple[int, float, float, int]

_KEPT = 128  # with several losses; twice as many are held before the worse half leaves
_FEASIBLE, _SHORT, _BROKEN, _NONE = range(4)


@final
@dataclass(frozen=True, slots=True)
class Standing:
    """What places a trial among the others.

    Attributes:
        level: 0 complete and feasible, 1 pruned or paused, 2 infeasible, 3 failed or without a loss.
        first: within the level, what counts before the losses; smaller is better.
        losses: the losses.
    """

    level: int
    first: float
    losses: tuple[float, ...]


@final
@dataclass(frozen=True, slots=True)
class Split:
    """The better trials, and the worse ones thinned.

    Attributes:
        better: places, best first.
        worse: places.
        weights: how many trials each of the worse stands for.
    """

    better: list[int]
    worse: list[int]
    weights: NDArray[np.float64]


def standing(row: Row) -> Standing:
    """Return where a closed run stands."""
    if row.state == FAILED or any(math.isnan(loss) for loss in row.losses):
        return Standing(_NONE, 0.0, row.losses)
    broken = [excess for excess in row.excesses if not excess <= 0]
    if broken:
        extents = [v / (1.0 + v) if v < math.inf else 1.0 for v in broken]  # not a number: unknown, as bad as can be
        return Standing(_BROKEN, len(broken) + math.fsum(extents) / (1 + len(broken)), row.losses)
    if row.state == COMPLETE:
        return Standing(_FEASIBLE, 0.0, row.losses)
    reach = row.budget if math.isnan(row.step) else row.step
    return Standing(_SHORT, math.inf if math.isnan(reach) else -reach, row.losses)


@final
@dataclass(slots=True)
class Ranked:
    """Places of trials, best first.

    Attributes:
        n_losses: number of losses.
        standings: place -> standing.
        keys: sorted; with several losses those of the kept places only.
        rest: with several losses, the other places in the order in which they left.
    """

    n_losses: int
    standings: dict[int, Standing] = field(default_factory=dict)
    keys: list[Key] = field(default_factory=list)
    rest: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.standings)

    def put(self, place: int, where: Standing) -> None:
        """Add a place, or move it when its trial has gone on."""
        old = self.standings.pop(place, None)
        if old is not None:
            at = bisect_left(self.keys, self._key(place, old))
            if at < len(self.keys) and self.keys[at][3] == place:
                del self.keys[at]
            else:
                self.rest.remove(place)
        self.standings[place] = where
        insort(self.keys, self._key(place, where))
        if self.n_losses > 1 and len(self.keys) > 2 * _KEPT:
            self._thin()

    def split(self, best: int, near: int, far: int, rng: np.random.Generator) -> Split:
        """Return the `best` first places and, of the others, the `near` next and `far` more spread over the rest.

        `rng` draws the weights of several losses, and is not touched for one.
        """
        n = len(self)
        head = [key[3] for key in self.keys[: best + near]] if self.n_losses == 1 else self._front(rng)
        better, worse = head[:best], head[best : best + near]
        beyond = n - len(better) - len(worse)
        weights = np.ones(len(worse))
        if beyond > 0:
            count = min(far, beyond)
            step = beyond / count
            ranks = (n - beyond + ((np.arange(count) + 0.5) * step).astype(np.int64)).tolist()
            spread = [self.keys[rank][3] for rank in ranks] if self.n_losses == 1 else self._listed(head, ranks)
            worse, weights = worse + spread, np.concatenate([weights, np.full(count, step)])
        return Split(better, worse, weights)

    def _listed(self, head: list[int], ranks: list[int]) -> list[int]:
        """Return the places at these ranks of the kept, which are in `head`, and then the rest."""
        return [head[rank] if rank < len(head) else self.rest[rank - len(head)] for rank in ranks]

    def _key(self, place: int, where: Standing) -> Key:
        loss = where.losses[0] if self.n_losses == 1 and where.level != _NONE else 0.0
        return (where.level, where.first, loss, place)

    def _front(self, rng: np.random.Generator) -> list[int]:
        """Return the kept places in order: the feasible ones by a random weighting of their losses."""
        whole, others = self._parts()
        if len(whole) > 1:
            losses = np.array([self.standings[place].losses for place in whole])
            order = np.argsort(one_loss(losses, np.empty((len(whole), 0)), rng), kind="stable")
            whole = [whole[i] for i in order.tolist()]
        return [*whole, *others]

    def _thin(self) -> None:
        """Let all but `_KEPT` of the kept places go to the rest, those first that the most others dominate."""
        whole, others = self._parts()
        if whole:
            counts = domination_counts(np.array([self.standings[place].losses for place in whole]))
            whole = [whole[i] for i in np.argsort(counts, kind="stable").tolist()]
        ranked = [*whole, *others]
        self.rest += ranked[_KEPT:]
        self.keys = sorted(self._key(place, self.standings[place]) for place in ranked[:_KEPT])

    def _parts(self) -> tuple[list[int], list[int]]:
        """Return the kept places that are complete and feasible, and the other kept ones."""
        end = bisect_left(self.keys, (_SHORT, -math.inf, -math.inf, -1))
        return [key[3] for key in self.keys[:end]], [key[3] for key in self.keys[end:]]

"""Which discovered parameters an objective would not ask for, learned from those that it did ask for.

In define-by-run a condition stands in the objective's code only: `if optimizer == "sgd": suggest("momentum")`. Every
name met is *optional*, a proposed value that nobody asks for is dropped, and the log shows the config without it. A
model that still proposes momentum for adam believes that it explores, and sees the same config come back for ever.

The rule is our own. Parents are asked for before their children, so only columns met earlier can decide. An optional
parameter is believed absent at a candidate when

1. some earlier column with cells (its levels, or its absence) decided the presence in every completed trial so far, and
   says no at the candidate's level; of several such columns the one with the fewest levels seen decides, since it has
   the most evidence a level;
2. or, when no single column decides, it was absent in each of at least 3 trials at the candidate's level of such a
   column.

A wrong belief corrects itself: the objective asks for what was left out, the value is drawn, and the log contradicts.

    S (n, d)   levels of the completed trials, -1 where absent        P (n,)   whether the parameter was present
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tunesmith.space import Encoding, Space

__all__ = ["Discovered"]

_MOST_LEVELS: Final = 64
_ENOUGH: Final = 3


@final
@dataclass(slots=True)
class Discovered:
    """What completed trials say about the presence of optional parameters.

    Attributes:
        cells: (d,) levels of each column; 0 where it has none or too many to decide anything.
        optional: columns that may be absent, in the order in which they were met.
        seen: levels (d,) of each completed trial, -1 where absent.
        beliefs: for each optional column, (column, levels) pairs where it is absent; None when it must be learned anew.
    """

    cells: NDArray[np.int64]
    optional: tuple[int, ...]
    seen: list[NDArray[np.int64]] = field(default_factory=list)
    beliefs: dict[int, list[tuple[int, NDArray[np.int64]]]] | None = None

    @classmethod
    def of(cls, space: Space) -> Discovered:
        """Return what is known before any trial: nothing."""
        encoding: Encoding = space.encoding
        cells = np.where(encoding.levels <= _MOST_LEVELS, encoding.levels, 0)
        optional = tuple(i for i, name in enumerate(encoding.names) if space[name].optional)
        return cls(cells, optional)

    @property
    def lacked(self) -> bool:
        """Whether a completed trial lacked an optional parameter."""
        return any((levels[list(self.optional)] < 0).any() for levels in self.seen)

    def tell(self, x: NDArray[np.float64]) -> None:
        """Take a completed trial into account: its point (d,), NaN where a parameter is absent."""
        if self.optional:
            self.seen.append(self._levels(x[None])[0])
            self.beliefs = None

    def apply(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the points (m, d) with NaN wherever the objective is believed not to ask."""
        if len(self.optional) < 2 or not self.seen:  # a parameter alone has nothing to depend on
            return x
        if self.beliefs is None:
            self.beliefs = self._learn()
        if not self.beliefs:
            return x
        x, levels = x.copy(), self._levels(x)
        for column in self.optional:  # parents are met before their children
            for parent, absent_at in self.beliefs.get(column, ()):
                absent = np.isin(levels[:, parent], absent_at)
                x[absent, column] = np.nan
                levels[absent, column] = -1
        return x

    def _levels(self, x: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the cells (m, d) that points stand in: 0 for the only cell of a continuous column, -1 for absent."""
        cells = np.maximum(self.cells, 1)
        inside = np.clip(np.nan_to_num(x * cells), 0, cells - 1).astype(np.int64)
        return np.where(np.isnan(x), -1, inside)

    def _learn(self) -> dict[int, list[tuple[int, NDArray[np.int64]]]]:
        """Return where each optional column that was ever absent is believed absent."""
        seen = np.array(self.seen)
        found: dict[int, list[tuple[int, NDArray[np.int64]]]] = {}
        for column in self.optional:
            present = seen[:, column] >= 0
            if present.all() or not present.any():
                continue
            deciding: list[tuple[int, int, NDArray[np.int64]]] = []
            frequent: list[tuple[int, NDArray[np.int64]]] = []
            for parent in range(column):
                levels, place = np.unique(seen[:, parent], return_inverse=True)
                total = np.bincount(place, minlength=len(levels))
                with_it = np.bincount(place[present], minlength=len(levels))
                never = with_it == 0
                if ((with_it == total) | never).all():
                    deciding.append((len(levels), parent, levels[never]))
                elif (never & (total >= _ENOUGH)).any():
                    frequent.append((parent, levels[never & (total >= _ENOUGH)]))
            best = min(deciding, key=lambda one: one[:2], default=None)
            found[column] = [best[1:]] if best else frequent
        return found

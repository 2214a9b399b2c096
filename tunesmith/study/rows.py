"""A growing list of row numbers that hands out its beginning as an array, without a copy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Rows"]


@final
class Rows:
    """Row numbers in the order in which they became visible.

    Args:
        rows: to begin with.
    """

    __slots__ = ("_array", "_fresh", "_held")

    def __init__(self, rows: Iterable[int] = ()) -> None:
        self._fresh = list(rows)
        self._array: NDArray[np.int64] = np.empty(16, dtype=np.int64)
        self._held = 0

    def __len__(self) -> int:
        return self._held + len(self._fresh)

    def append(self, row: int) -> None:
        """Add one."""
        self._fresh.append(row)

    def first(self, count: int) -> NDArray[np.int64]:
        """Return the first `count` rows; (count,), read-only."""
        if self._fresh:
            total = len(self)
            if len(self._array) < total:
                grown = np.empty(2 * total, dtype=np.int64)
                grown[: self._held] = self._array[: self._held]
                self._array = grown
            self._array[self._held : total] = self._fresh
            self._fresh.clear()
            self._held = total
        view = self._array[:count]
        view.flags.writeable = False
        return view

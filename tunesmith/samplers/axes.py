"""Which columns of a space have a coordinate in a normal distribution, which have frequencies, what a config hides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, final

import numpy as np

from tunesmith.seeding import derive

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tunesmith.space import Encoding, Space

__all__ = ["Axes"]

_MOST_CELLS: Final = 100  # ordered columns of more cells are treated as continuous, then put into their cells


@final
@dataclass(frozen=True, slots=True)
class Axes:
    """The numeric and the categorical columns of an encoding.

    Attributes:
        numeric: (k',) columns with a coordinate; k = max(k', 1).
        steps: (k,) width of a cell, 0 where continuous.
        categorical: columns with frequencies.
        hidden: places among the numeric columns whose coordinate a config does not show.
        mark: tells this space from an edited one.
    """

    numeric: NDArray[np.int64]
    steps: NDArray[np.float64]
    categorical: tuple[int, ...]
    hidden: tuple[int, ...]
    mark: int

    @classmethod
    def of(cls, space: Space) -> Axes:
        """Return the axes of a space; constants have none."""
        encoding = space.encoding
        numeric = np.flatnonzero((encoding.kinds != 2) & (encoding.levels != 1))
        levels = encoding.levels[numeric]
        even = [_even(encoding, column) for column in numeric.tolist()]
        steps = np.where((levels > 0) & np.array(even, dtype=np.bool_), 1.0 / np.maximum(levels, 1), 0.0)
        domains = [space[encoding.names[column]] for column in numeric.tolist()]
        hidden = tuple(i for i, domain in enumerate(domains) if domain.levels or domain.when or domain.optional)
        categorical = tuple(np.flatnonzero((encoding.kinds == 2) & (encoding.levels > 1)).tolist())
        mark = derive(0, *(f"{name}={space[name]!r}" for name in encoding.names)) % 1_000_000
        return cls(numeric, steps if len(steps) else np.zeros(1), categorical, hidden, mark)


def _even(encoding: Encoding, column: int) -> bool:
    """Whether a column has few cells of equal width."""
    levels = int(encoding.levels[column])
    if not 2 <= levels <= _MOST_CELLS:
        return False
    points = np.full((1, len(encoding.names)), 0.5)
    points[0, column] = 0.5 / levels
    return bool(abs(encoding.snap(points)[0, column] - 0.5 / levels) < 1e-9)

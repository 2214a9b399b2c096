"""Which of many trials a model is fitted to: half of them the best, the other half a spread over what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["thinned"]


def thinned(order: NDArray[np.intp], most: int, *, over_time: bool = False) -> NDArray[np.intp]:
    """Return the places of at most so many, in their own order; of fewer, all.

    Args:
        order: (n,) places from the best to the worst.
        most: how many may stay.
        over_time: spread those that are not among the best evenly over the places, not over the ranks.

    >>> order = np.array([5, 0, 4, 1, 3, 2])
    >>> thinned(order, 4).tolist(), thinned(order, 4, over_time=True).tolist()
    ([0, 2, 4, 5], [0, 1, 4, 5])
    """
    if len(order) <= most:
        return np.arange(len(order))
    best, rest = order[: most // 2], order[most // 2 :]
    if over_time:
        rest = np.sort(rest)
    spread = rest[np.linspace(0, len(rest) - 1, most - most // 2).astype(int)]
    return np.sort(np.concatenate([best, spread]))

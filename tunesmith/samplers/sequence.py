"""The points of a scrambled Sobol sequence by index, computed in blocks, so that any stretch of it can be had alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["sobol_points"]

_WIDEST = 21_201  # dimensions of the direction numbers of Joe and Kuo (2008)


def sobol_points(seed: int, width: int, begin: int, count: int) -> NDArray[np.float64]:
    """Return points `begin` to `begin + count - 1` (count, width) of the sequence that a seed scrambles.

    Args:
        seed: fixes the scrambling.
        width: number of coordinates; those beyond the sequence's 21201 are plain random numbers.
        begin: index of the first point, a multiple of `count`.
        count: how many, a power of two.
    """
    from scipy.stats import qmc

    if width == 0:
        return np.empty((count, 0))
    engine = qmc.Sobol(min(width, _WIDEST), scramble=True, seed=np.random.Generator(np.random.PCG64(seed)))
    if begin:
        engine.fast_forward(begin)
    points: NDArray[np.float64] = engine.random(count)
    if width > _WIDEST:
        rest = np.random.Generator(np.random.PCG64([seed, begin])).random((count, width - _WIDEST))
        points = np.hstack([points, rest])
    return points

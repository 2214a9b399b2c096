"""The normal distribution cut at two ends: the mass of cells, and draws by the inverse of its distribution function.

The mass of a cell is taken on the left of the mean, where both tails are small, so that it keeps its digits as far out
as doubles go (about 37 standard deviations). A draw puts u between the shares of the two ends and through the inverse
(Devroye 1986, "Non-Uniform Random Variate Generation", II.2.1).

| symbol | shape | meaning |
|---|---|---|
| mean, std | any that broadcast | of the normal before it is cut, std > 0 |
| low, high | any that broadcast | ends of a cell, or of the range that is left |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["draw", "log_mass"]

_LEAST = 1e-300


def log_mass(low: ArrayLike, high: ArrayLike, mean: ArrayLike, std: ArrayLike) -> NDArray[np.float64]:
    """Return the log probability of [low, high] under the whole normal, element by element; never below log 1e-300.

    Example:
        >>> float(np.exp(log_mass(-1.0, 1.0, mean=0.0, std=1.0)).round(6))
        0.682689
    """
    low, high = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    half = (high - low) / 2
    away = np.abs((low + high) / 2 - mean)
    mass = ndtr((half - away) / std) - ndtr((-half - away) / std)
    found: NDArray[np.float64] = np.log(np.maximum(mass, _LEAST))
    return found


def draw(
    u: ArrayLike, mean: ArrayLike, std: ArrayLike, low: ArrayLike = 0.0, high: ArrayLike = 1.0
) -> NDArray[np.float64]:
    """Return the points in [low, high] below which a share u of the cut normal lies; u in [0, 1].

    The mean belongs into [low, high], or a few standard deviations beside it: 8 away, the shares of the two ends are
    equal as doubles.

    Example:
        >>> float(draw(0.5, mean=0.5, std=0.3))
        0.5
    """
    mean, std = np.asarray(mean, dtype=np.float64), np.asarray(std, dtype=np.float64)
    begin, end = ndtr((low - mean) / std), ndtr((high - mean) / std)
    found: NDArray[np.float64] = np.clip(mean + std * ndtri(begin + np.asarray(u) * (end - begin)), low, high)
    return found

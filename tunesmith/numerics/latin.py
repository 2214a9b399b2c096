"""Latin hypercubes: n points, and in every coordinate one of them in each of n equal intervals.

McKay, Beckman and Conover (1979, "A comparison of three methods for selecting values of input variables in the analysis
of output from a computer code", Technometrics 21:239). Each coordinate is a random permutation of the intervals, the
place within an interval is uniform. Of a few such designs the one with the widest gap between its two closest points is
taken (Morris and Mitchell 1995, J. Stat. Plan. Inference 43:381, by trial instead of annealing), which keeps the
points from lining up.

    x_ij = (pi_j(i) + u_ij) / n
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["latin_hypercube", "latin_points"]

DESIGNS: Final = 10
CLOSE: Final = 500  # beyond so many points the first design is taken


@lru_cache(maxsize=16)
def latin_hypercube(seed: int, width: int, n: int, number: int = 0) -> NDArray[np.float64]:
    """Return the design (n, width) of a seed, in [0, 1); each number gives another one.

    Example:
        >>> sorted((4 * latin_hypercube(7, 2, 4)[:, 0]).astype(int).tolist())
        [0, 1, 2, 3]
    """
    rng = np.random.Generator(np.random.PCG64([seed, number]))
    best, gap = np.empty((n, width)), -1.0
    for _ in range(DESIGNS if 2 <= n <= CLOSE and width else 1):
        places = rng.permuted(np.tile(np.arange(n)[:, None], (1, width)), axis=0)
        design = (places + rng.random((n, width))) / n
        closest = _closest(design) if 2 <= n <= CLOSE else 0.0
        if closest > gap:
            best, gap = design, closest
    best = np.minimum(best, np.nextafter(1.0, 0.0))
    best.setflags(write=False)
    return best


def _closest(x: NDArray[np.float64]) -> float:
    """Return the squared distance of the two closest of the points (n, d)."""
    square = (x * x).sum(axis=1)
    distance = square[:, None] + square - 2.0 * x @ x.T
    return float(distance[np.triu_indices(len(x), 1)].min())


def latin_points(seed: int, width: int, n: int, begin: int, count: int) -> NDArray[np.float64]:
    """Return points `begin` to `begin + count - 1` (count, width) of designs of n points each, one after another."""
    first, last = begin // n, (begin + count - 1) // n
    designs = [latin_hypercube(seed, width, n, number) for number in range(first, last + 1)]
    return np.vstack([np.empty((0, width)), *designs])[begin - first * n :][:count]

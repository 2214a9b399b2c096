"""Points of a scrambled Sobol sequence, any stretch of it alone, without loading a statistics library.

Sobol (1967, USSR Comput. Math. Math. Phys. 7(4)) with the primitive polynomials and initial direction numbers of Joe
and Kuo (2008, SIAM J. Sci. Comput. 30:2635, their table new-joe-kuo-6), the first 64 dimensions. Scrambled by a random
lower triangular matrix of bits for each dimension (Matousek 1998, J. Complexity 14:527) and a random digital shift,
which keeps the net property: of any 2^m points from a multiple of 2^m on, each of 2^m equal intervals of a coordinate
holds one. Coordinates beyond 64 are plain random numbers, the same ones for the same index.

    V   (d, 30)  direction numbers, 30-bit integers      n   index of a point, g = n xor n/2 its Gray code
    L   (d, 30, 30)  scrambling matrices of bits         s   (d,)  digital shifts
    x_n = (s xor the sum modulo 2 of L V_j over the bits j that are set in g) / 2^30
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from tunesmith.errors import InvalidArgumentError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["WIDEST", "direction_numbers", "sobol_points"]

BITS: Final = 30
# For each dimension from the second on, the bits of its polynomial and its initial numbers m_1, m_2, ...
_TABLE: Final = """
3:1 7:1,3 11:1,3,1 13:1,1,1 19:1,1,3,3 25:1,3,5,13 37:1,1,5,5,17 41:1,1,5,5,5 47:1,1,7,11,19 55:1,1,5,1,1
59:1,1,1,3,11 61:1,3,5,5,31 67:1,3,3,9,7,49 91:1,1,1,15,21,21 97:1,3,1,13,27,49 103:1,1,1,15,7,5 109:1,3,1,15,13,25
115:1,1,5,5,19,61 131:1,3,7,11,23,15,103 137:1,3,7,13,13,15,69 143:1,1,3,13,7,35,63 145:1,3,5,9,1,25,53
157:1,3,1,13,9,35,107 167:1,3,1,5,27,61,31 171:1,1,5,11,19,41,61 185:1,3,5,3,3,13,69 191:1,1,7,13,1,19,1
193:1,3,7,5,13,19,59 203:1,1,3,9,25,29,41 211:1,3,5,13,23,1,55 213:1,3,7,3,13,59,17 229:1,3,1,3,5,53,69
239:1,1,5,5,23,33,13 241:1,1,7,7,1,61,123 247:1,1,7,9,13,61,49 253:1,3,3,5,3,55,33 285:1,3,1,15,31,13,49,245
299:1,3,5,15,31,59,63,97 301:1,3,1,11,11,11,77,249 333:1,3,1,11,27,43,71,9 351:1,1,7,15,21,11,81,45
355:1,3,7,3,25,31,65,79 357:1,3,1,1,19,11,3,205 361:1,1,5,9,19,21,29,157 369:1,3,7,11,1,33,89,185
391:1,3,3,3,15,9,79,71 397:1,3,7,11,15,39,119,27 425:1,1,3,1,11,31,97,225 451:1,1,1,3,23,43,57,177
463:1,3,7,7,17,17,37,71 487:1,3,1,5,27,63,123,213 501:1,1,3,5,11,43,53,133 529:1,3,5,5,29,17,47,173,479
539:1,3,3,11,3,1,109,9,69 545:1,1,1,5,17,39,23,5,343 557:1,3,1,5,25,15,31,103,499 563:1,1,1,11,11,17,63,105,183
601:1,1,5,11,9,29,97,231,363 607:1,1,5,15,19,45,41,7,383 617:1,3,7,7,31,19,83,137,221 623:1,1,1,3,23,15,111,223,83
631:1,1,5,13,31,15,55,25,161 637:1,1,3,13,25,47,39,87,257
"""
WIDEST: Final = 1 + len(_TABLE.split())


@cache
def direction_numbers() -> NDArray[np.int64]:
    """Return (64, 30) direction numbers as 30-bit integers; column j belongs to bit j of the Gray code."""
    rows = [[1] * BITS]
    for word in _TABLE.split():
        text, initial = word.split(":")
        polynomial, m = int(text), [int(number) for number in initial.split(",")]
        degree = len(m)
        for j in range(degree, BITS):  # Joe and Kuo (2008), eq. 2
            new = m[j - degree] ^ (m[j - degree] << degree)
            for k in range(1, degree):
                if polynomial >> (degree - k) & 1:
                    new ^= m[j - k] << k
            m.append(new)
        rows.append(m)
    numbers = np.array(rows, dtype=np.int64) << np.arange(BITS - 1, -1, -1)
    numbers.setflags(write=False)
    return numbers


@lru_cache(maxsize=64)
def _scrambling(seed: int, width: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the scrambled direction numbers (width, 30) and the shifts (width,)."""
    rng = np.random.Generator(np.random.PCG64(seed))
    places = np.arange(BITS - 1, -1, -1)
    bits = (direction_numbers()[:width, :, None] >> places & 1).astype(np.float64)  # (d, j, bit), highest bit first
    lower = np.tril(rng.integers(0, 2, (width, BITS, BITS)), -1) + np.eye(BITS)
    mixed = (bits @ lower.transpose(0, 2, 1)).astype(np.int64) & 1
    return mixed @ (1 << places), rng.integers(0, 1 << BITS, width)


def sobol_points(seed: int, width: int, begin: int, count: int) -> NDArray[np.float64]:
    """Return points `begin` to `begin + count - 1` (count, width) of the sequence that a seed scrambles, in [0, 1).

    Args:
        seed: fixes the scrambling.
        width: number of coordinates.
        begin: index of the first point, from 0.
        count: how many.

    Raises:
        InvalidArgumentError: an index is negative or beyond 2^30.

    Example:
        >>> from tunesmith.numerics.sobol import sobol_points
        >>> sorted((4 * sobol_points(7, 3, 0, 4)[:, 1]).astype(int).tolist())
        [0, 1, 2, 3]
    """
    if begin < 0 or count < 0 or begin + count > 1 << BITS:
        raise InvalidArgumentError(f"sobol_points needs indices from 0 to 2**30, got begin={begin}, count={count}")
    inner = min(width, WIDEST)
    numbers, shifts = _scrambling(seed, inner)
    index = np.arange(begin, begin + count)
    gray = index ^ index >> 1
    sums = np.broadcast_to(shifts, (count, inner)).copy()
    for j in range(int(begin + count).bit_length()):
        sums[(gray >> j & 1).astype(np.bool_)] ^= numbers[:, j]
    points = sums / float(1 << BITS)
    if width > inner:
        rest = np.random.PCG64([seed, 1]).advance(begin * (width - inner))
        points = np.hstack([points, np.random.Generator(rest).random((count, width - inner))])
    return points

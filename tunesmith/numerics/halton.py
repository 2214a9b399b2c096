"""Points of a scrambled Halton sequence, any stretch of it alone.

Halton (1960, Numer. Math. 2:84), scrambled as by Owen (2017, "A randomized Halton algorithm in R", arXiv 1706.02808):
coordinate j writes the index in the base of the j-th prime, mirrors the digits behind the point, and sends each digit
through a random permutation that belongs to its coordinate and place, leading zeros too. The points are uniform, of any
p^k in a row from a multiple of p^k on, each of p^k equal intervals holds one, and neither more points nor more
coordinates change those that are there. Where we differ: coordinates beyond 200 are plain random numbers, the same ones
for the same index.

    p_j  the j-th prime      a_k(n)  digit k of n in that base      pi_jk  permutation of 0..p_j - 1
    x_nj = sum over k = 0, 1, ... of pi_jk(a_k(n)) p_j^-(k+1)
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from tunesmith.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["WIDEST", "halton_points", "primes", "radical_inverse"]

WIDEST: Final = 200
BITS: Final = 52  # digits are drawn until they no longer move a number of double precision


@cache
def primes(count: int) -> tuple[int, ...]:
    """Return the first primes.

    Example:
        >>> primes(5)
        (2, 3, 5, 7, 11)
    """
    found: list[int] = []
    candidate = 2
    while len(found) < count:
        if all(candidate % prime for prime in found if prime * prime <= candidate):
            found.append(candidate)
        candidate += 1
    return tuple(found)


def radical_inverse(
    index: NDArray[np.int64], base: int, permutations: Sequence[NDArray[np.int64]]
) -> NDArray[np.float64]:
    """Return (n,) the indices mirrored at the point in a base, each digit sent through the permutation of its place.

    Args:
        index: (n,) whole numbers from 0.
        base: at least 2.
        permutations: one (base,) for each digit, the lowest first; digits beyond are left out.

    Example: 6 = 110 in base 2 becomes 0.011 = 0.375 under permutations that change nothing.
    """
    x, rest, scale = np.zeros(len(index)), index.copy(), 1.0
    for permutation in permutations:
        scale /= base
        rest, digit = np.divmod(rest, base)
        x += permutation[digit] * scale
    return x


@lru_cache(maxsize=16)
def _permutations(seed: int, width: int) -> tuple[tuple[NDArray[np.int64], ...], ...]:
    """Return for each coordinate the permutations of its digits; a further coordinate changes none of the others."""
    found = []
    for j, prime in enumerate(primes(width)):
        rng = np.random.Generator(np.random.PCG64([seed, j]))
        places = int(np.ceil(BITS / np.log2(prime)))
        found.append(tuple(rng.permutation(prime).astype(np.int64) for _ in range(places)))
    return tuple(found)


def halton_points(seed: int, width: int, begin: int, count: int) -> NDArray[np.float64]:
    """Return points `begin` to `begin + count - 1` (count, width) of the sequence that a seed scrambles, in [0, 1).

    Args:
        seed: fixes the scrambling.
        width: number of coordinates.
        begin: index of the first point, from 0.
        count: how many.

    Raises:
        InvalidArgumentError: an index is negative or beyond 2^52.

    Example:
        >>> sorted((9 * halton_points(7, 2, 9, 9)[:, 1]).astype(int).tolist())
        [0, 1, 2, 3, 4, 5, 6, 7, 8]
    """
    if begin < 0 or count < 0 or begin + count > 1 << BITS:
        raise InvalidArgumentError(f"halton_points needs indices from 0 to 2**52, got begin={begin}, count={count}")
    inner = min(width, WIDEST)
    points = np.empty((count, width))
    index = np.arange(begin, begin + count, dtype=np.int64)
    for j, (prime, held) in enumerate(zip(primes(inner), _permutations(seed, inner), strict=True)):
        points[:, j] = radical_inverse(index, prime, held)
    if width > inner:
        rest = np.random.PCG64([seed, WIDEST]).advance(begin * (width - inner))
        points[:, inner:] = np.random.Generator(rest).random((count, width - inner))
    return np.minimum(points, np.nextafter(1.0, 0.0))

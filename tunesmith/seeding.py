"""Randomness is an argument: `stream(seed, *path)` derives an independent generator from a seed and a path.

The same seed and path give the same numbers in any process, on any host, in any order of calls. Nobody owns a
generator and no global seed is set or read.
"""

from __future__ import annotations

import hashlib
import secrets

import numpy as np

__all__ = ["derive", "fresh_seed", "stream"]


def derive(seed: int, *path: int | str) -> int:
    """Return a 128-bit integer that depends on the seed and on each element of the path, and on its type.

    >>> derive(7, 3, "ask") == derive(7, 3, "ask") != derive(7, "3", "ask")
    True
    """
    text = "\x1f".join([str(seed), *(f"{type(part).__name__[0]}{part}" for part in path)])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "little")


def stream(seed: int, *path: int | str) -> np.random.Generator:
    """Return the generator that belongs to a seed and a path of numbers and names.

    Args:
        seed: the seed of the study.
        path: what the numbers are for, such as the number of a decision and a purpose.

    >>> bool(stream(7, 17, "ask").random() == stream(7, 17, "ask").random())
    True
    """
    return np.random.Generator(np.random.PCG64(derive(seed, *path)))


def fresh_seed() -> int:
    """Return a new random seed from the operating system, for a study that was given none."""
    return secrets.randbits(32)

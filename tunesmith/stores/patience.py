"""Waiting for one's turn at a lock that keeps no queue, so that nobody starves.

SQLite refuses a second writer and keeps no queue. Who waits tries again after a random pause; the longer somebody has
waited, the more often he tries, so that the oldest is the likeliest to be next.
"""

from __future__ import annotations

import random
import time
from typing import final

__all__ = ["Patience"]

_FIRST, _LEAST, _AGE = 4e-3, 2.5e-4, 0.02  # longest pause at first, in the end; seconds after which it has halved


@final
class Patience:
    """The waiting of one transaction.

    Args:
        limit: seconds after which it gives up.
    """

    __slots__ = ("_limit", "_random", "_start")

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._start: float | None = None
        self._random = random.SystemRandom()  # processes forked from one another must not pause in step

    def wait(self) -> bool:
        """Pause, and return whether to try again."""
        now = time.monotonic()
        if self._start is None:
            self._start = now
        waited = now - self._start
        if waited >= self._limit:
            return False
        longest = max(_LEAST, _FIRST / (1 + waited / _AGE))
        time.sleep(self._random.uniform(0.2, 1.0) * longest)
        return True

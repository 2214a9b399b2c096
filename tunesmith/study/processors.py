"""How many processors this process may use: what `n_jobs=-1` stands for."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Final

__all__ = ["processors"]

_QUOTA: Final = Path("/sys/fs/cgroup/cpu.max")  # of a container, cgroup version 2: microseconds and period, or "max"


def processors() -> int:
    """Return the number of processors that the system lets this process use, 1 or more.

    Those it is bound to, or all where binding is not known; fewer where a container grants less time than that.
    """
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(bound, _granted()))


def _granted() -> int:
    """Return the quota of the container in whole processors, rounded up; a large number where there is none."""
    try:
        quota, period = _QUOTA.read_text(encoding="ascii").split()
        return math.ceil(int(quota) / int(period))
    except (OSError, ValueError, ZeroDivisionError):
        return 2**31

"""A clock for all writers of one SQLite file: the kernel's uptime on top of an origin that the file itself keeps.

SQLite has no clock of its own (its `now` is the caller's). A process's clock may be shifted (libfaketime) and the
system's may be set while workers hold leases. On Linux the uptime is read from `/proc/uptime`, which neither moves;
it counts in hundredths of a second. The origin (when the host booted, seconds since 1970) is written into the file by
the first who opens it after a boot, so that all processes add the same number. Elsewhere `time.time()` stands in.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import final

__all__ = ["KernelClock", "boot_clock"]

_UPTIME = "/proc/uptime"


@final
@dataclass(frozen=True, slots=True)
class KernelClock:
    """Seconds since 1970 by the kernel's uptime.

    Attributes:
        boot: the kernel's name for this boot, empty where there is none; then the clock is `time.time()`.
        origin: when the host booted, seconds since 1970.
    """

    boot: str
    origin: float

    def __call__(self) -> float:
        """Return the time now."""
        return self.origin + _uptime() if self.boot else time.time()


def boot_clock() -> KernelClock:
    """Return the clock of this boot, its origin taken from the kernel (`btime` of `/proc/stat`)."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        lines = Path("/proc/stat").read_text().splitlines()
        origin = next(float(line.split()[1]) for line in lines if line.startswith("btime "))
        _uptime()
    except (OSError, ValueError, IndexError, StopIteration):
        return KernelClock("", 0.0)
    return KernelClock(boot, origin)


def _uptime() -> float:
    file = os.open(_UPTIME, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return float(os.read(file, 64).split()[0])
    finally:
        os.close(file)

"""What a run used, measured by the child that carried it: CPU seconds, peak memory, and where it ran."""

from __future__ import annotations

import contextlib
import os
import resource
import socket
import sys
from pathlib import Path
from typing import Any, final

__all__ = ["Meter"]

_UNIT = 1 if sys.platform == "darwin" else 1024  # ru_maxrss: bytes on macOS, KiB elsewhere


@final
class Meter:
    """Counts from `begin` to `read`.

    Figures: `pid`, `host`, `cpu` (seconds of this process and of those children that it waited for), `max_rss` (bytes;
    the peak of this process alone, of this run on Linux, since its start elsewhere).
    """

    def __init__(self) -> None:
        self._host = socket.gethostname()
        self._cpu = 0.0

    def begin(self) -> None:
        """Start counting."""
        # Linux starts a new peak when a 5 is written here (man 5 proc_pid_clear_refs).
        with contextlib.suppress(OSError):
            number = os.open("/proc/self/clear_refs", os.O_WRONLY)
            try:
                os.write(number, b"5")
            finally:
                os.close(number)
        self._cpu = _cpu()

    def read(self) -> dict[str, Any]:
        """Return the figures so far."""
        return {"pid": os.getpid(), "host": self._host, "cpu": _cpu() - self._cpu, "max_rss": _peak()}


def _peak() -> int:
    """Return the peak memory in bytes; Linux's getrusage would count what our parent had when it started us."""
    with contextlib.suppress(OSError), Path("/proc/self/status").open("rb") as status:
        for line in status:
            if line.startswith(b"VmHWM:"):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT


def _cpu() -> float:
    own = resource.getrusage(resource.RUSAGE_SELF)
    waited = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + waited.ru_utime + waited.ru_stime

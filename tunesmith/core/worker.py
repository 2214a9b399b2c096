"""Who holds a run: the identity of a worker, and whether it is gone for certain."""

from __future__ import annotations

import functools
import os
import secrets
import socket
from pathlib import Path
from typing import NamedTuple

__all__ = ["Worker", "is_gone", "new_worker", "read_worker"]


class Worker(NamedTuple):
    """A process that holds runs: host, boot of that host, process id and its start, and a random mark.

    `started` is in the kernel's own count (clock ticks since boot on Linux), so setting the clock changes nothing.
    """

    host: str
    boot: str
    pid: int
    started: float
    mark: str

    def __str__(self) -> str:
        """Return the form that stands in the log: `host/boot/pid/started/mark`."""
        return f"{self.host}/{self.boot}/{self.pid}/{self.started:.2f}/{self.mark}"


@functools.cache
def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        import psutil

        return f"{psutil.boot_time():.0f}"


def _start_of(pid: int) -> float | None:
    """Return when the process started, None when there is no such process (a zombie counts as none)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        if Path("/proc/self/stat").exists():
            return None
        return _start_by_psutil(pid)
    return None if fields[0] in (b"Z", b"X") else float(fields[19])


def _start_by_psutil(pid: int) -> float | None:
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else float(round(process.create_time()))
    except psutil.NoSuchProcess:
        return None


def new_worker() -> Worker:
    """Return an identity for this process; each call gives another mark."""
    pid = os.getpid()
    host = socket.gethostname().replace("/", "-")
    return Worker(host, _boot(), pid, _start_of(pid) or 0.0, secrets.token_hex(4))


def read_worker(text: str) -> Worker | None:
    """Return the identity that `str` wrote, None when the text is not one."""
    parts = text.split("/")
    try:
        return Worker(parts[0], parts[1], int(parts[2]), float(parts[3]), parts[4])
    except (IndexError, ValueError):
        return None


def is_gone(text: str) -> bool:
    """Return True when the worker's process is certainly gone: same host, and it rebooted or the process ended.

    A worker on another host, or one whose text we cannot read, is never certainly gone; its lease decides.
    """
    worker = read_worker(text)
    if worker is None or worker.host != socket.gethostname().replace("/", "-"):
        return False
    if worker.boot != _boot():
        return True
    started = _start_of(worker.pid)
    return started is None or abs(started - worker.started) > 1.0

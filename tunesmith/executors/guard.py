"""A small process that ends the children of a parent that was killed, with everything that they started.

The kernel ends our direct children when their parent dies (`PR_SET_PDEATHSIG`), but not what they started: a training
script under a shell, workers of a data loader. The guard reads the children's process ids from its standard input, a
line with the full list whenever it changes. When the input ends, or its parent has changed, it ends the groups on the
list and, on Linux, every process with the parent's mark in its environment. After an orderly shutdown the last line is
empty and no mark is left, so there is nothing to end.

It is run as a file, alone: `python -I -S guard.py MARK PARENT`, and imports nothing but the standard library. What it
ends it ends by force, so it takes nothing on trust: a mark that is not one of ours (too short to be unique) is refused,
a mark counts only as the whole beginning of our own variable's value, and groups are numbers above 1.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import sys
from pathlib import Path

__all__ = ["MARK", "carries", "is_mark", "main"]

MARK = "TUNESMITH_MARK"
"""The environment variable that descendants of our children are known by."""

_SHAPE = re.compile(r"([0-9a-f]{16}\.(\d+\.)?)+")


def is_mark(text: str) -> bool:
    """Whether a text is a mark: one or more of sixteen hexadecimal digits and a dot, each perhaps with a number.

    >>> is_mark("0123456789abcdef.3."), is_mark(""), is_mark("yes")
    (True, False, False)
    """
    return _SHAPE.fullmatch(text) is not None


def carries(environment: bytes, mark: str) -> bool:
    """Whether an environment, as /proc shows it, holds our variable with a value that begins with the mark."""
    wanted = f"{MARK}={mark}".encode()
    return any(entry.startswith(wanted) for entry in environment.split(b"\0"))


def main(mark: str, parent: int) -> None:
    """Wait for the end of the parent, then end what is left of its children."""
    if not is_mark(mark):
        sys.exit(f"not a mark: {mark!r}; nothing is guarded")
    groups: list[bytes] = []
    rest = b""
    while os.getppid() == parent:
        if select.select([0], [], [], 0.5)[0]:
            data = os.read(0, 65536)
            if not data:
                break
            *lines, rest = (rest + data).split(b"\n")
            groups = lines[-1].split() if lines else groups
    for group in groups:
        if not group.isdigit() or int(group) <= 1:
            continue
        with contextlib.suppress(OSError):
            os.killpg(int(group), signal.SIGKILL)
    _end_marked(mark)


def _end_marked(mark: str) -> None:
    for _ in range(5):
        found = [pid for pid in _processes() if carries(_environment(pid), mark)]
        for pid in found:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        if not found:
            return


def _processes() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]  # noqa: PTH208
    except OSError:
        return []


def _environment(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

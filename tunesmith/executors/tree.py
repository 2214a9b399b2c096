"""Process trees: who descends from whom, how much memory they hold together, and how to end them all.

Linux is read through /proc (a few ten microseconds a process), other systems through psutil. A process that was
orphaned, or began a session of its own, no longer shows its origin; on Linux it still carries the *mark*, a variable of
the environment that each child of ours is started with and that every descendant inherits.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from tunesmith.errors import InvalidArgumentError
from tunesmith.executors.guard import MARK, carries, is_mark

__all__ = ["MARK", "descendants", "end", "end_leftovers", "end_marked", "end_tree", "marked", "memory"]

_LINUX = sys.platform == "linux"
_SERVICES = ("multiprocessing.resource_tracker", "multiprocessing.forkserver", "loky")
_ROUNDS = 5
_LOOKS, _PAUSE = 20, 0.001  # how often, and after how many seconds each, to look for a command line


def descendants(pid: int) -> list[int]:
    """Return the process ids of all children, their children and so on, without `pid` itself."""
    found: list[int] = []
    queue = [pid]
    while queue:
        children = _children(queue.pop())
        found += children
        queue += children
    return found


def _children(pid: int) -> list[int]:
    if not _LINUX:
        return _children_by_psutil(pid)
    children: list[int] = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - names are all we need, ten times a second
            with contextlib.suppress(OSError):
                children += map(int, Path(f"/proc/{pid}/task/{task}/children").read_bytes().split())
    except OSError:
        return []
    return children


def _children_by_psutil(pid: int) -> list[int]:
    import psutil

    try:
        return [child.pid for child in psutil.Process(pid).children()]
    except psutil.Error:
        return []


def memory(pids: Iterable[int], limit: int) -> int:
    """Return how many bytes the processes hold in memory together.

    Resident sizes count a page once for each process that shares it. When their sum lies above `limit` and there are
    several processes, shared pages are counted once instead (proportional set size, where the system tells it).
    """
    pids = list(pids)
    total = sum(map(_resident, pids))
    if total <= limit or len(pids) == 1:
        return total
    return sum(map(_proportional, pids))


def _resident(pid: int) -> int:
    if _LINUX:
        try:
            return int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * os.sysconf("SC_PAGESIZE")
        except (OSError, IndexError):
            return 0
    import psutil

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def _proportional(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_bytes().splitlines()
    except OSError:
        return _resident(pid)
    sizes = [int(line.split()[1]) * 1024 for line in lines if line.startswith(b"Pss:")]
    return sizes[0] if sizes else 0


def end(pid: int) -> None:
    """Send SIGKILL to one process; one that is gone, or not ours, is left alone."""
    if pid > 1:  # 0, -1 and the like would name whole groups
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def end_tree(pid: int, mark: str) -> None:
    """End a child of ours that leads its own group, and everything that it started.

    The child must not have been reaped yet, so that its number still names it and its group.

    Args:
        pid: of the child.
        mark: the value of `MARK` in its environment.
    """
    family = descendants(pid)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    for relative in family:
        end(relative)
    end_marked(mark)


def end_marked(mark: str) -> None:
    """End every process whose mark begins with `mark`, until a look finds no more (Linux; elsewhere nothing)."""
    for _ in range(_ROUNDS):
        found = marked(mark)
        if not found:
            return
        for pid in found:
            end(pid)


def marked(mark: str) -> list[int]:
    """Return the living processes of ours whose mark begins with `mark` (Linux; elsewhere none).

    Raises:
        InvalidArgumentError: the text is not a mark; a short one could be met by chance, and what is found is killed.
    """
    if not is_mark(mark):
        raise InvalidArgumentError(f"mark must come from new_mark(), got {mark!r}")
    if not _LINUX:
        return []
    own = os.getpid()
    found: list[int] = []
    for name in os.listdir("/proc"):  # noqa: PTH208 - names are all we need
        if name.isdigit() and int(name) != own:
            with contextlib.suppress(OSError):  # it ended, or belongs to somebody else
                if carries(Path(f"/proc/{name}/environ").read_bytes(), mark):
                    found.append(int(name))
    return found


def end_leftovers() -> list[str]:
    """End the processes that a run has left behind in this process, and return a line for each.

    Service processes of pools that live on from run to run (loky's workers, multiprocessing's trackers) stay.
    """
    if not _has_children():
        return []
    lines = []
    for pid in _children(os.getpid()):
        command = _command(pid)
        if command and not any(service in command for service in _SERVICES):
            lines.append(f"{pid} ({command[:100]})")
            for victim in (*descendants(pid), pid):
                end(victim)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
    return lines


def _has_children() -> bool:
    if not hasattr(os, "waitid"):  # macOS before Python 3.13
        return True
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _command(pid: int) -> str:
    """Return the command line, empty for a process that has ended."""
    if not _LINUX:
        return _command_by_psutil(pid)
    try:
        for _ in range(_LOOKS):
            text = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
            if text or _has_ended(pid):
                return text
            time.sleep(_PAUSE)  # a program that has just been started has no command line yet
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _has_ended(pid: int) -> bool:
    """Return whether a process has ended and only waits to be reaped."""
    return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] in {b"Z", b"X"}


def _command_by_psutil(pid: int) -> str:
    import psutil

    try:
        return " ".join(psutil.Process(pid).cmdline())
    except psutil.Error:
        return ""

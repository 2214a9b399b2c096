"""The watch over a child: when it needs a look, and whether its run has broken a limit."""

from __future__ import annotations

import math
from typing import NamedTuple

from tunesmith.executors.supervised import Run, SupervisedProcess
from tunesmith.executors.tree import descendants, memory

__all__ = ["LOOK", "PASS_ON", "Breach", "find_breach", "is_bloated", "pause_of"]

LOOK = 0.1
"""Seconds between two looks at memory, or at processes whose exit the system doesn't announce."""
PASS_ON = 0.2
"""Seconds that printed text waits for more of it."""

_COMING_UP = 300.0  # seconds that a child may take until the target is called: imports, loading what was captured


class Breach(NamedTuple):
    """A broken limit: the reason of the loss, and a sentence."""

    reason: str
    message: str


def pause_of(child: SupervisedProcess, now: float) -> float:
    """Return in how many seconds a busy child needs a look, infinity when it will speak up by itself."""
    run = child.run
    pause = math.inf
    if child.tail.since is not None:
        pause = child.tail.since + PASS_ON - now
    if run is not None and run.limits.seconds is not None:
        pause = min(pause, _deadline(run, run.limits.seconds) - now)
    if child.exit_fd is None or child.mute_since is not None or (run is not None and run.limits.memory is not None):
        pause = min(pause, LOOK)
    return pause


def find_breach(child: SupervisedProcess, now: float) -> Breach | None:
    """Return the limit that the child's run has broken, None when it keeps them.

    The clock of a run starts when its target is called, so that loading the code is not counted. Memory is that of
    the whole process tree.
    """
    run = child.run
    if run is None:
        return None
    seconds, limit = run.limits.seconds, run.limits.memory
    if seconds is not None and now >= _deadline(run, seconds):
        late = "was not ready to begin in time" if run.begun is None else f"took longer than {seconds:g} s"
        return Breach("timeout", f"the run {late} and was ended")
    if limit is None or now < child.looked_at + LOOK:
        return None
    child.looked_at = now
    pid = child.popen.pid
    held = memory([pid, *descendants(pid)], limit)
    run.peak = max(run.peak, held)
    if held <= limit:
        return None
    text = f"the run held {held / 2**20:.0f} MiB in memory, its limit is {limit / 2**20:.0f} MiB, and was ended"
    return Breach("memory", text)


def is_bloated(child: SupervisedProcess, run: Run) -> bool:
    """Return True when a child holds so much after a run that the next would begin with half its allowance."""
    limit = run.limits.memory
    return limit is not None and memory([child.popen.pid], limit) > limit / 2


def _deadline(run: Run, seconds: float) -> float:
    return run.started + _COMING_UP if run.begun is None else run.begun + seconds

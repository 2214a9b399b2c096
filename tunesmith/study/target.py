"""The target: what an executor calls on the objective's side of the wire; it never raises for a user's mistake."""

from __future__ import annotations

import os
import socket
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, final

from tunesmith.core.jobs import Channel, Finished, Task
from tunesmith.core.objective import read_returned, writable
from tunesmith.space import Space
from tunesmith.study.discovery import declared_space
from tunesmith.study.handle import Files, RunHandle

__all__ = ["Target", "objectives_here"]

_LONGEST_TRACEBACK: Final = 20_000
_HERE: Final = threading.local()


def objectives_here() -> tuple[str, ...]:
    """Return the tokens of the logs whose objectives stand on this thread's stack, outermost first."""
    found: tuple[str, ...] = getattr(_HERE, "tokens", ())
    return found


@final
@dataclass(frozen=True)
class Target:
    """Calls the user's objective for one run and says how it ended.

    Attributes:
        objective: the user's function.
        style: `trial` calls `objective(trial)`, `arguments` calls `objective(**params)`.
        space: the declared space with its objects, None for define-by-run.
        discover: whether undeclared names may be met.
        metrics: names of the objectives.
        open_files: opens the artifacts folder that a task names.
        token: of the study's log.
    """

    objective: Callable[..., Any]
    style: Literal["trial", "arguments"]
    space: Space | None
    discover: bool
    metrics: tuple[str, ...]
    open_files: Callable[[str], Files] | None = None
    token: str = ""

    def __call__(self, task: Task, channel: Channel) -> None:
        """Run the objective once; the last message is `Finished`, whatever happens short of a crash."""
        files = None if task.folder is None or self.open_files is None else self.open_files(task.folder)
        space = declared_space(task.space, self.space)
        handle = RunHandle(task, channel, space, self.metrics, discover=self.discover, files=files)
        began = time.process_time()
        try:
            returned = self._call(handle)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            ending = _raised(error)
        else:
            ending = self._returned(returned)
        usage = {"pid": os.getpid(), "host": socket.gethostname(), "cpu": round(time.process_time() - began, 6)}
        suggestions = handle.suggestions
        channel.send(
            Finished(
                handle=task.handle,
                drawn=suggestions.drawn,
                dropped=suggestions.dropped(),
                usage=usage,
                doubts=suggestions.doubts,
                **ending,
            )
        )

    def _call(self, handle: RunHandle) -> object:
        outer = objectives_here()
        _HERE.tokens = (*outer, self.token)
        try:
            return self.objective(handle) if self.style == "trial" else self.objective(**handle.params)
        finally:
            _HERE.tokens = outer

    def _returned(self, returned: object) -> dict[str, Any]:
        read = read_returned(returned, self.metrics)
        if read.values is None:
            return {"reason": read.reason, "message": writable(read.message), "metrics": dict(read.metrics)}
        return {"reason": "returned", "values": read.values, "metrics": dict(read.metrics), "message": read.warning}


def _raised(error: BaseException) -> dict[str, Any]:
    kinds = tuple(kind.__name__ for kind in type(error).__mro__)
    if "TrialPruned" in kinds:  # by name: an objective written for another library raises its own
        return {"reason": "pruned"}
    memory = isinstance(error, MemoryError) or "OutOfMemoryError" in kinds
    trace = "" if getattr(error, "plain", False) and not memory else _trace(error)
    return {
        "reason": "memory" if memory else "exception",
        "message": f"{type(error).__name__}: {_text(error)}",
        "traceback": trace,
        "kinds": kinds,
    }


def _text(error: BaseException) -> str:
    try:
        return writable(str(error)[:1000])
    except Exception as second:
        return f"<its message cannot be read: {type(second).__name__}>"


def _trace(error: BaseException) -> str:
    """Return the traceback from the user's first line on; our own frames above it say nothing to them."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename == __file__:
        frames = frames.tb_next
    try:
        lines = traceback.format_exception(type(error), error, frames or error.__traceback__)
    except Exception as second:
        lines = [f"{type(error).__name__} (its traceback cannot be written: {second})"]
    return writable("".join(lines))[-_LONGEST_TRACEBACK:]

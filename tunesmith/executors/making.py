"""Which executor carries a study: by name, by number of jobs, or the user's own object."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from tunesmith.core.jobs import Executor
from tunesmith.errors import InvalidArgumentError
from tunesmith.executors.inline import Inline

__all__ = ["make_executor"]

_DUTIES = ("start", "receive", "send", "kill", "shutdown")


def make_executor(kind: Any, n_jobs: int, needs: Mapping[str, Any]) -> Executor:
    """Return an executor with `n_jobs` slots.

    Args:
        kind: None (one job runs inline, several in child processes), `inline`, `threads`, `processes`, an object of
            the executor protocol, or a plain `concurrent.futures.Executor`.
        n_jobs: runs at a time.
        needs: `limits` (whether runs must be killed at a limit) and `resources` (what a run needs, such as a GPU).

    Raises:
        InvalidArgumentError: the kind is not known, or it cannot do what is needed.
    """
    demanding = bool(needs.get("limits") or needs.get("resources"))
    if kind is None:
        kind = "processes" if n_jobs > 1 or demanding else "inline"
    if kind == "processes":
        from tunesmith.executors.processes import Processes

        return Processes(n_jobs)
    if _is_plain(kind):
        from tunesmith.executors.futures import Futures

        kind = Futures(kind, n_jobs)
    if kind in ("inline", "threads") and demanding:
        raise InvalidArgumentError(
            f"executor={kind!r} shares our process and can neither kill a run at a limit nor hand out devices; "
            "use executor='processes'"
        )
    if kind == "inline":
        if n_jobs != 1:
            raise InvalidArgumentError(f"executor='inline' runs one trial at a time, got n_jobs={n_jobs}")
        return Inline()
    if kind == "threads":
        from tunesmith.executors.threads import Threads

        return Threads(n_jobs)
    if not isinstance(kind, str) and all(callable(getattr(kind, duty, None)) for duty in _DUTIES):
        made: Executor = kind
        return made
    raise InvalidArgumentError(f"executor must be 'inline', 'threads', 'processes' or an executor object, got {kind!r}")


def _is_plain(kind: Any) -> bool:
    """Whether this is an executor of concurrent.futures, which is only loaded where somebody has one."""
    module = sys.modules.get("concurrent.futures")
    return module is not None and isinstance(kind, module.Executor)

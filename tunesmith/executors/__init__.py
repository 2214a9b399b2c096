"""Executors carry runs: on the caller's own stack, in threads, in child processes, or on a pool that somebody has.

The names are loaded when they are asked for, so that a child process imports no more than its own end of the wire.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tunesmith.executors.futures import Futures
    from tunesmith.executors.inline import Inline
    from tunesmith.executors.processes import Processes
    from tunesmith.executors.threads import Threads

__all__ = ["Futures", "Inline", "Processes", "Threads"]


def __getattr__(name: str) -> Any:
    """Load an executor when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{name.lower()}"), name)

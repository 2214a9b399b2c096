"""The standard streams of a child: file descriptors 1 and 2 lead to the parent, whatever the last run did to them."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from io import TextIOWrapper
from typing import final

__all__ = ["Streams"]


@final
class Streams:
    """Keeps a way back to the pipe behind file descriptor 1, and puts it in place again for each run."""

    def __init__(self) -> None:
        self._pipe = os.dup(1)
        self._out = _usable(sys.__stdout__, 1)
        self._err = _usable(sys.__stderr__, 2)
        self._flush_c = _c_flush()
        self.restore()

    def restore(self) -> None:
        """Undo what a run may have done: closed or redirected descriptors, replaced or closed `sys.stdout`."""
        os.dup2(self._pipe, 1)
        os.dup2(self._pipe, 2)
        sys.stdout = self._out = _usable(self._out, 1)
        sys.stderr = self._err = _usable(self._err, 2)

    def flush(self) -> None:
        """Bring what was printed on its way, by Python or by C code; a closed stream is no error."""
        for stream in (sys.stdout, sys.stderr, self._out, self._err):
            with contextlib.suppress(Exception):  # whatever a user put in place of sys.stdout may raise anything
                stream.flush()
        self._flush_c(None)

    def say(self, text: str) -> None:
        """Write a line of our own behind what the run printed."""
        self.flush()
        with contextlib.suppress(OSError):
            os.write(self._pipe, f"{text}\n".encode())


def _usable(stream: TextIOWrapper | None, number: int) -> TextIOWrapper:
    """Return the stream, or a new one when it was closed; every line goes on its way at once."""
    if stream is None or stream.closed:
        return open(number, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)
    stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    return stream


def _c_flush() -> Callable[[None], int]:
    """Return C's `fflush`, which empties every stream of the C library when it is given None."""
    import ctypes

    flush: Callable[[None], int] = ctypes.CDLL(None).fflush
    return flush

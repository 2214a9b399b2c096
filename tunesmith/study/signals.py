"""Ctrl-C and SIGTERM while a study runs: the first one gives running trials back, the second one ends at once.

Handlers are set only in the main thread, only for signals that would have stopped this process anyway (somebody else's
handler stays), and what stood before is back when the study has ended.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, Final, NoReturn

__all__ = ["Terminated", "soft_ends"]

_SHOW_CURSOR: Final = b"\x1b[?25h"


class Terminated(KeyboardInterrupt):
    """SIGTERM came; passes through an objective as Ctrl-C does."""


class _State:
    """Which signal has come first, 0 for none yet."""

    __slots__ = ("first",)

    def __init__(self) -> None:
        self.first = 0


@contextlib.contextmanager
def soft_ends() -> Iterator[None]:
    """Turn SIGTERM into an exception inside, as Ctrl-C is one, and end this process at once when a second signal comes.

    After SIGTERM this doesn't return: once everything is given back, the process ends by the signal as it would have.

    Raises:
        KeyboardInterrupt: Ctrl-C came.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    state = _State()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    ours = [n for n, handler in before.items() if handler in (signal.SIG_DFL, signal.default_int_handler)]
    handler = _handler(state)
    try:
        for number in ours:
            signal.signal(number, handler)
        yield
    except Terminated:
        _restore(before, ours)
        _end(signal.SIGTERM)
    finally:
        _restore(before, ours)


def _handler(state: _State) -> Callable[[int, FrameType | None], None]:
    def handle(number: int, _frame: FrameType | None) -> None:
        first, state.first = state.first, number
        if first and not hasattr(sys, "ps1"):  # in a notebook or a shell the session outlives the study
            _end(number)
        raise Terminated if number == signal.SIGTERM else KeyboardInterrupt

    return handle


def _restore(before: dict[signal.Signals, Any], ours: list[signal.Signals]) -> None:
    for number in ours:
        signal.signal(number, before[number])


def _end(number: int) -> NoReturn:
    """End this process by the signal, as it would end without us; its children go with it."""
    if sys.stderr is not None and sys.stderr.isatty():
        os.write(2, _SHOW_CURSOR)  # a live display had hidden it
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)
    os._exit(128 + number)

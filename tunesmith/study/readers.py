"""Callbacks and displays: readers of the log, called in the parent once an event is in it; a broken one is let go."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, final

from tunesmith.core.trial import Trial
from tunesmith.study.wiring import Display

__all__ = ["Readers"]

_LOGGER = logging.getLogger("tunesmith")
_EVERY: Final = 0.1


@final
class Readers:
    """The callbacks of one `optimize` call.

    Args:
        study: handed to every callback.
        trial_of: returns the frozen record of a trial by number.
        callbacks: called with (study, trial).
    """

    def __init__(
        self, study: Any, trial_of: Callable[[int], Trial], callbacks: Sequence[Callable[[Any, Trial], None]]
    ) -> None:
        self._study = study
        self._trial_of = trial_of
        self._callbacks = list(callbacks)

    def closed(self, number: int) -> None:
        """Tell every callback that a trial has ended; one that raises is reported and disconnected."""
        if not self._callbacks:
            return
        trial = self._trial_of(number)
        for callback in tuple(self._callbacks):
            try:
                callback(self._study, trial)
            except Exception:
                self._callbacks.remove(callback)
                _LOGGER.exception("the callback %r raised and is disconnected; the study goes on", callback)

    def end(self, display: Display | None) -> None:
        """Close a display of ours, whatever happened."""
        if display is not None:
            display.close(self._study)

    def ticker(self, progress: Callable[[Any], None] | None) -> Callable[[], None]:
        """Return a function that shows progress at most ten times a second."""
        if progress is None:
            return lambda: None
        shown = -1e9
        show: Callable[[Any], None] | None = progress

        def tick() -> None:
            nonlocal shown, show
            now = time.monotonic()
            if show is None or now - shown < _EVERY:
                return
            shown = now
            try:
                show(self._study)
            except Exception:
                show = None
                _LOGGER.exception("the progress display raised and is disconnected; the study goes on")

        return tick

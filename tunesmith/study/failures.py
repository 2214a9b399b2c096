"""Failures in a row: the first is shown at once, and too many of them end the study with their cause."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from tunesmith.core import events as ev

__all__ = ["Failures"]

_LOGGER = logging.getLogger("tunesmith")
_PROGRESS = frozenset({"complete", "pruned", "paused"})


@final
@dataclass(slots=True)
class Failures:
    """Counts the failures of one `optimize` call.

    Attributes:
        limit: failures in a row that are too many, None for no limit.
        forgiven: exceptions that don't count, their subclasses neither.
        cause: why the study shall stop, empty while it may go on.
    """

    limit: int | None = 10
    forgiven: tuple[type[BaseException], ...] = ()
    cause: str = ""
    _row: int = 0
    _shown: bool = False

    def count(self, event: ev.Closed, kinds: tuple[str, ...]) -> None:
        """Take the end of a run into account; `kinds` are the names of its exception's classes."""
        if event.state in _PROGRESS:
            self._row = 0
        if event.state != "failed":
            return
        if not self._shown:
            self._shown = True
            _LOGGER.warning("trial %d failed (%s): %s\n%s", event.trial, event.reason, event.message, event.traceback)
        else:
            _LOGGER.info("trial %d failed (%s): %s", event.trial, event.reason, event.message)
        if any(kind.__name__ in kinds for kind in self.forgiven):
            return
        self._row += 1
        if self.limit is not None and self._row >= self.limit and not self.cause:
            self.cause = (
                f"{self._row} trials failed in a row, the last one ({event.trial}) because: {event.reason}: "
                f"{event.message}; mend the objective and run the same command again, or raise max_failures"
            )

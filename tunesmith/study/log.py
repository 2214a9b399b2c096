"""The log of one study: a store, a name, and the ledger that follows it."""

from __future__ import annotations

import secrets
import threading
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, final

from tunesmith.core.events import Event, Stamped
from tunesmith.core.protocols import Store
from tunesmith.errors import StudyNotFoundError
from tunesmith.study.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Log"]


@final
class Log:
    """Appends to a study's log and keeps its ledger up to date; safe to use from several threads.

    Args:
        store: where the log lies.
        name: of the study in it.

    Attributes:
        left: workers of this process that have ended; what they could not give back is anybody's.
        doubted: names about which a doubt has been said.
        token: tells this log from any other one, also in a child process.
    """

    def __init__(self, store: Store, name: str) -> None:
        self.store = store
        self.name = name
        self.ledger = Ledger()
        self.lock = threading.RLock()
        self.left: set[str] = set()
        self.doubted: set[str] = set()
        self.token = secrets.token_hex(8)
        self._fetched = 0
        self._ahead: deque[Stamped] = deque()
        self._torn = False

    def append(self, *events: Event) -> int:
        """Append the events, all or none, bring the ledger up to them, and return the position of the last.

        Raises:
            StudyNotFoundError: the study was deleted, and another one of its name was begun.
        """
        with self.lock:
            position = self.store.append(self.name, events)
            if position <= self._fetched:  # what is new stands behind all that was read
                raise StudyNotFoundError(
                    f"the study {self.name!r} was deleted, and another one of its name was begun; load that one"
                )
            self.sync(until=position)
            return position

    def sync(self, until: int | None = None) -> Ledger:
        """Apply what others and we have appended, up to a position (None: to the end), and return the ledger.

        Events behind `until` wait: a decision or verdict at position p is computed from the log up to p. An interrupt
        that comes in the middle leaves a torn ledger, which the next call makes anew from the log.
        """
        with self.lock:
            if self._torn:
                self.ledger, self._fetched, self._ahead = Ledger(), 0, deque()
            behind = until is None or until > self._fetched
            fetched = self.store.read(self.name, after=self._fetched) if behind else ()
            self._torn = True
            if fetched:
                self._fetched = fetched[-1].position
                self._ahead.extend(fetched)
            ahead, apply = self._ahead, self.ledger.apply
            while ahead and (until is None or ahead[0].position <= until):
                apply(ahead.popleft())
            self._torn = False
            return self.ledger

    def all(self) -> Sequence[Stamped]:
        """Return every event of the study, from the store."""
        return self.store.read(self.name, after=0)

    def walk(self) -> Iterator[Stamped]:
        """Yield every event of the study, in order."""
        yield from self.all()

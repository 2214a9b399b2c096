"""One open connection for each thread, and none that crosses a fork.

Taking a connection from a pool for every statement costs more than the statement, so a thread keeps its own until it
ends or the store is closed. A child that a fork made must not use, share or lose an inherited connection:

- SQLite keeps the locks that a process holds on a file in the process's memory. A child that inherits an open
  connection inherits these notes, but not the locks; what it wrote through a *new* connection could be lost when the
  parent closes. So the fork waits until no statement is running, and the child closes what it inherited: that forgets
  the notes, and takes nothing from the parent (https://sqlite.org/howtocorrupt.html, section 2.6).
- A child that closed a server's connection would end the parent's session. There it is kept, and never touched.
"""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from typing import TYPE_CHECKING, Any, final

if TYPE_CHECKING:
    from tunesmith.stores.database import Database

__all__ = ["Connection", "Connections"]

_FORK_PATIENCE = 60.0  # seconds that a fork waits for a running statement


@final
class Connection:
    """A connection of the driver with its one cursor; its lock is held while statements run."""

    __slots__ = ("__weakref__", "cursor", "lock", "raw")

    def __init__(self, raw: Any) -> None:
        self.raw = raw
        self.cursor = raw.cursor()
        self.lock = threading.Lock()

    def close(self) -> None:
        """Close it; what was not committed is gone."""
        with contextlib.suppress(Exception):
            self.cursor.close()
        with contextlib.suppress(Exception):
            self.raw.close()

    def __del__(self) -> None:
        self.close()


@final
class Connections:
    """The open connections of this process to one database.

    Args:
        database: opens them.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._begin()
        _LIVE.add(self)

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._mine = threading.local()
        self._guard = threading.Lock()
        self._open: weakref.WeakSet[Connection] = weakref.WeakSet()
        self._inherited: list[Connection] = []
        self._held: list[Connection] = []
        self._forker: int | None = None  # the thread that is between the handlers of a fork

    def here(self) -> Connection:
        """Return the connection of this thread, opened if need be."""
        if self._pid != os.getpid():
            self.after_fork_in_child()  # forked by C code, which runs no handler
        connection: Connection | None = getattr(self._mine, "connection", None)
        if connection is None:
            with self._guard:  # so that no fork falls into the opening
                connection = Connection(self._database.connect())
                self._open.add(connection)
            self._mine.connection = connection
        return connection

    def drop(self) -> None:
        """Close the connection of this thread; the next use opens another."""
        connection: Connection | None = self._mine.__dict__.pop("connection", None)
        if connection is not None:
            connection.close()

    def close(self) -> None:
        """Close all connections of this process; a later use opens new ones."""
        with self._guard:
            mine, self._open = list(self._open), weakref.WeakSet()
            self._mine = threading.local()
        for connection in mine:
            with connection.lock:
                connection.close()

    def before_fork(self) -> None:
        """Wait until no statement is running, and let none begin; a server's connections need not wait."""
        if self._database.close_after_fork:
            self._guard.acquire()
            self._forker = threading.get_ident()
            self._held = [connection for connection in self._open if connection.lock.acquire(timeout=_FORK_PATIENCE)]

    def after_fork_in_parent(self) -> None:
        """Go on."""
        if self._forker == threading.get_ident():
            held, self._held, self._forker = self._held, [], None
            for connection in held:
                connection.lock.release()
            self._guard.release()

    def after_fork_in_child(self) -> None:
        """Forget all connections: close them where that is right, else keep them untouched for ever.

        A connection whose statement did not end in time is kept, too: to close it would wait for a thread that is gone.
        """
        closing: list[Connection] = []
        keeping = list(self._inherited)
        for connection in list(self._open):
            idle = connection in self._held or connection.lock.acquire(blocking=False)
            (closing if idle and self._database.close_after_fork else keeping).append(connection)
        self._begin()
        self._inherited = keeping
        for connection in closing:
            connection.close()


# Handlers of a fork cannot be taken back, so there is one set of them for the process, and it knows who is alive.
_LIVE: weakref.WeakSet[Connections] = weakref.WeakSet()


def _each(step: str) -> None:
    for connections in list(_LIVE):
        getattr(connections, step)()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=lambda: _each("before_fork"),
        after_in_parent=lambda: _each("after_fork_in_parent"),
        after_in_child=lambda: _each("after_fork_in_child"),
    )

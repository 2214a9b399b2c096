"""A store in a SQL database: a SQLite file for the processes of one host, a PostgreSQL server for many hosts.

An append is one transaction: it moves the study's counter (which locks the study's row on a server, and the file in
SQLite), learns its first position, takes its keys, writes its events. The lock is held until the commit, so positions
become visible in order: who has read up to p never meets a later event at or before p. The price is that appends to
one study on a server wait for each other; a sequence would not make them wait, and would break that promise.
"""

from __future__ import annotations

import os
from itertools import chain
from typing import TYPE_CHECKING, Any, final

import msgspec
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from tunesmith.core.events import Created, Stamped, decode
from tunesmith.errors import ConflictError, InvalidArgumentError, StoreError, StudyNotFoundError
from tunesmith.stores.entries import check_name, to_entries
from tunesmith.stores.schema import compile_statements
from tunesmith.stores.sqlite import SQLite
from tunesmith.stores.tables import open_tables
from tunesmith.stores.transactions import Transactions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from tunesmith.core.events import Event
    from tunesmith.stores.database import Database
    from tunesmith.stores.entries import Entry

__all__ = ["SQLStore"]

_NOTHING: dict[str, Any] = {}


@final
class SQLStore:
    """Keeps logs in a SQL database; safe to share between threads, processes and (on a server) hosts.

    Opening creates the tables when there are none; any number of processes may do so at once. Each thread keeps one
    connection until it ends or `close` is called; a forked child opens its own.

    Args:
        url: `sqlite:///tune.db` (the folder must exist), `postgresql://user@host/database`, or the `Path` of a SQLite
            file.
        clock: seconds since 1970, the same for all writers. By default the server's clock; for SQLite the kernel's
            uptime, which neither a shifted process clock nor setting the system's clock moves.
        patience: seconds to wait for a lock that others hold, before `StoreError`.

    Raises:
        InvalidArgumentError: the URL names no database that we know.
        StoreVersionError: the tables were made by a newer version; they are left untouched.
        StoreReadOnlyError: there are no tables yet, and they cannot be created.
        StoreFullError: the disk is full.
        StoreError: the folder is missing, the file is no database or damaged, the server cannot be reached.

    Example:
        >>> from tunesmith.core.events import Created
        >>> with SQLStore("sqlite:///tune.db") as store:
        ...     store.append("first", [Created(space={}, directions=("minimize",), metrics=("loss",), seed=7)])
        ...     store.studies()
        1
        ['first']
    """

    def __init__(
        self, url: str | os.PathLike[str], *, clock: Callable[[], float] | None = None, patience: float = 60.0
    ) -> None:
        self._database = _database(url)
        self._transactions = Transactions(self._database, patience)
        self._statements = compile_statements(self._database.dialect)
        try:
            kernel = open_tables(self._transactions, self._statements)
        except BaseException:
            self.close()
            raise
        self._clock = kernel if clock is None and not self._database.own_clock else clock

    def __repr__(self) -> str:
        return f"SQLStore({self._database.shown!r})"

    def __enter__(self) -> SQLStore:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    @property
    def path(self) -> Path | None:
        """The file, None when the store is on a server."""
        return self._database.path if isinstance(self._database, SQLite) else None

    def append(self, study: str, events: Sequence[Event]) -> int:
        """Add the events, all or none, and return the position of the last one.

        A study begins with the append whose first event is `Created`. No events: nothing is done.

        Raises:
            ConflictError: a key of one of them stands already in this study; nothing was written.
            StudyNotFoundError: there is no such study (any more), and the events do not begin one.
            InvalidArgumentError: an event would not come back from JSON as it is.
        """
        entries = to_entries(events)
        if not entries:
            return self._position(study)
        begins = isinstance(events[0], Created)
        if begins:
            check_name(study)
        return self._transactions.write(
            lambda cursor: self._append(cursor, study, entries, begins=begins), lambda: self._taken(study, entries)
        )

    def read(self, study: str, after: int = 0) -> list[Stamped]:
        """Return the events behind a position, in order.

        Raises:
            StudyNotFoundError: there is no such study.
            StoreError: an event was written by a newer version, or by somebody else.
        """
        if after < 0:
            raise InvalidArgumentError(f"read needs after >= 0, got after={after}")
        return self._transactions.run(lambda cursor: self._read(cursor, study, after))

    def studies(self) -> list[str]:
        """Return the names of all studies, oldest first."""
        return [name for (name,) in self._fetch(self._statements.studies, _NOTHING)]

    def delete(self, study: str) -> None:
        """Remove a study with all its events, keys and leases.

        Raises:
            StudyNotFoundError: there is no such study.
        """

        def work(cursor: Any) -> None:
            number = self._locked_id(cursor, study)
            for statement in self._statements.delete:
                cursor.execute(statement, {"study": number})

        self._transactions.write(work)

    def beat(self, study: str, worker: str, seconds: float) -> None:
        """Renew a worker's lease by the store's own clock; 0 seconds gives it back.

        Raises:
            StudyNotFoundError: there is no such study.
        """
        if not 0 <= seconds < float("inf"):
            raise InvalidArgumentError(f"beat needs a finite number of seconds >= 0, got seconds={seconds}")

        def work(cursor: Any) -> None:
            row = {"study": self._locked_id(cursor, study), "worker": worker}
            if not seconds:
                cursor.execute(self._statements.drop_lease, row)
                return
            row["until"] = self._now(cursor) + seconds
            cursor.execute(self._statements.renew_lease, row)
            if cursor.rowcount == 0:
                cursor.execute(self._statements.add_lease, row)

        self._transactions.write(work)

    def beats(self, study: str) -> Mapping[str, float]:
        """Return the seconds left on each lease, negative when it has run out.

        Raises:
            StudyNotFoundError: there is no such study.
        """
        rows = self._fetch(self._statements.leases, {"name": study})
        if not rows:
            raise self._missing(study)
        now = self._transactions.run(self._now)
        return {worker: until - now for worker, until in rows if worker is not None}

    def close(self) -> None:
        """Close all connections of this process; the next use opens new ones."""
        self._transactions.close()

    # --- one transaction ----------------------------------------------------------------------------------------------

    def _append(self, cursor: Any, study: str, entries: Sequence[Entry], *, begins: bool) -> int:
        statements, count = self._statements, len(entries)
        place = {"name": study, "count": count}
        cursor.execute(statements.advance, place)
        if cursor.rowcount == 0:
            if not begins:
                raise self._missing(study)
            cursor.execute(statements.add_study, place)
        cursor.execute(statements.place, place)
        number, position, last = cursor.fetchone()
        keys = [{"study_id": number, "key": key} for entry in entries for key in entry.keys]
        if keys:
            cursor.executemany(statements.add_keys, keys)
        now = self._now(cursor)
        if last is not None and last > now:
            now = last
        first = position - count + 1
        rows = [
            {"study_id": number, "position": first + i, "time": now, "kind": entry.kind, "data": entry.data}
            for i, entry in enumerate(entries)
        ]
        cursor.executemany(statements.add_events, rows)
        return int(position)

    def _read(self, cursor: Any, study: str, after: int) -> list[Stamped]:
        """Decode row by row, so that a long log never stands in memory twice."""
        cursor.execute(self._statements.read, {"name": study, "after": after})
        first = cursor.fetchone()
        if first is None:
            raise self._missing(study)
        if first[0] is None:
            return []
        stamped: list[Stamped] = []
        position = 0
        try:
            for position, time, data in chain((first,), cursor):
                stamped.append(Stamped(position, time, decode(data)))
        except msgspec.MsgspecError as error:
            raise StoreError(
                f"event {position} of the study {study!r} in {self._database.shown} cannot be read ({error}); "
                "a newer tunesmith may have written it: upgrade"
            ) from error
        return stamped

    def _now(self, cursor: Any) -> float:
        return self._database.now(cursor) if self._clock is None else self._clock()

    def _locked_id(self, cursor: Any, study: str) -> int:
        """Return the study's number, with its row locked until the end of the transaction."""
        cursor.execute(self._statements.advance, {"name": study, "count": 0})
        cursor.execute(self._statements.find_study, {"name": study})
        row = cursor.fetchone()
        if row is None:
            raise self._missing(study)
        return int(row[0])

    def _taken(self, study: str, entries: Sequence[Entry]) -> None:
        """Raise ConflictError with the first key that stands already."""
        for entry in entries:
            for key in entry.keys:
                if self._fetch(self._statements.find_key, {"name": study, "key": key}):
                    raise ConflictError(key) from None

    def _position(self, study: str) -> int:
        rows = self._fetch(self._statements.place, {"name": study, "count": 0})
        if not rows:
            raise self._missing(study)
        return int(rows[0][1])

    def _missing(self, study: str) -> StudyNotFoundError:
        return StudyNotFoundError(f"there is no study {study!r} in {self._database.shown}")

    def _fetch(self, statement: str, parameters: Mapping[str, Any]) -> list[Any]:
        def work(cursor: Any) -> list[Any]:
            cursor.execute(statement, parameters)
            return list(cursor.fetchall())

        return self._transactions.run(work)


def _database(url: str | os.PathLike[str]) -> Database:
    try:
        parsed = make_url(url) if isinstance(url, str) else URL.create("sqlite", database=os.fspath(url))
    except (ArgumentError, ValueError):
        raise InvalidArgumentError(
            "this storage URL cannot be read; write sqlite:///tune.db or postgresql://user:password@host/database"
        ) from None
    if parsed.get_backend_name() == "sqlite":
        return SQLite(parsed)
    if parsed.get_backend_name() in {"postgresql", "postgres"}:
        from tunesmith.stores.postgresql import PostgreSQL

        return PostgreSQL(parsed)
    raise InvalidArgumentError(f"a store is sqlite:///... or postgresql://..., got {parsed.drivername}://...")

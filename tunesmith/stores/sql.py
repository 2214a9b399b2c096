"""A store in a SQL database: a SQLite file for the processes of one host, a PostgreSQL server for many hosts.

An append is one transaction: it moves the study's counter (which locks the study's row on a server, and the file in
SQLite), learns its first position, takes its keys, writes its events. The lock is held until the commit, so positions
become visible in order: who has read up to p never meets a later event at or before p. The price is that appends to
one study on a server wait for each other; a sequence would not make them wait, and would break that promise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, final

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from tunesmith.core.events import Created, Stamped, decode
from tunesmith.errors import (
    ConflictError,
    InvalidArgumentError,
    StoreError,
    StoreReadOnlyError,
    StoreVersionError,
    StudyNotFoundError,
    TunesmithError,
)
from tunesmith.stores.clock import KernelClock, boot_clock
from tunesmith.stores.connections import Connections
from tunesmith.stores.database import Remedy
from tunesmith.stores.entries import check_name, to_entries
from tunesmith.stores.patience import Patience
from tunesmith.stores.schema import VERSION, compile_statements, creation
from tunesmith.stores.sqlite import SQLite

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from tunesmith.core.events import Event
    from tunesmith.stores.database import Database
    from tunesmith.stores.entries import Entry

__all__ = ["SQLStore"]

T = TypeVar("T")
_NOTHING: dict[str, Any] = {}


@final
class SQLStore:
    """Keeps logs in a SQL database; safe to share between threads, processes and (on a server) hosts.

    Opening creates the tables when there are none; any number of processes may do so at once. Each thread keeps one
    connection until it ends or `close` is called; a forked child opens its own.

    Args:
        url: `sqlite:///tune.db` (the folder must exist), or `postgresql://user@host/database`.
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

    def __init__(self, url: str, *, clock: Callable[[], float] | None = None, patience: float = 60.0) -> None:
        self._database = _database(url)
        self._connections = Connections(self._database)
        driver = self._database.dialect.loaded_dbapi
        self._driver_error: type[Exception] = driver.Error
        self._collision: type[Exception] = driver.IntegrityError
        self._statements = compile_statements(self._database.dialect)
        self._patience = patience
        self._clock: Callable[[], float] | None = clock
        try:
            origin = self._open()
        except BaseException:
            self.close()
            raise
        if clock is None and not self._database.own_clock:
            self._clock = origin

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
        return self._write(
            lambda cursor: self._append(cursor, study, entries, begins=begins), lambda: self._taken(study, entries)
        )

    def read(self, study: str, after: int = 0) -> list[Stamped]:
        """Return the events behind a position, in order.

        Raises:
            StudyNotFoundError: there is no such study.
        """
        if after < 0:
            raise InvalidArgumentError(f"read needs after >= 0, got after={after}")
        rows = self._fetch(self._statements.read, {"name": study, "after": after})
        if not rows:
            raise self._missing(study)
        if rows[0][0] is None:
            return []
        return [Stamped(position, time, decode(data)) for position, time, data in rows]

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

        self._write(work)

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

        self._write(work)

    def beats(self, study: str) -> Mapping[str, float]:
        """Return the seconds left on each lease, negative when it has run out.

        Raises:
            StudyNotFoundError: there is no such study.
        """
        rows = self._fetch(self._statements.leases, {"name": study})
        if not rows:
            raise self._missing(study)
        now = self._run(self._now)
        return {worker: until - now for worker, until in rows if worker is not None}

    def close(self) -> None:
        """Close all connections of this process; the next use opens new ones."""
        self._connections.close()

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
                    raise ConflictError(key)

    def _position(self, study: str) -> int:
        rows = self._fetch(self._statements.place, {"name": study, "count": 0})
        if not rows:
            raise self._missing(study)
        return int(rows[0][1])

    def _missing(self, study: str) -> StudyNotFoundError:
        return StudyNotFoundError(f"there is no study {study!r} in {self._database.shown}")

    # --- running statements -------------------------------------------------------------------------------------------

    def _fetch(self, statement: str, parameters: Mapping[str, Any]) -> list[Any]:
        def work(cursor: Any) -> list[Any]:
            cursor.execute(statement, parameters)
            return list(cursor.fetchall())

        return self._run(work)

    def _write(self, work: Callable[[Any], T], on_collision: Callable[[], None] | None = None) -> T:
        """Run the work in a writing transaction, again when another one was in the way."""

        def transaction(cursor: Any) -> T:
            cursor.execute(self._database.begin)
            try:
                result = work(cursor)
                self._commit(cursor)
            except BaseException:
                self._roll_back(cursor)
                raise
            return result

        return self._run(transaction, on_collision)

    def _commit(self, cursor: Any) -> None:
        try:
            cursor.execute("COMMIT")
        except self._driver_error as error:
            if self._database.remedy(error) is not Remedy.RECONNECT:
                raise
            raise StoreError(
                f"the connection to {self._database.shown} broke in a commit ({error}), so the write may stand or not; "
                "read the study before you write again"
            ) from error

    def _roll_back(self, cursor: Any) -> None:
        try:
            cursor.execute("ROLLBACK")
        except self._driver_error:  # SQLite has rolled back by itself, or the connection is gone
            self._connections.drop()

    def _run(self, work: Callable[[Any], T], on_collision: Callable[[], None] | None = None) -> T:
        """Run the work on this thread's connection; a unique row that stands already is a collision."""
        patience: Patience | None = None
        while True:
            try:
                connection = self._connections.here()
                with connection.lock:
                    return work(connection.cursor)
            except self._driver_error as error:
                failure = error
            except TunesmithError:
                raise
            except UnicodeEncodeError as error:
                raise InvalidArgumentError(f"a name must be valid Unicode text: {error}") from error
            except BaseException:
                self._connections.drop()
                raise
            remedy = self._database.remedy(failure)
            if remedy is Remedy.RECONNECT:
                self._connections.drop()
            if on_collision is not None and isinstance(failure, self._collision):
                on_collision()
            elif remedy is Remedy.NONE:
                raise self._database.explain(failure) from failure
            patience = patience or Patience(self._patience)
            if not patience.wait():
                raise self._database.explain(failure) from failure

    # --- opening ------------------------------------------------------------------------------------------------------

    def _open(self) -> KernelClock:
        """Check or create the tables, and return the clock whose origin they keep."""
        clock = boot_clock()
        found = self._run(self._look)
        if found is None:
            self._run(self._database.prepare)
            self._write(lambda cursor: self._create(cursor, clock))
            found = self._run(self._look)
        if found is None:
            raise StoreError(f"the tables of {self._database.shown} vanished while they were being opened; try again")
        if found[0] != VERSION:
            raise StoreVersionError(
                f"{self._database.shown} holds schema version {found[0]}, this tunesmith knows version {VERSION}; "
                "upgrade tunesmith, or name another store"
            )
        if found[1] != clock.boot and not self._database.own_clock:
            found = self._rebooted(clock)
        return KernelClock(found[1], found[2])

    def _rebooted(self, clock: KernelClock) -> tuple[int, str, float]:
        """Write the origin of this boot's clock, unless somebody else has; a store for reading only keeps the old."""

        def work(cursor: Any) -> tuple[int, str, float]:
            found = self._look(cursor)
            if found is None or found[1] != clock.boot:
                cursor.execute(self._statements.set_origin, {"boot": clock.boot, "origin": clock.origin})
                return VERSION, clock.boot, clock.origin
            return found

        try:
            return self._write(work)
        except StoreReadOnlyError:
            return VERSION, clock.boot, clock.origin

    def _look(self, cursor: Any) -> tuple[int, str, float] | None:
        cursor.execute(self._database.find_tables)
        row = cursor.fetchone()
        if row is None or row[0] is None:
            return None
        cursor.execute(self._statements.version)
        found: tuple[int, str, float] | None = cursor.fetchone()
        return found

    def _create(self, cursor: Any, clock: KernelClock) -> None:
        if self._database.guard is not None:
            cursor.execute(self._database.guard)
        if self._look(cursor) is not None:
            return
        for statement in creation(self._database.dialect):
            cursor.execute(statement)
        cursor.execute(self._statements.add_version, {"version": VERSION, "boot": clock.boot, "origin": clock.origin})


def _database(url: str) -> Database:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise InvalidArgumentError(
            "this storage URL cannot be read; write sqlite:///tune.db or postgresql://user:password@host/database"
        ) from None
    if parsed.get_backend_name() == "sqlite":
        return SQLite(parsed)
    raise InvalidArgumentError(f"a store can be sqlite:///... or postgresql://..., got {parsed.drivername}://")

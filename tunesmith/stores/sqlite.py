"""SQLite: one file, many processes of one host; write-ahead log, `synchronous=NORMAL`.

In this mode a commit survives the death of any process; after a loss of power the last commits may be missing, and
nothing is ever torn (https://sqlite.org/pragma.html#pragma_synchronous). The driver's own waiting for a lock is off
(timeout 0): its pauses grow up to 100 ms, so under many writers the unlucky wait for seconds.
`tunesmith.stores.patience` waits instead.

A file that is deleted, moved or replaced while it is open goes on taking what is written, and nobody else finds it. So
its place is looked at after each commit (microseconds), which by then stands in the open file and can be read by this
process, and before another connection is opened, which would begin an empty file. Windows lets nobody remove an open
file.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any, final
from urllib.parse import unquote

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from tunesmith.errors import InvalidArgumentError, StoreError, StoreFullError, StoreReadOnlyError
from tunesmith.stores.database import Remedy, driver_connection
from tunesmith.stores.mounts import NETWORK_KINDS, kind_of_mount

if TYPE_CHECKING:
    from sqlalchemy.engine import URL, Dialect

__all__ = ["SQLite"]

_ROOM = 256 * 1024  # with fewer bytes free, a failed write is blamed on the full disk
_JOURNAL_LIMIT = 64 * 1024 * 1024  # bytes that the log file keeps after a large transaction


@final
class SQLite:
    """One SQLite file.

    Args:
        url: `sqlite:///relative.db` or `sqlite:////absolute.db`; the folder must exist.

    Raises:
        InvalidArgumentError: the URL names no file.
        StoreError: the folder is missing, or lies on a network file system.
    """

    begin = "BEGIN IMMEDIATE"
    guard = None
    find_tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'tunesmith_schema'"
    own_clock = False
    close_after_fork = True

    def __init__(self, url: URL) -> None:
        if url.drivername not in {"sqlite", "sqlite+pysqlite"}:
            raise InvalidArgumentError(f"SQLite is reached as sqlite:///..., got {url.drivername}")
        self.path = _path_of(url)
        self.shown = f"sqlite:///{self.path}"
        self._check_place()
        self._identity: tuple[int, int] | None = None  # device and number of the file that was opened first
        named = f"file:{self.path}" if (url.database or "").startswith("file:") else str(self.path)
        self._engine = create_engine(
            url.set(database=named),
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            paramstyle="named",
            connect_args={"timeout": 0, "check_same_thread": False},
        )

    @property
    def dialect(self) -> Dialect:
        """SQLAlchemy's dialect."""
        return self._engine.dialect

    def connect(self) -> Any:
        """Open the file.

        Raises:
            StoreError: another file stands in the place of the one that was opened first, or none.
        """
        self.check()
        connection = driver_connection(self._engine)
        try:
            self._identity = self._identity or _identity(self.path)
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(f"PRAGMA journal_size_limit = {_JOURNAL_LIMIT}")
        except BaseException:
            connection.close()
            raise
        return connection

    def prepare(self, cursor: Any) -> None:
        """Switch the file to its write-ahead log, for good."""
        if cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            mode = cursor.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            if mode != "wal":
                raise StoreError(f"{self.path} cannot use a write-ahead log ({mode}); put it on a local disk")

    def check(self) -> None:
        """Look whether the file that is open still stands in its place; costs one `stat`.

        Raises:
            StoreError: it was deleted, moved or replaced.
        """
        if self._identity is None or _identity(self.path) in {None, self._identity}:
            return
        raise StoreError(
            f"{self.path} was deleted, moved or replaced while a study in it was open, so nobody would find further "
            "results; if it was moved, move it back and run the same command again; until this program ends, it can "
            "still read the study, so other.add_trial(trial) for each trial in study.trials copies it to another file"
        )

    def now(self, cursor: Any) -> float:
        """SQLite has no clock of its own."""
        raise NotImplementedError

    def remedy(self, error: Exception) -> Remedy:
        """Try again while another process writes, recovers or switches the file."""
        busy = _code(error) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
        return Remedy.AGAIN if busy else Remedy.NONE

    def explain(self, error: Exception) -> StoreError:
        """Say what SQLite's error code means for this file."""
        try:
            self.check()
        except StoreError as gone:  # another file in its place explains any error
            return gone
        code = _code(error)
        path = self.path
        if code == sqlite3.SQLITE_FULL or (code in {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN} and self._is_full()):
            return StoreFullError(f"the disk under {path} is full; make room and run the same command again")
        if path.is_dir():
            return StoreError(f"{path} is a folder; name a file in it, for example sqlite:///{path}/tune.db")
        if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}:
            return StoreReadOnlyError(f"{path} cannot be written to ({error}); check its owner, mode and mount")
        if code == sqlite3.SQLITE_CANTOPEN:
            return StoreReadOnlyError(
                f"{path} cannot be opened ({error}); the file and its folder must be readable and writable by you"
            )
        if code == sqlite3.SQLITE_NOTADB:
            return StoreError(f"{path} is not a SQLite database; name another file, or move this one away")
        if code == sqlite3.SQLITE_CORRUPT:
            return StoreError(f"{path} is damaged ({error}); restore a copy, or try `sqlite3 FILE .recover`")
        if self.remedy(error) is Remedy.AGAIN:
            return StoreError(f"{path} was locked by another process all the time; find out which holds it open")
        return StoreError(f"{path} could not be read or written ({error}); check the disk and the file's mode")

    def _check_place(self) -> None:
        folder = self.path.parent
        if not folder.is_dir():
            raise StoreError(f"the folder {folder} does not exist; create it, or name another file than {self.path}")
        kind = kind_of_mount(folder)
        if kind in NETWORK_KINDS:
            raise StoreError(
                f"{self.path} lies on a network file system ({kind}), which damages SQLite files; "
                "put it on a local disk, or share the study through a PostgreSQL server"
            )

    def _is_full(self) -> bool:
        try:
            total, _, free = shutil.disk_usage(self.path.parent)
        except OSError:
            return False
        return free < _ROOM and total > 0  # a pseudo file system such as /proc has no room at all


def _code(error: Exception) -> int:
    """Return SQLite's primary result code, 0 when the error is not SQLite's."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _identity(path: Path) -> tuple[int, int] | None:
    """Return the device and the number of the file at a path, (0, 0) for no file, None where it cannot be known."""
    if os.name != "posix":
        return None
    try:
        found = os.stat(path)  # noqa: PTH116 - a third of the cost of Path.stat, at each write
    except (FileNotFoundError, NotADirectoryError):
        return (0, 0)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _path_of(url: URL) -> Path:
    name = url.database or ""
    if name.startswith("file:"):
        name = unquote(name.removeprefix("file:").split("?")[0])
        name = "/" + name.lstrip("/") if name.startswith("//") else name
    if name in {"", ":memory:"} or url.query.get("mode") == "memory":
        raise InvalidArgumentError(
            "a SQLite database in memory is seen by one connection only; pass storage=None for a study in memory, "
            "or name a file: sqlite:///tune.db"
        )
    return Path(name).absolute()

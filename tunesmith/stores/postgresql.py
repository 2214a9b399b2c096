"""PostgreSQL: one server, many hosts; the update of the study's row is the lock, the server's clock the clock.

Needs the driver psycopg (the extra `postgres`). A lost connection is opened anew, and the work run
again, unless it broke in the commit: then nobody can say whether the work stands, and the error says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from tunesmith.errors import InvalidArgumentError, MissingExtraError, StoreError, StoreFullError, StoreReadOnlyError
from tunesmith.stores.database import Remedy, driver_connection

if TYPE_CHECKING:
    from sqlalchemy.engine import URL, Dialect

__all__ = ["PostgreSQL"]

_ADVISORY = 7_216_881_003  # an arbitrary number that our processes lock while they create the tables
_SECONDS_TO_CONNECT = 8
_SECRETS = ("password", "passwd", "sslpassword", "token", "secret")

# Classes and codes of https://www.postgresql.org/docs/current/errcodes-appendix.html
_AGAIN = ("40001", "40P01", "55P03")  # serialization failure, deadlock, lock not available
_LOST = ("08", "57P01", "57P02", "57P03", "53300")  # connection, shutdown, crash, starting up, too many connections
_NOT_YET = ("starting up", "shutting down", "too many clients", "remaining connection slots", "in recovery")


@final
class PostgreSQL:
    """One database on a PostgreSQL server.

    Args:
        url: `postgresql://user:password@host/database`.

    Raises:
        MissingExtraError: psycopg is not installed.
        InvalidArgumentError: the URL asks for another driver.
    """

    begin = "BEGIN ISOLATION LEVEL READ COMMITTED"
    guard = f"SELECT pg_advisory_xact_lock({_ADVISORY})"
    # A query of the catalogue sees what was committed while we waited for the guard; to_regclass may not, it is cached.
    find_tables = (
        "SELECT tablename FROM pg_catalog.pg_tables "
        "WHERE tablename = 'tunesmith_schema' AND schemaname = ANY (current_schemas(false))"
    )
    own_clock = True
    close_after_fork = False

    def __init__(self, url: URL) -> None:
        if url.drivername not in {"postgresql", "postgres", "postgresql+psycopg"}:
            raise InvalidArgumentError(
                f"PostgreSQL is reached as postgresql://... (psycopg), got {url.drivername}://..."
            )
        self.shown = _without_secrets(url)
        self._reached = False
        try:
            self._engine = create_engine(
                url.set(drivername="postgresql+psycopg"),
                poolclass=NullPool,
                use_native_hstore=False,  # a question at each connection, about a type that we do not use
                isolation_level="AUTOCOMMIT",
                connect_args={} if "connect_timeout" in url.query else {"connect_timeout": _SECONDS_TO_CONNECT},
            )
        except ImportError as error:
            raise MissingExtraError(
                "a study on a PostgreSQL server needs psycopg; install it with: pip install 'psycopg[binary]'"
            ) from error

    @property
    def dialect(self) -> Dialect:
        """SQLAlchemy's dialect."""
        return self._engine.dialect

    def connect(self) -> Any:
        """Connect to the server."""
        connection = driver_connection(self._engine)
        self._reached = True
        return connection

    def prepare(self, cursor: Any) -> None:
        """Nothing needs to be set."""

    def check(self) -> None:
        """A server keeps what it has committed."""

    def now(self, cursor: Any) -> float:
        """Ask the server, which answers with the time of the question, not of the transaction."""
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
        return float(cursor.fetchone()[0])

    def remedy(self, error: Exception) -> Remedy:
        """Try again after a lost race; reconnect to a server that has answered before, or is about to."""
        state = getattr(error, "sqlstate", None) or ""
        if state.startswith(_AGAIN):
            return Remedy.AGAIN
        if state.startswith(_LOST) or (not state and any(words in str(error) for words in _NOT_YET)):
            return Remedy.RECONNECT
        broken = isinstance(error, (self._driver().OperationalError, self._driver().InterfaceError))
        return Remedy.RECONNECT if broken and not state and self._reached else Remedy.NONE

    def explain(self, error: Exception) -> StoreError:
        """Say what the server's error code means."""
        state = getattr(error, "sqlstate", None) or ""
        words = (str(error).strip().splitlines() or [type(error).__name__])[0]
        if state.startswith("53100"):
            return StoreFullError(f"the disk of {self.shown} is full; make room and run the same command again")
        if state.startswith(("25006", "42501")):
            return StoreReadOnlyError(f"{self.shown} may not be written to ({words}); ask for the right to, or another")
        if not state or self.remedy(error) is not Remedy.NONE:
            return StoreError(f"{self.shown} cannot be reached ({words}); check that it runs, its address and password")
        return StoreError(f"{self.shown} refused a statement ({words}); check its log")

    def _driver(self) -> Any:
        return self._engine.dialect.loaded_dbapi


def _without_secrets(url: URL) -> str:
    hidden = {key: "***" for key in url.query if any(word in key.lower() for word in _SECRETS)}
    return url.update_query_dict(hidden).render_as_string(hide_password=True)

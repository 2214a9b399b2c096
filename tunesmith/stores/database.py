"""What differs between databases, behind one small interface; everything else in a SQL store is the same for all."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect, Engine

    from tunesmith.errors import StoreError

__all__ = ["Database", "Remedy", "driver_connection"]


class Remedy(Enum):
    """What helps after an error of the driver."""

    AGAIN = "another transaction was in the way: try again"
    RECONNECT = "the connection is gone: try again on a new one"
    NONE = "trying again would not help"


class Database(Protocol):
    """One kind of database at one address."""

    @property
    def shown(self) -> str:
        """The address for people, without its password."""
        ...

    @property
    def begin(self) -> str:
        """The statement that begins a writing transaction."""
        ...

    @property
    def guard(self) -> str | None:
        """The statement in a transaction that lets one process at a time create the tables, where it is needed."""
        ...

    @property
    def find_tables(self) -> str:
        """A query that has no row, or None in it, until the tables have been created."""
        ...

    @property
    def own_clock(self) -> bool:
        """Whether the server has a clock that its clients cannot move."""
        ...

    @property
    def close_after_fork(self) -> bool:
        """Whether a forked child must close what it inherited (else it must not)."""
        ...

    @property
    def dialect(self) -> Dialect:
        """SQLAlchemy's knowledge of the database; its `loaded_dbapi` names the driver's exceptions."""
        ...

    def connect(self) -> Any:
        """Return a new connection of the driver, in autocommit, ready for use."""
        ...

    def prepare(self, cursor: Any) -> None:
        """Set what must be set before the tables are created."""
        ...

    def check(self) -> None:
        """Raise StoreError if what was just committed stands where nobody else will find it; called at each write."""
        ...

    def now(self, cursor: Any) -> float:
        """Return the server's time, seconds since 1970; called only with `own_clock`."""
        ...

    def remedy(self, error: Exception) -> Remedy:
        """Return what helps after an error of the driver."""
        ...

    def explain(self, error: Exception) -> StoreError:
        """Return the error to raise: what happened in one sentence, and what to do in another."""
        ...


def driver_connection(engine: Engine) -> Any:
    """Return a new connection of the driver that belongs to the caller alone; errors are the driver's own, too."""
    try:
        pooled = engine.raw_connection()
    except DBAPIError as error:
        raise error if error.orig is None else error.orig from None
    connection = pooled.dbapi_connection
    pooled.detach()
    return connection

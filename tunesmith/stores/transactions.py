"""Runs work on a thread's connection, in a transaction or not, again when that helps, and names the cause of errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, final

from tunesmith.errors import InvalidArgumentError, StoreError, TunesmithError
from tunesmith.stores.connections import Connections
from tunesmith.stores.database import Remedy
from tunesmith.stores.patience import Patience

if TYPE_CHECKING:
    from collections.abc import Callable

    from tunesmith.stores.database import Database

__all__ = ["Transactions"]

T = TypeVar("T")


@final
class Transactions:
    """The one way to a database's statements.

    Work is a function of the driver's cursor. It may run more than once, so it must not keep anything between its runs.

    Args:
        database: where to.
        limit: seconds to wait for a lock that others hold, before `StoreError`.
    """

    def __init__(self, database: Database, limit: float) -> None:
        self.database = database
        self._limit = limit
        self._connections = Connections(database)
        driver = database.dialect.loaded_dbapi
        self._driver_error: type[Exception] = driver.Error
        self._collision: type[Exception] = driver.IntegrityError

    def close(self) -> None:
        """Close all connections of this process; the next use opens new ones."""
        self._connections.close()

    def write(self, work: Callable[[Any], T], on_collision: Callable[[], None] | None = None) -> T:
        """Run the work in a writing transaction, again when another one was in the way.

        Raises:
            StoreError: it failed, or it was committed to a file that others no longer find.
        """

        def transaction(cursor: Any) -> T:
            cursor.execute(self.database.begin)
            try:
                result = work(cursor)
                self._commit(cursor)
            except BaseException:
                self._roll_back(cursor)
                raise
            self.database.check()
            return result

        return self.run(transaction, on_collision)

    def _commit(self, cursor: Any) -> None:
        try:
            cursor.execute("COMMIT")
        except self._driver_error as error:
            if self.database.remedy(error) is not Remedy.RECONNECT:
                raise
            raise StoreError(
                f"the connection to {self.database.shown} broke in a commit ({error}), so the write may stand or not; "
                "read the study before you write again"
            ) from error

    def _roll_back(self, cursor: Any) -> None:
        try:
            cursor.execute("ROLLBACK")
        except self._driver_error:  # SQLite has rolled back by itself, or the connection is gone
            self._connections.drop()

    def run(self, work: Callable[[Any], T], on_collision: Callable[[], None] | None = None) -> T:
        """Run the work on this thread's connection; a unique row that stands already is a collision."""
        patience: Patience | None = None
        while True:
            try:
                connection = self._connections.here()
                with connection.lock:
                    return work(connection.cursor)
            except self._driver_error as error:
                patience = self._recover(error, patience or Patience(self._limit), on_collision)
            except TunesmithError:
                raise
            except UnicodeEncodeError as error:
                raise InvalidArgumentError(f"a name must be valid Unicode text: {error}") from error
            except BaseException:
                self._connections.drop()
                raise

    def _recover(self, error: Exception, patience: Patience, on_collision: Callable[[], None] | None) -> Patience:
        """Return when it is time to try again, or raise what the error means."""
        remedy = self.database.remedy(error)
        if remedy is Remedy.RECONNECT:
            self._connections.drop()
        if on_collision is not None and isinstance(error, self._collision):
            on_collision()
        elif remedy is Remedy.NONE:
            raise self.database.explain(error) from error
        if not patience.wait():
            raise self.database.explain(error) from error
        return patience

"""Opening: the tables are looked at, created if there are none, and never touched if a newer version made them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tunesmith.errors import StoreReadOnlyError, StoreVersionError
from tunesmith.stores.clock import KernelClock, boot_clock
from tunesmith.stores.schema import VERSION, creation

if TYPE_CHECKING:
    from tunesmith.stores.schema import Statements
    from tunesmith.stores.transactions import Transactions

__all__ = ["open_tables"]


def open_tables(transactions: Transactions, statements: Statements) -> KernelClock:
    """Check or create the tables, and return the clock whose origin they keep.

    Any number of processes may do so at once: who creates looks again once it holds the lock.

    Raises:
        StoreVersionError: another version made the tables.
    """
    shown, clock = transactions.database.shown, boot_clock()

    def look(cursor: Any) -> int | None:
        return _look(cursor, transactions, statements)

    def create(cursor: Any) -> None:
        _create(cursor, transactions, statements, clock)

    version = transactions.run(look)
    if version is None:
        transactions.run(transactions.database.prepare)
        transactions.write(create)
        version = transactions.run(look)
    if version != VERSION:
        raise StoreVersionError(
            f"{shown} holds schema version {version}, this tunesmith knows version {VERSION}; "
            "upgrade tunesmith, or name another store"
        )
    if transactions.database.own_clock:
        return clock
    kept = transactions.run(lambda cursor: _kept_clock(cursor, statements))
    return kept if kept.boot == clock.boot else _set_origin(transactions, statements, clock)


def _look(cursor: Any, transactions: Transactions, statements: Statements) -> int | None:
    """Return the version of the tables, None when there are none."""
    cursor.execute(transactions.database.find_tables)
    row = cursor.fetchone()
    if row is None or row[0] is None:
        return None
    cursor.execute(statements.version)
    row = cursor.fetchone()
    return None if row is None else int(row[0])


def _kept_clock(cursor: Any, statements: Statements) -> KernelClock:
    cursor.execute(statements.origin)
    return KernelClock(*cursor.fetchone())


def _create(cursor: Any, transactions: Transactions, statements: Statements, clock: KernelClock) -> None:
    if transactions.database.guard is not None:
        cursor.execute(transactions.database.guard)
    if _look(cursor, transactions, statements) is not None:
        return
    for statement in creation(transactions.database.dialect):
        cursor.execute(statement)
    cursor.execute(statements.add_version, {"version": VERSION, "boot": clock.boot, "origin": clock.origin})


def _set_origin(transactions: Transactions, statements: Statements, clock: KernelClock) -> KernelClock:
    """Write the origin of this boot's clock, unless somebody else has; who may only read keeps his own."""

    def work(cursor: Any) -> KernelClock:
        kept = _kept_clock(cursor, statements)
        if kept.boot == clock.boot:
            return kept
        cursor.execute(statements.set_origin, {"boot": clock.boot, "origin": clock.origin})
        return clock

    try:
        return transactions.write(work)
    except StoreReadOnlyError:
        return clock

"""From what a user types as `storage=` to a store."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tunesmith.errors import InvalidArgumentError
from tunesmith.stores.memory import MemoryStore

if TYPE_CHECKING:
    from tunesmith.core.protocols import Store

__all__ = ["open_store"]

_ENDINGS = (".db", ".sqlite", ".sqlite3")
_DUTIES = ("append", "read", "studies", "delete", "beat", "beats")


def open_store(storage: str | os.PathLike[str] | Store | None = None) -> Store:
    """Return the store that `storage` names.

    Args:
        storage: None for a new store in memory; a URL (`sqlite:///tune.db`, `postgresql://user@host/database`); a path
            that ends in .db, .sqlite or .sqlite3, for a SQLite file; or a store, which is returned as it is.

    Raises:
        InvalidArgumentError: it names no store.
        StoreError: the store cannot be opened; see `tunesmith.stores.sql.SQLStore`.

    Example:
        >>> open_store()
        MemoryStore()
        >>> open_store("runs.txt")
        Traceback (most recent call last):
        ...
        tunesmith.errors.InvalidArgumentError: storage must be None, a URL such as sqlite:///tune.db, \
a path that ends in .db, .sqlite or .sqlite3, or a store, got 'runs.txt'
    """
    if storage is None:
        return MemoryStore()
    if isinstance(storage, str | os.PathLike):
        address = _address_of(storage)
        if address is not None:
            from tunesmith.stores.sql import SQLStore

            return SQLStore(address)
    elif not isinstance(storage, type) and all(callable(getattr(storage, duty, None)) for duty in _DUTIES):
        return storage
    raise InvalidArgumentError(
        "storage must be None, a URL such as sqlite:///tune.db, "
        f"a path that ends in .db, .sqlite or .sqlite3, or a store, got {storage!r}"
    )


def _address_of(storage: str | os.PathLike[str]) -> str | Path | None:
    """Return a URL as it is, and the path of a SQLite file as a path (a URL could not hold every name)."""
    if isinstance(storage, str) and "://" in storage:
        return storage
    path = Path(storage)
    return path if path.suffix.lower() in _ENDINGS else None

"""The tables of a SQL store, their version, and the statements, written once and compiled for each database.

| table | a row is |
|---|---|
| tunesmith_schema | the version of these tables (one row), and the origin of a SQLite file's clock |
| tunesmith_studies | a study: its name, and the position of its last event |
| tunesmith_events | an event: study, position, time, kind, JSON |
| tunesmith_keys | a key that stands in a study |
| tunesmith_leases | a worker's lease, and when it runs out |

All names begin with `tunesmith_`, so that the tables may share a database with anybody's. Statements are Core
expressions turned into text once: executing text on the driver's own cursor costs a tenth of a Core execution.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    Integer,
    MetaData,
    Table,
    Text,
    and_,
    bindparam,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.schema import CreateTable

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect
    from sqlalchemy.sql.elements import BindParameter, CompilerElement

__all__ = ["VERSION", "Statements", "compile_statements", "creation"]

VERSION = 1

_METADATA = MetaData()
_SCHEMA = Table(
    "tunesmith_schema",
    _METADATA,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("boot", Text, nullable=False),
    Column("origin", Double, nullable=False),
)
_STUDIES = Table(
    "tunesmith_studies",
    _METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("position", BigInteger, nullable=False),
    sqlite_autoincrement=True,  # the number of a deleted study is never given to another
)
_EVENTS = Table(
    "tunesmith_events",
    _METADATA,
    Column("study_id", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("time", Double, nullable=False),
    Column("kind", Text, nullable=False),
    Column("data", Text, nullable=False),
    sqlite_with_rowid=False,
)
_KEYS = Table(
    "tunesmith_keys",
    _METADATA,
    Column("study_id", Integer, primary_key=True, autoincrement=False),
    Column("key", Text, primary_key=True),
    sqlite_with_rowid=False,
)
_LEASES = Table(
    "tunesmith_leases",
    _METADATA,
    Column("study_id", Integer, primary_key=True, autoincrement=False),
    Column("worker", Text, primary_key=True),
    Column("expires", Double, nullable=False),
    sqlite_with_rowid=False,
)


@final
@dataclass(frozen=True, slots=True)
class Statements:
    """The text of every statement for one database; parameters go by name."""

    version: str
    origin: str
    add_version: str
    set_origin: str
    advance: str
    add_study: str
    place: str
    add_keys: str
    find_key: str
    add_events: str
    read: str
    studies: str
    find_study: str
    delete: tuple[str, ...]
    renew_lease: str
    add_lease: str
    drop_lease: str
    leases: str


def creation(dialect: Dialect) -> list[str]:
    """Return the statements that create the tables, for an empty database."""
    return [_text(CreateTable(table), dialect) for table in _METADATA.sorted_tables]


def compile_statements(dialect: Dialect) -> Statements:
    """Return all statements as text for this database."""
    study: BindParameter[int] = bindparam("study")
    worker: BindParameter[str] = bindparam("worker")
    this_lease = and_(_LEASES.c.study_id == study, _LEASES.c.worker == worker)
    named = _STUDIES.c.name == bindparam("name")
    behind = and_(_EVENTS.c.study_id == _STUDIES.c.id, _EVENTS.c.position > bindparam("after"))
    last = and_(_EVENTS.c.study_id == _STUDIES.c.id, _EVENTS.c.position == _STUDIES.c.position - bindparam("count"))
    texts: dict[str, CompilerElement] = {
        "version": select(_SCHEMA.c.version),
        "origin": select(_SCHEMA.c.boot, _SCHEMA.c.origin),
        "add_version": insert(_SCHEMA).inline(),
        "set_origin": update(_SCHEMA).values(boot=bindparam("boot"), origin=bindparam("origin")),
        "advance": update(_STUDIES).where(named).values(position=_STUDIES.c.position + bindparam("count")),
        "add_study": insert(_STUDIES).inline().values(name=bindparam("name"), position=bindparam("count")),
        "place": select(_STUDIES.c.id, _STUDIES.c.position, _EVENTS.c.time)
        .select_from(_STUDIES.outerjoin(_EVENTS, last))
        .where(named),
        "add_keys": insert(_KEYS).inline(),
        "find_key": select(_KEYS.c.key)
        .select_from(_KEYS.join(_STUDIES, _KEYS.c.study_id == _STUDIES.c.id))
        .where(named, _KEYS.c.key == bindparam("key")),
        "add_events": insert(_EVENTS).inline(),
        "read": select(_EVENTS.c.position, _EVENTS.c.time, _EVENTS.c.data)
        .select_from(_STUDIES.outerjoin(_EVENTS, behind))
        .where(named)
        .order_by(_EVENTS.c.position),
        "studies": select(_STUDIES.c.name).order_by(_STUDIES.c.id),
        "find_study": select(_STUDIES.c.id).where(named),
        "renew_lease": update(_LEASES).where(this_lease).values(expires=bindparam("until")),
        "add_lease": insert(_LEASES).inline().values(study_id=study, worker=worker, expires=bindparam("until")),
        "drop_lease": delete(_LEASES).where(this_lease),
        "leases": select(_LEASES.c.worker, _LEASES.c.expires)
        .select_from(_STUDIES.outerjoin(_LEASES, _LEASES.c.study_id == _STUDIES.c.id))
        .where(named)
        .order_by(_LEASES.c.worker),
    }
    deletions = [delete(table).where(table.c.study_id == study) for table in (_EVENTS, _KEYS, _LEASES)]
    deletions.append(delete(_STUDIES).where(_STUDIES.c.id == study))
    return Statements(
        delete=tuple(_text(statement, dialect) for statement in deletions),
        **{name: _text(statement, dialect) for name, statement in texts.items()},
    )


def _text(statement: CompilerElement, dialect: Dialect) -> str:
    return str(statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True}))

"""Changes of a study's space: names met by define-by-run, and edits by a person; one writer at a time wins."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tunesmith.core import events as ev
from tunesmith.errors import ConflictError
from tunesmith.space import Categorical, Ordinal, Space, merge_discovered

if TYPE_CHECKING:
    from tunesmith.study.log import Log

__all__ = ["change", "discover", "with_objects"]


def discover(log: Log, trial: int, name: str, domain: dict[str, Any]) -> None:
    """Let a name join the space as optional, or widen what is known of it to hold the range asked for."""
    met = Space.from_dict(domain)[name]
    change(log, lambda space: merge_discovered(space, name, met), f"trial {trial} met {name!r}", trial)


def change(log: Log, edit: Callable[[Space], Space], why: str, trial: int | None = None) -> None:
    """Change the space; when somebody else changed it in the meantime, make the edit again on top of theirs."""
    while True:
        ledger = log.ledger
        space = edit(ledger.space)
        if space == ledger.space:
            return
        event = ev.SpaceChanged(version=ledger.space_version + 1, space=space.to_dict(), why=why, trial=trial)
        try:
            log.append(event)
        except ConflictError:
            log.sync()
        else:
            return


def with_objects(logged: Space, given: Space) -> Space:
    """Return the space of the log with the objects that only the program knows behind its choices."""
    space = logged
    for name, domain in logged.parameters.items():
        known = given.parameters.get(name)
        if not isinstance(domain, (Categorical, Ordinal)) or not isinstance(known, (Categorical, Ordinal)):
            continue
        if known.choices == domain.choices and known.table.objects != known.choices:
            space = space.with_parameter(name, known)
    return space

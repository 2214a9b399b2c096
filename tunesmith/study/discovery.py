"""Changes of a study's space: names met by define-by-run, and edits by a person; one writer at a time wins."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tunesmith.core import events as ev
from tunesmith.errors import ConflictError
from tunesmith.space import Space, merge_discovered

if TYPE_CHECKING:
    from tunesmith.study.log import Log

__all__ = ["change", "discover"]


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

"""Changes of a study's space: names met by define-by-run, and edits by a person; one writer at a time wins."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tunesmith.core import events as ev
from tunesmith.errors import ConflictError, InvalidArgumentError
from tunesmith.space import Categorical, Ordinal, Space
from tunesmith.space.labels import ChoiceTable
from tunesmith.study.names import merge_met

if TYPE_CHECKING:
    from tunesmith.study.log import Log

__all__ = ["change", "declared_space", "discover", "with_objects"]


def discover(log: Log, trial: int, name: str, domain: dict[str, Any], *, always: bool = False) -> None:
    """Let a name join the space as optional, or widen what is known of it to hold the range asked for.

    Args:
        log: of the study.
        trial: that asked for the name.
        name: what it asked for.
        domain: a space of this one name, as data.
        always: write it down though the space knows it already, for decisions under a lag that may not know it yet.
    """
    why = f"trial {trial} met {name!r}"
    change(log, lambda space: merge_met(space, domain), why, trial, met=domain, always=always)


def change(
    log: Log,
    edit: Callable[[Space], Space],
    why: str,
    trial: int | None = None,
    *,
    met: dict[str, Any] | None = None,
    always: bool = False,
) -> None:
    """Change the space; when somebody else changed it in the meantime, make the edit again on top of theirs."""
    while True:
        ledger = log.ledger
        space = edit(ledger.space)
        if not isinstance(space, Space):
            raise InvalidArgumentError(f"edit_space needs a Space, such as study.space.without('x'), got {space!r}")
        if space == ledger.space and not always:
            return
        version, data = ledger.space_version + 1, space.to_dict()
        event = ev.SpaceChanged(version=version, space=data, why=why, trial=trial, met=met or {})
        try:
            log.append(event)
        except ConflictError:
            log.sync()
        else:
            return


def with_objects(logged: Space, given: Space) -> Space:
    """Return the space of the log with the objects that only the program knows behind its choices, label by label."""
    space = logged
    for name, domain in logged.parameters.items():
        known = given.parameters.get(name)
        if not isinstance(domain, (Categorical, Ordinal)) or not isinstance(known, (Categorical, Ordinal)):
            continue
        objects = dict(zip(known.choices, known.table.objects, strict=True))
        pairs = list(zip(domain.choices, domain.table.objects, strict=True))
        if any(label in objects and objects[label] is not held for label, held in pairs):
            space = space.with_parameter(name, _behind(domain, [objects.get(label, held) for label, held in pairs]))
    return space


def _behind(domain: Categorical | Ordinal, objects: list[Any]) -> Categorical | Ordinal:
    """Return the domain with these objects behind its labels."""
    kind = type(domain)
    table = ChoiceTable(domain.choices, objects, owner=kind.__name__)
    settings: dict[str, Any] = {"default": domain.default, "prior": domain.prior}
    return kind(table, when=domain.when, optional=domain.optional, **settings)


def declared_space(edited: dict[str, Any] | None, given: Space | None) -> Space | None:
    """Return the space that a run may use: the one given with the program, in the form that later edits gave it.

    Args:
        edited: the space of the log as data, None when nobody has edited it.
        given: the declared space with its objects, None for define-by-run.
    """
    if edited is None or given is None:
        return given
    space = Space.from_dict(edited)
    for name, domain in space.parameters.items():
        if domain.optional and name not in given.parameters:  # met by define-by-run, not declared
            space = space.without(name)
    return with_objects(space, given)

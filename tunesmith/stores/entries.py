"""From events to what a store writes: their JSON, kind and keys, checked so that no log is ever written unreadable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from tunesmith.core.events import Event, decode, encode
from tunesmith.errors import ConflictError, InvalidArgumentError

__all__ = ["Entry", "check_name", "to_entries"]


class Entry(NamedTuple):
    """One event ready to be written.

    Attributes:
        event: the event as it will be read again (`decode(encode(event))`), sharing nothing with what was given.
        kind: its tag.
        data: its JSON.
        keys: the places that it takes, each unique within its study.
    """

    event: Event
    kind: str
    data: str
    keys: tuple[str, ...]


def to_entries(events: Sequence[Event]) -> list[Entry]:
    """Return the entries of one append.

    Raises:
        ConflictError: two of the events hold the same key.
        InvalidArgumentError: an event cannot be written as JSON, or would come back different.
    """
    entries = [_to_entry(event) for event in events]
    keys = [key for entry in entries for key in entry.keys]
    if len(set(keys)) < len(keys):
        raise ConflictError(next(key for i, key in enumerate(keys) if key in keys[:i]))
    return entries


def check_name(study: str) -> None:
    """Raise InvalidArgumentError for a name that a study cannot have in every store."""
    if not isinstance(study, str) or not study or "\0" in study or not _is_unicode(study):
        raise InvalidArgumentError(f"a study's name is a text of one or more characters without NUL, got {study!r}")


def _is_unicode(text: str) -> bool:
    """Return False for a text with half a surrogate pair, which UTF-8 cannot hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _to_entry(event: Event) -> Entry:
    try:
        data = encode(event)
        back = decode(data)
    except (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError) as error:
        raise InvalidArgumentError(_complaint(event, f"cannot be written as JSON: {error}")) from error
    if back != event and not _same(msgspec.structs.asdict(event), msgspec.structs.asdict(back)):
        field = next(
            name for name in type(event).__struct_fields__ if not _same(getattr(event, name), getattr(back, name))
        )
        raise InvalidArgumentError(
            _complaint(
                event,
                f"would come back different in {field!r}: {_short(getattr(event, field))} as "
                f"{_short(getattr(back, field))}; use JSON values with text as keys, and 'nan', 'inf', '-inf' as text",
            )
        )
    return Entry(back, str(event.__struct_config__.tag), data.decode(), back.keys)


def _same(given: Any, back: Any) -> bool:
    """Return whether a value came back as it was; a tuple may come back as a list."""
    if isinstance(given, list | tuple) and isinstance(back, list | tuple):
        return len(given) == len(back) and all(map(_same, given, back))
    if isinstance(given, Mapping) and isinstance(back, dict):
        return given.keys() == back.keys() and all(_same(value, back[key]) for key, value in given.items())
    return bool(given == back)


def _complaint(event: Event, what: str) -> str:
    return f"the event {type(event).__name__} {what}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."

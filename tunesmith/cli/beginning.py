"""What a study begins with, known configs and past studies, as words of a command line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from tunesmith.errors import InvalidArgumentError

__all__ = ["PastOption", "StartOption", "beginning", "read_past_words", "read_start"]

StartOption = Annotated[
    list[str] | None,
    typer.Option(metavar="JSON", help="A config to try first, such as '{\"lr\": 0.01}'; may be repeated."),
]
PastOption = Annotated[
    list[str] | None,
    typer.Option(metavar="[STORAGE::]STUDY", help="A past study to learn from; may be repeated."),
]


def beginning(storage: str, start: Sequence[str] | None, past: Sequence[str] | None) -> dict[str, Any]:
    """Return where a study lies and what it begins with, as `create_study` takes it; one that is there goes on."""
    known = {"start": read_start(start), "past": read_past_words(past, storage)}
    return {"storage": storage, "load_if_exists": True, **known}


def read_start(words: Sequence[str] | None) -> list[dict[str, Any]]:
    """Return configs, as `create_study(start=...)` takes them.

    >>> read_start(['{"lr": 0.01}'])
    [{'lr': 0.01}]
    """
    found = []
    for word in words or ():
        try:
            config = json.loads(word)
        except ValueError:
            config = None
        if not isinstance(config, dict):
            raise InvalidArgumentError(f"--start needs a config as JSON, such as '{{\"lr\": 0.01}}', got {word!r}")
        found.append(config)
    return found


def read_past_words(words: Sequence[str] | None, storage: str) -> list[tuple[str, str]]:
    """Return addresses and names, as `create_study(past=...)` takes them; a name alone lies in the same storage.

    >>> read_past_words(["small", "old.db::small"], "tune.db")
    [('tune.db', 'small'), ('old.db', 'small')]
    """
    found = []
    for word in words or ():
        address, sign, name = word.rpartition("::")
        if not name or (sign and not address):
            raise InvalidArgumentError(f"--past needs STUDY or STORAGE::STUDY, such as old.db::small, got {word!r}")
        found.append((address or storage, name))
    return found

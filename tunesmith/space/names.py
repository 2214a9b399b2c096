"""What may be the name of a parameter, the same in every store: a text of 1 to 200 characters without controls."""

from __future__ import annotations

import unicodedata

from tunesmith.errors import InvalidSpaceError

__all__ = ["MAX_NAME", "checked_name", "refused_character"]

MAX_NAME = 200


def checked_name(name: object) -> str:
    """Return the name in Unicode's normal form C, or refuse it.

    >>> checked_name("learning rate")
    'learning rate'
    """
    if not isinstance(name, str):
        raise InvalidSpaceError(f"a parameter's name must be a str, got {name!r} of type {type(name).__name__}")
    normal = unicodedata.normalize("NFC", str(name))
    if not normal.strip():
        raise InvalidSpaceError(f"a parameter's name must not be empty, got {name!r}; give it a name")
    if len(normal) > MAX_NAME:
        raise InvalidSpaceError(
            f"a parameter's name may have {MAX_NAME} characters, got {len(normal)}: {normal[:30]!r}...; shorten it"
        )
    strange = next((sign for sign in normal if unicodedata.category(sign) in {"Cc", "Cs"}), None)
    if strange is not None:
        raise InvalidSpaceError(f"the parameter name {name!r} holds the control character {strange!r}; remove it")
    return normal


def refused_character(text: str) -> str | None:
    """Return the first character of a text that some store cannot keep (NUL, a lone surrogate), or None."""
    if text.isascii():
        return "\0" if "\0" in text else None
    return next((sign for sign in text if sign == "\0" or unicodedata.category(sign) == "Cs"), None)

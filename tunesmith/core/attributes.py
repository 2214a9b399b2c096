"""What a user noted, as it is shown: whoever changes a list or a dict in it changes a copy, never the record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, final

__all__ = ["copied", "read_only"]


def copied(attrs: Mapping[str, Any]) -> dict[str, Any]:
    """Return a dict that shares no list and no dict with the JSON values given.

    >>> noted = {"folds": [0.5, 0.7]}
    >>> copied(noted)["folds"].append(1.0)
    >>> noted
    {'folds': [0.5, 0.7]}
    """
    return {key: _copy(value) for key, value in attrs.items()}


def read_only(attrs: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a view of JSON values as they stand now, which cannot be changed; lists and dicts come out as copies.

    >>> noted = read_only({"folds": [0.5, 0.7]})
    >>> noted["folds"].append(1.0)
    >>> noted
    {'folds': [0.5, 0.7]}
    """
    plain = copied(attrs)
    nested = any(isinstance(value, (list, dict)) for value in plain.values())
    return _Copies(plain) if nested else MappingProxyType(plain)


@final
class _Copies(Mapping[str, Any]):
    """Gives copies of its values."""

    def __init__(self, attrs: dict[str, Any]) -> None:
        self._attrs = attrs

    def __repr__(self) -> str:
        return repr(self._attrs)

    def __getitem__(self, key: str) -> Any:
        return _copy(self._attrs[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self._attrs)

    def __len__(self) -> int:
        return len(self._attrs)


def _copy(value: Any) -> Any:
    if isinstance(value, list):
        return [_copy(item) for item in value]
    return copied(value) if isinstance(value, dict) else value

"""Labels of choices: how any object becomes a value that a log can hold, and how it comes back.

None, bool, int, float and str are stored as they are. Lists, tuples and dicts of such values are stored as a text
(tuples in parentheses, so that they come back as tuples), functions and classes by their `__name__`; anything else
needs a label from the user: `Categorical({"label": thing})`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, final

import numpy as np

from tunesmith.errors import InvalidConfigError, InvalidSpaceError
from tunesmith.space.names import refused_character
from tunesmith.space.primitive import INT64_MAX, INT64_MIN, Primitive

__all__ = ["UNKNOWN", "ChoiceTable", "Unknown", "choice_table", "is_primitive", "label_of", "tag", "untag"]

_EXACT = 2**53
_PRIMITIVES = frozenset({type(None), bool, int, float, str})


@final
class Unknown:
    """Stands for the object behind a label that was read from a text; only the program knows the object itself."""

    def __repr__(self) -> str:
        return "<known by label only>"

    def __reduce__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()


def is_primitive(value: object) -> bool:
    """Say whether a value is stored as it is: exactly None, bool, int, float or str."""
    return type(value) in _PRIMITIVES


def label_of(value: object, *, owner: str) -> Primitive:
    """Return the value itself if it is primitive, else the label under which a log holds it.

    >>> label_of((64, 64), owner="Categorical")
    '(64, 64)'
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or type(value) is bool:
        return value
    if isinstance(value, (bool, int, float, str)) and type(value) in _PRIMITIVES:
        return _storable(value, owner)
    if type(value) in {list, tuple, dict}:
        return _text(value, owner)
    name = getattr(value, "__name__", None)
    if isinstance(name, str) and name and name != "<lambda>":
        return name
    raise InvalidSpaceError(
        f"{owner} cannot store the choice {value!r} of type {type(value).__name__}; "
        f"give it a label: {owner}({{'label': value}})"
    )


def _storable(value: float | str, owner: str) -> Primitive:
    if isinstance(value, str):
        strange = refused_character(value)
        if strange is not None:
            raise InvalidSpaceError(f"{owner} has the choice {value!r} with the character {strange!r}; remove it")
    elif isinstance(value, int):
        if not INT64_MIN <= value <= INT64_MAX:
            raise InvalidSpaceError(f"{owner} has the choice {value}, beyond 64 bits; give it a label instead")
    elif not math.isfinite(value):
        raise InvalidSpaceError(f"{owner} has the choice {value!r}; give it a label, {owner}({{'label': {value!r}}})")
    return value


def _text(value: object, owner: str) -> str:
    if type(value) in {list, tuple}:
        parts = ", ".join(_text(item, owner) for item in value)  # type: ignore[attr-defined]
        if type(value) is list:
            return f"[{parts}]"
        return f"({parts},)" if len(value) == 1 else f"({parts})"  # type: ignore[arg-type]
    if type(value) is dict:
        if not all(type(key) is str for key in value):
            raise InvalidSpaceError(f"{owner} can store dicts with text keys only, got {value!r}; give it a label")
        return "{" + ", ".join(f"{json.dumps(key)}: {_text(item, owner)}" for key, item in value.items()) + "}"
    if not is_primitive(value):
        raise InvalidSpaceError(
            f"{owner} cannot store {value!r} inside a choice exactly; give the choice a label: "
            f"{owner}({{'label': value}})"
        )
    return json.dumps(label_of(value, owner=owner), ensure_ascii=False)


def tag(value: Any) -> Any:
    """Return a list, tuple, dict or primitive as JSON-able data that says which of them it is."""
    if type(value) is list:
        return [tag(item) for item in value]
    if type(value) is tuple:
        return {"tuple": [tag(item) for item in value]}
    if type(value) is dict:
        return {"dict": {key: tag(item) for key, item in value.items()}}
    return value


def untag(data: Any) -> Any:
    """Undo `tag`."""
    if isinstance(data, list):
        return [untag(item) for item in data]
    if isinstance(data, dict):
        if "tuple" in data:
            return tuple(untag(item) for item in data["tuple"])
        return {key: untag(item) for key, item in data["dict"].items()}
    return data


@final
class ChoiceTable:
    """Labels, the objects behind them, and the place of each label, found in constant time.

    Args:
        labels: what a config holds, all different.
        objects: what the objective gets, one for each label.

    Attributes:
        column: the labels as an array (levels,), of floats if all are numbers, for vectorised rules.
    """

    __slots__ = ("column", "index", "labels", "objects")

    def __init__(self, labels: Sequence[Primitive], objects: Sequence[object], *, owner: str) -> None:
        self.labels = tuple(labels)
        self.objects = tuple(objects)
        self.index = {label: place for place, label in enumerate(self.labels)}
        if not self.labels:
            raise InvalidSpaceError(f"{owner} needs at least one choice, got none")
        if len(self.index) != len(self.labels):
            raise InvalidSpaceError(
                f"{owner} needs choices that differ, got {_duplicates(self.labels)} (1, 1.0 and True are equal); "
                "remove one of them or give labels"
            )
        numbers = all(isinstance(label, (bool, int, float)) and abs(label) <= _EXACT for label in self.labels)
        self.column = np.array(self.labels, dtype=np.float64 if numbers else object)

    def place(self, value: object) -> int | None:
        """Return the place of a label, type included, or None if it is no label."""
        try:
            found = self.index.get(value)  # type: ignore[call-overload]
        except TypeError:
            return None
        if found is None or type(self.labels[found]) is not type(value):
            return None
        return int(found)

    def object_of(self, label: Primitive) -> object:
        """Return the object behind a label; one read from a text only is not known and is refused."""
        found = self.objects[self.index[label]]
        if found is UNKNOWN:
            raise InvalidConfigError(
                [f"the object behind the choice {label!r} is known to the program only; declare the space in code"]
            )
        return found


def _duplicates(labels: Sequence[Primitive]) -> str:
    first: dict[Primitive, Primitive] = {}
    for label in labels:
        if label in first:
            return f"{first[label]!r} and {label!r}"
        first[label] = label
    return ""


def choice_table(choices: tuple[Any, ...], *, owner: str) -> ChoiceTable:
    """Return the table of choices given one by one, as one mapping of labels to objects, or as a table."""
    if len(choices) == 1 and isinstance(choices[0], ChoiceTable):
        return choices[0]
    if len(choices) == 1 and isinstance(choices[0], Mapping):
        mapping: Mapping[Any, Any] = choices[0]
        strange = [label for label in mapping if type(label) is not str]
        if strange:
            raise InvalidSpaceError(f"{owner} needs texts as labels, got {strange[0]!r}")
        return ChoiceTable([_storable(label, owner) for label in mapping], list(mapping.values()), owner=owner)
    if len(choices) == 1 and isinstance(choices[0], (list, tuple, set, frozenset, range, np.ndarray)):
        raise InvalidSpaceError(
            f"{owner} takes its choices one by one, got one {type(choices[0]).__name__}; write "
            f"{owner}(*choices), or {owner}({{'label': choice}}) for a single choice that is a list"
        )
    objects = [choice.item() if isinstance(choice, np.generic) else choice for choice in choices]
    labels = [label_of(choice, owner=owner) for choice in objects]
    return ChoiceTable(labels, objects, owner=owner)

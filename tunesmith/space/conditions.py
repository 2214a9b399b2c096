"""Conditions as declared: on which values of its parents a parameter depends, whatever their domains may be.

`when={"model": "svm"}` asks for a value, `{"model": ("svm", "mlp")}` for one of several (tuple, list or set),
`{"layers": ">= 2"}` for a range of a numeric parent; several bounds are joined by commas, `">= 2, < 8"`. Several
parents must all hold. A child of an inactive parent is inactive. What they mean for the domains at hand is found in
`tunesmith.space.activity`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, final

from tunesmith.errors import InvalidSpaceError
from tunesmith.space.labels import label_of
from tunesmith.space.names import checked_name
from tunesmith.space.primitive import Primitive

__all__ = ["Condition", "When", "conditions_of"]


@final
@dataclass(frozen=True)
class Condition:
    """One parent and the values it may have, as declared.

    Args:
        parent: name of the parent parameter.
        values: values (labels) of which one must be taken; one text such as ">= 2" for a range of a numeric parent.
    """

    parent: str
    values: tuple[Primitive, ...]

    def as_data(self) -> Primitive | list[Primitive]:
        """Return the value, or the list of values, as the dict and YAML forms write them."""
        return self.values[0] if len(self.values) == 1 else list(self.values)


When: TypeAlias = Mapping[str, Any] | Iterable[Condition] | None


def conditions_of(when: When) -> tuple[Condition, ...]:
    """Return a declared `when` as conditions; refuses what is not a mapping of names to values.

    >>> conditions_of({"model": ("svm", "mlp"), "layers": ">= 2"})
    (Condition(parent='model', values=('svm', 'mlp')), Condition(parent='layers', values=('>= 2',)))
    """
    if when is None:
        return ()
    if isinstance(when, Mapping):
        return tuple(Condition(checked_name(parent), _values(parent, wanted)) for parent, wanted in when.items())
    conditions: tuple[object, ...] = tuple(when) if isinstance(when, (tuple, list)) else (when,)
    if not all(isinstance(condition, Condition) for condition in conditions):
        raise InvalidSpaceError(f"when needs a mapping of parents to values, such as {{'model': 'svm'}}, got {when!r}")
    return conditions  # type: ignore[return-value]


def _values(parent: str, wanted: object) -> tuple[Primitive, ...]:
    if isinstance(wanted, (set, frozenset)):
        wanted = sorted(wanted, key=repr)
    values = tuple(wanted) if isinstance(wanted, (tuple, list)) else (wanted,)
    if not values:
        raise InvalidSpaceError(f"when needs at least one value for the parent {parent!r}, got none")
    return tuple(label_of(value, owner="when") for value in values)

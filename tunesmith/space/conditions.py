"""When a parameter is active: conditions on its parents, as declared and as resolved against the parents' domains.

`when={"model": "svm"}` asks for a value, `{"model": ("svm", "mlp")}` for one of several (tuple, list or set),
`{"layers": ">= 2"}` for a range of a numeric parent; several bounds are joined by commas, `">= 2, < 8"`. Several
parents must all hold. The text of a range is read as a range only if the parent is numeric; for choices a text is a
choice. A child of an inactive parent is inactive.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, final

import numpy as np

from tunesmith.errors import InvalidSpaceError
from tunesmith.space.domain import CATEGORICAL, FloatArray, Primitive
from tunesmith.space.labels import label_of
from tunesmith.space.names import checked_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tunesmith.space.domain import Domain

__all__ = ["Condition", "Test", "When", "conditions_of", "resolve", "shown_extras"]

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
    "==": operator.eq,
    "!=": operator.ne,
}
_BOUND = re.compile(r"\s*(<=|>=|==|!=|<|>)\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*")


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


def shown_extras(domain: Domain) -> list[str]:
    """Return what the repr of a domain says of its conditions and of being optional."""
    asked = {one.parent: one.as_data() for one in domain.when}
    shown = [f"when={asked!r}"] if asked else []
    return [*shown, "optional=True"] if domain.optional else shown


def _values(parent: str, wanted: object) -> tuple[Primitive, ...]:
    if isinstance(wanted, (set, frozenset)):
        wanted = sorted(wanted, key=repr)
    values = tuple(wanted) if isinstance(wanted, (tuple, list)) else (wanted,)
    if not values:
        raise InvalidSpaceError(f"when needs at least one value for the parent {parent!r}, got none")
    return tuple(label_of(value, owner="when") for value in values)


@final
class Test:
    """A condition resolved against its parent's domain: asks one value, or a column of coordinates.

    Args:
        parent: name of the parent.
        accepts: says whether a value of the parent lets the child be active.
        table: for a parent with few cells, the answer for each cell (levels,), else None.
    """

    def __init__(self, condition: Condition, domain: Domain, bounds: tuple[tuple[str, float], ...]) -> None:
        self.parent = condition.parent
        self.domain = domain
        self.bounds = bounds
        on_grid = domain.kind != CATEGORICAL and not hasattr(domain, "choices") and domain.levels and not bounds
        self.values = frozenset(
            domain.from_unit(domain.to_unit(value)) if on_grid and domain.contains(value) else value
            for value in condition.values
        )
        self.accepts: Callable[[Any], bool] = self._within if bounds else self.values.__contains__

    def _within(self, value: float) -> bool:
        try:
            return all(_OPERATORS[sign](value, bound) for sign, bound in self.bounds)
        except TypeError:  # the value of an old config, from when the parent was of another type
            return False

    def accepted(self, u: FloatArray) -> NDArray[np.bool_]:
        """Say for each coordinate (n,) of the parent, none of them NaN, whether its value is accepted (n,)."""
        column = self.domain.column(u)
        if not self.bounds:
            found = np.zeros(len(u), dtype=np.bool_)
            for value in self.values:
                found |= np.asarray(column == value, dtype=np.bool_)
            return found
        found = np.ones(len(u), dtype=np.bool_)
        for sign, bound in self.bounds:
            found &= _OPERATORS[sign](column, bound)
        return found


def resolve(child: str, condition: Condition, domain: Domain) -> Test:
    """Return the test of a condition, or refuse one that no value of the parent can satisfy.

    A parent with one value only (a frozen one) may have children that are never active.
    """
    text = condition.values[0]
    numeric = domain.kind != CATEGORICAL and not hasattr(domain, "choices")
    bounds: tuple[tuple[str, float], ...] = ()
    if numeric and isinstance(text, str):
        if len(condition.values) > 1:
            raise InvalidSpaceError(
                f"the condition of {child!r} lists several texts for the numeric parent {condition.parent!r}; "
                f'join bounds in one text, such as ">= 2, < 8", got {list(condition.values)}'
            )
        bounds = _bounds(child, condition.parent, text)
        possible = _reachable(domain, bounds)
    else:
        strange = [value for value in condition.values if not domain.contains(value)]
        possible = not strange
        if strange and domain.levels != 1:
            raise InvalidSpaceError(
                f"the condition of {child!r} asks for {condition.parent}={strange[0]!r}, "
                f"but {condition.parent!r} is {domain.describe()}"
            )
    if not possible and domain.levels != 1:
        raise InvalidSpaceError(
            f"the condition of {child!r} asks for {condition.parent} {text}, which can never be: "
            f"{condition.parent!r} is {domain.describe()}"
        )
    return Test(condition, domain, bounds)


def _bounds(child: str, parent: str, text: str) -> tuple[tuple[str, float], ...]:
    found = []
    for part in text.split(","):
        match = _BOUND.fullmatch(part)
        if match is None:
            raise InvalidSpaceError(
                f"the condition of {child!r} on the numeric parent {parent!r} must be a value, several values, or a "
                f'range such as ">= 2" or ">= 2, < 8", got {text!r}'
            )
        digits = match[2]
        found.append((match[1], int(digits) if digits.lstrip("+-").isdigit() else float(digits)))
    return tuple(found)


def _reachable(domain: Domain, bounds: tuple[tuple[str, float], ...]) -> bool:
    low, high = domain.from_unit(0.0), domain.from_unit(1.0)
    lowest, highest = -math.inf, math.inf
    for sign, bound in bounds:
        if sign == "!=":
            continue
        if (sign == ">" and not high > bound) or (sign == "<" and not low < bound):  # type: ignore[operator]
            return False
        lowest = max(lowest, bound) if sign in {">", ">=", "=="} else lowest
        highest = min(highest, bound) if sign in {"<", "<=", "=="} else highest
    return bool(lowest <= highest and lowest <= high and low <= highest)  # type: ignore[operator]

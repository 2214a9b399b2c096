"""When a parameter is active: declared conditions, resolved against the domains of the parents.

A condition's text is read as a range only if the parent is numeric; for choices a text is a choice.
"""

from __future__ import annotations

import math
import operator
import re
from bisect import bisect_left
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tunesmith.errors import InvalidSpaceError
from tunesmith.space.domain import CATEGORICAL, FloatArray

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tunesmith.space.conditions import Condition
    from tunesmith.space.domain import Domain

__all__ = ["Test", "resolve"]

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
class Test:
    """A condition resolved against its parent's domain: asks one value, or a column of coordinates.

    Args:
        condition: the condition as declared.
        domain: domain of the parent.
        bounds: signs and numbers of a range, all of which must hold; empty if the condition lists values.

    Attributes:
        parent: name of the parent.
        accepts: says whether a value of the parent lets the child be active.
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
            return _obeys(value, self.bounds)
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

    A single value of a continuous parent counts as one that it never takes: no draw hits it. A parent with one value
    only (a frozen one) may have children that are never active.
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
        if domain.levels == 0 and any(sign == "==" for sign, _ in bounds):
            raise _never_hit(child, condition.parent, text)
        possible = _reachable(domain, bounds)
    else:
        strange = [value for value in condition.values if not domain.contains(value)]
        possible = not strange
        if strange and domain.levels != 1:
            raise InvalidSpaceError(
                f"the condition of {child!r} asks for {condition.parent}={strange[0]!r}, "
                f"but {condition.parent!r} is {domain.describe()}"
            )
        if numeric and possible and domain.levels == 0:
            raise _never_hit(child, condition.parent, text)
    if not possible and domain.levels != 1:
        raise InvalidSpaceError(
            f"the condition of {child!r} asks for {condition.parent} {text}, which can never be: "
            f"{condition.parent!r} is {domain.describe()}"
        )
    return Test(condition, domain, bounds)


def _never_hit(child: str, parent: str, value: object) -> InvalidSpaceError:
    return InvalidSpaceError(
        f"the condition of {child!r} asks for {parent}={value!r}, but {parent!r} is continuous, and no draw hits one "
        'value exactly; ask for a range in one text, such as ">= 0.2, <= 0.5"'
    )


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
    """Say whether a value of a numeric domain obeys all bounds."""
    lowest = max((bound for sign, bound in bounds if sign in {">", ">=", "=="}), default=-math.inf)
    highest = min((bound for sign, bound in bounds if sign in {"<", "<=", "=="}), default=math.inf)
    if domain.levels:
        # The first value that is not below `lowest`, and as many behind it as `>` and `!=` may shut out.
        level: Callable[[int], Any] = domain.level
        first = bisect_left(range(domain.levels), lowest, key=level)
        near = range(first, min(first + len(bounds) + 1, domain.levels))
        return any(_obeys(level(index), bounds) for index in near)
    low, high = domain.from_unit(0.0), domain.from_unit(1.0)
    lowest, highest = max(lowest, low), min(highest, high)  # type: ignore[type-var, assignment]
    return lowest < highest or (lowest == highest and _obeys(lowest, bounds))


def _obeys(value: Any, bounds: tuple[tuple[str, float], ...]) -> bool:
    return all(_OPERATORS[sign](value, bound) for sign, bound in bounds)

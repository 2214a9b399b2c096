"""Rules between parameters: checked against the domains, then evaluated on one config or on columns of many.

A rule is vacuous (satisfied) when one of its parameters is inactive or absent. Kinds are checked at definition, so
evaluation is total: numbers go with numbers, texts are compared with `==`, `!=` and `in` only. What has no value
(a division by zero, the logarithm of a negative number) is NaN, and every comparison with NaN but `!=` is false.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from functools import reduce
from typing import TYPE_CHECKING, Any, TypeAlias, final

import numpy as np

from tunesmith.errors import InvalidSpaceError
from tunesmith.space.grammar import Call, Constant, Items, Name, Node, parse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tunesmith.space.domain import Domain

__all__ = ["Rule"]

_Scalar: TypeAlias = Callable[[Mapping[str, Any]], Any]

_NUMBER, _TEXT, _TRUTH, _ANY, _LIST = "a number", "a text", "a truth value", "a mixed value", "a list"
_NUMERIC = frozenset({_NUMBER, _TRUTH})
_ARITHMETIC = frozenset({"+", "-", "*", "/", "//", "%", "**", "neg", "pos"})
_ORDER = frozenset({"<", "<=", ">", ">="})
_ONE = frozenset({"abs", "log", "log2", "log10", "sqrt", "exp", "floor", "ceil"})
_MANY = frozenset({"min", "max"})


def _guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function with NaN where it has no value and infinity where it overflows."""

    def total(*arguments: Any) -> Any:
        try:
            result = function(*arguments)
        except (ZeroDivisionError, ValueError):
            return math.nan
        except OverflowError:
            return math.inf
        return math.nan if isinstance(result, complex) else result

    return total


def _power(base: float, exponent: float) -> float:
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 == 1 else math.inf
    except ValueError:
        return math.nan


def _extreme(choose: Callable[..., Any]) -> Callable[..., Any]:
    """Return min or max that is NaN if any of the numbers is, as numpy has it."""
    return lambda *values: math.nan if any(value != value for value in values) else choose(values)  # noqa: PLR0124


def _whole(function: Callable[[float], Any]) -> Callable[[float], Any]:
    """Return floor or ceil that keeps infinities and NaN."""
    return lambda value: function(value) if math.isfinite(value) else value


def _vector_divide(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a division that gives NaN, not infinity, where the divisor is zero."""

    def divide(left: Any, right: Any) -> Any:
        return function(left, np.where(right == 0, np.nan, right))

    return divide


def _vector_log(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a logarithm that gives NaN, not minus infinity, at zero."""

    def log(value: Any) -> Any:
        return function(np.where(value > 0, value, np.nan))

    return log


def _vector_power(base: Any, exponent: Any) -> Any:
    return np.where((base == 0) & (exponent < 0), np.nan, np.power(base, exponent))


_SCALARS: dict[str, Callable[..., Any]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": _guarded(operator.truediv),
    "//": _guarded(operator.floordiv), "%": _guarded(operator.mod), "**": _power,
    "neg": operator.neg, "pos": operator.pos, "not": operator.not_,
    "abs": abs, "min": _extreme(min), "max": _extreme(max), "log": _guarded(math.log), "log2": _guarded(math.log2),
    "log10": _guarded(math.log10), "sqrt": _guarded(math.sqrt), "exp": _guarded(math.exp),
    "floor": _whole(math.floor), "ceil": _whole(math.ceil),
}  # fmt: skip
_VECTORS: dict[str, Callable[..., Any]] = {
    **{sign: _SCALARS[sign] for sign in ("<", "<=", ">", ">=", "==", "!=", "+", "-", "*", "neg", "pos")},
    "/": _vector_divide(np.divide), "//": _vector_divide(np.floor_divide), "%": _vector_divide(np.mod),
    "**": _vector_power, "not": np.logical_not, "abs": np.abs,
    "min": lambda *values: reduce(np.minimum, values), "max": lambda *values: reduce(np.maximum, values),
    "log": _vector_log(np.log), "log2": _vector_log(np.log2), "log10": _vector_log(np.log10), "sqrt": np.sqrt,
    "exp": np.exp, "floor": np.floor, "ceil": np.ceil,
    "and": lambda *values: reduce(np.logical_and, values), "or": lambda *values: reduce(np.logical_or, values),
}  # fmt: skip


@final
class Rule:
    """A rule of a space, ready to be asked.

    Args:
        text: what the user wrote.
        domains: the parameters of the space; a rule about others is refused.

    Attributes:
        names: the parameters that the rule speaks of, in order of appearance.
    """

    def __init__(self, text: str, domains: Mapping[str, Domain]) -> None:
        tree = parse(text)
        self.text = text.strip()
        self.names = tuple(dict.fromkeys(_names(tree)))
        unknown = [name for name in self.names if name not in domains]
        if unknown:
            raise InvalidSpaceError(
                f"the rule {self.text!r} speaks of {unknown[0]!r}, which is no parameter of the space; "
                f"there are {', '.join(domains) or 'none'}"
            )
        if not self.names:
            raise InvalidSpaceError(f"the rule {self.text!r} speaks of no parameter; name some, such as a < b")
        found = _kind(tree, domains, self.text)
        if found != _TRUTH:
            raise InvalidSpaceError(f"the rule {self.text!r} is {found}; a rule is true or false, such as a < b")
        self._tree = tree
        self._scalar = _scalar(tree)

    def holds(self, config: Mapping[str, Any]) -> bool:
        """Say whether a config obeys the rule; one that lacks a parameter of the rule does."""
        for name in self.names:
            if name not in config:
                return True
        try:
            return bool(self._scalar(config))
        except (OverflowError, TypeError):  # whole numbers beyond 1e308, or a value outside its domain
            return False

    def hold(self, columns: Mapping[str, NDArray[Any]], count: int) -> NDArray[np.bool_]:
        """Say for each row (count,) of the columns, one array (count,) for each name, whether the rule is true."""
        with np.errstate(all="ignore"):
            return np.broadcast_to(np.asarray(_vector(self._tree, columns), dtype=np.bool_), (count,))


def _names(node: Node) -> list[str]:
    if isinstance(node, Name):
        return [node.name]
    parts = node.items if isinstance(node, Items) else node.arguments if isinstance(node, Call) else ()
    return [name for part in parts for name in _names(part)]


def _kind_of(value: object) -> str:
    if isinstance(value, bool):
        return _TRUTH
    return _NUMBER if isinstance(value, (int, float)) else _TEXT if isinstance(value, str) else _ANY


def _kind_of_domain(domain: Domain) -> str:
    choices = getattr(domain, "choices", None)
    if choices is None:
        return _NUMBER
    kinds = {_kind_of(choice) for choice in choices}
    return kinds.pop() if len(kinds) == 1 else _NUMBER if kinds <= _NUMERIC else _ANY


def _kind(node: Node, domains: Mapping[str, Domain], text: str) -> str:
    """Return the kind of a node's value, or refuse a tree whose kinds do not fit."""
    if isinstance(node, Constant):
        return _kind_of(node.value)
    if isinstance(node, Name):
        return _kind_of_domain(domains[node.name])
    if isinstance(node, Items):
        for item in node.items:
            _kind(item, domains, text)
        return _LIST
    sign, kinds = node.operator, [_kind(part, domains, text) for part in node.arguments]
    if sign == "in":
        _check_in(node, kinds, domains, text)
        return _TRUTH
    if _LIST in kinds:
        raise InvalidSpaceError(f"the rule {text!r} has a list beside {sign!r}; lists stand on the right of 'in' only")
    if sign in {"==", "!="}:
        _check_equal(node.arguments[0], node.arguments[1], domains, text)
        return _TRUTH
    if sign in {"and", "or", "not"}:
        _need(kinds, frozenset({_TRUTH}), sign, text)
        return _TRUTH
    if sign not in _ORDER | _ARITHMETIC | _ONE | _MANY:
        known = ", ".join(sorted(_ONE | _MANY))
        raise InvalidSpaceError(f"the rule {text!r} calls {sign!r}, which is no function; there are {known}")
    if (sign in _ONE and len(kinds) != 1) or (sign in _MANY and len(kinds) < 2):
        wanted = "one argument" if sign in _ONE else "two or more arguments"
        raise InvalidSpaceError(f"the rule {text!r} calls {sign} with {len(kinds)} argument(s); it takes {wanted}")
    _need(kinds, _NUMERIC, sign, text)
    return _TRUTH if sign in _ORDER else _NUMBER


def _need(kinds: list[str], wanted: frozenset[str], sign: str, text: str) -> None:
    for kind in kinds:
        if kind not in wanted:
            need = "numbers" if wanted is _NUMERIC else "truth values, such as a < b"
            raise InvalidSpaceError(f"the rule {text!r} needs {need} beside {sign!r}, got {kind}")


def _check_in(node: Call, kinds: list[str], domains: Mapping[str, Domain], text: str) -> None:
    left, right = node.arguments
    if kinds[0] == _LIST or not isinstance(right, Items):
        raise InvalidSpaceError(f"the rule {text!r} needs a list on the right of 'in', such as x in (1, 2)")
    for item in right.items:
        _check_equal(left, item, domains, text)


def _check_equal(left: Node, right: Node, domains: Mapping[str, Domain], text: str) -> None:
    """Refuse a comparison that can never be true: of a text with a number, or with a choice that isn't there."""
    kinds = {_kind(left, domains, text), _kind(right, domains, text)} - {_ANY}
    if _LIST in kinds:
        raise InvalidSpaceError(f"the rule {text!r} has a list inside a list or beside ==; write single values")
    if len(kinds) > 1 and not kinds <= _NUMERIC:
        raise InvalidSpaceError(f"the rule {text!r} compares {' with '.join(sorted(kinds))}; they are never equal")
    for name, constant in ((left, right), (right, left)):
        if not isinstance(name, Name) or not isinstance(constant, Constant) or not isinstance(constant.value, str):
            continue
        domain = domains[name.name]
        if domain.levels != 1 and not domain.contains(constant.value):
            raise InvalidSpaceError(
                f"the rule {text!r} compares {name.name!r} with {constant.value!r}, but it is {domain.describe()}"
            )


def _scalar(node: Node) -> _Scalar:
    """Return a function from a config to the node's value."""
    if isinstance(node, Constant):
        value = node.value
        return lambda _config: value
    if isinstance(node, Name):
        return operator.itemgetter(node.name)
    if isinstance(node, Items):
        items = tuple(_scalar(item) for item in node.items)
        return lambda config: [item(config) for item in items]
    parts = tuple(_scalar(part) for part in node.arguments)
    if node.operator == "and":
        return lambda config: all(part(config) for part in parts)
    if node.operator == "or":
        return lambda config: any(part(config) for part in parts)
    if node.operator == "in":
        sought, listed = parts
        return lambda config: any(item == sought(config) for item in listed(config))
    function = _SCALARS[node.operator]
    if len(parts) == 2:
        left, right = parts
        return lambda config: function(left(config), right(config))
    return lambda config: function(*(part(config) for part in parts))


def _vector(node: Node, columns: Mapping[str, NDArray[Any]]) -> Any:
    """Return the node's values over all rows: an array (n,), or a single value for what doesn't vary."""
    if isinstance(node, Constant):
        return node.value
    if isinstance(node, Name):
        return columns[node.name]
    if isinstance(node, Items):
        return [_vector(item, columns) for item in node.items]
    if node.operator == "in":
        sought, listed = (_vector(part, columns) for part in node.arguments)
        return reduce(np.logical_or, [np.asarray(sought == item, dtype=np.bool_) for item in listed])
    parts = [_vector(part, columns) for part in node.arguments]
    if node.operator in _ARITHMETIC | _ONE | _MANY:  # numpy's own sum of truth values is no number
        parts = [np.asarray(part, dtype=np.float64) for part in parts]
    return _VECTORS[node.operator](*parts)

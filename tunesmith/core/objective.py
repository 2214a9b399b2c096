"""What an objective may return: directions, the one sign change, and one total function from any object to values.

A study minimises *losses*. Users speak of values and a direction. The sign of a maximised value changes in
`to_losses` and nowhere else.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, final

import numpy as np

from tunesmith.errors import InvalidArgumentError

__all__ = [
    "Direction",
    "Returned",
    "check_directions",
    "json_value",
    "read_number",
    "read_returned",
    "to_losses",
    "writable",
]

Direction = Literal["minimize", "maximize"]

_LONGEST_NAME = 200
_LARGEST_INT = 2**63 - 1


def check_directions(directions: Sequence[str]) -> tuple[Direction, ...]:
    """Return the directions as a tuple, or say which one is not known."""
    if isinstance(directions, str) or not directions:
        raise InvalidArgumentError(
            f"directions needs a list such as ['minimize', 'maximize'], got {directions!r}; "
            "for one objective use direction='minimize'"
        )
    for direction in directions:
        if direction not in ("minimize", "maximize"):
            raise InvalidArgumentError(f"direction must be 'minimize' or 'maximize', got {direction!r}")
    return tuple(directions)  # type: ignore[arg-type]


def to_losses(values: Sequence[float], directions: Sequence[Direction]) -> tuple[float, ...]:
    """Return losses, smaller is better: the only place where a maximised value changes sign.

    >>> to_losses((0.9, 12.0), ("maximize", "minimize"))
    (-0.9, 12.0)
    """
    return tuple(-v if d == "maximize" else v for v, d in zip(values, directions, strict=True))


@final
@dataclass(frozen=True, slots=True)
class Returned:
    """What an objective's return value means.

    Attributes:
        values: one finite float an objective, or None when the value cannot be used.
        metrics: further named numbers that came in a dict.
        reason: a short word when `values` is None: `nan`, `infinite`, `not-a-number`, `wrong-length`, `missing`.
        message: the sentence for a person.
        warning: a sentence when the value was accepted with a doubt (a bool).
    """

    values: tuple[float, ...] | None
    metrics: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""
    message: str = ""
    warning: str = ""


def read_number(value: object) -> tuple[float | None, str, str]:
    """Return (number, reason, message): a finite float and two empty strings, or None and why not.

    Accepts ints, floats, NumPy scalars and 0-d arrays, one-element tensors, Decimal and Fraction. Refuses strings,
    bytes, complex numbers, containers, NaN and infinities.
    """
    kind = type(value)
    if kind is float or kind is int:
        return _finite(value)
    if value is None:
        return None, "missing", "the objective returned None; return a number"
    if isinstance(value, (str, bytes, bytearray)):
        return None, "not-a-number", f"the objective returned {_short(value)}, which is text; return float(...) of it"
    if isinstance(value, numbers.Real):
        return _finite(value)
    shape = getattr(value, "shape", None)
    if shape is not None and callable(getattr(value, "item", None)):
        return _read_array(value)
    if isinstance(value, numbers.Number) and not isinstance(value, numbers.Complex):
        return _finite(value)  # Decimal registers as Number only
    return None, "not-a-number", f"the objective returned {_short(value)} of type {kind.__name__}; return a number"


def _read_array(value: Any) -> tuple[float | None, str, str]:
    try:
        item = value.item() if np.prod(value.shape) == 1 else None
    except Exception as error:
        return None, "not-a-number", f"the objective returned {_short(value)}, which cannot be read: {error}"
    if item is None:
        return (
            None,
            "wrong-length",
            f"the objective returned an array of shape {tuple(value.shape)}, not a number",
        )
    if isinstance(item, bool):
        return _finite(float(item))
    if isinstance(item, (int, float)):
        return _finite(item)
    return None, "not-a-number", f"the objective returned {_short(value)}; return a number"


def _finite(value: Any) -> tuple[float | None, str, str]:
    try:
        number = float(value)
    except (OverflowError, ValueError, TypeError) as error:
        return None, "infinite", f"the objective returned {_short(value)}, which no float can hold ({error})"
    if math.isnan(number):
        return None, "nan", "the objective returned NaN"
    if math.isinf(number):
        return None, "infinite", f"the objective returned {number}; return a large finite loss if that is what is meant"
    return number, "", ""


def _short(value: object) -> str:
    try:
        text = repr(value)
    except Exception as error:
        text = f"<object whose repr fails: {type(error).__name__}>"
    return text if len(text) <= 60 else text[:57] + "..."


def read_returned(returned: object, metrics: Sequence[str]) -> Returned:
    """Turn whatever an objective returned into values or a reason; never raises.

    Args:
        returned: a number; a sequence with one number an objective; or a dict of named numbers that holds every
            objective's name (for a single objective also `value` or `loss` serve).
        metrics: names of the objectives, in order.

    >>> read_returned(0.25, ("value",)).values
    (0.25,)
    >>> read_returned("3.5", ("value",)).reason
    'not-a-number'
    """
    if type(returned) is float and len(metrics) == 1 and math.isfinite(returned):
        return Returned((returned,))  # the usual case
    try:
        return _read(returned, metrics)
    except Exception as error:  # a hostile __len__, __iter__ or __float__ of a user's object
        return Returned(
            None, {}, "not-a-number", f"the returned object cannot be read: {type(error).__name__}: {error}"
        )


def _read(returned: object, metrics: Sequence[str]) -> Returned:
    if isinstance(returned, Mapping):
        return _read_mapping(returned, metrics)
    expected = len(metrics)
    warning = ""
    if isinstance(returned, (bool, np.bool_)):
        warning = "the objective returned a bool; it counts as 0 or 1"
    items: Sequence[object]
    if _is_sequence(returned):
        items = list(returned)  # type: ignore[call-overload]
        if len(items) != expected:
            return Returned(
                None,
                {},
                "wrong-length",
                f"the objective returned {len(items)} values, expected {expected}: {_short(returned)}",
            )
    elif expected > 1:
        return Returned(
            None,
            {},
            "wrong-length",
            f"the objective returned {_short(returned)}, expected {expected} values: {', '.join(metrics)}",
        )
    else:
        items = [returned]
    return _read_items(items, {}, warning)


def _is_sequence(value: object) -> bool:
    if isinstance(value, (list, tuple)):
        return True
    return getattr(value, "ndim", 0) == 1 and hasattr(value, "__len__")


def _read_mapping(returned: Mapping[object, object], metrics: Sequence[str]) -> Returned:
    names = dict.fromkeys(metrics)
    if len(metrics) == 1 and metrics[0] not in returned:
        names = dict.fromkeys(name for name in ("value", "loss") if name in returned)
        if len(names) != 1:
            names = dict.fromkeys(metrics)
    missing = [name for name in names if name not in returned]
    if missing:
        there = ", ".join(map(repr, list(returned)[:8])) or "nothing"
        return Returned(None, {}, "missing", f"the returned dict lacks {', '.join(map(repr, missing))}; it has {there}")
    others: dict[str, float] = {}
    for key, value in returned.items():
        number, _, _ = read_number(value)
        if isinstance(key, str) and key not in names and number is not None:
            others[check_name(key, "a metric's name")] = number
    return _read_items([returned[name] for name in names], others, "")


def _read_items(items: Sequence[object], others: Mapping[str, float], warning: str) -> Returned:
    values = []
    for item in items:
        number, reason, message = read_number(item)
        if number is None:
            return Returned(None, others, reason, message)
        values.append(number)
    return Returned(tuple(values), others, warning=warning)


def json_value(value: object, where: str) -> Any:
    """Return a plain strict-JSON copy of a value (attributes, settings), or say what in it cannot be kept.

    NumPy scalars become Python numbers and tuples become lists; NaN, infinities, other objects and integers beyond
    64 bits are refused.

    Args:
        value: what the user gave.
        where: what to call it in the message, such as "user attribute 'note'".
    """
    try:
        return _plain(value, where)
    except RecursionError:
        raise InvalidArgumentError(f"{where} is nested too deep, or stands inside itself") from None


def _plain(value: object, where: str) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(str.__str__(value), where)  # without what a subclass adds
    if isinstance(value, numbers.Integral):
        if abs(int(value)) > _LARGEST_INT:
            raise InvalidArgumentError(f"{where} holds the integer {_short(value)}, beyond 64 bits; store it as text")
        return int(value)
    if isinstance(value, numbers.Real):
        number = read_number(value)[0]
        if number is None:
            raise InvalidArgumentError(f"{where} holds {_short(value)}, which JSON cannot carry; store it as text")
        return number
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, np.ndarray):
        return _plain(value.tolist(), where)
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise InvalidArgumentError(f"{where} has the key {key!r}; keys must be text")
        return {_text(str.__str__(key), where): _plain(item, where) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, where) for item in value]
    raise InvalidArgumentError(
        f"{where} holds {_short(value)} of type {type(value).__name__}; store numbers, text, lists or dicts"
    )


def _text(text: str, where: str) -> str:
    if writable(text) != text:
        raise InvalidArgumentError(
            f"{where} holds {_short(text)} with a lone surrogate, which UTF-8 cannot carry; store repr(...) of it"
        )
    return text


def writable(text: str) -> str:
    r"""Return a text that UTF-8 can carry, with lone surrogates (bytes of a file's name) as escapes.

    >>> writable("caf\udce9")
    'caf\\udce9'
    """
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def check_name(name: object, what: str) -> str:
    """Return a name that every store can keep, or say why it is not one (empty, too long, control characters)."""
    if not isinstance(name, str) or not name.strip():
        raise InvalidArgumentError(f"{what} must be a text that is not empty, got {name!r}")
    if len(name) > _LONGEST_NAME:
        raise InvalidArgumentError(
            f"{what} must have at most {_LONGEST_NAME} characters, got {len(name)}: {name[:40]!r}..."
        )
    if any(ord(c) < 32 or ord(c) == 127 or 0xD800 <= ord(c) <= 0xDFFF for c in name):
        raise InvalidArgumentError(f"{what} must not hold control characters or lone surrogates, got {name!r}")
    return name

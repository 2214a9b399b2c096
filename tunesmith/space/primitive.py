"""The values a config may hold, and the checks of the numbers and switches that domains and hints are made of."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np

from tunesmith.errors import InvalidSpaceError

__all__ = ["INT64_MAX", "INT64_MIN", "Config", "Primitive", "finite_float", "truth", "whole_number"]

Primitive: TypeAlias = bool | int | float | str | None
Config: TypeAlias = dict[str, Primitive]

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1


def finite_float(value: object, *, owner: str, argument: str) -> float:
    """Return the argument as a float, or refuse it by name when it is not a finite number."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InvalidSpaceError(f"{owner} needs a number as {argument}, got {argument}={value!r}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise InvalidSpaceError(f"{owner} needs a finite {argument}, got {argument}={value!r}; choose a finite number")
    return number + 0.0  # -0.0 becomes 0.0, so that equal domains have equal texts


def whole_number(value: object, *, owner: str, argument: str) -> int:
    """Return the argument as an int, or refuse it by name when it is not an int of 64 bits."""
    if isinstance(value, np.integer):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidSpaceError(
            f"{owner} needs a whole number of type int as {argument}, got {argument}={value!r}; use Float for fractions"
        )
    if not INT64_MIN <= value <= INT64_MAX:
        raise InvalidSpaceError(
            f"{owner} needs {argument} within 64 bits (-2**63 to 2**63 - 1), got {argument}={value}; "
            "tune its logarithm or a multiple of it instead"
        )
    return value


def truth(value: object, *, owner: str, argument: str) -> bool:
    """Return the argument, or refuse it by name when it is neither True nor False."""
    if not isinstance(value, (bool, np.bool_)):
        raise InvalidSpaceError(f"{owner} needs {argument}=True or {argument}=False, got {argument}={value!r}")
    return bool(value)

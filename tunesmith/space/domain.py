"""What every domain offers, the values a config may hold, and the checks of numbers that the domains share."""

from __future__ import annotations

import enum
import math
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tunesmith.errors import InvalidSpaceError

if TYPE_CHECKING:
    from tunesmith.space.conditions import Condition
    from tunesmith.space.priors import UnitPrior

__all__ = [
    "CATEGORICAL",
    "CONTINUOUS",
    "INT64_MAX",
    "INT64_MIN",
    "ORDERED",
    "UNSET",
    "Config",
    "Domain",
    "FloatArray",
    "Primitive",
    "Unset",
    "finite_float",
    "snap_cells",
    "truth",
    "unit_end",
    "whole_number",
]

Primitive: TypeAlias = bool | int | float | str | None
Config: TypeAlias = dict[str, Primitive]
FloatArray: TypeAlias = NDArray[np.float64]

CONTINUOUS, ORDERED, CATEGORICAL = 0, 1, 2
"""The three kinds of a coordinate: a line, cells in order, cells without order."""

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1


class Unset(enum.Enum):
    """The type of `UNSET`, the mark of a default that nobody declared (None may be a choice)."""

    UNSET = "unset"


UNSET = Unset.UNSET


class Domain(Protocol):
    """What a parameter may be: membership, and the way to and from its coordinate in the unit interval."""

    @property
    def kind(self) -> int:
        """0 for a continuous coordinate, 1 for ordered cells, 2 for categories."""

    @property
    def levels(self) -> int:
        """Number of values (cells), or 0 for a continuous domain."""

    @property
    def when(self) -> tuple[Condition, ...]:
        """Conditions that must all hold for the parameter to be active."""

    @property
    def optional(self) -> bool:
        """Whether a config may do without the parameter (a name met by define-by-run)."""

    @property
    def has_default(self) -> bool:
        """Whether a default was declared."""

    @property
    def prior_unit(self) -> UnitPrior | None:
        """The hint of the user in unit coordinates, if there is one."""

    def start(self) -> Primitive:
        """Return the declared default, else the middle of a range or the first choice."""

    def contains(self, value: object) -> bool:
        """Say whether the value belongs to the domain, type included."""

    def from_unit(self, u: float) -> Primitive:
        """Return the value at a coordinate in [0, 1]; a coordinate outside is read as the nearest end."""

    def to_unit(self, value: object) -> float:
        """Return the coordinate of a value: outside [0, 1] when out of range, NaN when it has no place."""

    def level(self, index: int) -> Primitive:
        """Return the value of cell `index`, counted from 0."""

    def column(self, u: FloatArray) -> NDArray[Any]:
        """Return the values (n,) at the coordinates (n,), none of them NaN, for vectorised rules."""

    def snap(self, u: FloatArray) -> FloatArray:
        """Move coordinates (n,) to the centres of their cells; NaN stays NaN."""

    def cells(self, u: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the lower and upper edges (n,), (n,) of the cells that hold the coordinates (n,)."""

    def describe(self) -> str:
        """Return the domain in words, for messages: `a float from 0.0 to 1.0`."""


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


def unit_end(u: float) -> bool:
    """Say whether a coordinate that is not inside (0, 1) stands at the upper end; NaN is refused."""
    if u != u:  # noqa: PLR0124 - NaN is the one number that differs from itself
        raise InvalidSpaceError("a coordinate must be a number in [0, 1], got nan")
    return u >= 1.0


def snap_cells(u: FloatArray, levels: int) -> FloatArray:
    """Move coordinates (n,) to the centres of `levels` equal cells; NaN stays NaN."""
    index = np.clip(np.floor(u * levels), 0, levels - 1)
    return (index + 0.5) / levels

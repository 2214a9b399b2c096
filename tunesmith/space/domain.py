"""What every domain offers, and what the domains share: kinds, the unit interval, and how they are shown."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tunesmith.errors import InvalidSpaceError

if TYPE_CHECKING:
    from tunesmith.space.conditions import Condition
    from tunesmith.space.primitive import Primitive
    from tunesmith.space.priors import UnitPrior

__all__ = [
    "CATEGORICAL",
    "CONTINUOUS",
    "ORDERED",
    "UNSET",
    "Domain",
    "FloatArray",
    "Unset",
    "shown_extras",
    "snap_cells",
    "unit_end",
]

FloatArray: TypeAlias = NDArray[np.float64]

CONTINUOUS, ORDERED, CATEGORICAL = 0, 1, 2
"""The three kinds of a coordinate: a line, cells in order, cells without order."""


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


def unit_end(u: float) -> bool:
    """Say whether a coordinate that is not inside (0, 1) stands at the upper end; NaN is refused."""
    if u != u:  # noqa: PLR0124 - NaN is the one number that differs from itself
        raise InvalidSpaceError("a coordinate must be a number in [0, 1], got nan")
    return u >= 1.0


def snap_cells(u: FloatArray, levels: int) -> FloatArray:
    """Move coordinates (n,) to the centres of `levels` equal cells; NaN stays NaN."""
    index = np.clip(np.floor(u * levels), 0, levels - 1)
    return (index + 0.5) / levels


def shown_extras(domain: Domain) -> list[str]:
    """Return what the repr of a domain says of its conditions and of being optional."""
    asked = {one.parent: one.as_data() for one in domain.when}
    shown = [f"when={asked!r}"] if asked else []
    return [*shown, "optional=True"] if domain.optional else shown

"""`Float`: a range of real numbers, linear or logarithmic, continuous or in steps."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tunesmith.errors import InvalidSpaceError
from tunesmith.space.conditions import Condition, When, conditions_of
from tunesmith.space.domain import CONTINUOUS, ORDERED, FloatArray, shown_extras, snap_cells, unit_end
from tunesmith.space.primitive import finite_float, truth
from tunesmith.space.priors import Near, Normal, Prior, UnitPrior

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Float"]

_MOST_LISTED = 10_000
_MOST_LEVELS = 2**51  # beyond, two neighbours would share a coordinate


@final
@dataclass(frozen=True, init=False, repr=False)
class Float:
    """A real number in [low, high].

    Args:
        low: lowest value, in the parameter's own unit; finite.
        high: highest value; equal to `low` for a constant.
        log: whether the logarithm is what varies evenly; needs low > 0.
        step: distance between neighbouring values, counted from `low`; a range that it doesn't divide is shortened,
            with a warning, and `high` then states the shortened end. Not together with `log`.
        default: the value to start from, and for trials from before the parameter was there.
        prior: where good values are thought to lie, `Normal(mean, std)` or `Near(value, confidence)`.
        when: conditions on other parameters, such as `{"optimizer": "sgd"}`.
        optional: whether a config may do without it (a name met by define-by-run).

    Raises:
        InvalidSpaceError: if the arguments contradict each other.

    >>> round(Float(1e-5, 1e-1, log=True).from_unit(0.5), 9)
    0.001
    """

    low: float
    high: float
    log: bool
    step: float | None
    default: float | None
    prior: Prior | None
    when: tuple[Condition, ...]
    optional: bool
    kind: int = field(compare=False)
    levels: int = field(compare=False)
    prior_unit: UnitPrior | None = field(compare=False)
    _start: float = field(compare=False)
    _width: float = field(compare=False)
    _digits: int = field(compare=False)

    def __init__(
        self,
        low: float,
        high: float,
        *,
        log: bool = False,
        step: float | None = None,
        default: float | None = None,
        prior: Prior | None = None,
        when: When = None,
        optional: bool = False,
    ) -> None:
        log = truth(log, owner="Float", argument="log")
        low = finite_float(low, owner="Float", argument="low")
        high = finite_float(high, owner="Float", argument="high")
        _check_range(low, high, log=log, step=step)
        levels = 1 if low == high else 0
        digits = 0
        if step is not None:
            step = finite_float(step, owner="Float", argument="step")
            levels, high = _steps(low, high, step)
            digits = max(0, *(-int(Decimal(repr(number)).as_tuple().exponent) for number in (low, step)))
        start, width = (math.log(low), math.log(high) - math.log(low)) if log else (low, high - low)
        if width == 0 and low < high:
            raise InvalidSpaceError(f"Float with log needs a wider range, got low={low}, high={high}; drop log")
        self.__dict__.update(
            low=low,
            high=high,
            log=log,
            step=step,
            default=None,
            prior=prior,
            when=conditions_of(when),
            optional=truth(optional, owner="Float", argument="optional"),
            kind=ORDERED if levels else CONTINUOUS,
            levels=levels,
            prior_unit=None,
            _start=start,
            _width=width,
            _digits=digits,
        )
        if default is not None:
            default = finite_float(default, owner="Float", argument="default")
            self._need(default, "default")
        self.__dict__.update(default=default, prior_unit=self._unit_prior(prior))

    def _need(self, value: object, argument: str) -> None:
        if not self.contains(value):
            raise InvalidSpaceError(f"Float needs a {argument} that is {self.describe()}, got {argument}={value!r}")

    def _unit_prior(self, prior: Prior | None) -> UnitPrior | None:
        if prior is None:
            return None
        if isinstance(prior, Near):
            self._need(prior.value, "prior value")
            return UnitPrior(self.to_unit(prior.value), 1.0 / prior.strength)
        if not isinstance(prior, Normal):
            raise InvalidSpaceError(f"Float needs a prior of Normal(mean, std) or Near(value), got {prior!r}")
        if not self.low <= prior.mean <= self.high:
            raise InvalidSpaceError(f"Float needs a prior mean that is {self.describe()}, got mean={prior.mean}")
        if self.low == self.high:
            return UnitPrior(0.5, 1.0)
        if self.log:
            return UnitPrior(self.to_unit(prior.mean), prior.std * math.log(10.0) / self._width)
        width = self.step * self.levels if self.step is not None else self._width
        std = prior.std / width if math.isfinite(width) else prior.std / 2 / (self.high / 2 - self.low / 2)
        return UnitPrior(self.to_unit(prior.mean), std)

    @property
    def has_default(self) -> bool:
        """Whether a default was declared."""
        return self.default is not None

    def start(self) -> float:
        """Return the default, or the middle of the range (of its logarithm, if log)."""
        return self.from_unit(0.5) if self.default is None else self.default

    def contains(self, value: object) -> bool:
        """Say whether the value is a number in the range and on the grid; a bool is no number."""
        if type(value) is not float and (isinstance(value, bool) or not isinstance(value, (int, float))):
            return False
        if not self.low <= value <= self.high:
            return False
        return self.step is None or self._place(value) is not None

    def _place(self, value: float) -> int | None:
        """Return the number of the step that a value stands on, within rounding, or None."""
        step: float = self.step  # type: ignore[assignment]
        position = (value - self.low) / step
        if not 0 <= position < self.levels + 0.5:
            return None
        index = round(position)
        slack = 1e-9 * step + 4 * math.ulp(max(abs(self.low), abs(self.high)))
        return index if abs(value - self.level(index)) <= slack else None

    def level(self, index: int) -> float:
        """Return the value of step `index`, counted from 0 at `low`."""
        if self.step is None:
            return self.low
        return min(round(self.low + index * self.step, self._digits), self.high)

    def from_unit(self, u: float) -> float:
        """Return the value at a coordinate in [0, 1]; a coordinate outside is read as the nearest end."""
        if not 0.0 < u < 1.0:
            return self.high if unit_end(u) else self.low
        if self.levels:
            return self.level(min(int(u * self.levels), self.levels - 1))
        if self.log:
            value = math.exp(self._start + u * self._width)
        elif self._width < math.inf:
            value = self._start + u * self._width
        else:
            value = self.low * (1.0 - u) + self.high * u
        return self.low if value < self.low else min(value, self.high)

    def to_unit(self, value: object) -> float:
        """Return the coordinate of a value; out of range lies outside [0, 1], no number (or log of <= 0) is NaN."""
        if type(value) is not float and (isinstance(value, bool) or not isinstance(value, (int, float))):
            return math.nan
        if self.levels:
            return self._cell_of(value)
        if self.log:
            return (math.log(value) - self._start) / self._width if value > 0 else math.nan
        if self._width < math.inf:
            return (value - self._start) / self._width
        return (value / 2 - self.low / 2) / (self.high / 2 - self.low / 2)

    def _cell_of(self, value: float) -> float:
        if self.step is None:
            return 0.5 if value == self.low else -0.5 if value < self.low else 1.5 if value > self.low else math.nan
        place = self._place(value)
        position = (value - self.low) / self.step if place is None else place
        return (position + 0.5) / self.levels

    @cached_property
    def _values(self) -> FloatArray:
        return np.array([self.level(index) for index in range(self.levels)], dtype=np.float64)

    def column(self, u: FloatArray) -> NDArray[Any]:
        """Return the values (n,) at the coordinates (n,)."""
        if self.levels:
            index = np.clip(np.floor(u * self.levels), 0, self.levels - 1)
            if self.levels <= _MOST_LISTED:
                return self._values[index.astype(np.int64)]
            return np.minimum(self.low + index * (self.step or 0.0), self.high)
        u = np.clip(u, 0.0, 1.0)
        if self.log:
            return np.clip(np.exp(self._start + u * self._width), self.low, self.high)
        if self._width < math.inf:
            return np.clip(self._start + u * self._width, self.low, self.high)
        return np.clip(self.low * (1.0 - u) + self.high * u, self.low, self.high)

    def snap(self, u: FloatArray) -> FloatArray:
        """Move coordinates (n,) into [0, 1], and to the centres of the steps if there are any."""
        return snap_cells(u, self.levels) if self.levels else np.clip(u, 0.0, 1.0)

    def cells(self, u: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the edges (n,), (n,) of the cells around the coordinates (n,); a continuous one is its own cell."""
        if not self.levels:
            return u, u
        centre, half = snap_cells(u, self.levels), 0.5 / self.levels
        return centre - half, centre + half

    def describe(self) -> str:
        """Return the domain in words."""
        steps = f" in steps of {self.step}" if self.step is not None else ""
        return f"a float from {self.low} to {self.high}{steps}"

    def __repr__(self) -> str:
        extras = {"log": self.log, "step": self.step, "default": self.default, "prior": self.prior}
        shown = [f"{key}={value!r}" for key, value in extras.items() if value not in (None, False)]
        shown += shown_extras(self)
        return f"Float({', '.join([repr(self.low), repr(self.high), *shown])})"


def _check_range(low: float, high: float, *, log: bool, step: float | None) -> None:
    if low > high:
        raise InvalidSpaceError(f"Float needs low <= high, got low={low}, high={high}")
    if log and low <= 0:
        raise InvalidSpaceError(f"Float with log needs low > 0, got low={low}; raise low or drop log")
    if log and step is not None:
        raise InvalidSpaceError(f"Float takes log or step, not both, got step={step}; drop one of them")


def _steps(low: float, high: float, step: float) -> tuple[int, float]:
    """Return the number of values and the highest one, reckoned with the decimals that were typed."""
    if step <= 0:
        raise InvalidSpaceError(f"Float needs step > 0, got step={step}")
    first, stride = Fraction(repr(low)), Fraction(repr(step))
    levels = int((Fraction(repr(high)) - first) // stride) + 1
    if levels > _MOST_LEVELS:
        raise InvalidSpaceError(f"Float needs at most 2**51 steps, got step={step} on [{low}, {high}]; drop the step")
    last = float(first + (levels - 1) * stride)
    if last != high:
        warnings.warn(
            f"Float has a step of {step} that does not divide [{low}, {high}]; the range is shortened to "
            f"[{low}, {last}]",
            UserWarning,
            stacklevel=3,
        )
    return levels, last

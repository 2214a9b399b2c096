"""`Int`: a range of whole numbers of 64 bits, linear or logarithmic, in steps."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tunesmith.errors import InvalidSpaceError
from tunesmith.space.conditions import Condition, When, conditions_of
from tunesmith.space.domain import ORDERED, FloatArray, shown_extras, snap_cells, unit_end
from tunesmith.space.primitive import INT64_MAX, truth, whole_number
from tunesmith.space.priors import Near, Normal, Prior, UnitPrior

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Int"]

_FLOAT_EXACT = 2**53
_EXACT = 2**51  # up to here (index + 0.5) / levels is exact enough to come back by floats


@final
@dataclass(frozen=True, init=False, repr=False)
class Int:
    """A whole number in [low, high].

    Each value owns a cell of the unit interval: equal cells [i/L, (i+1)/L] on a linear range of L values; on a
    logarithmic one the image of [v - 1/2, v + 1/2] under the logarithm. The coordinate of a value is the centre of its
    cell. Values are exact ints throughout; on ranges of more than 2**51 values neighbours share a coordinate.

    Args:
        low: lowest value, an int of 64 bits.
        high: highest value; equal to `low` for a constant.
        log: whether the logarithm is what varies evenly; needs low >= 1.
        step: distance between neighbouring values, counted from `low`; a range that it doesn't divide is shortened,
            with a warning, and `high` then states the shortened end. Not together with `log`.
        default: the value to start from, and for trials from before the parameter was there.
        prior: where good values are thought to lie, `Normal(mean, std)` or `Near(value, confidence)`.
        when: conditions on other parameters, such as `{"model": "mlp"}`.
        optional: whether a config may do without it (a name met by define-by-run).

    Raises:
        InvalidSpaceError: if the arguments contradict each other.

    >>> [Int(1, 4).from_unit(u) for u in (0.0, 0.3, 0.5, 1.0)]
    [1, 2, 3, 4]
    """

    low: int
    high: int
    log: bool
    step: int
    default: int | None
    prior: Prior | None
    when: tuple[Condition, ...]
    optional: bool
    kind: int = field(compare=False)
    levels: int = field(compare=False)
    prior_unit: UnitPrior | None = field(compare=False)
    _start: float = field(compare=False)
    _width: float = field(compare=False)
    _logs: bool = field(compare=False)

    def __init__(
        self,
        low: int,
        high: int,
        *,
        log: bool = False,
        step: int | None = None,
        default: int | None = None,
        prior: Prior | None = None,
        when: When = None,
        optional: bool = False,
    ) -> None:
        log = truth(log, owner="Int", argument="log")
        low = whole_number(low, owner="Int", argument="low")
        high = whole_number(high, owner="Int", argument="high")
        step = 1 if step is None else whole_number(step, owner="Int", argument="step")
        _check_range(low, high, log=log, step=step)
        levels, high = _steps(low, high, step)
        logs = bool(log) and low < high
        start = math.log(low - 0.5) if logs else 0.0
        width = math.log(high + 0.5) - start if logs else 0.0
        if logs and width <= 0:
            raise InvalidSpaceError(f"Int with log needs a wider range, got low={low}, high={high}; drop log")
        self.__dict__.update(
            low=low,
            high=high,
            log=log,
            step=step,
            default=None,
            prior=prior,
            when=conditions_of(when),
            optional=truth(optional, owner="Int", argument="optional"),
            kind=ORDERED,
            levels=levels,
            prior_unit=None,
            _start=start,
            _width=width,
            _logs=logs,
        )
        if default is not None:
            default = whole_number(default, owner="Int", argument="default")
            self._need(default, "default")
        self.__dict__.update(default=default, prior_unit=self._unit_prior(prior))

    def _need(self, value: object, argument: str) -> None:
        if not self.contains(value):
            raise InvalidSpaceError(f"Int needs a {argument} that is {self.describe()}, got {argument}={value!r}")

    def _unit_prior(self, prior: Prior | None) -> UnitPrior | None:
        if prior is None:
            return None
        if isinstance(prior, Near):
            self._need(prior.value, "prior value")
            return UnitPrior(self.to_unit(prior.value), 1.0 / prior.strength)
        if not isinstance(prior, Normal):
            raise InvalidSpaceError(f"Int needs a prior of Normal(mean, std) or Near(value), got {prior!r}")
        if not self.low <= prior.mean <= self.high:
            raise InvalidSpaceError(f"Int needs a prior mean that is {self.describe()}, got mean={prior.mean}")
        if self._logs:
            mean = (math.log(prior.mean) - self._start) / self._width
            return UnitPrior(mean, prior.std * math.log(10.0) / self._width)
        mean = ((prior.mean - self.low) / self.step + 0.5) / self.levels
        return UnitPrior(mean, prior.std / (self.step * self.levels))

    @property
    def has_default(self) -> bool:
        """Whether a default was declared."""
        return self.default is not None

    def start(self) -> int:
        """Return the default, or the middle of the range (of its logarithm, if log)."""
        return self.from_unit(0.5) if self.default is None else self.default

    def contains(self, value: object) -> bool:
        """Say whether the value is an int (no bool, no float) in the range and on the grid."""
        if type(value) is not int or not self.low <= value <= self.high:
            return False
        return self.step == 1 or (value - self.low) % self.step == 0

    def level(self, index: int) -> int:
        """Return the value of cell `index`, counted from 0 at `low`."""
        return self.low + index * self.step

    def from_unit(self, u: float) -> int:
        """Return the value whose cell holds a coordinate in [0, 1]; one outside is read as the nearest end."""
        if not 0.0 < u < 1.0:
            return self.high if unit_end(u) else self.low
        if self._logs:
            value = int(math.exp(self._start + u * self._width) + 0.5)
            return self.low if value < self.low else min(value, self.high)
        if self.levels <= _EXACT:
            return self.low + min(int(u * self.levels), self.levels - 1) * self.step
        return self.low + ((int(u * 2**53) * self.levels) >> 53) * self.step

    def to_unit(self, value: object) -> float:
        """Return the centre of the value's cell; out of range lies outside [0, 1], no number (or log of < 1) is NaN."""
        if type(value) is not int and (isinstance(value, bool) or not isinstance(value, (int, float))):
            return math.nan
        if self._logs:
            if not value > 0.5:
                return math.nan
            return ((math.log(value - 0.5) + math.log(value + 0.5)) / 2 - self._start) / self._width
        if isinstance(value, int):
            return (2 * (value - self.low) + self.step) / (2 * self.step * self.levels)
        return ((value - self.low) / self.step + 0.5) / self.levels

    def _index(self, u: FloatArray) -> FloatArray:
        """Return the cells (n,) of coordinates (n,) as floats; NaN stays NaN."""
        if self._logs:
            u = np.clip(u, 0.0, 1.0)
            index: FloatArray = np.floor(np.exp(self._start + u * self._width) + 0.5) - self.low
        else:
            index = np.floor(u * self.levels)
        return np.clip(index, 0, self.levels - 1)

    def column(self, u: FloatArray) -> NDArray[Any]:
        """Return the values (n,) at the coordinates (n,), as floats where those are exact, else as int64."""
        if max(abs(self.low), abs(self.high)) > _FLOAT_EXACT:
            return np.array([self.from_unit(place) for place in u.tolist()], dtype=np.int64)
        return np.minimum(self.low + self._index(u) * self.step, float(self.high))

    def snap(self, u: FloatArray) -> FloatArray:
        """Move coordinates (n,) to the centres of their cells."""
        if not self._logs:
            return snap_cells(u, self.levels)
        low, high = self.cells(u)
        return (low + high) / 2

    def cells(self, u: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the edges (n,), (n,) of the cells that hold the coordinates (n,)."""
        index = self._index(u)
        if not self._logs:
            return index / self.levels, (index + 1) / self.levels
        value = index + self.low
        low: FloatArray = (np.log(value - 0.5) - self._start) / self._width
        high: FloatArray = (np.log(value + 0.5) - self._start) / self._width
        return low, high

    def describe(self) -> str:
        """Return the domain in words."""
        steps = f" in steps of {self.step}" if self.step != 1 else ""
        return f"an int from {self.low} to {self.high}{steps}"

    def __repr__(self) -> str:
        extras = {"default": self.default, "prior": self.prior}
        shown = ["log=True"] if self.log else []
        shown += [f"step={self.step}"] if self.step != 1 else []
        shown += [f"{key}={value!r}" for key, value in extras.items() if value is not None]
        shown += shown_extras(self)
        return f"Int({', '.join([repr(self.low), repr(self.high), *shown])})"


def _check_range(low: int, high: int, *, log: bool, step: int) -> None:
    if low > high:
        raise InvalidSpaceError(f"Int needs low <= high, got low={low}, high={high}")
    if step <= 0:
        raise InvalidSpaceError(f"Int needs step > 0, got step={step}")
    if log and low < 1:
        raise InvalidSpaceError(f"Int with log needs low >= 1, got low={low}; raise low or drop log")
    if log and step != 1:
        raise InvalidSpaceError(f"Int takes log or step, not both, got step={step}; drop one of them")


def _steps(low: int, high: int, step: int) -> tuple[int, int]:
    """Return the number of values and the highest one."""
    levels = (high - low) // step + 1
    if levels > INT64_MAX:
        raise InvalidSpaceError(f"Int needs at most 2**63 - 1 values, got low={low}, high={high}; take a larger step")
    last = low + (levels - 1) * step
    if last != high:
        warnings.warn(
            f"Int has a step of {step} that does not divide [{low}, {high}]; the range is shortened to [{low}, {last}]",
            UserWarning,
            stacklevel=3,
        )
    return levels, last

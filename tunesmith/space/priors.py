"""Hints of the user about where good values lie: `Normal`, `Near`, and what both become in unit coordinates.

A hint never excludes a value: it is a density over the domain that samplers may start from and mix with what they
learn. A bell around a trusted value, narrower with more confidence, is the hint of PriorBand (Mallik et al. 2023,
arXiv 2306.12370); the numbers behind low, medium and high are ours.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate
from statistics import NormalDist
from typing import TYPE_CHECKING, TypeAlias, final

import numpy as np

from tunesmith.errors import InvalidSpaceError
from tunesmith.space.primitive import Primitive, finite_float

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Near", "Normal", "Prior", "UnitPrior", "near_weights", "normalised"]

_CONFIDENCE = {"low": 2.0, "medium": 4.0, "high": 8.0}
_FLAT = 1e-9  # a bell so wide that its part between 0 and 1 is level
_STANDARD = NormalDist()


@final
@dataclass(frozen=True)
class Normal:
    """A bell around `mean`, cut at the ends of the domain.

    Args:
        mean: the likely best value, in the parameter's own unit.
        std: standard deviation, in the parameter's own unit; for a logarithmic parameter in decades (powers of ten).

    >>> Normal(mean=1e-3, std=0.5)  # for a logarithmic parameter: half a decade to each side
    Normal(mean=0.001, std=0.5)
    """

    mean: float
    std: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "mean", finite_float(self.mean, owner="Normal", argument="mean"))
        object.__setattr__(self, "std", finite_float(self.std, owner="Normal", argument="std"))
        if self.std <= 0:
            raise InvalidSpaceError(f"Normal needs std > 0, got std={self.std}")


@final
@dataclass(frozen=True)
class Near:
    """A value that the user trusts, and how much.

    Args:
        value: the likely best value (for choices: the label).
        confidence: "low", "medium", "high", or a positive number c. On a range, the standard deviation is 1/c of the
            range as the encoding sees it (so of the logarithm, if log); among choices, the value weighs c times as
            much as each other choice. The names stand for 2, 4 and 8.

    >>> Near(1e-3, "high").strength
    8.0
    """

    value: Primitive
    confidence: str | float = "medium"

    def __post_init__(self) -> None:
        value: object = self.value
        if isinstance(value, np.generic):
            object.__setattr__(self, "value", value.item())
        known = isinstance(self.confidence, str) and self.confidence in _CONFIDENCE
        number = not isinstance(self.confidence, (str, bool)) and isinstance(self.confidence, (int, float))
        if not known and not (number and math.isfinite(self.confidence) and self.confidence > 0):  # type: ignore[arg-type,operator]
            raise InvalidSpaceError(
                f"Near needs a confidence of 'low', 'medium', 'high' or a positive number, got {self.confidence!r}"
            )

    @property
    def strength(self) -> float:
        """The confidence as a number: one over the standard deviation in unit coordinates."""
        return _CONFIDENCE[self.confidence] if isinstance(self.confidence, str) else float(self.confidence)


Prior: TypeAlias = Normal | Near


@final
@dataclass(frozen=True)
class UnitPrior:
    """A hint in unit coordinates: a bell cut at 0 and 1, or a weight for each category.

    Args:
        mean: centre of the bell in [0, 1]; NaN if the hint is made of weights.
        std: its standard deviation in unit coordinates; NaN if the hint is made of weights.
        weights: probabilities of the categories, summing to 1; empty for a bell.
    """

    mean: float = math.nan
    std: float = math.nan
    weights: tuple[float, ...] = ()
    _sums: tuple[float, ...] = field(init=False, repr=False, compare=False, default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "_sums", tuple(accumulate(self.weights)))

    def quantile(self, u: float) -> float:
        """Return the coordinate below which a share `u` of the hint lies, u in [0, 1]."""
        if self.weights:
            count = len(self.weights)
            index = min(bisect_right(self._sums, u * self._sums[-1]), count - 1)
            while not self.weights[index]:  # u = 1, with a last weight of zero
                index -= 1
            return (index + 0.5) / count
        low = _STANDARD.cdf(-self.mean / self.std)
        high = _STANDARD.cdf((1.0 - self.mean) / self.std)
        if high - low < _FLAT:
            return u
        share = low + u * (high - low)
        if not 0.0 < share < 1.0:
            return 0.0 if share <= 0.0 else 1.0
        return min(1.0, max(0.0, self.mean + self.std * _STANDARD.inv_cdf(share)))


def normalised(weights: Sequence[float], *, owner: str, count: int) -> tuple[float, ...]:
    """Return weights that sum to 1, or refuse them: one finite, non-negative number for each choice, not all zero."""
    if len(weights) != count:
        raise InvalidSpaceError(f"{owner} needs one prior weight for each of its {count} choices, got {len(weights)}")
    numbers = [finite_float(weight, owner=owner, argument="prior weight") for weight in weights]
    total = math.fsum(numbers)
    if min(numbers) < 0 or not 0 < total < math.inf:
        raise InvalidSpaceError(f"{owner} needs prior weights >= 0 with a positive sum, got {list(weights)}")
    return tuple(number / total for number in numbers)


def near_weights(near: Near, index: int, count: int) -> tuple[float, ...]:
    """Return the weights of `count` choices where the one at `index` weighs `near.strength` times each other."""
    total = count - 1 + near.strength
    return tuple(near.strength / total if i == index else 1.0 / total for i in range(count))

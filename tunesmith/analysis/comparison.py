"""How much better one config is than another: a paired difference with its uncertainty, on held-out data.

Two configs are judged on the *same* test samples (or folds, or seeds), so their difference is paired. The interval is
a percentile bootstrap over the samples (Efron, 1979, "Bootstrap methods: another look at the jackknife"); for right
and wrong answers the p-value is McNemar's exact test (McNemar, 1947): of the samples on which exactly one of the two is
right, each is as likely to favour either, so the count is binomial with 1/2.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tunesmith.errors import InvalidArgumentError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Gain", "mcnemar", "paired_bootstrap", "paired_gain"]

_BLOCK = 4_000_000


@final
@dataclass(frozen=True, slots=True)
class Gain:
    """What the best config gained over the defaults on data that no trial had seen.

    Attributes:
        metric: what is compared (`test accuracy`).
        best: its mean with the best config.
        defaults: its mean with the defaults.
        difference: `best - defaults`.
        low: lower end of the interval of the difference.
        high: upper end of it.
        level: how often such an interval holds the truth (0.95).
        p_value: of McNemar's exact test for right and wrong answers, None otherwise.
        samples: number of samples compared.
        higher_is_better: whether a positive difference is a gain.
    """

    metric: str
    best: float
    defaults: float
    difference: float
    low: float
    high: float
    level: float
    p_value: float | None
    samples: int
    higher_is_better: bool = True

    @property
    def clear(self) -> bool:
        """Whether the interval lies wholly on the better side of zero."""
        return self.low > 0 if self.higher_is_better else self.high < 0

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as small JSON, for a study's user attributes."""
        return asdict(self)

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Gain:
        """Return the gain that `to_dict` wrote.

        Raises:
            InvalidArgumentError: if a field is missing or unknown.
        """
        try:
            return Gain(**data)
        except TypeError as error:
            raise InvalidArgumentError(f"a gain needs the fields of Gain.to_dict(), got {sorted(data)}") from error


def paired_gain(
    best: ArrayLike,
    defaults: ArrayLike,
    *,
    metric: str,
    rng: np.random.Generator,
    higher_is_better: bool = True,
    level: float = 0.95,
    draws: int = 4000,
) -> Gain:
    """Return how much better the best config does than the defaults on the same n samples.

    Args:
        best: (n,) score of each sample with the best config; booleans mean right or wrong.
        defaults: (n,) the same samples with the defaults.
        metric: the name of the mean score.
        rng: draws the resamples.
        higher_is_better: the direction of the score.
        level: of the interval, between 0 and 1.
        draws: number of resamples.

    Raises:
        InvalidArgumentError: if the two differ in length, are empty, or hold something not finite.

    >>> from tunesmith.seeding import stream
    >>> a, b = np.arange(200) % 10 != 0, np.arange(200) % 5 != 0
    >>> gain = paired_gain(a, b, metric="accuracy", rng=stream(7, "gain"))
    >>> round(gain.best, 2), round(gain.defaults, 2), gain.clear
    (0.9, 0.8, True)
    """
    first, second = _pair(best, defaults)
    low, high = paired_bootstrap(first, second, rng=rng, level=level, draws=draws)
    answers = np.asarray(best).dtype == np.bool_ and np.asarray(defaults).dtype == np.bool_
    return Gain(
        metric=metric,
        best=float(first.mean()),
        defaults=float(second.mean()),
        difference=float((first - second).mean()),
        low=low,
        high=high,
        level=level,
        p_value=mcnemar(np.asarray(best), np.asarray(defaults)) if answers else None,
        samples=len(first),
        higher_is_better=higher_is_better,
    )


def paired_bootstrap(
    first: ArrayLike, second: ArrayLike, *, rng: np.random.Generator, level: float = 0.95, draws: int = 4000
) -> tuple[float, float]:
    """Return the percentile interval (low, high) of the mean of `first - second`, both (n,), resampled in pairs."""
    a, b = _pair(first, second)
    if not 0 < level < 1:
        raise InvalidArgumentError(f"level must lie between 0 and 1, got level={level}")
    if draws < 1:
        raise InvalidArgumentError(f"draws must be at least 1, got draws={draws}")
    difference = a - b
    n, block = len(difference), max(1, _BLOCK // len(difference))
    means = np.concatenate(
        [
            difference[rng.integers(0, n, size=(min(block, draws - start), n))].mean(axis=1)
            for start in range(0, draws, block)
        ]
    )
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def mcnemar(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """Return the two-sided p-value of McNemar's exact test for right and wrong answers, both (n,).

    >>> mcnemar(np.array([True] * 6 + [True]), np.array([False] * 6 + [True]))
    0.03125
    """
    only_first = int(np.sum(first & ~second))
    only_second = int(np.sum(second & ~first))
    n = only_first + only_second
    if n == 0:
        return 1.0
    logs = [_log_binomial(n, k) - n * math.log(2) for k in range(min(only_first, only_second) + 1)]
    return min(1.0, 2.0 * math.fsum(math.exp(value) for value in logs))


def _log_binomial(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _pair(first: ArrayLike, second: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if a.ndim != 1 or a.shape != b.shape or len(a) == 0:
        raise InvalidArgumentError(
            f"both must score the same samples, got shapes {a.shape} and {b.shape}; pass one number a sample"
        )
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise InvalidArgumentError("the scores of samples must be finite, got NaN or inf; drop those samples in both")
    return a, b

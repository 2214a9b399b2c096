"""The value of a look: expected improvement on the log scale, an optimistic bound, a draw, or a chance to be allowed.

Ament et al. (2023, "Unexpected improvements to expected improvement", arXiv 2310.20708): EI = s h(z), h(z) = phi(z) +
z Phi(z), z = (best - mean) / s for a minimum; log h is computed in three regimes so that neither it nor its gradient
vanishes where EI underflows, which is nearly everywhere. Auer (2002, J. Mach. Learn. Res. 3:397) and Srinivas et al.
(2010, arXiv 0912.3995): be optimistic, mean - kappa s. Thompson (1933, Biometrika 25:285): believe one draw. Gardner et
al. (2014, ICML, "Bayesian optimization with inequality constraints"): an improvement counts by the chance that all
constraints hold, here a sum of logs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tunesmith.numerics.gaussian_process import Process
    from tunesmith.numerics.mixed_search import Score

__all__ = ["Both", "Bound", "Chance", "Draw", "Improvement", "Surrogate", "log_expected_improvement", "log_h"]

HALF_LOG_2PI = 0.5 * np.log(2.0 * np.pi)
HALF_LOG_HALF_PI = 0.5 * np.log(np.pi / 2.0)
FAR = -1e6  # below it, log h = log phi - 2 log |z| to double precision


def log_h(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return log(phi(z) + z Phi(z)), shape of z, for any finite z.

    Example: log_h(0) = -0.9189, log_h(-40) = -808.30.
    """
    from scipy.special import erfcx, ndtr

    z = np.asarray(z, dtype=np.float64)
    near = np.maximum(z, -1.0)
    high: NDArray[np.float64] = np.log(np.exp(-0.5 * near * near - HALF_LOG_2PI) + near * ndtr(near))
    if not (z < -1.0).any():
        return high
    low = np.minimum(z, -1.0)
    tail = np.log(erfcx(np.maximum(low, FAR) / -np.sqrt(2.0)) * -np.maximum(low, FAR)) + HALF_LOG_HALF_PI
    middle = np.log(-np.expm1(tail))  # eq. 9: log h = -z²/2 - c1 + log1mexp(log(erfcx(-z/sqrt 2) |z|) + c2)
    rest = np.where(low > -1e3, middle, -2.0 * np.log(-low))
    result: NDArray[np.float64] = np.where(z > -1.0, high, -0.5 * low * low - HALF_LOG_2PI + rest)
    return result


def log_expected_improvement(
    mean: NDArray[np.float64], sd: NDArray[np.float64], best: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return log EI below `best`, and its derivatives with respect to the mean and to the standard deviation.

    Args:
        mean: posterior mean of the loss, any shape.
        sd: posterior standard deviation, same shape, positive.
        best: the value to improve on (lower is better).

    Example: mean 0, sd 1, best 0 gives -0.9189, -1.2533, 1.
    """
    from scipy.special import log_ndtr

    z = (best - mean) / sd
    h = log_h(z)
    by_mean = -np.exp(log_ndtr(z) - h) / sd  # dEI/dmean = -Phi(z)
    by_sd = np.exp(-0.5 * z * z - HALF_LOG_2PI - h) / sd  # dEI/dsd = phi(z)
    return np.log(sd) + h, by_mean, by_sd


class Surrogate(Protocol):
    """What is believed of a function: a fitted process, or a part of one."""

    def predict(self, x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return mean and deviation (m,) at points x (m, d)."""

    def predict_gradient(
        self, x: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return mean (m,), deviation (m,) and their gradients (m, d)."""


@final
@dataclass(frozen=True)
class Improvement:
    """Log expected improvement of a surrogate, as a score to be climbed.

    Attributes:
        process: the fitted process, or a part of one.
        best: the value to improve on (lower is better).
    """

    process: Surrogate
    best: float

    def __call__(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return log EI (m,) at points x (m, d), NaN where inactive."""
        mean, sd = self.process.predict(x)
        return log_expected_improvement(mean, sd, self.best)[0]

    def gradient(self, x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return log EI (m,) and its gradients (m, d)."""
        mean, sd, mean_gradient, sd_gradient = self.process.predict_gradient(x)
        value, by_mean, by_sd = log_expected_improvement(mean, sd, self.best)
        return value, by_mean[:, None] * mean_gradient + by_sd[:, None] * sd_gradient


@final
@dataclass(frozen=True)
class Bound:
    """The optimistic bound of a Gaussian process, negated so that higher is better: kappa sd - mean.

    Attributes:
        process: the fitted process.
        kappa: deviations of optimism, positive.
    """

    process: Process
    kappa: float

    def __call__(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the bound (m,) at points x (m, d), NaN where inactive."""
        mean, sd = self.process.predict(x)
        return self.kappa * sd - mean

    def gradient(self, x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the bound (m,) and its gradients (m, d)."""
        mean, sd, mean_gradient, sd_gradient = self.process.predict_gradient(x)
        return self.kappa * sd - mean, self.kappa * sd_gradient - mean_gradient


@final
@dataclass(frozen=True)
class Draw:
    """A function drawn from a Gaussian process, negated; only for choosing among points, since each call draws anew.

    Attributes:
        process: the fitted process.
        rng: the only randomness.
    """

    process: Process
    rng: np.random.Generator

    def __call__(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the negated values (m,) of one draw at points x (m, d), NaN where inactive."""
        return -self.process.draw(x, self.rng)

    def gradient(self, x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the values (m,) of one draw, and no slope: a draw is chosen from, not climbed."""
        return self(x), np.zeros_like(x)


@final
@dataclass(frozen=True)
class Chance:
    """Log of the chance that every one of some independent functions stays below its ceiling.

    Attributes:
        limits: a surrogate and a ceiling for each function; of none the chance is 1.
    """

    limits: tuple[tuple[Surrogate, float], ...]

    def __call__(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the log chance (m,) at points x (m, d), NaN where inactive."""
        from scipy.special import log_ndtr

        value = np.zeros(len(x))
        for surrogate, ceiling in self.limits:
            mean, sd = surrogate.predict(x)
            value += log_ndtr((ceiling - mean) / sd)
        return value

    def gradient(self, x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the log chance (m,) and its gradients (m, d)."""
        from scipy.special import log_ndtr

        value, slope = np.zeros(len(x)), np.zeros_like(x)
        for surrogate, ceiling in self.limits:
            mean, sd, mean_gradient, sd_gradient = surrogate.predict_gradient(x)
            z = (ceiling - mean) / sd
            one = log_ndtr(z)
            steep = -np.exp(-0.5 * z * z - HALF_LOG_2PI - one) / sd  # by the mean; by the deviation it is z times that
            slope += steep[:, None] * (mean_gradient + z[:, None] * sd_gradient)
            value += one
        return value, slope


@final
@dataclass(frozen=True)
class Both:
    """The sum of two scores: for logs, the one by the chance of the other."""

    first: Score
    second: Score

    def __call__(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sums (m,) at points x (m, d), NaN where inactive."""
        return self.first(x) + self.second(x)

    def gradient(self, x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the sums (m,) and their gradients (m, d)."""
        (one, by_one), (other, by_other) = self.first.gradient(x), self.second.gradient(x)
        return one + other, by_one + by_other

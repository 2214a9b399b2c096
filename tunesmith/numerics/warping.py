"""Make losses fit for a Gaussian model: a Yeo-Johnson power chosen by likelihood, then zero mean and unit variance.

Losses are skewed: most configurations are a little bad, a few are terrible. Yeo and Johnson (2000, Biometrika 87:954)
give a family of monotone curves, one for each power lambda, that pull in the long side; lambda = 1 changes nothing. As
in HEBO (Cowen-Rivers et al. 2022, arXiv 2012.03826) the power is the most likely one; where we differ: the losses are
first centred on their median and scaled by their quartiles, so that units don't matter, and a normal prior around 1
keeps a handful of losses from choosing an extreme power.

    z (n,)   (loss - median) / (interquartile range / 1.349)
    t = ((1 + z)^lambda - 1) / lambda  for z >= 0,   -((1 - z)^(2 - lambda) - 1) / (2 - lambda)  for z < 0
    log-likelihood = -n/2 log var(t) + (lambda - 1) sum sign(z) log(1 + |z|)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Bend", "bend", "clean", "standardise", "yeo_johnson"]

POWERS = np.linspace(-2.0, 2.0, 41)
PRIOR_SD = 0.75
QUARTILES = 1.349  # interquartile range of a standard normal
FARTHEST = 1e6  # quartile widths; whatever lies beyond says no more than "terrible"


def clean(losses: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return losses (n,) that are finite and of moderate size: NaN and inf become the worst finite one.

    Finite losses are divided by a power of two, so nothing is rounded and no later square overflows; without any
    finite loss all are 0.

    Example: [1, inf, 3] becomes [0.25, 0.75, 0.75].
    """
    finite = np.isfinite(losses)
    if not finite.any():
        return np.zeros(len(losses))
    largest = float(np.abs(losses[finite]).max())
    scaled = np.ldexp(losses, -int(np.frexp(largest)[1])) if largest > 0 else losses
    filled: NDArray[np.float64] = np.where(finite, scaled, scaled[finite].max())
    return np.where(np.isneginf(losses), scaled[finite].min(), filled)


def yeo_johnson(z: NDArray[np.float64], powers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (p, n): z (n,) bent by each of the powers (p,).

    Example: z = [-1, 1] gives [-1.5, 0.693] with the power 0 and [-1, 1] with the power 1.
    """
    log_size = np.log1p(np.abs(z))
    power = np.where(z >= 0, powers[:, None], 2.0 - powers[:, None])
    plain = np.abs(power) < 1e-9
    bent = np.where(plain, log_size, np.expm1(power * log_size) / np.where(plain, 1.0, power))
    result: NDArray[np.float64] = np.sign(z) * bent
    return result


@final
@dataclass(frozen=True)
class Bend:
    """How losses were bent: their centre and width, the power, and how the bent ones were standardised.

    Attributes:
        exponent: the losses were divided by two to this power.
        middle: their median then.
        width: a standard deviation by their quartiles; 0 where all are equal.
        power: lambda.
        mean: of the bent losses.
        spread: their standard deviation.
        highest: z of the worst loss.
    """

    exponent: int
    middle: float
    width: float
    power: float
    mean: float
    spread: float
    highest: float

    def forth(self, loss: float) -> float:
        """Return what a loss becomes that was not among those that were bent; 0 where these were all equal.

        Example: with the bend of [1, 2, 3, 4, 100], 2 becomes -0.68.
        """
        if self.width <= 0:
            return 0.0
        z = np.clip((np.ldexp(loss, -self.exponent) - self.middle) / self.width, -FARTHEST, FARTHEST)
        bent = yeo_johnson(np.array([z]), np.array([self.power]))[0, 0]
        return float((bent - self.mean) / self.spread)

    def back(self, y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the losses of bent and standardised ones y of any shape, never worse than the worst that was bent.

        Some powers have a ceiling (1 / |lambda| for lambda < 0), and nothing beyond it belongs to any loss.

        Example: with the bend of [1, 2, 3, 4, 100], -0.68 becomes 2 and 5 becomes 100.
        """
        t = self.mean + self.spread * y
        size, power = np.abs(t), np.where(t >= 0, self.power, 2.0 - self.power)
        plain = np.abs(power) < 1e-9
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            logs = np.where(plain, size, np.log1p(np.maximum(power * size, -1.0)) / np.where(plain, 1.0, power))
            z = np.minimum(np.sign(t) * np.expm1(logs), self.highest)
            losses: NDArray[np.float64] = np.ldexp(self.middle + self.width * np.maximum(z, -FARTHEST), self.exponent)
        return losses


def standardise(losses: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n,) bent losses of zero mean and unit variance, in the same order; all 0 when they are equal.

    Args:
        losses: (n,) any numbers; NaN and inf count as the worst finite one.

    Example: [1, 2, 3, 4, 100] becomes [-1.33, -0.68, -0.08, 0.46, 1.63].
    """
    return bend(losses)[0]


def bend(losses: NDArray[np.float64]) -> tuple[NDArray[np.float64], Bend]:
    """Return what `standardise` does, and the way back."""
    given = np.asarray(losses, dtype=np.float64)
    y = clean(given)
    finite = np.abs(given[np.isfinite(given)])
    exponent = int(np.frexp(finite.max(initial=0.0))[1])
    low, middle, high = np.quantile(y, [0.25, 0.5, 0.75]) if len(y) else (0.0, 0.0, 0.0)
    width = (high - low) / QUARTILES
    if width <= 0:
        width = y.std() if len(y) else 0.0
    if width <= 0:
        return np.zeros(len(y)), Bend(exponent, float(middle), 0.0, 1.0, 0.0, 1.0, 0.0)
    with np.errstate(over="ignore"):  # beyond 1e308 widths is as far as beyond 1e6
        z = np.clip((y - middle) / width, -FARTHEST, FARTHEST)
    bent = yeo_johnson(z, POWERS)
    variance = np.maximum(bent.var(axis=1), 1e-300)
    likelihood = -0.5 * len(z) * np.log(variance) + (POWERS - 1.0) * (np.sign(z) * np.log1p(np.abs(z))).sum()
    chosen = int(np.argmax(likelihood - 0.5 * np.square((POWERS - 1.0) / PRIOR_SD)))
    best = bent[chosen]
    spread = best.std()
    spread = float(spread) if spread > 0 else 1.0
    back = Bend(
        exponent, float(middle), float(width), float(POWERS[chosen]), float(best.mean()), spread, float(z.max())
    )
    result: NDArray[np.float64] = (best - best.mean()) / spread
    return result, back

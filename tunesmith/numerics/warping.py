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

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["clean", "standardise", "yeo_johnson"]

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


def standardise(losses: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n,) bent losses of zero mean and unit variance, in the same order; all 0 when they are equal.

    Args:
        losses: (n,) any numbers; NaN and inf count as the worst finite one.

    Example: [1, 2, 3, 4, 100] becomes [-1.33, -0.68, -0.08, 0.46, 1.63].
    """
    y = clean(np.asarray(losses, dtype=np.float64))
    low, middle, high = np.quantile(y, [0.25, 0.5, 0.75]) if len(y) else (0.0, 0.0, 0.0)
    width = (high - low) / QUARTILES
    if width <= 0:
        width = y.std() if len(y) else 0.0
    if width <= 0:
        return np.zeros(len(y))
    with np.errstate(over="ignore"):  # beyond 1e308 widths is as far as beyond 1e6
        z = np.clip((y - middle) / width, -FARTHEST, FARTHEST)
    bent = yeo_johnson(z, POWERS)
    variance = np.maximum(bent.var(axis=1), 1e-300)
    likelihood = -0.5 * len(z) * np.log(variance) + (POWERS - 1.0) * (np.sign(z) * np.log1p(np.abs(z))).sum()
    best = bent[int(np.argmax(likelihood - 0.5 * np.square((POWERS - 1.0) / PRIOR_SD)))]
    spread = best.std()
    result: NDArray[np.float64] = (best - best.mean()) / (spread if spread > 0 else 1.0)
    return result

"""Gaussian-process regression on mixed points: hyperparameters by maximum a posteriori, then mean and deviation.

Rasmussen and Williams (2006, algorithm 2.1, eq. 5.9). Variant: a blend of a joint and an additive Matern-5/2
(`kernels`) with one length a column; the prior of the lengths grows with the square root of the number of columns
(Hvarfner et al. 2024, arXiv 2402.02229), so the same model serves 2 and 40 dimensions; the constant mean and the signal
variance are solved for in closed form inside the likelihood (the mean by generalised least squares, the variance with a
few pseudo-observations of variance 1), which leaves only the lengths, the noise and the share of the joint part to
search.

    y (n,)  targets, about standard     C (n, n)  correlations      R = C + rho I
    m       mean, 1'R⁻¹y / 1'R⁻¹1       a = R⁻¹(y - m)              S = (y - m)'a
    v       signal variance (S + nu) / (n + nu)
    p (k + 2,)  log lengths of the k columns, log rho, logit of the share
    loss = (n + nu)/2 log v + 1/2 log|R| - log priors
    dloss/dR = 1/2 (R⁻¹ - a a'/v)
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, final

import numpy as np

from tunesmith.errors import InvalidArgumentError
from tunesmith.numerics.box_descent import descend
from tunesmith.numerics.kernels import SAME, Layout, blend, matern52, squared_differences

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Prior", "Process", "fit", "marginal_loss"]

LOG_LENGTH = (np.log(0.01), np.log(100.0))
LOG_NOISE = (np.log(1e-6), np.log(10.0))
LOGIT_SHARE = (-6.0, 6.0)


@final
@dataclass(frozen=True)
class Prior:
    """What is believed of the hyperparameters before any data.

    Attributes:
        length: the most probable length of a column in a one-column space, in units of its range.
        length_spread: standard deviation of the log of a length.
        noise: the most probable ratio of noise variance to signal variance.
        noise_spread: standard deviation of the log of that ratio.
        share_spread: standard deviation of the logit of the joint part's share, around a half.
        strength: how many pseudo-observations say that the signal variance is 1.
    """

    length: float = 0.35
    length_spread: float = 0.7
    noise: float = 1e-3
    noise_spread: float = 2.0
    share_spread: float = 1.5
    strength: float = 2.0

    def centre(self, columns: int) -> NDArray[np.float64]:
        """Return (columns + 2,) the most probable log lengths, log noise ratio and logit of the share."""
        lengths = np.full(columns, np.log(self.length) + 0.5 * np.log(columns))
        return np.append(lengths, [np.log(self.noise), 0.0])

    def spread(self, columns: int) -> NDArray[np.float64]:
        """Return (columns + 2,) the standard deviations around `centre`."""
        return np.append(np.full(columns, self.length_spread), [self.noise_spread, self.share_spread])


@final
@dataclass(frozen=True)
class Process:
    """A fitted Gaussian process: everything a prediction needs, and what a later fit may start from.

    Attributes:
        layout: how points become columns.
        points: (n, p) embedded training points.
        lengths: (p,) length of each column.
        noise: ratio of noise variance to signal variance.
        share: of the joint part of the kernel, 0 to 1.
        mean: the constant mean.
        variance: the signal variance.
        whitener: (n, n) inverse of the lower Cholesky factor of R.
        weights: (n,) a = R⁻¹(y - mean).
        targets: (n,) y.
        loss: the negative log posterior reached, up to a constant.
    """

    layout: Layout
    points: NDArray[np.float64]
    lengths: NDArray[np.float64]
    noise: float
    share: float
    mean: float
    variance: float
    whitener: NDArray[np.float64] = field(repr=False)
    weights: NDArray[np.float64] = field(repr=False)
    targets: NDArray[np.float64] = field(repr=False)
    loss: float

    def predict(self, x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the mean and the standard deviation (without noise) of the function at x (m, d), NaN = inactive."""
        correlation = self._correlate(self.layout.embed(x))
        mean = self.mean + correlation @ self.weights
        white = correlation @ self.whitener.T
        left = 1.0 - np.einsum("ij,ij->i", white, white)
        return mean, np.sqrt(self.variance * np.maximum(left, 1e-12))

    def predict_gradient(
        self, x: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return mean (m,), deviation (m,) and their gradients (m, d) with respect to x; 0 for compared columns."""
        z, columns = self.layout.embed(x), x.shape[1]
        sheets = squared_differences(z, self.points, self.layout.equal_only)
        correlation, slope, _ = blend(1.0 / np.square(self.lengths), self.share, sheets)
        mean = self.mean + correlation @ self.weights
        white = correlation @ self.whitener.T
        sd = np.sqrt(self.variance * np.maximum(1.0 - np.einsum("ij,ij->i", white, white), 1e-12))
        apart = z.T[:columns, :, None] - self.points.T[:columns, None, :]
        pull = np.where(self.layout.categorical[:, None, None], 0.0, 2.0 * apart * slope[:columns])  # dk/dx
        push = np.einsum("jmn,mn->mj", pull, white @ self.whitener)
        stretch = self.layout.slope(x)
        return mean, sd, (pull @ self.weights).T * stretch, push * (-self.variance / sd)[:, None] * stretch

    def memo(self) -> list[float]:
        """Return p (log lengths, log noise ratio, logit of the share): what the next fit may start from."""
        return [*np.log(self.lengths).tolist(), float(np.log(self.noise)), float(np.log(self.share / (1 - self.share)))]

    def believing(self, x: NDArray[np.float64]) -> Process:
        """Return the process that takes its own mean at x (m, d) for observed there: nothing moves, doubt shrinks.

        The kriging believer of Ginsbourger et al. (2010, "Kriging is well-suited to parallelize optimization").
        """
        from scipy.linalg.lapack import dpotrf, dtrtri

        z = self.layout.embed(x)
        across = self._correlate(z)
        white = across @ self.whitener.T
        points, y = np.vstack([self.points, z]), np.append(self.targets, self.mean + across @ self.weights)
        left = self._correlate(z, z) - white @ white.T  # of R, what the new rows add: its Schur complement
        factor, failed = dpotrf(left + self.noise * np.eye(len(x)), lower=1)
        if failed:
            sheets = _pairs(points, self.layout, *np.tril_indices(len(y), -1))
            whitener, noise = _whiten(sheets, len(y), self.lengths, self.share, self.noise)
            weights = whitener.T @ (whitener @ (y - self.mean))
            return replace(self, points=points, noise=noise, whitener=whitener, weights=weights, targets=y)
        corner = np.tril(dtrtri(factor, lower=1)[0])
        above = np.hstack([self.whitener, np.zeros((len(self.points), len(x)))])
        whitener = np.vstack([above, np.hstack([-corner @ white @ self.whitener, corner])])
        weights = np.append(self.weights, np.zeros(len(x)))  # what comes out as expected pulls nowhere
        return replace(self, points=points, whitener=whitener, weights=weights, targets=y)

    def covariance(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (m, m) the covariance of the function (without noise) between the points x (m, d) (eq. 2.24)."""
        z = self.layout.embed(x)
        white = self._correlate(z) @ self.whitener.T
        return self.variance * (self._correlate(z, z) - white @ white.T)

    def draw(self, x: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
        """Return (m,) the values at x (m, d) of one function drawn from the posterior (algorithm 2.1, then eq. A.2)."""
        from scipy.linalg.lapack import dpotrf

        z = self.layout.embed(x)
        correlation = self._correlate(z)
        white = correlation @ self.whitener.T
        left = self._correlate(z, z) - white @ white.T
        added = 1e-10
        while True:  # rounding may leave it not quite positive definite
            factor, failed = dpotrf(left + added * np.eye(len(x)), lower=1)
            if not failed:
                break
            added *= 100.0
        wave = np.tril(factor) @ rng.normal(size=len(x))
        drawn: NDArray[np.float64] = self.mean + correlation @ self.weights + np.sqrt(self.variance) * wave
        return drawn

    def _correlate(self, z: NDArray[np.float64], others: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """Correlations (m, n) of embedded points (m, k) with others (n, k), the training points when omitted.

        Columns with cells hold few distinct values, so the part of a column alone is computed once for each.
        """
        others = self.points if others is None else others
        weights, count = 1.0 / np.square(self.lengths), z.shape[1]
        total = np.zeros((len(z), len(others)))
        additive = np.zeros_like(total)
        for column, weight in enumerate(weights):
            values, which = np.unique(z[:, column], return_inverse=True)
            apart = values[:, None] - others[:, column]
            far = np.abs(apart) > SAME if self.layout.equal_only[column] else np.square(apart)
            scaled = weight * far
            alone = matern52(count * scaled)[0]
            total += scaled[which]
            additive += alone[which]
        blended: NDArray[np.float64] = self.share * matern52(total)[0] + (1.0 - self.share) / count * additive
        return blended


def fit(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    kinds: NDArray[np.integer],
    *,
    prior: Prior | None = None,
    starts: NDArray[np.float64] | None = None,
    calls: int = 40,
    layout: Layout | None = None,
) -> Process:
    """Return the Gaussian process of highest posterior reached from the starts.

    Args:
        x: (n, d) unit-cube points, NaN where a parameter is inactive.
        y: (n,) finite targets, roughly zero mean and unit variance.
        kinds: (d,) 0 continuous, 1 ordered cells, 2 categorical.
        prior: beliefs about lengths and noise.
        starts: (s, k + 2) hyperparameters p to climb from; the prior's centre when omitted.
        calls: the most evaluations of the likelihood for each start; 0 takes the first start as it is.
        layout: how points become columns; that of x when omitted.

    Raises:
        InvalidArgumentError: x and y differ in length, are empty, or y is not finite.
    """
    if len(x) != len(y) or len(y) == 0 or not np.isfinite(y).all():
        message = (
            f"fit needs as many finite y as rows of x and at least one, got {len(x)} rows and y of shape {y.shape}"
        )
        raise InvalidArgumentError(message)
    prior = prior or Prior()
    layout = layout or Layout.of(x, kinds)
    points = layout.embed(x)
    width = points.shape[1]
    first, second = np.tril_indices(len(y), -1)
    sheets = _pairs(points, layout, first, second)
    centre = prior.centre(width)
    begin = centre[None] if starts is None or starts.shape[1] != width + 2 else starts
    low = np.append(np.full(width, LOG_LENGTH[0]), [LOG_NOISE[0], LOGIT_SHARE[0]])
    high = np.append(np.full(width, LOG_LENGTH[1]), [LOG_NOISE[1], LOGIT_SHARE[1]])
    at = np.clip(begin, low, high)
    if calls:
        at, values = descend(
            lambda p: marginal_loss(p, sheets, y, prior), at, low, high, calls=calls, scale=0.5, tolerance=1e-3
        )
        at = at[[int(np.argmin(values))]]
    lengths, share = np.exp(at[0, :width]), float(1.0 / (1.0 + np.exp(-at[0, -1])))
    whitener, noise = _whiten(sheets, len(y), lengths, share, float(np.exp(at[0, width])))
    white = whitener @ np.stack([y, np.ones(len(y))], axis=1)
    mean = float(white[:, 0] @ white[:, 1] / (white[:, 1] @ white[:, 1]))
    rest = white[:, 0] - mean * white[:, 1]
    variance = float((rest @ rest + prior.strength) / (len(y) + prior.strength))
    off = (at[0] - centre) / prior.spread(width)
    loss = float(0.5 * (len(y) + prior.strength) * np.log(variance) - np.log(np.diag(whitener)).sum() + 0.5 * off @ off)
    return Process(layout, points, lengths, noise, share, mean, variance, whitener, whitener.T @ rest, y, loss)


def marginal_loss(
    p: NDArray[np.float64], sheets: NDArray[np.float64], y: NDArray[np.float64], prior: Prior
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the negative log posterior (s,) and its gradient (s, k + 2) at hyperparameters p.

    Args:
        p: (s, k + 2) log lengths, log noise ratio, logit of the share.
        sheets: (k, n (n - 1) / 2) squared differences of the pairs i > j, in the order of `numpy.tril_indices`.
        y: (n,) targets.
        prior: beliefs about lengths and noise.
    """
    from scipy.linalg.lapack import dpotrf, dpotri, dpotrs

    n, width = len(y), p.shape[1] - 2
    off = (p - prior.centre(width)) / prior.spread(width)
    loss = 0.5 * np.square(off).sum(axis=1)
    gradient = off / prior.spread(width)
    lower = np.tri(n, k=-1, dtype=bool)
    sides = np.stack([y, np.ones(n)], axis=1)
    for s, row in enumerate(p):
        noise, share = np.exp(row[width]), 1.0 / (1.0 + np.exp(-row[width + 1]))
        correlation, slope, by_share = blend(np.exp(-2.0 * row[:width]), share, sheets)
        r = np.zeros((n, n))
        r[lower] = correlation
        np.fill_diagonal(r, 1.0 + noise)
        factor, info = dpotrf(r, lower=1)
        if info:
            loss[s] = np.inf
            continue
        solved, _ = dpotrs(factor, sides, lower=1)
        mean = solved[:, 0].sum() / solved[:, 1].sum()
        a = solved[:, 0] - mean * solved[:, 1]
        variance = ((y - mean) @ a + prior.strength) / (n + prior.strength)
        loss[s] += 0.5 * (n + prior.strength) * np.log(variance) + np.log(np.diag(factor)).sum()
        inverse, _ = dpotri(factor, lower=1)
        bent = (inverse - np.outer(a, a / variance))[lower]  # dloss/dk; both triangles: twice 1/2
        slope *= sheets
        gradient[s, :width] -= 2.0 * (slope @ bent)
        gradient[s, width] += 0.5 * noise * (np.trace(inverse) - a @ a / variance)
        gradient[s, width + 1] += share * (1.0 - share) * (by_share @ bent)
    return loss, gradient


def _pairs(
    points: NDArray[np.float64], layout: Layout, first: NDArray[np.intp], second: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Squared differences (p, pairs) of the pairs (first, second)."""
    difference = (points[first] - points[second]).T
    equal = layout.equal_only[:, None]
    result: NDArray[np.float64] = np.where(equal, np.abs(difference) > SAME, np.square(difference))
    return result


def _whiten(
    sheets: NDArray[np.float64], count: int, lengths: NDArray[np.float64], share: float, noise: float
) -> tuple[NDArray[np.float64], float]:
    """The inverse (n, n) of the lower Cholesky factor of R, and the noise ratio: raised if R is singular without.

    The sheets (k, n (n - 1) / 2) are those of the pairs of `marginal_loss`.
    """
    from scipy.linalg.lapack import dpotrf, dtrtri

    r = np.zeros((count, count))
    r[np.tri(count, k=-1, dtype=bool)] = blend(1.0 / np.square(lengths), share, sheets)[0]
    while True:
        np.fill_diagonal(r, 1.0 + noise)
        factor, failed = dpotrf(r, lower=1)
        if not failed:
            return np.tril(dtrtri(factor, lower=1)[0]), noise
        noise = max(100.0 * noise, 1e-8)

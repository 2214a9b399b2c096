"""A quadratic model of the losses near a place, fitted by weighted least squares; linear while points are few.

The model and its weights follow Hansen (2019, "A global surrogate assisted CMA-ES", GECCO, section 3): from linear over
a diagonal to a full quadratic form as the points allow, the best point weighs 20 times as much as the worst. Kendall's
tau between what it predicted and what came out says whether to believe it.

    Z (n, k)   points, centred and scaled so that distances are of the order of sqrt(k)      f (n,) losses
    w (p,)     coefficients: 1 constant, k linear, k squares, k (k - 1) / 2 products
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Quadratic", "fit_quadratic", "kendall"]

_MARGIN: Final = 1.1  # points needed for each coefficient
_HEAVIEST: Final = 20.0
_RIDGE: Final = 1e-9


@final
@dataclass(frozen=True, slots=True)
class Quadratic:
    """A fitted model.

    Attributes:
        w: (p,) coefficients, in the order of the features.
        kind: 0 linear, 1 with squares, 2 with products too.
    """

    w: NDArray[np.float64]
    kind: int

    def __call__(self, z: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the predicted losses (m,) of points (m, k)."""
        found: NDArray[np.float64] = _features(z, self.kind) @ self.w
        return found

    def lowest(self, k: int) -> NDArray[np.float64] | None:
        """Return the model's minimum (k,), None where it has none."""
        if self.kind == 0:
            return None
        slope, hessian = self.w[1 : k + 1], np.diag(2.0 * self.w[k + 1 : 2 * k + 1])
        if self.kind == 2:
            rows, columns = np.triu_indices(k, 1)
            hessian[rows, columns] = hessian[columns, rows] = self.w[2 * k + 1 :]
        values, axes = np.linalg.eigh(hessian)
        if values[0] <= 1e-10 * max(abs(values[-1]), 1e-300):
            return None
        return np.asarray(-axes @ ((axes.T @ slope) / values))


def fit_quadratic(z: NDArray[np.float64], losses: NDArray[np.float64], most: int = 2) -> Quadratic | None:
    """Return the richest model that the points allow, None with hardly more points than dimensions.

    Args:
        z: (n, k) points.
        losses: (n,) finite, smaller is better.
        most: the richest kind allowed: 0 linear, 1 with squares, 2 with products too.

    Example:
        >>> z = np.linspace(-1.0, 2.0, 7)[:, None]
        >>> fit_quadratic(z, (z[:, 0] - 0.5) ** 2).lowest(1).round(6).tolist()
        [0.5]
    """
    n, k = z.shape
    sizes = (k + 1, 2 * k + 1, 2 * k + 1 + k * (k - 1) // 2)
    kinds = [kind for kind in range(most + 1) if n >= _MARGIN * sizes[kind] + 1]
    if not kinds:
        return None
    order = np.argsort(np.argsort(losses, kind="stable"), kind="stable")
    weights = np.sqrt(np.linspace(_HEAVIEST, 1.0, n))[order]
    low, spread = losses.min(), np.ptp(losses)
    if not 0 < spread < np.inf:
        return None
    a = _features(z, kinds[-1]) * weights[:, None]
    scale = np.maximum(np.linalg.norm(a, axis=0), 1e-300)
    a /= scale
    gram = a.T @ a + _RIDGE * np.eye(a.shape[1])
    w = np.linalg.solve(gram, a.T @ ((losses - low) / spread * weights)) / scale
    return Quadratic(w, kinds[-1])


def kendall(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Return Kendall's tau (tau-a) of two columns (n,), n at least 2: +1 for the same order, -1 for the reverse.

    Example:
        >>> kendall(np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 2.0])).__round__(4)
        0.3333
    """
    rows, columns = np.triu_indices(len(a), 1)
    return float(np.mean(np.sign(a[rows] - a[columns]) * np.sign(b[rows] - b[columns])))


def _features(z: NDArray[np.float64], kind: int) -> NDArray[np.float64]:
    """Return the features (m, p) of points (m, k)."""
    parts = [np.ones((len(z), 1)), z]
    if kind >= 1:
        parts.append(z * z)
    if kind >= 2:
        rows, columns = np.triu_indices(z.shape[1], 1)
        parts.append(z[:, rows] * z[:, columns])
    return np.hstack(parts)

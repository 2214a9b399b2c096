"""Covariances of mixed unit-cube points: a Matern-5/2 of all columns together, blended with one of each column alone.

A point has numeric columns (continuous values, and ordered cells at their centres) and categorical ones, whose squared
difference is 0 for equal and 1 for different categories (the simplex embedding, so a sum of both kinds is a squared
Euclidean distance and every kernel below is positive semi-definite). Parameters that are inactive (NaN) are brought
into the same geometry by `Layout.embed`: the number is put at the middle of its range (and bent with its column, see
`input_warping`) and an indicator column says that it was absent, so that "absent" is a learned distance away from every
present value; an absent category is one more category. Compare Swersky et al. (2013, arXiv 1409.4011), whose arc kernel
bends the present values for the same end.

The joint part can follow any function but learns little from one point; the additive part (Duvenaud et al. 2011, arXiv
1112.4394, of first order) carries what one column does on its own to every other setting of the rest, and the share
between them is learned (as Ru et al. 2020, arXiv 1906.08878, blend a sum with a product). A column alone has the length
l / sqrt(d): when lengths are believed to grow with sqrt(d), what is left for a single column doesn't depend on d.

    X   (n, d)  points         D   (d, n, m)  squared differences, one sheet a column
    w   (d,)    1 / length²    k   (n, m)     = share M(sum_j w_j D_j) + (1 - share) mean_j M(d w_j D_j)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from tunesmith.numerics.input_warping import warp, warp_slope

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CATEGORICAL", "SAME", "Layout", "blend", "matern52", "squared_differences"]

CATEGORICAL = 2
ABSENT = -1.0  # an inactive categorical column holds this instead of a cell centre
SAME = 1e-9  # categories closer than this are equal
MIDDLE = 0.5  # an inactive numeric column holds this, and its indicator says so


@final
@dataclass(frozen=True)
class Layout:
    """How the columns of unit-cube points become columns with a Euclidean distance.

    Attributes:
        categorical: (d,) bool, the columns compared by equality.
        indicators: the numeric columns that some observed point lacks, one for each distinct pattern of absence.
        powers: how each of the d columns is bent (`input_warping`), categorical ones by 0; empty where none is.
    """

    categorical: NDArray[np.bool_]
    indicators: tuple[int, ...]
    powers: tuple[float, ...] = ()

    @staticmethod
    def of(x: NDArray[np.float64], kinds: NDArray[np.integer]) -> Layout:
        """Return the layout of the points (n, d) with column kinds (d,): 0 continuous, 1 ordered, 2 categorical."""
        categorical = np.asarray(kinds) == CATEGORICAL
        absent = np.isnan(x)
        seen: dict[bytes, int] = {}
        for column in np.flatnonzero(~categorical & absent.any(axis=0)):
            seen.setdefault(absent[:, column].tobytes(), int(column))
        return Layout(categorical, tuple(seen.values()))

    @property
    def equal_only(self) -> NDArray[np.bool_]:
        """(d + indicators,) bool: the columns of embedded points that are compared by equality."""
        return np.concatenate([self.categorical, np.ones(len(self.indicators), dtype=bool)])

    def embed(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (n, d + indicators) points without NaN: the completed columns, then one indicator for each pattern."""
        absent = np.isnan(x)
        filled = np.where(absent, np.where(self.categorical, ABSENT, MIDDLE), x)
        if any(self.powers):
            filled = warp(filled, np.array(self.powers))
        if not self.indicators:
            return filled
        return np.hstack([filled, absent[:, list(self.indicators)].astype(np.float64)])

    def slope(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (n, d) by how much an embedded column changes with its point (n, d)."""
        return warp_slope(x, np.array(self.powers)) if any(self.powers) else np.ones_like(x)


def squared_differences(
    a: NDArray[np.float64], b: NDArray[np.float64], equal_only: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return (d, n, m) squared differences between points a (n, d) and b (m, d); categories differ by 0 or 1.

    Example: a = [[0.2, 0.25]], b = [[0.5, 0.75]] with a categorical second column gives 0.09 and 1.
    """
    difference = a.T[:, :, None] - b.T[:, None, :]
    different = np.abs(difference) > SAME
    result: NDArray[np.float64] = np.where(equal_only[:, None, None], different, np.square(difference))
    return result


def matern52(
    r2: NDArray[np.float64], out: NDArray[np.float64] | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the Matern-5/2 correlation k(r) and its slope dk/dr² for squared scaled distances of any shape.

    k = (1 + s + s²/3) exp(-s), s = sqrt(5) r (Rasmussen and Williams 2006, eq. 4.17); dk/dr² = -5/6 (1 + s) exp(-s).

    Args:
        r2: squared distances.
        out: where the correlations go, which may be r2 itself; a fresh array when omitted. Fresh arrays of thousands of
            pairs cost more than the arithmetic.

    Example: r² = 1 gives k = 0.52399 and slope -0.28821.
    """
    s: NDArray[np.float64] = np.sqrt(np.multiply(r2, 5.0, out=out), out=out)
    slope: NDArray[np.float64] = np.exp(-s)
    first = s * slope
    slope += first
    value: NDArray[np.float64] = np.multiply(s, first, out=out)
    value /= 3.0
    value += slope
    slope *= -5.0 / 6.0
    return value, slope


def blend(
    weights: NDArray[np.float64], share: float, sheets: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the correlation of pairs, its slope by each squared difference, and its slope by the share.

    Args:
        weights: (d,) 1 / length².
        share: of the joint part, 0 to 1; the rest is additive.
        sheets: (d, ...) squared differences.

    Returns:
        Correlations (...), slopes (d, ...) and slopes (...).

    Example: one column is its own joint part, so the share changes nothing.
    """
    count = len(weights)
    each = weights.reshape((count,) + (1,) * (sheets.ndim - 1))
    scaled = sheets * each
    joint, joint_slope = matern52(scaled.sum(axis=0))
    scaled *= count
    alone, slope = matern52(scaled, out=scaled)
    additive = alone.mean(axis=0)
    slope *= 1.0 - share
    joint_slope *= share
    slope += joint_slope
    slope *= each
    return share * joint + (1.0 - share) * additive, slope, joint - additive

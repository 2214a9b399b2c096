"""Bend numeric inputs towards an edge, so that a kernel which is the same everywhere fits what they do.

A range that spans decades without a log scale, or a momentum whose effect lies between .9 and .999, changes much faster
near one edge than near the other. Snoek, Swersky, Zemel and Adams (2014, arXiv 1402.0929) learn the CDF of a beta
distribution for each input; here it is one number t, the two one-sided halves of Kumaraswamy's simpler family:

    w(x; t) = x^exp(-t)             t >= 0: a log-like scale at the lower edge
    w(x; t) = 1 - (1 - x)^exp(t)    t <  0: the same at the upper one

w is monotone, maps [0, 1] onto itself, and t = 0 changes nothing; what lies outside [0, 1] stays where it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["STRONGEST", "warp", "warp_slope"]

STRONGEST = 2.0  # x^exp(-2) moves a ten thousandth of a range to .29 of it
EDGE = 1e-6  # the slope at an edge is infinite; this close to it the slope is still finite


def warp(x: NDArray[np.float64], powers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return x (n, d) bent by the powers t (d,).

    Example: 0.01 becomes 0.1 with t = log 2, since its square root is taken; 0.99 becomes 0.9 with t = -log 2.
    """
    inside = np.clip(x, 0.0, 1.0)
    exponent = np.exp(-np.abs(powers))
    bent = np.where(powers >= 0, inside**exponent, 1.0 - (1.0 - inside) ** exponent)
    result: NDArray[np.float64] = np.where((x == inside) & (powers != 0), bent, x)
    return result


def warp_slope(x: NDArray[np.float64], powers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n, d) dw/dx at x (n, d), as it is `EDGE` away from the edge where it would be infinite.

    Example: 5 at 0.01 with t = log 2.
    """
    exponent = np.exp(-np.abs(powers))
    base = np.maximum(np.where(powers >= 0, x, 1.0 - x), EDGE)
    result: NDArray[np.float64] = np.where((x >= 0) & (x <= 1), exponent * base ** (exponent - 1.0), 1.0)
    return result

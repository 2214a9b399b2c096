"""Four problems with several losses, a fixed reference point each, and the exact hypervolume of their fronts.

ZDT1 to ZDT3 with 6 variables (Zitzler, Deb and Thiele 2000, "Comparison of multiobjective evolutionary algorithms:
empirical results", Evol. Comput. 8:173) and DTLZ2 with 7 variables and 3 losses (Deb, Thiele, Laumanns and Zitzler
2002, "Scalable multi-objective optimization test problems"), as published: all variables in [0, 1], all losses
minimised. In ZDT the best values stand at the edge of the cube, which a sampler that likes edges may exploit.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from benchmarks.problems.definitions import Config, Parameter


@dataclass(frozen=True)
class Front:
    """A problem with several losses.

    Attributes:
        variables: how many; all in [0, 1].
        evaluate: (variables,) -> (m,) losses.
        reference: (m,) the corner that hypervolumes are measured from; worse points count nothing.
        volume: hypervolume of the true front below the reference.
    """

    variables: int
    evaluate: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    reference: tuple[float, ...]
    volume: float

    @property
    def space(self) -> list[Parameter]:
        """The space description."""
        return [{"name": f"x{i}", "type": "float", "low": 0.0, "high": 1.0} for i in range(self.variables)]

    def losses(self, config: Config) -> list[float]:
        """Return the losses of a config."""
        found: list[float] = self.evaluate(np.array([config[f"x{i}"] for i in range(self.variables)])).tolist()
        return found


def zdt1(x: NDArray[np.float64]) -> NDArray[np.float64]:
    g = 1 + 9 * x[1:].mean()
    return np.array([x[0], g * (1 - np.sqrt(x[0] / g))])


def zdt2(x: NDArray[np.float64]) -> NDArray[np.float64]:
    g = 1 + 9 * x[1:].mean()
    return np.array([x[0], g * (1 - (x[0] / g) ** 2)])


def zdt3(x: NDArray[np.float64]) -> NDArray[np.float64]:
    g = 1 + 9 * x[1:].mean()
    return np.array([x[0], g * (1 - np.sqrt(x[0] / g) - x[0] / g * np.sin(10 * pi * x[0]))])


def dtlz2(x: NDArray[np.float64]) -> NDArray[np.float64]:
    g = np.square(x[2:] - 0.5).sum()
    a, b = x[:2] * pi / 2
    return (1 + g) * np.array([np.cos(a) * np.cos(b), np.cos(a) * np.sin(b), np.sin(a)])


ZDT_REFERENCE = (1.1, 4.0)
DTLZ_REFERENCE = (1.5, 1.5, 1.5)

FRONTS = {
    "zdt1": Front(6, zdt1, ZDT_REFERENCE, 4.4 - 1 / 3),
    "zdt2": Front(6, zdt2, ZDT_REFERENCE, 4.4 - 2 / 3),
    "zdt3": Front(6, zdt3, ZDT_REFERENCE, 4.521763),
    "dtlz2": Front(7, dtlz2, DTLZ_REFERENCE, 1.5**3 - pi / 6),
}
"""The volume of `zdt3` was integrated numerically, over a million steps of the first loss."""

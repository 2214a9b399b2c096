"""A quadratic model beside a normal distribution: it picks among several draws, and knows where the bottom should be.

After the global surrogate of Hansen (2019, "A global surrogate assisted CMA-ES", GECCO; lq-CMA-ES). There the model
stands in for evaluations; here nothing is told that was not run: each proposal is the best of `DRAWS` draws by the
model, and the first of a generation is the model's minimum, if it has one, no further than sqrt(k) steps from the
mean. A model is believed for a generation if its order of the generation before, which it had not seen, has Kendall's
tau of at least `BELIEF`. Figures: on seven
functions of 5 to 10 parameters that are in no benchmark of ours, 500 runs, 8 seeds, four draws and the minimum were
ahead of the plain distribution on six, by many decades on quadratic ones, and a sixth behind on Rastrigin's.

    m (k,), B (k, k), D (k,)    mean, axes and lengths of the distribution: v = m + B (D z), z standard normal
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from tunesmith.numerics.quadratic import Quadratic, fit_quadratic, kendall

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["DRAWS", "Guide", "Shape"]

DRAWS: Final = 4
BELIEF: Final = 0.3
_WINDOW: Final = 2  # points for each coefficient, the latest ones
_FULL: Final = 15  # with more parameters, products are left out


@final
@dataclass(frozen=True, slots=True)
class Shape:
    """A normal distribution as a ball that was stretched along its axes.

    Attributes:
        mean: (k,) its centre.
        axes: (k, k) its axes, one a column.
        lengths: (k,) standard deviations along them.
    """

    mean: NDArray[np.float64]
    axes: NDArray[np.float64]
    lengths: NDArray[np.float64]

    @classmethod
    def of(cls, cma: Any) -> Shape:
        """Return the shape of a distribution of the package `cmaes`."""
        inner = cma._cma  # noqa: SLF001 - the package has no public door to covariance and step size
        axes, lengths = inner._eigen_decomposition()  # noqa: SLF001
        return cls(cma.mean.copy(), axes, lengths * float(inner._sigma))  # noqa: SLF001

    def inward(self, v: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the points (n, k) in units of the ball."""
        found: NDArray[np.float64] = (v - self.mean) @ self.axes / self.lengths
        return found

    def outward(self, z: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the point (k,) of a place (k,) in the ball."""
        found: NDArray[np.float64] = self.mean + self.axes @ (self.lengths * z)
        return found

    def clipped(self, v: NDArray[np.float64], most: float) -> NDArray[np.float64]:
        """Return the point (k,), no further than `most` standard deviations from the mean."""
        length = float(np.linalg.norm(self.inward(v)))
        return self.mean + (v - self.mean) * (most / length) if length > most else v


@final
@dataclass(slots=True)
class Guide:
    """What is known of the losses, and the model of the present generation.

    Attributes:
        points: (k,) places of the runs, as they were evaluated.
        losses: their losses.
        model: believed in this generation, None where it is not.
        shape: the distribution in whose units the model is.
    """

    points: list[NDArray[np.float64]] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    model: Quadratic | None = None
    shape: Shape | None = None

    def tell(self, cma: Any, points: Sequence[NDArray[np.float64]], losses: NDArray[np.float64]) -> None:
        """Take a generation into account, once the distribution has moved: points (n,) of (k,), losses (n,)."""
        self.shape = Shape.of(cma)
        untried = self._fit(len(points))
        tau = 0.0 if untried is None else kendall(untried(self.shape.inward(np.array(points))), losses)
        self.points.extend(points)
        self.losses.extend(losses.tolist())
        self.model = self._fit(len(points)) if tau >= BELIEF else None

    def best(self, places: Sequence[NDArray[np.float64]]) -> int:
        """Return which of the places is the best by the model, the first one without a model."""
        if self.model is None or self.shape is None:
            return 0
        return int(np.argmin(self.model(self.shape.inward(np.array(places)))))

    def bottom(self) -> NDArray[np.float64] | None:
        """Return the model's minimum (k,), at most sqrt(k) standard deviations from the mean, None without one."""
        if self.model is None or self.shape is None:
            return None
        k = len(self.shape.mean)
        lowest = self.model.lowest(k)
        if lowest is None:
            return None
        length = float(np.linalg.norm(lowest))
        return self.shape.outward(lowest * min(1.0, math.sqrt(k) / max(length, 1e-300)))

    def _fit(self, generation: int) -> Quadratic | None:
        """Fit to the latest runs with a finite loss."""
        if self.shape is None or not self.points:
            return None
        k = len(self.shape.mean)
        kind = 2 if k <= _FULL else 1
        window = _WINDOW * (1 + 2 * k + (k * (k - 1) // 2 if kind == 2 else 0)) + generation
        losses = np.array(self.losses[-window:])
        finite = np.isfinite(losses)
        z = self.shape.inward(np.array(self.points[-window:])[finite])
        return fit_quadratic(z, losses[finite], kind)

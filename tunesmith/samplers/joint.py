"""One Gaussian process of this study and past ones, told apart by a column of their own.

The multi-task Gaussian process of Swersky, Snoek and Adams (2013, NeurIPS, "Multi-task Bayesian optimization"), in its
plainest form: "which study" is one more categorical parameter of the model in `numerics.gaussian_process`. Its length,
fitted like any other, says how far a past study speaks for this one; the additive part of the kernel lets studies
differ by a constant. Losses are bent and standardised within each study, so their scales never meet.

    x (n + p, d + 1)  this study's points and past ones, the study in the last column     y (n + p,)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, final

import numpy as np

from tunesmith.numerics.acquisition import Improvement
from tunesmith.numerics.gaussian_process import Process, fit
from tunesmith.numerics.warping import standardise
from tunesmith.space.domain import CATEGORICAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tunesmith.samplers.past import Source

__all__ = ["Home", "joint"]

_PAST: Final = 60
_CALLS: Final = 30


@final
@dataclass(frozen=True)
class Home:
    """A joint process as it is in this study.

    Attributes:
        process: of points with the study in their last column.
        place: of this study in that column.
    """

    process: Process
    place: float

    def at(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the points (m, d + 1) of this study."""
        return np.column_stack([x, np.full(len(x), self.place)])

    def predict(self, x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return mean and deviation (m,) at points x (m, d)."""
        return self.process.predict(self.at(x))

    def predict_gradient(
        self, x: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return mean (m,), deviation (m,) and their gradients (m, d)."""
        mean, sd, mean_gradient, sd_gradient = self.process.predict_gradient(self.at(x))
        return mean, sd, mean_gradient[:, :-1], sd_gradient[:, :-1]


def joint(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    waiting: NDArray[np.float64],
    sources: Sequence[Source],
    kinds: NDArray[np.int8],
) -> Improvement:
    """Return what a look is worth by one model of this study and past ones.

    Args:
        x: (n, d) points of this study, NaN where inactive.
        y: (n,) their losses, standardised.
        waiting: (w, d) points that run now; they are believed to come out as expected.
        sources: past studies, at least one.
        kinds: (d,) of the coordinates.
    """
    levels = len(sources) + 1
    points = [np.column_stack([x, np.full(len(x), 0.5 / levels)])]
    targets = [y]
    share = max(_PAST // len(sources), 10)
    for place, source in enumerate(sources, start=1):
        rows = source.some(share)
        points.append(np.column_stack([source.full[rows], np.full(len(rows), (place + 0.5) / levels)]))
        targets.append(standardise(source.losses[rows, 0]))
    process = fit(np.vstack(points), np.concatenate(targets), np.append(kinds, CATEGORICAL), calls=_CALLS)
    home = Home(process, 0.5 / levels)
    if len(waiting):
        home = Home(process.believing(home.at(waiting)), home.place)
    return Improvement(home, float(home.predict(np.vstack([x, waiting]))[0].min()))

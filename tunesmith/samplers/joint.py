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

from tunesmith.numerics.acquisition import log_expected_improvement
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
    """A joint process as it is in this study, and its log expected improvement as a score.

    Attributes:
        process: of points with the study in their last column.
        place: of this study in that column.
        best: the value to improve on.
    """

    process: Process
    place: float
    best: float

    def predict(self, x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return mean and standard deviation at x (m, d)."""
        return self.process.predict(self.at(x))

    def at(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the points (m, d + 1) of this study."""
        return np.column_stack([x, np.full(len(x), self.place)])

    def __call__(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return log EI (m,) at points x (m, d), NaN where inactive."""
        mean, sd = self.predict(x)
        return log_expected_improvement(mean, sd, self.best)[0]

    def gradient(self, x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return log EI (m,) and its gradients (m, d)."""
        mean, sd, mean_gradient, sd_gradient = self.process.predict_gradient(self.at(x))
        value, by_mean, by_sd = log_expected_improvement(mean, sd, self.best)
        gradient = by_mean[:, None] * mean_gradient + by_sd[:, None] * sd_gradient
        return value, gradient[:, :-1]


def joint(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    waiting: NDArray[np.float64],
    sources: Sequence[Source],
    kinds: NDArray[np.int8],
) -> Home:
    """Return the model of this study and past ones.

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
    home = Home(process, 0.5 / levels, 0.0)
    if len(waiting):
        home = Home(process.believing(home.at(waiting)), home.place, 0.0)
    best = float(home.predict(np.vstack([x, waiting]))[0].min())
    return Home(home.process, home.place, best)

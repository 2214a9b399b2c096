"""What the user believes of the best config, as a weight in a model's search that fades with the evidence.

piBO (Hvarfner et al. 2022, arXiv 2204.11051, eq. 6): the worth of a look is multiplied by pi(x)^(beta / n), pi being
the user's density and n the number of trials seen, so a wrong hint costs time but hides nothing for ever. Where we
differ: a tenth of the density is even (a look far outside the hint is unlikely, not forbidden), densities are relative
to an even spread, and a parameter that a config doesn't have says nothing, so that hints inside one branch of a
conditional space don't speak against the others.

    x (m, d)   points of the unit cube, NaN where inactive
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tunesmith.numerics.mixed_search import Score
    from tunesmith.space import Space

__all__ = ["Hinted", "Hints"]

BETA = 10.0  # trials until the hint weighs as much as the model's own opinion; a tenth of a usual budget (section 4.1)
EVEN = 0.1


@final
@dataclass(frozen=True)
class Hints:
    """The user's hints as log densities of single columns.

    Attributes:
        bells: (b, 4) column, mean, standard deviation and mass within [0, 1] of each bell.
        weights: column -> (k,) weight of each category relative to an even one.
    """

    bells: NDArray[np.float64]
    weights: tuple[tuple[int, NDArray[np.float64]], ...]

    @staticmethod
    def of(space: Space) -> Hints | None:
        """Return the hints of a space, None if no parameter has one."""
        from scipy.special import ndtr

        bells, weights = [], []
        for column, domain in enumerate(space.parameters.values()):
            hint = domain.prior_unit
            if hint is not None and hint.weights:
                weights.append((column, np.array(hint.weights) * len(hint.weights) / sum(hint.weights)))
            elif hint is not None:
                mass = ndtr((1.0 - hint.mean) / hint.std) - ndtr(-hint.mean / hint.std)
                bells.append((column, hint.mean, hint.std, mass))
        return Hints(np.array(bells).reshape(-1, 4), tuple(weights)) if bells or weights else None

    def look(self, x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the log density (m,) at points x (m, d) relative to an even spread, and its gradients (m, d).

        Example: a bell of mean 0.5 and deviation 0.1 gives log(0.9 * 3.989 + 0.1) = 1.306 at 0.5, log(0.1) far away.
        """
        total, slope = np.zeros(len(x)), np.zeros_like(x)
        for number, mean, sd, mass in self.bells.tolist():
            column = int(number)
            z = (x[:, column] - mean) / sd
            bell = np.exp(-0.5 * z * z) / (sd * np.sqrt(2.0 * np.pi) * max(mass, 1e-300))
            bell = np.where(np.isnan(z), 1.0, bell)
            density = (1.0 - EVEN) * bell + EVEN
            total += np.log(density)
            slope[:, column] = np.where(np.isnan(z), 0.0, -(1.0 - EVEN) * bell * z / sd / density)
        for column, weight in self.weights:
            cell = np.clip(np.nan_to_num(x[:, column]) * len(weight), 0, len(weight) - 1).astype(np.intp)
            bell = np.where(np.isnan(x[:, column]), 1.0, weight[cell])
            total += np.log((1.0 - EVEN) * bell + EVEN)
        return total, slope


@final
@dataclass(frozen=True)
class Hinted:
    """A score with hints added: log worth + beta / n log pi.

    A bound or a draw is no log and may be negative, so it cannot be multiplied. There the sum says by how many standard
    deviations of the bent losses a hint makes a look better: log pi has no unit, the losses are standardised, and the
    factor beta / n fades as fast. A place that is e times as dense as an even spread is worth one deviation after ten
    trials and a tenth of one after a hundred, wherever the bound lies.

    Attributes:
        score: log of what a look is worth, or a bound or draw of the losses, negated.
        hints: the user's.
        trials: n, how many trials have been seen.
    """

    score: Score
    hints: Hints
    trials: int

    def __call__(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return scores (m,) of points x (m, d)."""
        value: NDArray[np.float64] = self.score(x) + BETA / max(self.trials, 1) * self.hints.look(x)[0]
        return value

    def gradient(self, x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return scores (m,) and their gradients (m, d)."""
        value, slope = self.score.gradient(x)
        hint, pull = self.hints.look(x)
        strength = BETA / max(self.trials, 1)
        return value + strength * hint, slope + strength * pull

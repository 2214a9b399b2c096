"""Several losses and broken constraints as one number a trial, for models that know one loss.

Losses: the augmented Tchebycheff sum of Knowles (2006, "ParEGO", IEEE Trans. Evol. Comput. 10:50) with weights drawn
anew each time, so a run of proposals walks along the whole front. Constraints: every point that breaks one is worse
than every point that breaks none, and the worse the more it breaks (the order of Deb 2000, Comput. Methods Appl. Mech.
Eng. 186:311).

    losses (n, m)   excesses (n, c)   one (n,)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tunesmith.numerics.warping import clean, standardise

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["one_loss"]

AUGMENTED = 0.05


def one_loss(
    losses: NDArray[np.float64], excesses: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return (n,) one loss a trial, bent and standardised for a Gaussian model; the order of one loss is kept.

    Args:
        losses: (n, m), smaller is better; NaN and inf count as the worst.
        excesses: (n, c) how far each constraint is broken, at most 0 where it holds, NaN where unknown; c may be 0.
        rng: draws the weights when there are several losses, and is not touched otherwise.
    """
    if losses.shape[1] == 1:
        one = standardise(losses[:, 0])
    else:
        columns = np.stack([standardise(column) for column in losses.T], axis=1)
        unit = (columns - columns.min(axis=0)) / np.maximum(np.ptp(columns, axis=0), 1e-12)
        weighted = unit * rng.dirichlet(np.ones(losses.shape[1]))
        one = standardise(weighted.max(axis=1) + AUGMENTED * weighted.sum(axis=1))
    broken = ~(excesses <= 0).all(axis=1)
    if not broken.any():
        return one
    extent = np.stack([clean(np.where(np.isnan(e), np.inf, np.maximum(e, 0.0))) for e in excesses.T], axis=1)
    extent = (extent / np.maximum(extent.max(axis=0), 1e-300)).mean(axis=1)
    floor = one[~broken].max() if (~broken).any() else 0.0
    return standardise(np.where(broken, floor + 0.5 + extent, one))

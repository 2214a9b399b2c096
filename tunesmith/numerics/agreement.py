"""How well a model's beliefs put observed losses into order.

The ranking loss of Feurer, Letham and Bakshy (2018, arXiv 1802.02219, eq. 3 of "Scalable meta-learning for Bayesian
optimization using ranking-weighted Gaussian process ensembles") counts pairs that a model puts into the wrong order.
They draw from the model to account for its doubt; here the expectation over the two deviations is taken in closed form,
which is Kendall's tau with each pair weighted by how sure the model is of it.

    y (n,)  losses      mu, sd (n,)  beliefs      z_ij = (mu_i - mu_j) / sqrt(2 (sd_i^2 + sd_j^2))
    agreement = (sum_{i<j} sign(y_i - y_j) erf z_ij + prior) / (sum_{i<j} |erf z_ij| + prior)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["rank_agreement"]


def rank_agreement(
    y: NDArray[np.float64], mean: NDArray[np.float64], sd: NDArray[np.float64], prior: float = 0.0
) -> float:
    """Return how well beliefs order losses: 1 for always, -1 for the reverse, about 0 for no relation.

    Args:
        y: (n,) losses; only their order counts.
        mean: (n,) believed losses, of any scale.
        sd: (n,) standard deviations of the beliefs.
        prior: so many pairs are taken for agreed on before any is seen; 1.0 is returned where nothing speaks.

    >>> rank_agreement(np.array([1.0, 2.0, 9.0]), np.array([0.1, 0.2, 0.3]), np.full(3, 1e-9))
    1.0
    """
    from scipy.special import erf

    first, second = np.triu_indices(len(y), 1)
    spread = np.sqrt(2.0 * (np.square(sd[first]) + np.square(sd[second])))
    sure = erf((mean[first] - mean[second]) / np.maximum(spread, 1e-300))
    signs = 1.0 * (y[first] > y[second]) - (y[first] < y[second])
    total = float(np.abs(sure)[signs != 0].sum()) + prior
    return 1.0 if total <= 0.0 else (float(signs @ sure) + prior) / total

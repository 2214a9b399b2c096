"""The value of a look when several losses are minimised: expected growth of the hypervolume, exact, as a log.

Emmerich, Giannakoglou and Naujoks (2006, IEEE Trans. Evol. Comput. 10:421): how much the volume between the front and a
reference is expected to grow. The losses at a point are believed to be independent Gaussians, so over disjoint boxes
(l, u) that fill what no point of the front dominates the expectation is a sum of products of one-dimensional integrals
(Couckuyt, Deschrijver and Dhaene 2014, J. Glob. Optim. 60:575):

    EHVI = sum_b prod_k (E_k(u_bk) - E_k(l_bk)),   E_k(a) = E max(a - f_k, 0) = s_k h((a - m_k) / s_k)

with h as in `acquisition`. Where we differ: sums and products are taken on the log scale, so that value and gradient
survive where EHVI underflows (Ament et al. 2023, arXiv 2310.20708, do so for the sampled form), and the boxes come from
slabs along the last loss, of which equal ones are joined.

    front (n, m)   losses that no other dominates      reference (m,)   worse than all that counts
    lower, upper (b, m)   corners of the boxes, -inf where a box has no end
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

import numpy as np

from tunesmith.numerics.acquisition import HALF_LOG_2PI, log_h

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tunesmith.numerics.gaussian_process import Process

__all__ = ["Growth", "free_boxes"]

TINY = -700.0  # log of what a box counts for at least: nothing, but finite
Box = tuple[tuple[float, ...], tuple[float, ...]]


def free_boxes(
    front: NDArray[np.float64], reference: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return corners lower (b, m) and upper (b, m) of disjoint boxes that fill what is better than the reference.

    Args:
        front: (n, m) points; what they dominate is left out. Those not better than the reference don't matter.
        reference: (m,) finite.

    Example: one point (1, 1) and the reference (2, 2) give the boxes below (1, 2) and from (1, -inf) to (2, 1).
    """
    inside = front[(front < reference).all(axis=1)]
    boxes = _boxes(inside, reference)
    return np.array([low for low, _ in boxes]), np.array([high for _, high in boxes])


def _boxes(front: NDArray[np.float64], reference: NDArray[np.float64]) -> list[Box]:
    """The boxes from slabs of the last loss: between two levels, only points up to the lower level dominate."""
    if len(reference) == 1:
        return [((-np.inf,), (float(front.min(initial=reference[0])),))]
    levels = [-np.inf, *np.unique(front[:, -1]).tolist(), float(reference[-1])]
    result: list[Box] = []
    begun: dict[Box, float] = {}
    for level in levels:
        below = front[front[:, -1] <= level]
        now = set(_boxes(below[:, :-1], reference[:-1])) if level < levels[-1] else set()
        for box in sorted(begun.keys() - now):
            low, high = box
            result.append(((*low, begun.pop(box)), (*high, level)))
        for box in now - begun.keys():
            begun[box] = level
    return result


@final
@dataclass(frozen=True)
class Growth:
    """Log of the expected hypervolume improvement of several Gaussian processes, as a score to be climbed.

    Attributes:
        processes: one for each loss, in order.
        front: (n, m) losses to improve on, in the units of the processes; any points, dominated ones don't matter.
        reference: (m,) the corner that volumes are measured from.
    """

    processes: tuple[Process, ...]
    front: NDArray[np.float64] = field(repr=False)
    reference: NDArray[np.float64] = field(repr=False)
    ends: tuple[NDArray[np.float64], ...] = field(init=False, repr=False)
    begins: NDArray[np.intp] = field(init=False, repr=False)
    stops: NDArray[np.intp] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        lower, upper = free_boxes(self.front, self.reference)
        ends = tuple(np.unique(np.append(a, b)) for a, b in zip(lower.T, upper.T, strict=True))
        for name, corner in (("begins", lower), ("stops", upper)):
            places = [np.searchsorted(end, column) for end, column in zip(ends, corner.T, strict=True)]
            object.__setattr__(self, name, np.stack(places))
        object.__setattr__(self, "ends", ends)

    def __call__(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return log EHVI (p,) at points x (p, d), NaN where inactive."""
        total = np.zeros((len(x), self.begins.shape[1]))
        for k, process in enumerate(self.processes):
            total += self._sides(k, *process.predict(x))[0]
        value: NDArray[np.float64] = np.logaddexp.reduce(total, axis=1)
        return value

    def gradient(self, x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return log EHVI (p,) and its gradients (p, d)."""
        looks = [process.predict_gradient(x) for process in self.processes]
        sides = [self._sides(k, mean, sd) for k, (mean, sd, _, _) in enumerate(looks)]
        total = np.sum([side for side, _, _ in sides], axis=0)
        value: NDArray[np.float64] = np.logaddexp.reduce(total, axis=1)
        share = np.exp(total - value[:, None])
        slope = np.zeros_like(x)
        for (_, by_mean, by_sd), (_, _, mean_gradient, sd_gradient) in zip(sides, looks, strict=True):
            slope += np.einsum("pb,pb->p", share, by_mean)[:, None] * mean_gradient
            slope += np.einsum("pb,pb->p", share, by_sd)[:, None] * sd_gradient
        return value, slope

    def _sides(
        self, k: int, mean: NDArray[np.float64], sd: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Log of the expected side of each box along loss k (p, b), and its derivatives by mean and deviation."""
        from scipy.special import log_ndtr

        z = (self.ends[k] - mean[:, None]) / sd[:, None]
        bounded = np.isfinite(z)
        z = np.where(bounded, z, -1e6)
        gain = np.where(bounded, np.log(sd)[:, None] + log_h(z), -np.inf)  # log E_k of every end
        below = np.where(bounded, log_ndtr(z), -np.inf)  # dE_k/dmean = -Phi
        density = np.where(bounded, -0.5 * z * z - HALF_LOG_2PI, -np.inf)  # dE_k/dsd = phi
        begin, stop = self.begins[k], self.stops[k]
        with np.errstate(divide="ignore", invalid="ignore"):
            side = gain[:, stop] + np.log(-np.expm1(np.minimum(gain[:, begin] - gain[:, stop], 0.0)))
        side = np.maximum(np.nan_to_num(side, nan=TINY), TINY)
        by_mean = -(np.exp(below[:, stop] - side) - np.exp(below[:, begin] - side))
        by_sd = np.exp(density[:, stop] - side) - np.exp(density[:, begin] - side)
        return side, by_mean, by_sd

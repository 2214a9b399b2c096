"""Parzen estimators over the unit cube: mixtures of products of kernels, one product an observation, and a prior.

Bergstra et al. (2011, NeurIPS 24, "Algorithms for hyper-parameter optimization"), multivariate as in Falkner et al.
(2018, arXiv 1807.01774), with the bandwidths, floors ("magic clipping") and prior that Watanabe (2023,
arXiv 2304.11127, section 3.3) compares.

- A line: normal kernels cut at 0 and 1.
- Cells in order (ints, steps, ordinals): the mass of the same kernel within the cell.
- Choices: 1 - b for the kernel's own, b shared by the others (Aitchison and Aitken 1976, Biometrika 63:413).
- The prior is one more kernel: the user's hint, else an even one.

A normal kernel's bandwidth is the larger distance to its neighbours in that coordinate (Bergstra's), or Scott's one for
all; `Settings` names the choice.

| symbol | shape | meaning |
|---|---|---|
| x | (n, d) | observations in [0, 1]; cells and choices are i for [i/L, (i+1)/L], or by their edges |
| points | (c, d) | where the density is asked |
| w | (n + 1,) | weights of the kernels, the prior's last; they sum to 1 |
| s | (n + 1, d) | bandwidths; for choices b |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from tunesmith.numerics.truncated_normal import draw, log_mass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Axes", "Axis", "Parzen", "bandwidths", "fit"]

_EVEN = 1e3  # bandwidth of an even kernel
_LEAST = 0.01
_LOG_TAU = float(np.log(2 * np.pi))


@final
@dataclass(frozen=True, slots=True)
class Axis:
    """One coordinate.

    Attributes:
        edges: (L + 1,) ends of the cells, from 0 to 1; None for a line and for choices.
        choices: number of categories, 0 where the coordinate has an order.
        hint: mean and standard deviation of the prior kernel, None for an even one.
        weights: (choices,) prior probabilities, None for even ones.
    """

    edges: NDArray[np.float64] | None = None
    choices: int = 0
    hint: tuple[float, float] | None = None
    weights: NDArray[np.float64] | None = None


@final
class Axes:
    """The d coordinates of an estimator, sorted by kind once.

    Args:
        axes: one `Axis` each.

    Attributes:
        ordered: columns of lines and cells.
        lines: columns of lines.
        cells: columns of cells.
        edges: for each of `cells`, the ends of its cells.
        choices: columns of choices.
        counts: (number of `choices`,) how many categories each has.
        prior_means: (number of `ordered`,) centres of the prior kernel.
        prior_stds: (number of `ordered`,) its bandwidths.
    """

    def __init__(self, axes: Sequence[Axis]) -> None:
        self.each = tuple(axes)
        self.ordered = np.array([i for i, axis in enumerate(axes) if not axis.choices], dtype=np.intp)
        self.lines = np.array([i for i in self.ordered if axes[i].edges is None], dtype=np.intp)
        self.cells = np.array([i for i in self.ordered if axes[i].edges is not None], dtype=np.intp)
        self.edges = tuple(axis.edges for axis in axes if not axis.choices and axis.edges is not None)
        self.choices = np.array([i for i, axis in enumerate(axes) if axis.choices], dtype=np.intp)
        self.counts = np.array([axes[i].choices for i in self.choices], dtype=np.int64)
        hints = [axes[i].hint or (0.5, _EVEN) for i in self.ordered]
        self.prior_means = np.array([mean for mean, _ in hints], dtype=np.float64)
        self.prior_stds = np.array([std for _, std in hints], dtype=np.float64)

    def __len__(self) -> int:
        return len(self.each)

    def chosen(self, x: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the categories (n, number of `choices`) at points (n, d)."""
        index: NDArray[np.int64] = np.minimum((x[:, self.choices] * self.counts).astype(np.int64), self.counts - 1)
        return index


@final
@dataclass(frozen=True, slots=True)
class Parzen:
    """A mixture of k = n + 1 kernels, the prior's last.

    Attributes:
        axes: the d coordinates.
        w: (k,) weights.
        means: (k, d) centres.
        s: (k, d) bandwidths; for choices the share b that the others get, which the prior doesn't use.
    """

    axes: Axes
    w: NDArray[np.float64]
    means: NDArray[np.float64]
    s: NDArray[np.float64]

    def sample(self, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return points (count, d), each from one kernel; cells are not snapped, choices are at their centres."""
        axes, sums = self.axes, np.cumsum(self.w)
        last = len(sums) - 1
        kernel = np.minimum(np.searchsorted(sums, rng.random(count) * sums[-1], side="right"), last)
        u = rng.random((count, len(axes)))
        found = np.empty_like(u)
        mean, s = self.means[kernel], self.s[kernel]
        places = axes.ordered
        found[:, places] = draw(u[:, places], mean[:, places], s[:, places])
        own = axes.chosen(mean)
        for j, i in enumerate(axes.choices):
            index = _category(u[:, i], own[:, j], s[:, i], axes.each[i], kernel == last)
            found[:, i] = (index + 0.5) / axes.counts[j]
        return found

    def log_density(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (c,) log densities at the points (c, d): per length for lines, probabilities for cells and choices."""
        with np.errstate(divide="ignore"):
            logs = np.log(self.w) + self._choice_logs(points)
        if len(self.axes.lines):
            logs += self._line_logs(points)
        if len(self.axes.cells):
            logs += self._cell_logs(points)
        top = logs.max(axis=1)
        found: NDArray[np.float64] = top + np.log(np.exp(logs - top[:, None]).sum(axis=1))
        return found

    def _line_logs(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (c, k) logs of the products over the lines, from one product of matrices."""
        places = self.axes.lines
        x, mean, s = points[:, places], self.means[:, places], self.s[:, places]
        square = 1.0 / (s * s)
        shifted = square * mean
        own = 0.5 * shifted * mean + np.log(s) + 0.5 * _LOG_TAU + log_mass(0.0, 1.0, mean, s)
        found: NDArray[np.float64] = np.hstack([x * x, x]) @ np.hstack([-0.5 * square, shifted]).T - own.sum(axis=1)
        return found

    def _cell_logs(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (c, k) logs of the products of the masses of the cells that hold the points."""
        places = self.axes.cells
        mean, s = self.means[:, places], self.s[:, places]
        found: NDArray[np.float64] = -log_mass(0.0, 1.0, mean, s).sum(axis=1) + np.zeros((len(points), 1))
        for j, (i, edges) in enumerate(zip(places, self.axes.edges, strict=True)):
            cell = np.clip(np.searchsorted(edges, points[:, i], side="right") - 1, 0, len(edges) - 2)
            asked, again = np.unique(cell, return_inverse=True)  # candidates crowd in few cells
            found += log_mass(edges[asked, None], edges[asked + 1, None], mean[:, j], s[:, j])[again]
        return found

    def _choice_logs(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (c, k) logs of the products of the probabilities of the choices."""
        axes = self.axes
        if not len(axes.choices):
            return np.zeros((len(points), len(self.w)))
        index, own, b = axes.chosen(points), axes.chosen(self.means), self.s[:, axes.choices]
        with np.errstate(divide="ignore"):
            same, other = np.log1p(-b), np.log(b / np.maximum(axes.counts - 1, 1))
        found: NDArray[np.float64] = np.where(index[:, None] == own, same, other).sum(axis=2)
        found[:, -1] = 0.0
        for j, i in enumerate(axes.choices):
            found[:, -1] += np.log(_prior_weights(axes.each[i]))[index[:, j]]
        return found


def fit(x: NDArray[np.float64], weights: NDArray[np.float64], axes: Axes, *, prior_weight: float = 1.0) -> Parzen:
    """Return the estimator of observations (n, d) with weights (n,), at least 0, beside a prior of its own weight > 0.

    Example:
        >>> even = fit(np.empty((0, 1)), np.empty(0), Axes([Axis()]))
        >>> even.log_density(np.array([[0.2], [0.9]])).round(6).tolist()
        [-0.0, -0.0]
    """
    n, d = x.shape
    w = np.append(weights, prior_weight)
    means, s = np.empty((n + 1, d)), np.empty((n + 1, d))
    means[:n], means[n] = x, 0.5
    s[:n, axes.ordered] = bandwidths(x[:, axes.ordered])
    means[n, axes.ordered], s[n, axes.ordered] = axes.prior_means, axes.prior_stds
    s[:, axes.choices] = (axes.counts - 1) / (n + 1 + axes.counts)
    return Parzen(axes, w / w.sum(), means, s)


def bandwidths(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the bandwidths (n, d) of observations (n, d), each coordinate by itself.

    The larger of the distances to the neighbours on both sides; at the two ends the distance to the only neighbour.
    Never less than max(1 / 100, 1 / (n + 2)), nor more than 1.

    Example:
        >>> bandwidths(np.array([[0.1], [0.5], [0.6]])).round(6).ravel().tolist()
        [0.4, 0.4, 0.2]
    """
    n, d = x.shape
    least = max(_LEAST, 1.0 / (n + 2.0))
    order = np.argsort(x, axis=0, kind="stable")
    gaps = np.diff(np.take_along_axis(x, order, axis=0), axis=0)
    wide = np.ones((1, d))
    left, right = (np.vstack([gaps[:1], gaps]), np.vstack([gaps, gaps[-1:]])) if n > 1 else (wide[:n], wide[:n])
    found = np.empty_like(x)
    np.put_along_axis(found, order, np.clip(np.maximum(left, right), least, 1.0), axis=0)
    return found


def _prior_weights(axis: Axis) -> NDArray[np.float64]:
    """Return the prior probabilities (L,) of categories, none of them zero for a logarithm's sake."""
    return np.full(axis.choices, 1.0 / axis.choices) if axis.weights is None else np.maximum(axis.weights, 1e-300)


def _category(
    u: NDArray[np.float64], own: NDArray[np.int64], b: NDArray[np.float64], axis: Axis, prior: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return categories (c,) drawn with u (c,): the kernel's own, one of the others, or by the prior's weights."""
    last = axis.choices - 1
    step = np.minimum((u / np.where(b > 0, b, 1.0) * last).astype(np.int64), max(last - 1, 0))
    index = np.where(u < b, (own + 1 + step) % axis.choices, own)
    drawn = np.searchsorted(np.cumsum(_prior_weights(axis)), u, side="right")
    found: NDArray[np.int64] = np.where(prior, np.minimum(drawn, last), index)
    return found

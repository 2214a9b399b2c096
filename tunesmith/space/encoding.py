"""Between configs and the unit cube: the only view of a space that models have."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tunesmith.errors import InvalidArgumentError
from tunesmith.space.ints import Int

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from tunesmith.space.domain import Domain, FloatArray
    from tunesmith.space.plan import Plan
    from tunesmith.space.primitive import Config, Primitive

__all__ = ["Encoding"]


@final
class Encoding:
    """The coordinates of a space: one per parameter, in the order of its names.

    A continuous parameter runs along [0, 1], in its logarithm if declared so. A parameter of L values owns L cells and
    stands at their centres: (i + 1/2) / L, or for logarithmic ints the centre of the image of [v - 1/2, v + 1/2].
    NaN means inactive, missing or without a place (a removed choice). Nothing is clipped on the way in: a value out of
    range lies outside [0, 1].

    Attributes:
        names: (d,) names of the parameters.
        kinds: (d,) int8; 0 continuous, 1 ordered cells (ints, steps, ordinals, constants), 2 categories.
        levels: (d,) int64; number of cells, 0 for continuous.
        prior_means: (d,) centres of the user's hints in unit coordinates, NaN where there is none.
        prior_stds: (d,) their standard deviations, NaN where there is none.
        prior_weights: probabilities (levels,) of the categories, for the names that have such a hint.
    """

    def __init__(self, parameters: Mapping[str, Domain], plan: Plan) -> None:
        self._plan = plan
        self._domains = tuple(parameters.values())
        self.names = plan.names
        self.kinds = np.array([domain.kind for domain in self._domains], dtype=np.int8)
        self.levels = np.array([domain.levels for domain in self._domains], dtype=np.int64)
        self._lines = self.levels == 0
        self._cells = np.maximum(self.levels, 1).astype(np.float64)
        self._uneven = [place for place, domain in enumerate(self._domains) if isinstance(domain, Int) and domain.log]
        hints = [domain.prior_unit for domain in self._domains]
        self.prior_means = np.array([math.nan if hint is None else hint.mean for hint in hints], dtype=np.float64)
        self.prior_stds = np.array([math.nan if hint is None else hint.std for hint in hints], dtype=np.float64)
        self.prior_weights = {
            name: np.array(hint.weights) for name, hint in zip(self.names, hints, strict=True) if hint and hint.weights
        }
        arrays: list[NDArray[Any]] = [self.kinds, self.levels, self.prior_means, self.prior_stds]
        for array in [*arrays, *self.prior_weights.values()]:
            array.setflags(write=False)

    def encode(self, configs: Sequence[Mapping[str, Primitive]]) -> FloatArray:
        """Return the points (n, d) of n configs; a missing parameter takes its declared default, else NaN.

        Example:
            With `Space(a=Float(0.0, 2.0), b=Int(1, 4))`, `encode([{"a": 1.0, "b": 2}])` is `[[0.5, 0.375]]`.
        """
        rows = []
        pairs = tuple((name, domain.to_unit) for name, domain in zip(self.names, self._domains, strict=True))
        for config in configs:
            full = self._plan.completed(config)
            rows.append([to_unit(full[name]) if name in full else math.nan for name, to_unit in pairs])
        return np.array(rows, dtype=np.float64).reshape(len(rows), len(self.names))

    def decode(self, x: ArrayLike) -> list[Config]:
        """Return the configs at the points (n, d), cells snapped; they belong to the space, rules aside.

        Coordinates of inactive parameters are ignored; one outside [0, 1] is read as the nearest end; NaN of an active
        parameter gives its default (or middle, or first choice), and leaves an optional one out.
        """
        return [self._plan.config(row) for row in self._points(x).tolist()]

    def snap(self, x: ArrayLike) -> FloatArray:
        """Return the points (n, d) moved to the centres of their cells and into [0, 1]; NaN stays."""
        points = self._points(x)
        index = np.minimum(np.floor(np.clip(points, 0.0, 1.0) * self._cells), self._cells - 1)
        snapped: FloatArray = np.where(self._lines, np.clip(points, 0.0, 1.0), (index + 0.5) / self._cells)
        for place in self._uneven:
            snapped[:, place] = self._domains[place].snap(points[:, place])
        return snapped

    def cells(self, x: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Return the lower and upper edges (n, d) of the cells that hold the points; equal where continuous."""
        points = self._points(x)
        edges = [domain.cells(points[:, index]) for index, domain in enumerate(self._domains)]
        if not edges:
            return points, points
        return np.column_stack([low for low, _ in edges]), np.column_stack([high for _, high in edges])

    def active(self, x: ArrayLike) -> NDArray[np.bool_]:
        """Say for each coordinate (n, d) whether the config at the point holds the parameter."""
        return self._plan.activity(self._points(x))

    def allowed(self, x: ArrayLike) -> NDArray[np.bool_]:
        """Say for each point (n, d) whether its config obeys all rules (n,), as columns and so fast for many."""
        return self._plan.allowed(self._points(x))[0]

    def _points(self, x: ArrayLike) -> FloatArray:
        points = np.asarray(x, dtype=np.float64)
        if points.ndim != 2 or points.shape[1] != len(self.names):
            raise InvalidArgumentError(f"x needs the shape (n, {len(self.names)}), got {points.shape}")
        return points

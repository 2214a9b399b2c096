"""Parameters that are active together: the groups into which a conditional space falls apart for a joint density.

The decomposition of Optuna's grouped TPE (documented there as `group=True`), but from the declared conditions: all
parameters with equal conditions form a group. Optional ones (define-by-run) are one group at first, which is cut
whenever a trial holds one part of it and not the other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

import numpy as np

from tunesmith.numerics.parzen import Axes, Axis
from tunesmith.samplers.ranked import Ranked, Standing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tunesmith.space import Space

__all__ = ["Group", "Groups"]

_FINE = 1024  # an ordered parameter of more values is a line


@final
@dataclass(frozen=True, slots=True)
class Group:
    """Parameters that are active together.

    Attributes:
        columns: their coordinates.
        axes: what an estimator needs to know of each.
        even: the same without hints.
        hinted: whether there are any.
        ranked: the trials that held them, best first.
        size: number of their joint values, inf with a line among them.
    """

    columns: NDArray[np.intp]
    axes: Axes
    even: Axes
    hinted: bool
    ranked: Ranked
    size: float

    @classmethod
    def of(cls, columns: list[int], axes: tuple[Axis, ...], n_losses: int) -> Group:
        """Return the group of some columns of all `axes`, without trials."""
        part = [axes[column] for column in columns]
        size = math.prod(axis.choices or (math.inf if axis.edges is None else len(axis.edges) - 1) for axis in part)
        even = [Axis(axis.edges, axis.choices) for axis in part]
        hinted = any(axis.hint is not None or axis.weights is not None for axis in part)
        return cls(np.array(columns, dtype=np.intp), Axes(part), Axes(even), hinted, Ranked(n_losses), size)

    def holds(self, x: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Say which points (n, d) hold all of the group within the present ranges (n,)."""
        part = x[:, self.columns]
        return np.asarray(((part >= 0) & (part <= 1)).all(axis=1))


@final
@dataclass(slots=True)
class Groups:
    """The groups of a space.

    Attributes:
        axes: one for each coordinate.
        n_losses: number of losses.
        level: (d,) depth of each coordinate's conditions, 0 without any.
        optional: (d,) whether each may be absent.
        all: the groups; parameters of one value only are in none.
        depths: indices of the groups, parents before children.
    """

    axes: tuple[Axis, ...]
    n_losses: int
    level: tuple[int, ...]
    optional: tuple[bool, ...]
    all: list[Group] = field(default_factory=list)
    depths: list[list[int]] = field(default_factory=list)

    @classmethod
    def of(cls, space: Space, n_losses: int) -> Groups:
        """Return the groups that the declared conditions make."""
        names = space.encoding.names
        axes = tuple(_axis(space, column) for column in range(len(names)))
        level: dict[str, int] = {}
        for _, name, _, tests, _ in space.plan.steps:  # parents come before children
            level[name] = max((level[parent] + 1 for parent, _ in tests), default=0)
        optional = tuple(space[name].optional for name in names)
        groups = cls(axes, n_losses, tuple(level[name] for name in names), optional)
        parts: dict[object, list[int]] = {}
        for column, name in enumerate(names):
            if _varies(axes[column]) or optional[column]:
                parts.setdefault((space[name].when, optional[column]), []).append(column)
        groups._cut(list(parts.values()))
        return groups

    @property
    def conditional(self) -> bool:
        """Whether any parameter has conditions."""
        return len(self.depths) > 1

    def refine(self, x: NDArray[np.float64]) -> bool:
        """Cut the groups of optional parameters that a point (d,) holds in part; say whether all must be put anew."""
        missing = np.isnan(x)
        parts: list[list[int]] = []
        for group in self.all:
            columns = group.columns.tolist()
            halves = [[c for c in columns if missing[c]], [c for c in columns if not missing[c]]]
            parts += halves if all(halves) and self.optional[columns[0]] else [columns]
        if len(parts) == len(self.all):
            return False
        self._cut(parts)
        return True

    def put(self, place: int, x: NDArray[np.float64], where: Standing) -> None:
        """Add a trial at a place, with its point (d,), to the groups that it holds."""
        for group in self.all:
            if group.holds(x[None])[0]:
                group.ranked.put(place, where)

    def _cut(self, parts: list[list[int]]) -> None:
        self.all = [Group.of(part, self.axes, self.n_losses) for part in parts]
        deepest = max((self.level[part[0]] for part in parts), default=0)
        self.depths = [
            [i for i, part in enumerate(parts) if self.level[part[0]] == depth] for depth in range(deepest + 1)
        ]


def _varies(axis: Axis) -> bool:
    """Whether a coordinate has more than one value."""
    return axis.choices != 1 and (axis.edges is None or len(axis.edges) > 2)


def _axis(space: Space, column: int) -> Axis:
    """Return what an estimator needs to know of a coordinate."""
    encoding = space.encoding
    name, kind, levels = encoding.names[column], int(encoding.kinds[column]), int(encoding.levels[column])
    if kind == 2:
        return Axis(choices=levels, weights=encoding.prior_weights.get(name))
    mean, std = float(encoding.prior_means[column]), float(encoding.prior_stds[column])
    hint = None if math.isnan(mean) else (mean, std)
    if kind == 0 or levels > _FINE:
        return Axis(hint=hint)
    domain = space[name]
    low, high = domain.cells(np.array([domain.to_unit(domain.level(i)) for i in range(levels)]))
    return Axis(edges=np.append(low, high[-1]), hint=hint)

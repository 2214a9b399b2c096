"""The points of a grid over a mixed space: a tree of levels, in an order that is useful when stopped early.

The grid is a tree, not a product: a parameter that a condition switches off takes no part, so no config is repeated
under different names. Combinations that break a rule are left out. The order follows a scrambled Sobol sequence (see
`numerics.sobol`) from cell to cell of the grid, so that every beginning of it covers each parameter, and each pair,
about evenly; the usual order, last name fastest, would hold the first parameters still until the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, final

import numpy as np

from tunesmith.errors import InvalidArgumentError
from tunesmith.numerics.sobol import sobol_points
from tunesmith.samplers.left import Identity, identity
from tunesmith.seeding import derive, stream
from tunesmith.space import CATEGORICAL

if TYPE_CHECKING:
    from collections.abc import Container

    from numpy.typing import NDArray

    from tunesmith.space import Domain, Space

__all__ = ["Lattice", "Levels", "around", "lattice", "levels_of"]

Levels: TypeAlias = int | Sequence[Any]

_LARGEST = 200_000


@final
@dataclass(slots=True)
class Lattice:
    """The points of a grid, in order.

    Attributes:
        names: parameters, in the order of the columns of `rows`.
        values: (d) lists of levels.
        rows: (n, d) which level each parameter has at each point, -1 where it is inactive.
        cursor: no point before this one is free any more; a cache.
    """

    names: tuple[str, ...]
    values: list[list[Any]]
    rows: NDArray[np.int64]
    cursor: int = 0

    def config(self, point: int) -> dict[str, Any]:
        """Return the config of a point."""
        levels = self.rows[point].tolist()
        return {name: held[i] for name, held, i in zip(self.names, self.values, levels, strict=True) if i >= 0}

    def free(self, told: Container[Identity], held: Container[Identity]) -> tuple[int, dict[str, Any]] | None:
        """Return the first point, and its config, that is neither told nor held for now; None when there is none."""
        while self.cursor < len(self.rows) and identity(self.config(self.cursor)) in told:
            self.cursor += 1
        for point in range(self.cursor, len(self.rows)):
            config = self.config(point)
            key = identity(config)
            if key not in told and key not in held:
                return point, config
        return None


def lattice(space: Space, values: list[list[Any]], seed: int, number: int = 0) -> Lattice:
    """Return the grid of these levels, one list for each parameter of the space.

    Args:
        space: gives conditions and rules.
        values: (d) levels.
        seed: of the study; fixes the order.
        number: another one gives another order.

    Raises:
        InvalidArgumentError: the grid has more than 200000 points.
    """
    pairs = zip(space.parameters.values(), values, strict=True)
    units = [np.array([domain.to_unit(value) for value in held]) for domain, held in pairs]
    rows, x = _branches(space, units)
    rows = rows[space.encoding.allowed(x)]
    path = ("grid", number) if number else ("grid",)
    return Lattice(space.names, values, rows[_order(space, units, rows, seed, path)])


def around(domain: Domain, levels: list[Any], centre: Any) -> list[Any]:
    """Return finer levels of a parameter, as many at most, in the cell that a value has among its levels.

    The cell reaches halfway to the next level on each side, and as far beyond the last one, within the domain. A
    category, a parameter of a single level, and one whose values are all levels already, stay where they are.

    Example: of the levels 0, 0.5, 1 around 0.5 become 0.25, 0.5, 0.75, and around 1 become 0.75, 0.875, 1.
    """
    if domain.kind == CATEGORICAL or len(levels) < 2 or 0 < domain.levels <= len(levels):
        return [centre]
    here = domain.to_unit(centre)
    steps = np.array([domain.to_unit(level) for level in levels]) - here
    below, above = -steps[steps < -1e-12], steps[steps > 1e-12]
    left = float(below.min()) if len(below) else float(above.min())
    right = float(above.min()) if len(above) else float(below.min())
    low, high = max(0.0, here - left / 2), min(1.0, here + right / 2)
    return list(dict.fromkeys(domain.from_unit(u) for u in np.linspace(low, high, len(levels)).tolist()))


def levels_of(space: Space, name: str, levels: Levels | None, count: int) -> list[Any]:
    """Return the levels of one parameter: those given, all of its values, or `count` of a continuous one.

    Raises:
        InvalidArgumentError: the levels do not fit the domain, or are more than 200000.
    """
    domain = space[name]
    if isinstance(levels, Sequence):
        for value in levels:
            if not domain.contains(value):
                raise InvalidArgumentError(f"Grid has the level {name}={value!r}, which is not {domain.describe()}")
        if len({(type(value), value) for value in levels}) < len(levels):
            raise InvalidArgumentError(f"Grid needs different levels, got {name}={list(levels)!r}")
        return list(levels)
    if levels is None and domain.levels:
        if domain.levels > _LARGEST:
            raise InvalidArgumentError(_too_large(f"{name!r} alone has {domain.levels} values", name))
        return [domain.level(i) for i in range(domain.levels)]
    if domain.kind == CATEGORICAL:
        raise InvalidArgumentError(
            f"Grid cannot pick {levels} of the choices of {name!r}; name them: levels={{{name!r}: [...]}}"
        )
    number = count if levels is None else levels
    if number > _LARGEST:
        raise InvalidArgumentError(_too_large(f"{name!r} alone has {number} levels", name))
    places = np.linspace(0.0, 1.0, number).tolist() if number > 1 else [0.5]
    return list(dict.fromkeys(domain.from_unit(u) for u in places))


def _too_large(what: str, name: str) -> str:
    return (
        f"Grid has at most {_LARGEST} points, and {what}; give fewer levels, such as levels={{{name!r}: 3}}, "
        "or use Sobol, which needs none"
    )


def _branches(space: Space, units: list[NDArray[np.float64]]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the levels (n, d), -1 where inactive, and the unit coordinates (n, d) of all points, rules aside."""
    width = len(space.names)
    rows, x = np.full((1, width), -1, dtype=np.int64), np.full((1, width), np.nan)
    for column, name, _, tests, _ in space.plan.steps:  # parents before children
        active = np.ones(len(rows), dtype=np.bool_)
        if tests:
            x[:, column] = units[column][0]
            active = space.encoding.active(x)[:, column]
        repeats = np.where(active, len(units[column]), 1)
        if repeats.sum() > _LARGEST:
            raise InvalidArgumentError(_too_large(f"with {name!r} there are {repeats.sum()}", name))
        source = np.repeat(np.arange(len(rows)), repeats)
        level = np.arange(len(source)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
        rows, x = rows[source], x[source]
        rows[:, column] = np.where(active[source], level, -1)
        x[:, column] = np.where(active[source], units[column][level], np.nan)
    return rows, x


def _order(
    space: Space, units: list[NDArray[np.float64]], rows: NDArray[np.int64], seed: int, path: tuple[str | int, ...]
) -> NDArray[np.int64]:
    """Return the order (n,) of the points: as a Sobol sequence meets their cells, then the rest shuffled."""
    if not rows.size:
        return np.arange(len(rows))
    count = 1 << int(np.clip(2 + np.ceil(np.log2(len(rows))), 6, 16))
    u = sobol_points(derive(seed, *path), len(units), 0, count)
    met = np.minimum((u * [len(held) for held in units]).astype(np.int64), [len(held) - 1 for held in units])
    active = space.encoding.active(np.column_stack([held[met[:, j]] for j, held in enumerate(units)]))
    met[~active] = -1
    _, place = np.unique(np.vstack([rows, met]), axis=0, return_inverse=True)
    place = place.reshape(-1)
    point_at = np.full(place.max() + 1, -1)
    point_at[place[: len(rows)]] = np.arange(len(rows))
    points = point_at[place[len(rows) :]]
    first = list(dict.fromkeys(points[points >= 0].tolist()))
    rest = np.setdiff1d(np.arange(len(rows)), first)
    return np.concatenate([np.array(first, dtype=np.int64), stream(seed, *path).permutation(rest)])

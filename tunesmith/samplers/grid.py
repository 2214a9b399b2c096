"""Grid search: every combination of a few levels, each exactly once, in an order that is useful when stopped early.

The grid is a tree, not a product: a parameter that a condition switches off takes no part, so no config is repeated
under different names. Combinations that break a rule are left out. The order follows a scrambled Sobol sequence (see
`quasi`) from cell to cell of the grid, so that every beginning of it covers each parameter, and each pair, about
evenly; the usual order, last name fastest, would hold the first parameters still until the end.

Which points were used is never counted: the next one is the first in order whose config no closed run and no pending
trial holds, failed ones included. So parallel workers, a resume and trials that the user added need no bookkeeping. Two
workers that think at the same moment see the same point; the number of a new trial is a key of the log, so one of them
is refused, reads again, and takes the next point.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, final

import numpy as np

from tunesmith.core.protocols import Exhausted, Problem, Proposal
from tunesmith.errors import InvalidArgumentError
from tunesmith.numerics.sobol import sobol_points
from tunesmith.samplers.left import Identity, identity
from tunesmith.seeding import derive, stream
from tunesmith.space import CATEGORICAL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tunesmith.core.history import History
    from tunesmith.core.trial import Trial
    from tunesmith.space import Space

__all__ = ["Grid", "GridState"]

Levels: TypeAlias = int | Sequence[Any]

_LEVELS = 5
_LARGEST = 200_000


@final
@dataclass(slots=True)
class GridState:
    """The grid, and how much of it is known.

    Attributes:
        names: parameters, in the order of the columns of `rows`.
        values: (d) lists of levels.
        rows: (n, d) which level each parameter has at each point, -1 where it is inactive; points in order.
        told: identities of the configs of closed runs.
        cursor: the first point whose config is not among them.
    """

    names: tuple[str, ...]
    values: list[list[Any]]
    rows: NDArray[np.int64]
    told: set[Identity] = field(default_factory=set)
    cursor: int = 0

    def config(self, point: int) -> dict[str, Any]:
        """Return the config of a point."""
        levels = self.rows[point].tolist()
        return {name: held[i] for name, held, i in zip(self.names, self.values, levels, strict=True) if i >= 0}


@final
@dataclass(frozen=True)
class Grid:
    """Proposes all combinations of levels, each once, and ends.

    Args:
        levels: how many values each continuous parameter takes, its ends included, even in its own scale (a logarithmic
            one in the logarithm); or a mapping of names to such a number or to the values themselves. Parameters that
            are not named take all their values, continuous ones 5.

    Raises:
        InvalidArgumentError: a number of levels is below 1; on `init`, a name is unknown, a value is not in its domain
            or stands twice, or the grid has more than 200000 points.

    Example:
        >>> Grid(levels={"lr": 3, "optimizer": ["adam"]})
        Grid(levels={'lr': 3, 'optimizer': ['adam']})
    """

    levels: int | Mapping[str, Levels] = _LEVELS

    def __post_init__(self) -> None:
        named = self.levels if isinstance(self.levels, Mapping) else {"levels": self.levels}
        for name, levels in named.items():
            if isinstance(levels, str) or not isinstance(levels, (int, Sequence)):
                raise InvalidArgumentError(f"Grid needs a number of levels or a list of values, got {name}={levels!r}")
            if (levels if isinstance(levels, int) else len(levels)) < 1 or isinstance(levels, bool):
                raise InvalidArgumentError(f"Grid needs at least one level, got {name}={levels!r}")
        if isinstance(self.levels, Mapping):
            plain = {name: held if isinstance(held, int) else list(held) for name, held in self.levels.items()}
            object.__setattr__(self, "levels", plain)

    def init(self, problem: Problem) -> GridState:
        """Return the grid of the space, in order."""
        space = problem.space
        named = self.levels if isinstance(self.levels, Mapping) else {}
        for name in named:
            if name not in space:
                raise InvalidArgumentError(f"Grid has levels for {name!r}, the space has {', '.join(space.names)}")
        count = self.levels if isinstance(self.levels, int) else _LEVELS
        values = [_values(space, name, named.get(name), count) for name in space.names]
        pairs = zip(space.parameters.values(), values, strict=True)
        units = [np.array([domain.to_unit(value) for value in held]) for domain, held in pairs]
        rows, x = _branches(space, units)
        rows = rows[space.encoding.allowed(x)]
        return GridState(space.names, values, rows[_order(space, units, rows, problem.seed)])

    def tell(self, state: GridState, runs: History) -> GridState:
        """Return the state that knows the configs of these runs too, failed ones included."""
        state.told.update(identity(row.config) for row in runs.records)
        while state.cursor < len(state.rows) and identity(state.config(state.cursor)) in state.told:
            state.cursor += 1
        return state

    def ask(self, state: GridState, pending: Sequence[Trial], rng: np.random.Generator) -> Proposal | Exhausted:
        """Return the first point that no closed run and no pending trial holds; `rng` is not used."""
        del rng
        if not state.names:  # nothing is known to vary yet
            return Proposal({}, by="grid")
        held = {identity(trial.params) for trial in pending}
        for point in range(state.cursor, len(state.rows)):
            config = state.config(point)
            key = identity(config)
            if key not in state.told and key not in held:
                return Proposal(config, by="grid", reasons={"point": point, "of": len(state.rows)})
        return Exhausted(f"all {len(state.rows)} points of the grid have been proposed")


def _values(space: Space, name: str, levels: Levels | None, count: int) -> list[Any]:
    """Return the levels of one parameter."""
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


def _order(space: Space, units: list[NDArray[np.float64]], rows: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Return the order (n,) of the points: as a Sobol sequence meets their cells, then the rest shuffled."""
    if not rows.size:
        return np.arange(len(rows))
    count = 1 << int(np.clip(2 + np.ceil(np.log2(len(rows))), 6, 16))
    u = sobol_points(derive(seed, "grid"), len(units), 0, count)
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
    return np.concatenate([np.array(first, dtype=np.int64), stream(seed, "grid").permutation(rest)])

"""History: the columnar, read-only view of closed runs and learning curves that samplers, pruners and analyses get.

The columns grow by appending; a view is a range (or a list) of rows over them, so handing out a history costs nothing
and k new runs cost O(k). Configs are encoded into the unit cube only when somebody looks at `x`.
"""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, final

import numpy as np

from tunesmith.core.curves import Curves, CurveTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tunesmith.core.trial import Trial
    from tunesmith.space import Space

__all__ = ["COMPLETE", "FAILED", "PAUSED", "PRUNED", "Columns", "History", "Row"]

COMPLETE: Final = 0
PRUNED: Final = 1
FAILED: Final = 2
PAUSED: Final = 3

STATE_CODES: Final[Mapping[str, int]] = {"complete": COMPLETE, "pruned": PRUNED, "failed": FAILED, "paused": PAUSED}


class Row(NamedTuple):
    """One closed run, as the fold of the log writes it down."""

    number: int
    run: int
    decision: int
    state: int
    losses: tuple[float, ...]
    excesses: tuple[float, ...]
    budget: float
    step: float
    seconds: float
    replicate: int
    config: Mapping[str, Any]
    memo: Mapping[str, Any] | None
    by: str
    reasons: Mapping[str, Any]


_SCALARS: Final = {
    "number": np.int64,
    "run": np.int64,
    "decision": np.int64,
    "state": np.int8,
    "budget": np.float64,
    "step": np.float64,
    "seconds": np.float64,
    "replicate": np.int64,
}
_POSITION: Final = {name: i for i, name in enumerate(Row._fields)}


@final
class Columns:
    """The growing columns behind every history of a study; only the fold of the log appends to it.

    Args:
        n_losses: number of objectives.
        n_constraints: number of constraints.
        space: the space whose encoding `x` follows; `respace` changes it.
        rows: a list to share with other columns, which then grow together.
    """

    def __init__(self, n_losses: int, n_constraints: int, space: Space, rows: list[Row] | None = None) -> None:
        self.n_losses = n_losses
        self.n_constraints = n_constraints
        self.space = space
        self.rows: list[Row] = [] if rows is None else rows
        self._arrays: dict[str, NDArray[Any]] = {}
        self._filled: dict[str, int] = {}

    def append(self, row: Row) -> None:
        """Add one closed run."""
        self.rows.append(row)

    def respace(self, space: Space) -> None:
        """Change the space: every config is encoded anew at the next look at `x`."""
        self.space = space
        self._arrays.pop("x", None)
        self._filled.pop("x", None)

    def array(self, name: str) -> NDArray[Any]:
        """Return the whole column, filled up to the last row; (n,), (n, m) or (n, d)."""
        filled, total = self._filled.get(name, 0), len(self.rows)
        if filled < total or name not in self._arrays:
            fresh = self._fresh(name, self.rows[filled:])
            self._store(name, fresh, filled, total)
        return self._arrays[name][:total]

    def _fresh(self, name: str, rows: list[Row]) -> NDArray[Any]:
        if name == "x":
            encoded: NDArray[Any] = self.space.encoding.encode([row.config for row in rows])
            return encoded
        if name == "losses":
            return np.array([row.losses for row in rows], dtype=np.float64).reshape(len(rows), self.n_losses)
        if name == "excesses":
            return np.array([row.excesses for row in rows], dtype=np.float64).reshape(len(rows), self.n_constraints)
        return np.array(list(map(operator.itemgetter(_POSITION[name]), rows)), dtype=_SCALARS[name])

    def _store(self, name: str, fresh: NDArray[Any], filled: int, total: int) -> None:
        held = self._arrays.get(name)
        if held is None or len(held) < total:
            grown = np.empty((max(16, 2 * total), *fresh.shape[1:]), dtype=fresh.dtype)
            if held is not None:
                grown[:filled] = held[:filled]
            held = self._arrays[name] = grown
        held[filled:total] = fresh
        self._filled[name] = total


@final
@dataclass(frozen=True, slots=True)
class History:
    """Closed runs as columns, one row a run, in the order in which they became visible; n rows.

    A run that was lost or given back is no evidence and has no row. A paused run has one, at its budget. Losses are
    always minimised; a failed run's are NaN. A pruned or paused run's loss is its last reported one, at `steps`.

    Attributes:
        columns: the shared storage.
        rows: which of its rows this view shows.
        table: the learning curves behind `curves`.
        cutoff: decisions above this number are invisible in `curves` (None: all are visible).
        own: a trial whose own reports are visible all the same.
        lookup: finds a trial by number.
        running: numbers of trials with an open run.
        paused: numbers of trials that wait for a resume.
    """

    columns: Columns
    rows: slice | NDArray[np.int64]
    table: CurveTable
    cutoff: int | None = None
    own: int | None = None
    lookup: Callable[[int], Trial] | None = None
    running: Sequence[int] = ()
    paused: Sequence[int] = ()

    def __len__(self) -> int:
        if isinstance(self.rows, slice):
            return max(0, int(min(self.rows.stop, len(self.columns.rows)) - self.rows.start))
        return len(self.rows)

    def _column(self, name: str) -> NDArray[Any]:
        view: NDArray[Any] = self.columns.array(name)[self.rows]
        view.flags.writeable = False
        return view

    @property
    def space(self) -> Space:
        """The space that `x` is encoded by."""
        return self.columns.space

    @property
    def x(self) -> NDArray[np.float64]:
        """(n, d) unit cube, NaN where a parameter is inactive or absent."""
        return self._column("x")

    @property
    def losses(self) -> NDArray[np.float64]:
        """(n, m) losses, smaller is better; NaN for failed runs."""
        return self._column("losses")

    @property
    def loss(self) -> NDArray[np.float64]:
        """(n,) the first objective's losses."""
        return self._column("losses")[:, 0]

    @property
    def excesses(self) -> NDArray[np.float64]:
        """(n, c) how far each metric lies beyond its bound; negative is room left, NaN where it is missing."""
        return self._column("excesses")

    @property
    def violations(self) -> NDArray[np.float64]:
        """(n, c) by how much each constraint is broken; 0 where it holds, NaN where its metric is missing."""
        return np.maximum(self.excesses, 0.0)

    @property
    def feasible(self) -> NDArray[np.bool_]:
        """(n,) whether every constraint is known to hold."""
        return np.asarray((self.excesses <= 0).all(axis=1))

    @property
    def numbers(self) -> NDArray[np.int64]:
        """(n,) trial numbers."""
        return self._column("number")

    @property
    def runs(self) -> NDArray[np.int64]:
        """(n,) run numbers within the trial."""
        return self._column("run")

    @property
    def decisions(self) -> NDArray[np.int64]:
        """(n,) numbers of the decisions that opened the runs; -1 for trials added from outside."""
        return self._column("decision")

    @property
    def states(self) -> NDArray[np.int8]:
        """(n,) COMPLETE, PRUNED, FAILED or PAUSED: what the trial was after the run."""
        return self._column("state")

    @property
    def budgets(self) -> NDArray[np.float64]:
        """(n,) budget of the run in the study's unit, NaN for "all"."""
        return self._column("budget")

    @property
    def steps(self) -> NDArray[np.float64]:
        """(n,) the last step that the trial had reported, NaN without reports."""
        return self._column("step")

    @property
    def seconds(self) -> NDArray[np.float64]:
        """(n,) wall time of the run."""
        return self._column("seconds")

    @property
    def replicates(self) -> NDArray[np.int64]:
        """(n,) replicate number of the trial."""
        return self._column("replicate")

    @property
    def records(self) -> list[Row]:
        """The rows themselves, with `config`, `memo`, `by` and `reasons`."""
        if isinstance(self.rows, slice):
            return self.columns.rows[self.rows]
        return [self.columns.rows[i] for i in self.rows.tolist()]

    @property
    def configs(self) -> list[Mapping[str, Any]]:
        """The configs of the rows."""
        return [row.config for row in self.records]

    @property
    def curves(self) -> Curves:
        """The learning curves that may be seen: of running trials too, unless decisions are cut off."""
        return Curves(self.table, self.cutoff, self.own)

    def trial(self, number: int) -> Trial:
        """Return the record of a trial."""
        if self.lookup is None:
            raise KeyError(number)
        return self.lookup(number)

    def seen_by(self, number: int) -> History:
        """Return the view with the trial's own reports visible, whatever the cutoff."""
        return dataclasses.replace(self, own=number)

    def since(self, start: int) -> History:
        """Return the view without its first `start` rows."""
        if isinstance(self.rows, slice):
            return self._with(slice(self.rows.start + start, self.rows.stop))
        return self._with(self.rows[start:])

    def take(self, rows: NDArray[Any]) -> History:
        """Return the view of some of its rows, by a boolean mask or by indices."""
        if isinstance(self.rows, slice):
            every = np.arange(self.rows.start, self.rows.start + len(self))
            return self._with(every[rows])
        return self._with(self.rows[rows])

    def _with(self, rows: slice | NDArray[np.int64]) -> History:
        return History(self.columns, rows, self.table, self.cutoff, self.own, self.lookup, self.running, self.paused)

"""What closed runs teach a model: a point and targets for each trial, whatever its state.

A trial counts once, with its last closed run. One that was pruned or paused stands with its last loss, but never better
than the median of the complete ones, because a short run says little. Failed ones count as the worst. The targets are
one for each loss, with constraints beside them (`Evidence.each`), or one for all (`Evidence.targets`): losses by random
weights, and what breaks a constraint worse than all that breaks none (`numerics.scalarising`). A run without a place in
the space (a removed choice) is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

import numpy as np

from tunesmith.core.history import COMPLETE, FAILED
from tunesmith.numerics.pareto import foremost
from tunesmith.numerics.scalarising import one_loss
from tunesmith.numerics.thinning import thinned
from tunesmith.numerics.warping import clean, standardise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tunesmith.core.history import History

__all__ = ["Evidence", "Sample"]


@final
@dataclass(frozen=True)
class Sample:
    """Trials that a model is fitted to.

    Attributes:
        x: (n, d) points.
        y: (n, m) a target for each loss, smaller is better.
        excesses: (n, c) how far each metric lies beyond its bound; inf where a complete trial lacks the metric, NaN
            where another one does.
        feasible: (n,) whether all constraints are known to hold.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    excesses: NDArray[np.float64]
    feasible: NDArray[np.bool_]


@final
@dataclass(slots=True)
class Evidence:
    """The last closed run of each trial, as columns that grow.

    Attributes:
        width: number of parameters, d.
        n_losses: number of objectives, m.
        n_constraints: number of constraints, c.
        place: trial number -> its row.
        table: (capacity, d + m + c + 1) points, losses, excesses and states of the first `len(place)` rows.
    """

    width: int
    n_losses: int
    n_constraints: int
    place: dict[int, int] = field(default_factory=dict)
    table: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        self.table = np.empty((16, self.width + self.n_losses + self.n_constraints + 1))

    def __len__(self) -> int:
        return len(self.place)

    @property
    def points(self) -> NDArray[np.float64]:
        """(n, d) the points of all trials."""
        return self.table[: len(self.place), : self.width]

    def tell(self, runs: History) -> None:
        """Take closed runs into account, in order."""
        x, names = runs.x, runs.space.encoding.names
        fresh = np.hstack([x, runs.losses, runs.excesses, runs.states[:, None].astype(np.float64)])
        absent = np.isnan(x)
        for row, values, missing in zip(runs.records, fresh, absent, strict=True):
            if missing.any() and any(name in row.config for name, out in zip(names, missing, strict=True) if out):
                continue
            at = self.place.setdefault(row.number, len(self.place))
            if at == len(self.table):
                self.table = np.vstack([self.table, np.empty_like(self.table)])
            self.table[at] = values

    def targets(self, rng: np.random.Generator, most: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return points (n, d) and targets (n,), smaller is better, of at most `most` trials.

        Of more, half are the best and the other half are spread evenly over time. `rng` draws the weights of several
        losses and is not used for one.
        """
        x, losses, excesses, _ = self._columns()
        y = one_loss(losses, np.where(np.isnan(losses[:, :1]), np.nan, excesses), rng)
        chosen = thinned(np.argsort(y, kind="stable"), most, over_time=True)
        return x[chosen], y[chosen]

    def each(self, most: int) -> Sample:
        """Return at most `most` trials with a target for each loss.

        Of more, half are the foremost (those within all constraints before the others, of several losses spread over
        the first fronts), the rest are spread over time.
        """
        x, losses, excesses, states = self._columns()
        y = np.stack([standardise(column) for column in losses.T], axis=1)
        excesses = np.where(np.isnan(excesses) & (states == COMPLETE)[:, None], np.inf, excesses)
        feasible = (excesses <= 0).all(axis=1) & (states != FAILED)
        if len(y) > most:
            best = _foremost(y, excesses, feasible, most // 2)
            rest = np.setdiff1d(np.arange(len(y)), best)
            chosen = thinned(np.concatenate([best, rest]), most, over_time=True)
            x, y, excesses, feasible = x[chosen], y[chosen], excesses[chosen], feasible[chosen]
        return Sample(x, y, excesses, feasible)

    def _columns(
        self,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Points (n, d), losses (n, m) with NaN for failed ones, excesses (n, c) and states (n,)."""
        rows = self.table[: len(self.place)]
        x, losses, excesses, states = np.split(rows, np.cumsum([self.width, self.n_losses, self.n_constraints]), axis=1)
        states, losses = states[:, 0], losses.copy()
        losses[states == FAILED] = np.nan
        short = (states != COMPLETE) & (states != FAILED)
        whole = losses[states == COMPLETE]
        if short.any() and len(whole):
            middle = np.median(np.where(np.isfinite(whole), whole, np.inf), axis=0)
            losses[short] = np.maximum(losses[short], middle)
        return x.copy(), losses, excesses, states


def _foremost(
    y: NDArray[np.float64], excesses: NDArray[np.float64], feasible: NDArray[np.bool_], count: int
) -> NDArray[np.intp]:
    """Places of the `count` best trials: within the constraints by their losses, then by how far they are outside."""
    inside, outside = np.flatnonzero(feasible), np.flatnonzero(~feasible)
    if len(inside) > count:
        best = np.argsort(y[inside, 0], kind="stable")[:count] if y.shape[1] == 1 else foremost(y[inside], count)
        return inside[best]
    beyond = [clean(np.where(np.isnan(e), np.inf, np.maximum(e, 0.0))) for e in excesses[outside].T]
    extent = sum((e / max(float(e.max(initial=0.0)), 1e-300) for e in beyond), np.zeros(len(outside)))
    return np.append(inside, outside[np.argsort(extent, kind="stable")][: count - len(inside)])

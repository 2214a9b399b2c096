"""A past study seen from the present space: its good configs, and a model of its response.

Losses are only compared within the past study: good is what ranks high there, and its model sees them bent and
standardised by themselves. Configs come from `Problem.past`, which the log holds.

    x (n, k)  past configs in coordinates of the present space, k parameters that both know     losses (n, m)
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from tunesmith.numerics.agreement import rank_agreement
from tunesmith.numerics.gaussian_process import Process, fit
from tunesmith.numerics.one_thread import one_thread
from tunesmith.numerics.pareto import sort_fronts
from tunesmith.numerics.thinning import thinned
from tunesmith.numerics.warping import standardise
from tunesmith.space.domain import CATEGORICAL
from tunesmith.space.moving import moved

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from tunesmith.space import Space

__all__ = ["Candidate", "Source"]

_GOOD: Final = 0.25
_LEAST: Final = 5
_APART: Final = 0.15
_FITTED: Final = 80
_CALLS: Final = 30
_PRIOR: Final = 3.0


@final
@dataclass(frozen=True, slots=True)
class Candidate:
    """A good config of a past study.

    Attributes:
        trial: its number there.
        rank: its place among all there, 1 is the best.
        config: the part of it that has a place in the present space.
        clipped: values there that were outside the present range.
        x: (k,) its coordinates here.
    """

    trial: int
    rank: int
    config: dict[str, Any]
    clipped: Mapping[str, Any]
    x: NDArray[np.float64]


@final
@dataclass(slots=True)
class Source:
    """One past study.

    Attributes:
        name: of the study.
        columns: (k,) places of the shared parameters among those of the present space.
        kinds: (k,) of their coordinates.
        x: (n, k) its configs; those with a value that has no place here are left out.
        losses: (n, m) smaller is better.
        good: its better configs, best first.
        total: number of configs, those left out too.
        full: (n, d) the same configs as whole points of this space, what only it knows at its default or middle.
        models: one Gaussian process an objective, fitted when first needed; a cache.
    """

    name: str
    columns: NDArray[np.intp]
    kinds: NDArray[np.int8]
    x: NDArray[np.float64]
    losses: NDArray[np.float64]
    good: tuple[Candidate, ...]
    total: int
    full: NDArray[np.float64]
    models: list[Process] = field(default_factory=list)

    @classmethod
    def of(cls, record: Mapping[str, Any], space: Space) -> Source:
        """Return a record of `Problem.past` as this space sees it; without shared parameters nothing is good."""
        configs = record["configs"]
        losses = np.array(record["losses"], dtype=np.float64).reshape(len(configs), -1)
        views = [moved(space, config) for config in configs]
        known = {name for config in configs for name in config}
        columns = np.array([i for i, name in enumerate(space.names) if name in known], dtype=np.intp)
        here = np.array([i for i, view in enumerate(views) if not view.lost and len(columns)], dtype=np.intp)
        x = space.encoding.encode([configs[i] for i in here])[:, columns]
        new = {name: space[name].start() for name in space.names if name not in known and not space[name].optional}
        full = space.encoding.encode([{**configs[i], **new} for i in here])
        order = np.lexsort((losses[:, 0], sort_fronts(losses)))
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(1, len(order) + 1)
        feasible, trials = record.get("feasible"), record.get("trials", range(len(configs)))
        most = max(_LEAST, math.ceil(_GOOD * len(configs)))
        place = {int(i): row for row, i in enumerate(here)}
        good = [
            Candidate(int(trials[i]), int(rank[i]), views[i].config, views[i].clipped, np.clip(x[place[i]], 0.0, 1.0))
            for i in order[:most].tolist()
            if i in place and (feasible is None or feasible[i])
        ]
        name = str(record.get("study", "past"))
        return cls(name, columns, space.encoding.kinds[columns], x, losses[here], tuple(good), len(configs), full)

    def different(self, tried: NDArray[np.float64]) -> list[Candidate]:
        """Return the good configs that are unlike all that was tried here, best first.

        Args:
            tried: (t, d) points of the present space, NaN where inactive.
        """
        known = tried[:, self.columns]
        return [one for one in self.good if not len(known) or _distance(one.x, known, self.kinds).min() >= _APART]

    def agreement(self, x: NDArray[np.float64], losses: NDArray[np.float64]) -> float:
        """Return how well this study's model orders what was seen here, -1 to 1; the mean over the objectives.

        Args:
            x: (t, d) points of the present space, NaN where inactive.
            losses: (t, m) what they came out as.
        """
        if len(x) < 2 or not len(self.x):
            return 1.0
        with one_thread():
            if not self.models:
                self.models = [self._fitted(column) for column in self.losses.T]
            beliefs = [model.predict(x[:, self.columns]) for model in self.models]
        scores = [rank_agreement(y, mean, sd, _PRIOR) for y, (mean, sd) in zip(losses.T, beliefs, strict=True)]
        return float(np.mean(scores))

    def some(self, most: int) -> NDArray[np.intp]:
        """Return at most so many rows: half of them the best by the first loss, the rest spread over the ranks."""
        return thinned(np.argsort(self.losses[:, 0], kind="stable"), most)

    def _fitted(self, losses: NDArray[np.float64]) -> Process:
        """Return the model of one objective, of the best and an even spread over the ranks where they are many."""
        rows = thinned(np.argsort(losses, kind="stable"), _FITTED)
        return fit(self.x[rows], standardise(losses[rows]), self.kinds, calls=_CALLS)


def _distance(x: NDArray[np.float64], others: NDArray[np.float64], kinds: NDArray[np.int8]) -> NDArray[np.float64]:
    """Root mean square over the parameters of their differences; (k,) against (t, k), 1 for another category or state.

    >>> _distance(np.array([0.1, np.nan]), np.array([[0.4, np.nan], [0.1, 0.5]]), np.array([0, 0])).round(3).tolist()
    [0.212, 0.707]
    """
    apart = np.abs(others - x)
    apart = np.where(kinds == CATEGORICAL, apart > 1e-9, apart)
    unlike = np.isnan(others) != np.isnan(x)
    squares = np.square(np.where(unlike, 1.0, np.nan_to_num(apart)))
    distance: NDArray[np.float64] = np.sqrt(squares.mean(axis=1))
    return distance

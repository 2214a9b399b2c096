"""Which parameters decide whether a trial is among the best: PED-ANOVA, with conditions and an honest view of chance.

Watanabe, Bansal and Hutter (2023), "PED-ANOVA: efficiently quantifying hyperparameter importance in arbitrary
subspaces", arXiv 2304.10255. The local variant: the fANOVA variance of the indicator "is among the top" due to one
parameter is the Pearson divergence between its density among the top trials and among all trials; no model is fitted.
For conditional parameters the within-regime part is taken, as in Baba, Ozaki and Watanabe (2026), "Conditional
PED-ANOVA", arXiv 2601.20800: what is explained by a parameter being active at all is credited to its parents.

| symbol | shape | meaning |
|---|---|---|
| x | (n, d) | unit cube, NaN where inactive |
| K | (n, G) | each trial's smoothed place on the G cells of one parameter; zero rows where inactive |
| P, Q | (G,) | mean of K over the top trials, over all trials; their sums alpha, beta are the shares of active trials |
| T | () | sum over cells of P^2 / Q, minus alpha^2 / beta: the divergence among active trials, times alpha^2 / beta |

With everything active alpha = beta = 1 and T is the paper's Pearson divergence, sum of Q (P / Q - 1)^2.

Where we differ: P and Q share one bandwidth (half of Scott's), so T is zero when the top trials are all trials, and no
prior is needed. Chance alone makes T positive, and larger for a parameter with more cells; so the mean T of random
"top" sets is taken off before shares are formed, and a parameter counts as *clear* when its T beats the largest T of
random sets (the step of Westfall and Young, 1993, which allows for the number of parameters; on cube roots, which make
a chi-square nearly normal: Wilson and Hilferty, 1931). The top is a quarter by default, not a tenth: with the 40 to
150 trials of most studies a tenth told hardly anything from chance. A sampler that learns breaks the exchangeability of
that test a little: read it as a guard against noise, not as a proof.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from tunesmith.core.history import COMPLETE, FAILED
from tunesmith.errors import InvalidArgumentError
from tunesmith.numerics.pareto import domination_counts
from tunesmith.seeding import stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tunesmith.core.history import History

__all__ = ["Importance", "ImportanceTable", "importance", "ped_anova"]

_CELLS = 48
_FEWEST_TOP = 5
_CONFIDENT = 50
_NEEDED = 10
_ALPHA = 0.05


@final
@dataclass(frozen=True, slots=True)
class Importance:
    """How much one parameter decides about being among the top.

    Attributes:
        name: the parameter.
        share: of what the clear parameters explain beyond chance, 0 to 1; 0 for all others, so that no figure stands
            where there is no evidence. All shares add up to 1, or are all 0.
        divergence: T of the module's head, as measured.
        chance: the mean T of random top sets.
        p_value: how often the largest of all parameters does as well in random sets, 0 to 1.
        active: number of trials in which it was active.
    """

    name: str
    share: float
    divergence: float
    chance: float
    p_value: float
    active: int

    @property
    def clear(self) -> bool:
        """Whether chance is an unlikely explanation (p at most 0.05, allowing for the number of parameters)."""
        return self.p_value <= _ALPHA


@final
@dataclass(frozen=True, slots=True)
class ImportanceTable:
    """The importance of each parameter, largest share first, then those whose effect may be chance.

    Attributes:
        parameters: one entry a parameter.
        trials: number of trials looked at.
        top: number of them that counted as the top.
        note: how far to trust it, in one sentence; empty when there is enough data.
    """

    parameters: tuple[Importance, ...]
    trials: int
    top: int
    note: str

    @property
    def deciding(self) -> tuple[Importance, ...]:
        """The parameters whose effect is beyond chance, largest share first."""
        return tuple(one for one in self.parameters if one.share > 0)

    @property
    def exact(self) -> bool:
        """Whether there are trials enough for the shares of the deciding parameters to be quoted."""
        return self.trials >= _CONFIDENT

    def shares(self) -> dict[str, float]:
        """Return parameter -> share, largest first."""
        return {one.name: one.share for one in self.parameters}


def importance(history: History, *, top: float = 0.25, seed: int = 0, draws: int = 200) -> ImportanceTable:
    """Return how much each parameter decides about being among the best trials.

    Failed trials are left out; pruned and paused ones count as behind every complete one, infeasible ones behind every
    feasible one. With several objectives trials are ordered by how many others dominate them.

    Args:
        history: the closed runs; the last one of each trial counts.
        top: the share of trials that are "the best", above 0 and at most 0.5; never fewer than five trials.
        seed: of the random sets behind `chance` and `p_value`.
        draws: number of random sets.

    Raises:
        InvalidArgumentError: if `top` or `draws` is out of range.
    """
    names = history.space.encoding.names
    rows = _last_rows(history)
    if len(rows) < 2 or not names:
        return _table(names, np.zeros((len(names), 4)), len(rows), 0)
    seen = history.take(rows)
    encoding = seen.space.encoding
    count = min(max(_FEWEST_TOP, math.ceil(top * len(rows))), len(rows) // 2)
    figures = ped_anova(
        seen.x, _order(seen), encoding.kinds, encoding.levels, top=top, rng=stream(seed, "importance"), draws=draws
    )
    return _table(names, figures, len(rows), count)


def ped_anova(
    x: NDArray[np.float64],
    order: NDArray[np.int64],
    kinds: NDArray[np.int8],
    levels: NDArray[np.int64],
    *,
    rng: np.random.Generator,
    top: float = 0.25,
    draws: int = 200,
) -> NDArray[np.float64]:
    """Return (d, 4): divergence, chance, adjusted p-value and number of active trials of each parameter.

    Args:
        x: (n, d) unit cube, NaN where inactive.
        order: (n,) indices of the trials, best first.
        kinds: (d,) 0 continuous, 1 ordered cells, 2 categories.
        levels: (d,) number of cells, 0 for continuous.
        rng: draws the random top sets.
        top: the share that is the top, above 0 and at most 0.5; never fewer than five trials, never more than half.
        draws: number of random top sets.
    """
    if not 0 < top <= 0.5:
        raise InvalidArgumentError(f"top must lie above 0 and at most 0.5, got top={top}")
    if draws < 20:
        raise InvalidArgumentError(f"draws must be at least 20, got draws={draws}")
    n, d = x.shape
    count = min(max(_FEWEST_TOP, math.ceil(top * n)), n // 2)
    sets = np.zeros((draws + 1, n))
    sets[0, order[:count]] = 1.0
    for row in sets[1:]:
        row[rng.choice(n, size=count, replace=False)] = 1.0
    sets /= count
    statistics = np.zeros((d, draws + 1))
    for j in range(d):
        statistics[j] = _within(sets, _places(x[:, j], int(kinds[j]), int(levels[j]), count))
    chance = statistics[:, 1:].mean(axis=1)
    p_values = _adjusted(np.cbrt(statistics))
    return np.column_stack([statistics[:, 0], chance, p_values, (~np.isnan(x)).sum(axis=0)])


def _adjusted(statistics: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (d,) how often the largest of all parameters is as high in random sets as each is in column 0 of (d, b).

    Rows are compared in units of their own spread among random sets.
    """
    chance = statistics[:, 1:].mean(axis=1, keepdims=True)
    spread = statistics[:, 1:].std(axis=1, keepdims=True)
    scores = np.divide(statistics - chance, spread, out=np.zeros_like(statistics), where=spread > 1e-9)
    largest = scores[:, 1:].max(axis=0)
    return np.asarray((1 + (largest >= scores[:, :1] - 1e-9).sum(axis=1)) / statistics.shape[1])


def _within(sets: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return T (b,) of the weighted top sets (b, n) on the places K (n, G) of one parameter."""
    q = places.mean(axis=0)
    held = q > 0
    if held.sum() < 2:
        return np.zeros(len(sets))
    p = sets @ places[:, held]
    alpha, beta = p.sum(axis=1), q.sum()
    return np.asarray(np.maximum((p**2 / q[held]).sum(axis=1) - alpha**2 / beta, 0.0))


def _places(x: NDArray[np.float64], kind: int, levels: int, count: int) -> NDArray[np.float64]:
    """Return K (n, G): where each trial stands on the cells, smoothed along an ordered axis."""
    active = ~np.isnan(x)
    known = x[active]
    cells = levels if kind == 2 or 0 < levels <= _CELLS else _CELLS
    places = np.zeros((len(x), cells))
    if len(known) == 0:
        return places
    low, high = min(0.0, known.min()), max(1.0, known.max())
    unit = (known - low) / (high - low)
    if kind == 2:
        places[np.flatnonzero(active), np.clip((unit * cells).astype(np.int64), 0, cells - 1)] = 1.0
        return places
    centres = (np.arange(cells) + 0.5) / cells
    weights = np.exp(-0.5 * ((centres - unit[:, None]) / _bandwidth(unit, count, cells)) ** 2)
    places[active] = weights / weights.sum(axis=1, keepdims=True)
    return places


def _bandwidth(unit: NDArray[np.float64], count: int, cells: int) -> float:
    """Return half of Scott's bandwidth for `count` top trials, at least half a cell (Scott, 1992, eq. 6.17)."""
    quartiles = np.quantile(unit, [0.25, 0.75])
    spread = min(float(unit.std()), float(quartiles[1] - quartiles[0]) / 1.349) or float(unit.std())
    return float(max(0.5 * 1.059 * spread * count ** (-0.2), 0.5 / cells))


def _last_rows(history: History) -> NDArray[np.int64]:
    """Return the indices of the last run of each trial that did not fail."""
    last = {int(number): i for i, number in enumerate(history.numbers)}
    rows = np.array(sorted(last.values()), dtype=np.int64)
    return rows[history.states[rows] != FAILED] if len(rows) else rows


def _order(history: History) -> NDArray[np.int64]:
    """Return the rows, best first: complete before others, feasible before not, then by loss or domination."""
    losses = history.losses
    merit = losses[:, 0] if losses.shape[1] == 1 else domination_counts(losses).astype(np.float64)
    return np.lexsort((np.nan_to_num(merit, nan=np.inf), ~history.feasible, history.states != COMPLETE))


def _table(names: tuple[str, ...], figures: NDArray[np.float64], trials: int, top: int) -> ImportanceTable:
    if top == 0:
        note = f"Nothing can be said from {trials} finished trial{'' if trials == 1 else 's'}."
        return ImportanceTable(tuple(Importance(name, 0.0, 0.0, 0.0, 1.0, 0) for name in names), trials, top, note)
    excess = np.maximum(figures[:, 0] - figures[:, 1], 0.0)
    known = np.where(figures[:, 2] <= _ALPHA, excess, 0.0)
    shares = known / known.sum() if known.sum() > 0 else known
    found = [
        Importance(name, float(share), float(row[0]), float(row[1]), float(row[2]), int(row[3]))
        for name, share, row in zip(names, shares, figures, strict=True)
    ]
    found.sort(key=lambda one: (-one.share, one.chance - one.divergence))
    note = ""
    if trials < _NEEDED:
        note = f"Only {trials} finished trials: this is a guess."
    elif trials < _CONFIDENT:
        note = f"{trials} finished trials are few: trust the order of the largest, not their sizes."
    return ImportanceTable(tuple(found), trials, top, note)

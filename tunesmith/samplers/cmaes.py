"""Covariance matrix adaptation: a normal distribution that learns the shape of the loss, generation by generation.

Hansen (2016, "The CMA evolution strategy: a tutorial", arXiv 1604.00772) as the package `cmaes` computes it, with the
margin of Hamano, Saito, Nomura and Shirakawa (2022, arXiv 2205.13482) for cells: no integer is lost because the
distribution has become narrower than a cell. Restarts: BIPOP (Hansen 2009, "Benchmarking a BI-population CMA-ES on the
BBOB-2009 function testbed") or IPOP (Auger and Hansen 2005, "A restart CMA evolution strategy with increasing
population size").

Where we differ:

- *Any order of tells.* A generation ends when `population` runs have been told, whoever proposed them. A proposal's
  memo holds the restart and the generation that it was drawn from. What comes late, or from elsewhere (defaults,
  queued configs, another sampler), is an injected solution: its Mahalanobis length is clipped (Hansen 2011, "Injecting
  external solutions into CMA-ES", arXiv 1110.4181, eq. 5).
- *The distribution is a fold of the log.* It is never stored: the same rows in the same order give the same one. What
  the config cannot show (the place inside a cell, the coordinates of inactive parameters) travels in the memo too.
- *Conditions.* All numeric parameters have a coordinate, active or not; those of an inactive parameter are drawn, are
  not shown, and have no influence on the loss, so they drift without a direction.
- *Categories* have no covariance. They are drawn from frequencies that move towards those of the better half
  (Baluja 1994, population-based incremental learning), never below a margin; `reasons["drawn"]` names them.
- *A surrogate* picks among draws where there is one loss, no constraint and no category (`samplers.guide`).
- Only ranks move the distribution; several losses and constraints become one by `numerics.scalarising`, with weights
  drawn once a generation, so that a generation is compared by one yardstick.

    v (k,)   coordinates of the numeric parameters, in the unit cube      k   their number, at least 1
    m (k,), sigma, C (k, k)   mean, step size and covariance of the distribution
    p_j (levels_j,)   frequencies of the categories of parameter j
"""

from __future__ import annotations

import math
from bisect import insort
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from tunesmith.core.history import COMPLETE, FAILED
from tunesmith.core.protocols import Exhausted, Problem, Proposal
from tunesmith.errors import InvalidArgumentError
from tunesmith.numerics.one_thread import one_thread
from tunesmith.numerics.scalarising import one_loss
from tunesmith.samplers.axes import Axes
from tunesmith.samplers.discovered import Discovered
from tunesmith.samplers.guide import DRAWS, Guide, Shape
from tunesmith.samplers.left import Taken, identity, left_over
from tunesmith.seeding import stream

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from tunesmith.core.history import History, Row
    from tunesmith.core.trial import Trial
    from tunesmith.space import Encoding

__all__ = ["CMAES", "CMAESState"]

RESTARTS: Final = ("bipop", "ipop", "none")
_DRAWS: Final = 32
_WIDER: Final = 24  # further draws, each from a distribution wider than the one before
_LEARNING: Final = 0.3  # how far the frequencies of the categories move in a generation
_FLAT: Final = 1e-12  # a restart when the best losses of many generations differ by less, relative to all losses seen
_LARGEST: Final = 512  # no population is made larger


@final
@dataclass(frozen=True, slots=True)
class _Solution:
    """One told run: its coordinates (k,), the place that ran, categories (-1 where inactive), losses, excesses."""

    v: NDArray[np.float64]
    place: NDArray[np.float64]
    choices: tuple[int, ...]
    losses: tuple[float, ...]
    excesses: tuple[float, ...]
    repeated: bool


@final
@dataclass(slots=True)
class CMAESState:
    """What is known: the fold of the runs told so far.

    Attributes:
        problem: what the study is about.
        axes: its space as the distribution sees it.
        taken: configs of closed runs.
        discovered: which optional parameters the objective asks for, and when.
        cma: the distribution, an object of the package `cmaes`.
        chances: frequencies (levels,) of each categorical column.
        restart: how many distributions came before this one.
        large: how many of those, and this one, had a doubled population.
        spent: runs told to (large, small) populations.
        generation: the runs told since the distribution changed last.
        record: best scores of the generations of this restart.
        guide: the surrogate, None where there is none.
        complete: first losses of complete runs, sorted.
    """

    problem: Problem
    axes: Axes
    taken: Taken
    discovered: Discovered
    cma: Any
    chances: list[NDArray[np.float64]]
    restart: int = 0
    large: int = 0
    small: bool = False
    spent: list[int] = field(default_factory=lambda: [0, 0])
    generation: list[_Solution] = field(default_factory=list)
    record: list[float] = field(default_factory=list)
    guide: Guide | None = None
    complete: list[float] = field(default_factory=list)


@final
@dataclass(frozen=True)
class CMAES:
    """Draws from a normal distribution that follows the better half of each generation.

    Args:
        population: runs of a generation, None for 4 + 3 ln k (of k parameters).
        sigma: standard deviation at the start, in units of the ranges.
        restarts: `bipop`, `ipop` or `none`: what follows when the distribution has shrunk to a point.
        surrogate: whether a quadratic model picks among several draws.

    Raises:
        InvalidArgumentError: a setting is outside its range.

    Example:
        >>> CMAES()
        CMAES(population=None, sigma=0.16666666666666666, restarts='bipop', surrogate=True)
    """

    population: int | None = None
    sigma: float = 1 / 6
    restarts: str = "bipop"
    surrogate: bool = True

    def __post_init__(self) -> None:
        size = self.population
        if size is not None and (isinstance(size, bool) or not isinstance(size, int) or not 4 <= size <= _LARGEST):
            raise InvalidArgumentError(
                f"CMAES needs population as a whole number from 4 to {_LARGEST}, got population={size!r}"
            )
        if isinstance(self.sigma, bool) or not isinstance(self.sigma, int | float) or not 0 < self.sigma <= 1:
            raise InvalidArgumentError(f"CMAES needs 0 < sigma <= 1, got sigma={self.sigma!r}")
        if self.restarts not in RESTARTS:
            raise InvalidArgumentError(f"CMAES needs restarts as one of {RESTARTS}, got restarts={self.restarts!r}")

    def init(self, problem: Problem) -> CMAESState:
        """Return the state of a study without trials."""
        axes, space = Axes.of(problem.space), problem.space
        cma = _distribution(axes, self._size(axes), self.sigma, *_hints(space.encoding, axes, self.sigma))
        chances, taken = _chances(space.encoding, axes), Taken(space, problem.discover)
        plain = problem.n_losses == 1 and not problem.constraints and not axes.categorical
        guide = Guide() if self.surrogate and plain and len(axes.numeric) else None
        return CMAESState(problem, axes, taken, Discovered.of(space), cma, chances, guide=guide)

    def tell(self, state: CMAESState, runs: History) -> CMAESState:
        """Return the state that has seen these runs too."""
        state.taken.tell(runs)
        with one_thread(), np.errstate(all="ignore"):
            for x, row in zip(runs.x, runs.records, strict=True):
                if row.state == COMPLETE:
                    state.discovered.tell(x)
                state.generation.append(_solution(state, x, row))
                if len(state.generation) == state.cma.population_size:
                    self._advance(state)
        return state

    def ask(self, state: CMAESState, pending: Sequence[Trial], rng: np.random.Generator) -> Proposal | Exhausted:
        """Return a draw from the distribution."""
        taken = state.taken
        if taken.free:
            return Proposal(taken.space.sample(rng), by="random", reasons={"why": "no parameter is known yet"})
        if taken.size is not None and len(taken.told) >= taken.size and not left_over(taken, pending, 1):
            return Exhausted()
        with one_thread(), np.errstate(all="ignore"):
            return _draw(state, pending, rng)

    def _size(self, axes: Axes) -> int:
        """Return the population of the first distribution, eq. 48 of the tutorial."""
        return self.population or 4 + int(3 * math.log(max(1, len(axes.numeric) + len(axes.categorical))))

    def _advance(self, state: CMAESState) -> None:
        """End the generation: move the distribution, and start another one where it has come to its end."""
        told, state.generation = state.generation, []
        scores = _scores(state, told)
        ranks = np.argsort(np.argsort(scores, kind="stable"), kind="stable")
        state.cma.tell([(one.v, float(rank)) for one, rank in zip(told, ranks, strict=True)])
        _learn(state, [told[i] for i in np.argsort(ranks)])
        state.spent[state.small] += len(told)
        state.record.append(float(scores.min()))
        if state.guide is not None:
            state.guide.tell(state.cma, [one.place for one in told], scores)
        if self.restarts != "none" and _ended(state, told):
            self._again(state)

    def _again(self, state: CMAESState) -> None:
        """Start a new distribution from a random place: a larger one, or in BIPOP also a small one."""
        state.restart += 1
        rng = stream(state.problem.seed, "cmaes", state.restart)
        first = self._size(state.axes)
        size = min(_LARGEST, first * 2 ** (state.large + 1))
        sigma = self.sigma
        state.small = self.restarts == "bipop" and state.spent[1] < state.spent[0]
        if (
            state.small
        ):  # Hansen 2009, section 2: lambda = lambda_0 (lambda_l / 2 lambda_0)^(u^2), sigma = sigma_0 / 100^u
            size = max(first, int(first * (size / 2 / first) ** (rng.random() ** 2)))
            sigma *= 10 ** (-2 * rng.random())
        else:
            state.large += 1
        state.cma = _distribution(state.axes, size, sigma, rng.random(len(state.axes.steps)), None)
        state.chances = _chances(state.problem.space.encoding, state.axes)
        state.record = []
        if state.guide is not None:
            state.guide.model = None


def _distribution(
    axes: Axes, size: int, sigma: float, mean: NDArray[np.float64], cov: NDArray[np.float64] | None
) -> Any:
    from cmaes import CMAwM

    bounds = np.column_stack([axes.steps / 2, 1.0 - axes.steps / 2])
    inside = np.clip(mean, bounds[:, 0], bounds[:, 1])
    return CMAwM(inside, sigma, bounds, axes.steps, population_size=size, cov=cov, seed=0)


def _hints(encoding: Encoding, axes: Axes, sigma: float) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Return the first mean (k,) and covariance (k, k): the user's hints, else the middle."""
    means, stds = encoding.prior_means[axes.numeric], encoding.prior_stds[axes.numeric]
    if not len(means) or np.isnan(means).all():
        return np.full(len(axes.steps), 0.5), None
    ratio = np.where(np.isnan(stds), 1.0, np.clip(stds / sigma, 0.1, 3.0))
    return np.where(np.isnan(means), 0.5, means), np.diag(ratio**2)


def _chances(encoding: Encoding, axes: Axes) -> list[NDArray[np.float64]]:
    """Return the first frequencies: the user's hints, else all alike."""
    found = []
    for column in axes.categorical:
        weights = encoding.prior_weights.get(encoding.names[column])
        levels = int(encoding.levels[column])
        found.append(np.full(levels, 1 / levels) if weights is None else weights / weights.sum())
    return found


def _solution(state: CMAESState, x: NDArray[np.float64], row: Row) -> _Solution:
    """Return a told run as the distribution sees it; coordinates that nobody knows stand at the mean."""
    axes, encoding = state.axes, state.problem.space.encoding
    memo = (row.memo or {}).get("cmaes") or {}
    ours = memo.get("of") == axes.mark
    v: NDArray[np.float64] = state.cma.mean.copy()
    shown = x[axes.numeric]
    v[: len(shown)] = np.where(np.isnan(shown), v[: len(shown)], shown)
    if ours:
        v[list(axes.hidden)] = memo["at"]
    place = v.copy()
    place[: len(shown)] = np.where(np.isnan(shown), v[: len(shown)], shown)
    if not ours or memo["gen"] != [state.restart, state.cma.generation]:  # Hansen 2011, eq. 5
        v = Shape.of(state.cma).clipped(v, math.sqrt(len(v)) + 2 * len(v) / (len(v) + 2))
    columns = x[list(axes.categorical)]
    cells = columns * encoding.levels[list(axes.categorical)]
    choices = tuple(np.where(np.isnan(columns), -1.0, cells).astype(int).tolist())
    losses = row.losses if row.state != FAILED else (math.nan,) * len(row.losses)
    if row.state == COMPLETE:
        if math.isfinite(losses[0]):
            insort(state.complete, losses[0])
    elif row.state != FAILED and state.complete and len(losses) == 1:  # a short run says little
        losses = (max(losses[0], state.complete[len(state.complete) // 2]),)
    return _Solution(v, place, choices, losses, row.excesses, bool(memo.get("wide")))


def _scores(state: CMAESState, told: list[_Solution]) -> NDArray[np.float64]:
    """Return one number a run (popsize,), smaller is better, NaN as inf."""
    losses = np.array([one.losses for one in told]).reshape(len(told), -1)
    excesses = np.array([one.excesses for one in told]).reshape(len(told), -1)
    if losses.shape[1] == 1 and (excesses <= 0).all():
        return np.where(np.isnan(losses[:, 0]), np.inf, losses[:, 0])
    rng = stream(state.problem.seed, "cmaes", state.restart, state.cma.generation)
    return one_loss(losses, excesses, rng)


def _learn(state: CMAESState, ordered: list[_Solution]) -> None:
    """Move the frequencies of the categories towards those of the better half, best first."""
    half = len(ordered) // 2
    weights = math.log(half + 0.5) - np.log(np.arange(1, half + 1))
    for place, old in enumerate(state.chances):
        seen = np.array([one.choices[place] for one in ordered[:half]])
        known = (seen >= 0) & (seen < len(old))
        if not known.any():
            continue
        better = np.bincount(seen[known], weights[known], minlength=len(old)) / weights[known].sum()
        moved = (1 - _LEARNING) * old + _LEARNING * better
        margin = 1 / (len(ordered) * len(old))
        state.chances[place] = (1 - margin * len(old)) * moved + margin


def _ended(state: CMAESState, told: list[_Solution]) -> bool:
    """Whether the distribution is at its end: shrunk, without shape, without progress, or all known already."""
    inner = state.cma._cma  # noqa: SLF001 - the package has no public door to its step size
    if state.cma.should_stop() or not np.isfinite(state.cma.mean).all() or not np.isfinite(inner._sigma):  # noqa: SLF001
        return True
    if sum(one.repeated for one in told) * 2 > len(told):
        return True
    term = 10 + math.ceil(30 * len(state.axes.steps) / len(told))
    last = state.record[-term:]
    spread = state.complete[-1] - state.complete[0] if state.complete else 0.0
    return len(last) == term and not max(last) - min(last) > _FLAT * spread


def _draw(state: CMAESState, pending: Sequence[Trial], rng: np.random.Generator) -> Proposal | Exhausted:
    """Return the first draw that obeys the rules and is not known; the last ones come from wider distributions."""
    taken, space, axes = state.taken, state.problem.space, state.axes
    held = {identity(trial.params) for trial in pending}
    state.cma.reseed_rng(int(rng.integers(2**32)))
    for attempt in range(_DRAWS + _WIDER):
        shown, v, way = _pick(state, pending if attempt == 0 else None)
        wider = 1.25 ** max(0, attempt - _DRAWS + 1)
        if wider > 1:
            v = np.clip(state.cma.mean + wider * (v - state.cma.mean), 0.0, 1.0)
            shown, way = v, "wider"
        x = _point(state, shown, rng, min(1.0, (wider - 1) / 10))
        config = space.encoding.decode(x[None])[0]
        key = identity(config)
        if key in held or (taken.size is not None and key in taken.told) or (space.rules and space.problems(config)):
            continue
        memo: dict[str, Any] = {"of": axes.mark, "gen": [state.restart, state.cma.generation]}
        memo["at"] = [round(float(v[i]), 6) for i in axes.hidden]
        if wider > 1:
            memo["wide"] = True
        return Proposal(config, by="cmaes", reasons=_reasons(state, config, way), memo={"cmaes": memo})
    if taken.size is None:
        return Proposal(space.sample(rng), by="random", reasons={"why": "no draw near the mean obeys the rules"})
    left = left_over(taken, pending)
    if not left:
        return Exhausted()
    chosen = left[int(rng.integers(len(left)))]
    memo = {"of": -1, "gen": [], "at": [], "wide": True}
    return Proposal(chosen, by="remaining", reasons={"left": len(left)}, memo={"cmaes": memo})


def _pick(state: CMAESState, pending: Sequence[Trial] | None) -> tuple[NDArray[np.float64], NDArray[np.float64], str]:
    """Return a place to evaluate (k,), its coordinates (k,) and how it was found; with `pending`, try the bottom."""
    guide = state.guide
    if guide is None or guide.model is None:
        return (*state.cma.ask(), "draw")
    if pending is not None and not state.generation:
        now = [state.restart, state.cma.generation]
        memos = [(trial.memo or {}).get("cmaes") or {} for trial in pending]
        bottom = None if any(memo.get("gen") == now for memo in memos) else guide.bottom()
        if bottom is not None:
            bottom = np.clip(bottom, 0.0, 1.0)
            return bottom, bottom, "bottom of the surrogate"
    draws = [state.cma.ask() for _ in range(DRAWS)]
    return (*draws[guide.best([shown for shown, _ in draws])], f"best of {DRAWS} draws")


def _point(state: CMAESState, shown: NDArray[np.float64], rng: np.random.Generator, even: float) -> NDArray[np.float64]:
    """Return a point (d,) of the encoding; categories are drawn, from even frequencies to the share `even`."""
    axes, encoding = state.axes, state.problem.space.encoding
    x = np.full(len(encoding.names), 0.5)
    x[axes.numeric] = shown[: len(axes.numeric)]
    for column, chances in zip(axes.categorical, state.chances, strict=True):
        mixed = np.cumsum((1 - even) * chances + even / len(chances))
        x[column] = (min(int(np.searchsorted(mixed, rng.random() * mixed[-1])), len(chances) - 1) + 0.5) / len(chances)
    found: NDArray[np.float64] = state.discovered.apply(encoding.snap(x[None]))[0]
    return found


def _reasons(state: CMAESState, config: Mapping[str, Any], way: str) -> dict[str, Any]:
    names = state.problem.space.encoding.names
    drawn = [names[column] for column in state.axes.categorical if names[column] in config]
    reasons: dict[str, Any] = {"restart": state.restart, "generation": int(state.cma.generation), "way": way}
    return {**reasons, "drawn": drawn} if drawn else reasons

"""Search by a forest of trees: the config that promises to improve most, for spaces of categories and conditions.

Hutter, Hoos and Leyton-Brown (2011, "Sequential model-based optimization for general algorithm configuration", LION 5)
with the extra trees and the variance of `numerics.forest`. Expected improvement on the log scale
(`numerics.acquisition`), maximised by wide guesses and a local search over single changes (`numerics.mixed_search`).
Trees ask of each column only whether a value lies above or below, so neither the number of categories nor a hundred
inactive columns disturb them, and losses need no smoothness.

One proposal in four looks aside (our own rule): trees cannot see beyond what they saw, so a branch whose own parameters
stand badly seems hopeless for ever. Such a proposal keeps one choice on which other parameters hang, or one category
beside continuous parameters, at a value that the best config has not, seldom tried ones sooner, and aims to improve
on the best trial that shares it. `reasons["aside"]` names the parameter.

Where we differ from SMAC: every tree sees every trial; losses are bent towards a Gaussian; a continuous column is
climbed over values drawn anew for each ask, most of them around the best known ones; pending trials are believed to
come out as the model expects; no proposal is a draw.

A trial that was pruned or paused stands with its last loss, but never better than the median of the complete ones
(`evidence`). In a finite space no config comes twice, and the search ends when all have been proposed. Beyond `_MOST`
trials the forest is grown from the better half of these and as many spread over time, so an ask costs no more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tunesmith.core.history import COMPLETE
from tunesmith.core.protocols import Exhausted, Problem, Proposal
from tunesmith.errors import InvalidArgumentError
from tunesmith.numerics.acquisition import log_expected_improvement
from tunesmith.numerics.forest import Forest as Trees
from tunesmith.numerics.forest import grow, require_trees
from tunesmith.numerics.mixed_search import Effort, Region, keys, maximise
from tunesmith.samplers.branches import forks_of, inside, other_branch, within
from tunesmith.samplers.discovered import Discovered
from tunesmith.samplers.evidence import Evidence
from tunesmith.samplers.left import identity, left_over
from tunesmith.samplers.quasi import Sobol, SobolState
from tunesmith.samplers.searching import best_left, region_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tunesmith.core.history import History
    from tunesmith.core.trial import Trial

__all__ = ["Forest", "ForestState"]

_DRAWN = 64  # values drawn for such a column, half of them anywhere
_NEAR = 5  # around so many of the best known points
_MOST = 400
_FLOOR = 1e-2  # least variance, of losses of variance 1
_ASIDE = 4  # one proposal in so many looks aside, where there is a branch to look at
_TRIES = 5
_EFFORT = Effort(guesses=400, climbers=4)


@final
@dataclass(slots=True)
class ForestState:
    """What is known.

    Attributes:
        problem: what the study is about.
        region: its space as the search sees it, without the values of continuous columns.
        levels: (d,) number of choices of unordered columns, 0 for all others.
        sobol: state of the even spread at the start; holds the configs of closed runs.
        discovered: which optional parameters the objective asks for, and when.
        evidence: points and losses of the trials.
        forks: columns whose choice other columns hang on.
    """

    problem: Problem
    region: Region
    levels: NDArray[np.int64]
    sobol: SobolState
    discovered: Discovered
    evidence: Evidence
    forks: tuple[int, ...]


@final
@dataclass(frozen=True)
class Forest:
    """Proposes the config of highest expected improvement under a forest of extra trees; needs scikit-learn.

    Args:
        startup: how many configs of a Sobol sequence are closed or pending before the model is asked.
        trees: how many trees are grown.

    Raises:
        InvalidArgumentError: an argument is not a whole number of at least 1.
        MissingExtraError: on `init`, scikit-learn is not installed.

    Example:
        >>> Forest(trees=100)
        Forest(startup=8, trees=100)
    """

    startup: int = 8
    trees: int = 50

    def __post_init__(self) -> None:
        for name, value in (("startup", self.startup), ("trees", self.trees)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise InvalidArgumentError(f"Forest needs {name} as a whole number >= 1, got {name}={value!r}")

    def init(self, problem: Problem) -> ForestState:
        """Return the state of a study without trials."""
        require_trees()
        space, discovered = problem.space, Discovered.of(problem.space)
        region = region_of(space, discovered)
        return ForestState(
            problem,
            region,
            np.where(space.encoding.kinds == 2, space.encoding.levels, 0),
            Sobol().init(problem),
            discovered,
            Evidence(len(space), problem.n_losses, len(problem.constraints)),
            forks_of(space, region) or _categories(region),
        )

    def tell(self, state: ForestState, runs: History) -> ForestState:
        """Return the state that has seen these runs too."""
        state.sobol = Sobol().tell(state.sobol, runs)
        state.evidence.tell(runs)
        for x in runs.x[runs.states == COMPLETE]:
            state.discovered.tell(x)
        return state

    def ask(self, state: ForestState, pending: Sequence[Trial], rng: np.random.Generator) -> Proposal | Exhausted:
        """Return the config of highest expected improvement, or the next of the even spread at the start."""
        taken = state.sobol.taken
        if taken.free or not len(state.evidence) or len(state.evidence) + len(pending) < self.startup:
            return Sobol().ask(state.sobol, pending, rng)
        if taken.size is not None and len(taken.told) >= taken.size and not left_over(taken, pending, 1):
            return Exhausted()
        return _propose(state, pending, rng, self.trees)


@final
@dataclass(frozen=True)
class _Promise:
    """Log expected improvement under a forest.

    Attributes:
        forest: the model.
        best: the value to improve on (lower is better).
    """

    forest: Trees
    best: float

    def __call__(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        mean, variance = self.forest.predict(x)
        return log_expected_improvement(mean, np.sqrt(variance + _FLOOR), self.best)[0]

    def gradient(self, x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return self(x), np.zeros_like(x)  # a forest is made of steps


def _propose(
    state: ForestState, pending: Sequence[Trial], rng: np.random.Generator, trees: int
) -> Proposal | Exhausted:
    """Grow, believe in what is pending, search."""
    space = state.problem.space
    x, y = state.evidence.targets(rng, _MOST)
    known = x[np.argsort(y, kind="stable")]
    waiting = space.encoding.encode([trial.params for trial in pending])
    forest = grow(x, y, state.levels, rng, trees=trees)
    if len(waiting):
        x, y = np.vstack([x, waiting]), np.concatenate([y, forest.predict(waiting)[0]])
        forest = grow(x, y, state.levels, rng, trees=trees)
    expected = forest.predict(x)[0]
    region = replace(state.region, grids=_drawn(state, known, rng))
    turn = (len(state.evidence) + len(pending)) % _ASIDE
    aside = other_branch(state.forks, region, x, known[0], rng) if turn == 0 else None
    best = float(expected.min())
    if aside is not None:
        region, here = within(region, *aside), inside(x, *aside)
        best = float(expected[here].min()) if here.any() else best
    score = _Promise(forest, best)
    closed = {*keys(x)}
    held = {identity(trial.params) for trial in pending}
    for _ in range(_TRIES):
        found = maximise(score, region, known, taken=closed, rng=rng, effort=_EFFORT)
        if found is None:
            break
        point, value = found
        config = space.encoding.decode(point[None])[0]
        if state.sobol.taken.fresh(config, held) and not (space.rules and space.problems(config)):
            reasons: dict[str, Any] = {"log_ei": round(value, 6), "evidence": len(y)}
            if aside is not None:
                reasons["aside"] = space.names[aside[0]]
            return Proposal(config, by="forest", reasons=reasons)
        closed.add(keys(point[None])[0])
    return _last_ones(state, pending, score, rng)


def _categories(region: Region) -> tuple[int, ...]:
    """Return the categories beside continuous columns."""
    if not any(grid is None for grid in region.grids):
        return ()
    return tuple(
        i for i, grid in enumerate(region.grids) if grid is not None and region.categorical[i] and len(grid) > 1
    )


def _last_ones(
    state: ForestState, pending: Sequence[Trial], score: _Promise, rng: np.random.Generator
) -> Proposal | Exhausted:
    """The search met nothing new: choose among all that is left of a finite space, else go on with the even spread."""
    taken = state.sobol.taken
    if taken.size is None:
        return Sobol().ask(state.sobol, pending, rng)
    found = best_left(taken, state.discovered, pending, score)
    if found is None:
        return Exhausted()
    return Proposal(found.config, by="forest", reasons={"log_ei": found.value, "left": found.left})


def _drawn(state: ForestState, known: NDArray[np.float64], rng: np.random.Generator) -> tuple[NDArray[np.float64], ...]:
    """The cells of each column, in order; where there is no end of them, values anywhere and around the best known."""
    anywhere = (np.arange(_DRAWN // 2) + rng.random((len(state.levels), _DRAWN // 2))) / (_DRAWN // 2)
    grids = []
    for column, grid in enumerate(state.region.grids):
        if grid is not None:
            grids.append(grid)
            continue
        best = known[:_NEAR, column]
        best = best[~np.isnan(best)]
        values = anywhere[column]
        if len(best):
            spread = 10.0 ** rng.uniform(-3.0, -0.7, _DRAWN // 2)
            near = np.abs(best[rng.integers(len(best), size=_DRAWN // 2)] + spread * rng.normal(size=_DRAWN // 2))
            values = np.concatenate([values, np.where(near > 1.0, 2.0 - near, near)])
        grids.append(np.unique(np.clip(values, 0.0, 1.0)))
    return tuple(grids)

"""The tree-structured Parzen estimator: draw from a density of the better trials, take what the worse ones lack most.

Bergstra et al. (2011, NeurIPS 24, "Algorithms for hyper-parameter optimization"). The trials are split at the gamma
quantile of their losses; l is an estimator (`numerics.parzen`) of the better ones, g of the others; of some candidates
drawn from l the one with the highest l / g is proposed, which is the one of highest expected improvement (their eq. 3).

Variant, after the comparisons of Watanabe (2023, arXiv 2304.11127): multivariate kernels; a linear gamma, at most 25
better trials; the better ones weigh as much as they improve on the quantile ("EI" weights), the others alike; a prior
kernel. Pending trials count among the worse (the constant liar of Ginsbourger et al. 2010). A user's hint is the prior
of l, and not of g, and weighs as much as three better trials, so that it fades as those grow in number.

Groups: parameters that are active together form a group (in define-by-run: that were always met together), and each
group has its own split among the trials that held it, so that one branch of a conditional space is not judged by the
losses of another. Groups are proposed in turn, parents first.

Where we differ: the start is an even spread, half of it from the hints where there are any. A group that was held only
a few times has no better part yet: it is sent where it was least. The best of 24 draws among three choices would be no
draw but always the same choice, so there are at most half as many candidates as a group has values. Of more than 128
worse trials the best 64 stand for themselves and 64 of the others for all the rest, weighted accordingly, so the cost
of an ask is flat in the number of trials. In a finite space no config comes twice, and the search ends when all have
been proposed; when the candidates are all known, the configs that are left are candidates. Several losses are weighed
at random anew for each proposal; infeasible, pruned and failed trials have their ranks (`samplers.ranked`).

| symbol | shape | meaning |
|---|---|---|
| x | (n, d) | the trials in the unit cube, NaN where inactive |
| points | (c, d of the group) | candidates |
| l, g | (c,) | densities of the better and the worse trials |
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tunesmith.core.history import COMPLETE
from tunesmith.core.protocols import Exhausted, Problem, Proposal
from tunesmith.errors import InvalidArgumentError
from tunesmith.numerics.one_thread import one_thread
from tunesmith.numerics.parzen import Parzen, fit
from tunesmith.samplers.discovered import Discovered
from tunesmith.samplers.groups import Group, Groups
from tunesmith.samplers.left import Taken, identity, left_over
from tunesmith.samplers.quasi import Sobol, SobolState
from tunesmith.samplers.ranked import Standing, standing
from tunesmith.space import sample_prior

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tunesmith.core.history import History
    from tunesmith.core.trial import Trial
    from tunesmith.space import Space

__all__ = ["TPE", "TPEState"]

_GAMMA = 0.2
_BETTER = 25  # at most so many trials behind l
_NEAR = 64  # worse trials that stand for themselves
_FAR = 64  # worse trials that stand for all the others
_FEW = 4  # so many times a group is spread before it has a better half
_LEFT = 500  # configs of a finite space that are weighed when the candidates are all known
_HINT = 3.0  # better trials that a hint weighs as much as; an even prior weighs as one
_TRIES = 5


@final
@dataclass(slots=True)
class TPEState:
    """What is known.

    Attributes:
        problem: what the study is about.
        sobol: state of the even spread at the start; holds the configs of closed runs.
        discovered: which optional parameters the objective asks for, and when.
        groups: parameters that are active together, with their trials in order.
        places: trial number -> row of `x`.
        x: the trials' points, with spare rows.
        standings: where each trial stands.
    """

    problem: Problem
    sobol: SobolState
    discovered: Discovered
    groups: Groups
    x: NDArray[np.float64]
    places: dict[int, int] = field(default_factory=dict)
    standings: list[Standing] = field(default_factory=list)


@final
@dataclass(frozen=True)
class TPE:
    """Proposes the candidate that the better trials make likelier than the worse ones, in any kind of space.

    Args:
        startup: how many configs of a Sobol sequence (and draws from hints) are closed or pending before the model.
        candidates: how many draws from the better trials' density are compared for each proposal.

    Raises:
        InvalidArgumentError: an argument is not a whole number of at least 1.

    Example:
        >>> TPE()
        TPE(startup=10, candidates=24)
    """

    startup: int = 10
    candidates: int = 24

    def __post_init__(self) -> None:
        for name, value in (("startup", self.startup), ("candidates", self.candidates)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise InvalidArgumentError(f"TPE needs {name} as a whole number >= 1, got {name}={value!r}")

    def init(self, problem: Problem) -> TPEState:
        """Return the state of a study without trials."""
        space = problem.space
        groups = Groups.of(space, problem.n_losses)
        return TPEState(problem, Sobol().init(problem), Discovered.of(space), groups, np.empty((16, len(space))))

    def tell(self, state: TPEState, runs: History) -> TPEState:
        """Return the state that has seen these runs too."""
        state.sobol = Sobol().tell(state.sobol, runs)
        for x, row in zip(runs.x, runs.records, strict=True):
            if row.state == COMPLETE:
                state.discovered.tell(x)
            _put(state, row.number, x, standing(row))
        return state

    def ask(self, state: TPEState, pending: Sequence[Trial], rng: np.random.Generator) -> Proposal | Exhausted:
        """Return the best of the candidates, or at the start the next of the even spread."""
        taken, seen = state.sobol.taken, len(state.places) + len(pending)
        if taken.size is not None and len(taken.told) >= taken.size and not left_over(taken, pending, 1):
            return Exhausted()
        if taken.free or seen < self.startup or not any(len(group.ranked) for group in state.groups.all):
            hinted = _hinted(taken, pending, rng) if seen % 2 and seen < self.startup else None
            return hinted or Sobol().ask(state.sobol, pending, rng)
        with one_thread():
            return _propose(_Ask(state, pending, self.candidates, rng))


def _hinted(taken: Taken, pending: Sequence[Trial], rng: np.random.Generator) -> Proposal | None:
    """Return a new config drawn from the hints, None if there are none."""
    if all(domain.prior_unit is None for domain in taken.space.parameters.values()):
        return None
    held = {identity(trial.params) for trial in pending}
    for _ in range(_TRIES):
        config = sample_prior(taken.space, rng)
        if identity(config) not in held | taken.told:
            return Proposal(config, by="prior")
    return None


def _put(state: TPEState, number: int, x: NDArray[np.float64], where: Standing) -> None:
    """Write a trial's point (d,) and standing down, new or again."""
    place = state.places.setdefault(number, len(state.places))
    if place == len(state.x):
        state.x = np.concatenate([state.x, np.empty_like(state.x)])
    state.standings[place : place + 1] = [where]
    state.x[place] = x
    if state.groups.refine(x):
        for other, old in enumerate(state.standings):
            state.groups.put(other, state.x[other], old)
    else:
        state.groups.put(place, x, where)


@final
class _Ask:
    """One ask: candidates of each group that it comes upon, best first.

    Args:
        state: what is known.
        pending: trials that run now.
        count: candidates a group.
        rng: the only randomness.
    """

    def __init__(self, state: TPEState, pending: Sequence[Trial], count: int, rng: np.random.Generator) -> None:
        self.state, self.pending, self.count, self.rng = state, pending, count, rng
        self.space: Space = state.problem.space
        self.held = {identity(trial.params) for trial in pending}
        self.waiting = self.space.encoding.encode([trial.params for trial in pending])
        self._densities: dict[int, tuple[Parzen, Parzen]] = {}
        self._drawn: dict[int, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}

    def densities(self, index: int) -> tuple[Parzen, Parzen]:
        """Return l and g of a group."""
        if index not in self._densities:
            self._densities[index] = _fitted(self.state, self.state.groups.all[index], self.waiting, self.rng)
        return self._densities[index]

    def drawn(self, index: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return candidates (c, d of the group) and log l / g (c,), best first."""
        if index not in self._drawn:
            better, worse = self.densities(index)
            points = better.sample(int(max(1, min(self.count, self.state.groups.all[index].size // 2))), self.rng)
            score = better.log_density(points) - worse.log_density(points)
            order = np.argsort(-score, kind="stable")
            self._drawn[index] = points[order], score[order]
        return self._drawn[index]

    def composed(self, rank: int) -> tuple[dict[str, Any], float]:
        """Return the config made of each active group's candidate of that rank, and its log l / g."""
        encoding, groups = self.space.encoding, self.state.groups
        point, total = np.full((1, len(encoding.names)), 0.5), 0.0
        for depth in groups.depths:
            active = encoding.active(point)[0] if groups.conditional else None
            for index in depth:
                group = groups.all[index]
                if active is None or active[group.columns[0]]:
                    points, score = self.drawn(index)
                    place = min(rank, len(points) - 1)
                    point[0, group.columns] = points[place]
                    total += float(score[place])
        if self.state.discovered.optional:
            point = self.state.discovered.apply(encoding.snap(point))
        return encoding.decode(point)[0], total

    def fresh(self, config: dict[str, Any]) -> bool:
        """Whether no pending trial holds the config, in a finite space no closed one either, and the rules allow it."""
        key, taken = identity(config), self.state.sobol.taken
        if key in self.held or (taken.size is not None and key in taken.told):
            return False
        return not self.space.rules or not self.space.problems(config)


def _propose(ask: _Ask) -> Proposal | Exhausted:
    """Return the best candidate that is new and allowed."""
    for rank in range(ask.count):
        config, total = ask.composed(rank)
        if ask.fresh(config):
            return Proposal(config, by="tpe", reasons={"log_ratio": round(total, 6)})
    if ask.state.sobol.taken.size is None:
        return Sobol().ask(ask.state.sobol, ask.pending, ask.rng)
    return _last_ones(ask)


def _last_ones(ask: _Ask) -> Proposal | Exhausted:
    """The candidates are all known: take the best of what is left of a finite space."""
    encoding = ask.space.encoding
    left = left_over(ask.state.sobol.taken, ask.pending)
    if len(left) > _LEFT:
        left = [left[i] for i in ask.rng.choice(len(left), _LEFT, replace=False).tolist()]
    if ask.state.discovered.optional:
        asked = np.unique(ask.state.discovered.apply(encoding.encode(left)), axis=0)
        left = [config for config in encoding.decode(asked) if ask.fresh(config)]
    if not left:
        return Exhausted()
    x, total = encoding.encode(left), np.zeros(len(left))
    for index, group in enumerate(ask.state.groups.all):
        rows = ~np.isnan(x[:, group.columns]).any(axis=1)
        if rows.any():
            better, worse = ask.densities(index)
            points = x[np.ix_(rows, group.columns)]
            total[rows] += better.log_density(points) - worse.log_density(points)
    best = int(np.argmax(total))
    return Proposal(left[best], by="tpe", reasons={"log_ratio": round(float(total[best]), 6), "left": len(left)})


def _fitted(
    state: TPEState, group: Group, waiting: NDArray[np.float64], rng: np.random.Generator
) -> tuple[Parzen, Parzen]:
    """Return l and g of a group; waiting (p, d) are the points of pending trials."""
    n = len(group.ranked)
    count = min(math.ceil(_GAMMA * n), _BETTER) if n >= _FEW else 0
    split = group.ranked.split(count, _NEAR, _FAR, rng)
    known = waiting[:, group.columns]
    known = known[group.holds(waiting)]
    better, worse = (
        state.x[np.array(places, dtype=np.intp)][:, group.columns] for places in (split.better, split.worse)
    )
    worse = np.concatenate([worse, known])
    weights = np.concatenate([split.weights, np.ones(len(known))])
    gained = _improvements(state, split.better, split.worse)
    prior_weight = _HINT if group.hinted else 1.0
    return fit(better, gained, group.axes, prior_weight=prior_weight), fit(worse, weights, group.even)


def _improvements(state: TPEState, better: list[int], worse: list[int]) -> NDArray[np.float64]:
    """Return weights (n,) of the better trials, 1 on average: how much each improves on the best of the worse ones.

    All alike with several losses, or when an improvement is not a number.
    """
    alike = np.ones(len(better))
    if state.problem.n_losses > 1 or not better or not worse:
        return alike
    losses = np.array([state.standings[place].losses[0] for place in (*better, worse[0])])
    with np.errstate(over="ignore", invalid="ignore"):
        gained = losses[-1] - losses[:-1]
        mean = gained.mean()
    return gained / mean if np.isfinite(mean) and mean > 0 and (gained >= 0).all() else alike

"""Bayesian optimisation: a Gaussian process of the losses, and the config that promises to improve most.

Jones, Schonlau and Welch (1998, J. Global Optim. 13:455), in today's form: losses bent towards a Gaussian
(`numerics.warping`), a Matern-5/2 whose lengths may grow with the dimension (`numerics.gaussian_process`),
log expected improvement (`numerics.acquisition`), maximised by moves and gradients over continuous, ordered,
categorical and conditional parameters alike (`numerics.mixed_search`). Pending trials are believed to come out as the
model expects. What the fit found returns in `memo["gp"]` (log lengths, log noise ratio, logit of the joint part's
share): the next fit starts there.

Every second proposal is a leap: it aims half a standard deviation below the best (the margin xi of Lizotte 2008,
"Practical Bayesian optimization", constant there). Near a good point tiny improvements are certain, and without leaps
the search was seen to polish one category to five digits while a better one waited. Half of the leaps are climbed like
the rest; the other half are wide looks: the best, by the same measure, of a few points drawn anywhere, unclimbed.
Climbs end on the edges of the space and close to the best point; wide looks keep to the inside and to every branch
(random interleaving as in SMAC, Hutter et al. 2011, with the model as judge), which pays on plateaus, cliffs and
conditions.

A trial that was pruned or paused stands with its last loss, but never better than the median of the complete ones,
because a short run says little. Failed ones count as the worst. In a finite space no config comes twice, and the search
ends when all have been proposed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tunesmith.core.history import COMPLETE
from tunesmith.core.protocols import Exhausted, Problem, Proposal
from tunesmith.errors import InvalidArgumentError
from tunesmith.numerics.acquisition import Improvement
from tunesmith.numerics.gaussian_process import Prior, Process, fit
from tunesmith.numerics.mixed_search import Effort, keys, maximise
from tunesmith.numerics.one_thread import one_thread
from tunesmith.samplers.discovered import Discovered
from tunesmith.samplers.evidence import Evidence
from tunesmith.samplers.left import identity, left_over
from tunesmith.samplers.quasi import Sobol, SobolState
from tunesmith.samplers.searching import best_left, region_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from tunesmith.core.history import History
    from tunesmith.core.trial import Trial
    from tunesmith.numerics.mixed_search import Region

__all__ = ["GP", "GPState"]

_MOST = 300  # training points; with more, the better half of them are the best and the rest are spread over time
_YOUNG = 30  # up to here each fit also starts at the prior's centre and at a random place
_EVERY = 5  # afterwards one fit in so many does
_OLD = 150  # from here on only those are fitted, to so many trials, and the others take what the last one found
_CALLS = 30
_LEAP = 0.5  # standard deviations of the bent losses that a leap aims below the best
_WIDE = Effort(guesses=200, climbers=0)
_TRIES = 5


@final
@dataclass(slots=True)
class GPState:
    """What is known.

    Attributes:
        problem: what the study is about.
        region: its space as the search sees it.
        sobol: state of the even spread at the start; holds the configs of closed runs.
        discovered: which optional parameters the objective asks for, and when.
        evidence: points and losses of the trials.
        memo: what the last fit found, None before the first.
    """

    problem: Problem
    region: Region
    sobol: SobolState
    discovered: Discovered
    evidence: Evidence
    memo: tuple[float, ...] | None = None


@final
@dataclass(frozen=True)
class GP:
    """Proposes the config of highest expected improvement under a Gaussian process.

    Args:
        startup: how many configs of a Sobol sequence are closed or pending before the model is asked.

    Raises:
        InvalidArgumentError: `startup` is not a whole number of at least 1.

    Example:
        >>> GP()
        GP(startup=6)
    """

    startup: int = 6

    def __post_init__(self) -> None:
        if isinstance(self.startup, bool) or not isinstance(self.startup, int) or self.startup < 1:
            raise InvalidArgumentError(f"GP needs startup as a whole number >= 1, got startup={self.startup!r}")

    def init(self, problem: Problem) -> GPState:
        """Return the state of a study without trials."""
        discovered = Discovered.of(problem.space)
        evidence = Evidence(len(problem.space), problem.n_losses, len(problem.constraints))
        return GPState(problem, region_of(problem.space, discovered), Sobol().init(problem), discovered, evidence)

    def tell(self, state: GPState, runs: History) -> GPState:
        """Return the state that has seen these runs too."""
        state.sobol = Sobol().tell(state.sobol, runs)
        state.evidence.tell(runs)
        for x, row in zip(runs.x, runs.records, strict=True):
            if row.memo and "gp" in row.memo:
                state.memo = tuple(row.memo["gp"])
            if row.state == COMPLETE:
                state.discovered.tell(x)
        return state

    def ask(self, state: GPState, pending: Sequence[Trial], rng: np.random.Generator) -> Proposal | Exhausted:
        """Return the config of highest expected improvement, or the next of the even spread at the start."""
        taken = state.sobol.taken
        if taken.free or not len(state.evidence) or len(state.evidence) + len(pending) < self.startup:
            return Sobol().ask(state.sobol, pending, rng)
        if taken.size is not None and len(taken.told) >= taken.size and not left_over(taken, pending, 1):
            return Exhausted()
        with one_thread():
            return _propose(state, pending, rng)


def _propose(state: GPState, pending: Sequence[Trial], rng: np.random.Generator) -> Proposal | Exhausted:
    """Fit, believe in what is pending, search."""
    space = state.problem.space
    x, y = state.evidence.targets(rng, _MOST)
    waiting = space.encoding.encode([trial.params for trial in pending])
    process = _fitted(x, y, space.encoding.kinds, state.memo, rng, afresh=len(state.evidence) % _EVERY == 0)
    memo = {"gp": [round(v, 4) for v in process.memo()]}
    expected, _ = process.predict(x)
    known = x[np.argsort(expected, kind="stable")]
    if len(waiting):
        process = process.believing(waiting)
    best = float(process.predict(np.vstack([x, waiting]))[0].min())
    turn = (len(state.evidence) + len(pending)) % 4  # 0 and 2 climb, 1 looks wide, 3 leaps and climbs
    score = Improvement(process, best - _LEAP * (turn % 2))
    closed = {*keys(np.vstack([x, waiting]))}
    held = {identity(trial.params) for trial in pending}
    for _ in range(_TRIES):
        found = None
        if turn == 1:
            found = maximise(score, state.region, known[:0], taken=closed, rng=rng, effort=_WIDE)
        if found is None:
            found = maximise(score, state.region, known, taken=closed, rng=rng)
        if found is None:
            break
        point, value = found
        config = space.encoding.decode(point[None])[0]
        if state.sobol.taken.fresh(config, held) and not (space.rules and space.problems(config)):
            return Proposal(config, by="gp", reasons={"log_ei": round(value, 6), "evidence": len(y)}, memo=memo)
        closed.add(keys(point[None])[0])
    return _last_ones(state, pending, score, rng, memo)


def _last_ones(
    state: GPState, pending: Sequence[Trial], score: Improvement, rng: np.random.Generator, memo: Mapping[str, Any]
) -> Proposal | Exhausted:
    """The search met nothing new: choose among all that is left of a finite space, else go on with the even spread."""
    taken = state.sobol.taken
    if taken.size is None:
        return Sobol().ask(state.sobol, pending, rng)
    found = best_left(taken, state.discovered, pending, score)
    return Exhausted() if found is None else Proposal(found[0], by="gp", reasons=found[1], memo=memo)


def _fitted(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    kinds: NDArray[np.int8],
    memo: tuple[float, ...] | None,
    rng: np.random.Generator,
    *,
    afresh: bool,
) -> Process:
    """Fit from the prior's centre, from what the last fit found, and now and then from a random place."""
    from tunesmith.numerics.kernels import Layout

    prior = Prior()
    width = len(Layout.of(x, kinds).equal_only)
    centre = prior.centre(width)
    starts = [np.array(memo)] if memo is not None and len(memo) == len(centre) else []
    if starts and len(y) > _OLD:
        if afresh:
            part = np.sort(rng.choice(len(y), _OLD, replace=False))
            found = np.array(fit(x[part], y[part], kinds, prior=prior, starts=np.array(starts), calls=_CALLS).memo())
            starts = [found] if len(found) == len(centre) else starts
        return fit(x, y, kinds, prior=prior, starts=np.array(starts), calls=0)
    if not starts or len(y) < _YOUNG or afresh:
        starts += [centre, centre + 0.7 * prior.spread(width) * rng.normal(size=len(centre))]
    return fit(x, y, kinds, prior=prior, starts=np.array(starts), calls=_CALLS)

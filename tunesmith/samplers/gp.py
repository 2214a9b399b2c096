"""Bayesian optimisation: a Gaussian process of the losses, and the config that promises to improve most.

Jones, Schonlau and Welch (1998, J. Global Optim. 13:455), in today's form: losses bent towards a Gaussian
(`numerics.warping`), ranges bent where the trials say so (`samplers.fitting`), a Matern-5/2 whose lengths may grow with
the dimension (`numerics.gaussian_process`), log expected improvement, or for two to four losses that of the hypervolume
(`samplers.belief`, which says where several losses become one instead), maximised by moves and gradients over
continuous, ordered, categorical and conditional parameters alike (`numerics.mixed_search`). Pending trials are believed
to come out as the model expects. What the fits found returns in `memo["gp"]` (log lengths, log noise ratio, logit of
the joint part's share, and with `warping` a power for each parameter, of each process in turn): the next fit starts
there.

Hints of the user weigh on the search and fade with the evidence (`samplers.hints`).

Every second proposal is a leap: it aims half a standard deviation below the best (the margin xi of Lizotte 2008,
"Practical Bayesian optimization", constant there). Near a good point tiny improvements are certain, and without leaps
the search was seen to polish one category to five digits while a better one waited. Half of the leaps are climbed like
the rest; the other half are wide looks: the best, by the same measure, of a few points drawn anywhere, unclimbed.
Climbs end on the edges of the space and close to the best point; wide looks keep to the inside and to every branch
(random interleaving as in SMAC, Hutter et al. 2011, with the model as judge), which pays on plateaus, cliffs and
conditions. A climbed leap that promises next to nothing becomes a far look: the highest optimistic bound, with five
deviations of optimism (Srinivas et al. 2010, arXiv 0912.3995, about the bound), climbed from points anywhere. It goes
where the process knows least, in another basin or category, while the climbs go on polishing. Where parameters hang on
others, it looks aside instead: into another branch than the best one's, to improve on the best of that branch
(`samplers.branches`); and a branch that no trial has been in yet takes the next leap's turn, unclimbed.

Constraints have processes too (`samplers.limits`).

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
from tunesmith.numerics.mixed_search import Effort, keys, maximise
from tunesmith.numerics.one_thread import one_thread
from tunesmith.samplers.belief import ACQUISITIONS, believe
from tunesmith.samplers.branches import forks_of, inside, other_branch, within
from tunesmith.samplers.discovered import Discovered
from tunesmith.samplers.evidence import Evidence
from tunesmith.samplers.hints import Hinted, Hints
from tunesmith.samplers.left import identity, left_over
from tunesmith.samplers.quasi import Sobol, SobolState
from tunesmith.samplers.searching import best_left, region_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tunesmith.core.history import History
    from tunesmith.core.trial import Trial
    from tunesmith.numerics.mixed_search import Region, Score
    from tunesmith.samplers.belief import Belief

__all__ = ["GP", "GPState"]

_WIDE = Effort(guesses=200, climbers=0)
_DRAW = Effort(guesses=1000, climbers=0)
_TRIES = 5
_BRANCHES = 3  # times as many points at the start where parameters hang on others, since every branch needs its own
_SHARE = 3  # of a small space, one in so many at most
_FEW = 12  # choices of a parent; most of many are untried for long, and would take all leaps


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
        forks: the columns that other parameters hang on.
        hints: what the user believes of the best config, if anything.
        start: how many trials are closed or pending before the model is asked.
        longer: the same once complete trials show that optional parameters hang on others.
        memo: what the last fit found, None before the first.
    """

    problem: Problem
    region: Region
    sobol: SobolState
    discovered: Discovered
    evidence: Evidence
    forks: tuple[int, ...]
    hints: Hints | None
    start: int
    longer: int
    memo: tuple[float, ...] | None = None

    def begins(self, pending: int) -> bool:
        """Say whether the even spread is still due, with so many trials pending."""
        count = len(self.evidence) + pending
        return count < self.start or (count < self.longer and self.discovered.lacked)


@final
@dataclass(frozen=True)
class GP:
    """Proposes the config that promises most under a Gaussian process.

    Args:
        startup: how many configs of a Sobol sequence are closed or pending before the model is asked; three times as
            many where parameters are conditional, or optional and absent from a complete trial, since every branch
            needs its own; of a small finite space no more than a third, or `startup` if that is more.
        acquisition: what a promise is: `ei`, expected improvement (of the hypervolume for two to four losses) by the
            chance that constraints hold; `ucb`, the mean and two deviations of optimism; `thompson`, the best of a
            thousand points by one draw from the posterior.
        warping: whether to learn how to bend the range of each numeric parameter towards an edge, for a parameter that
            should have been declared with `log=True`, or whose effect is crowded at one end.

    Raises:
        InvalidArgumentError: `startup` is not a whole number of at least 1, there is no such acquisition, or `warping`
            is not a bool.

    Example:
        >>> GP()
        GP(startup=4, acquisition='ei', warping=True)
    """

    startup: int = 4
    acquisition: str = "ei"
    warping: bool = True

    def __post_init__(self) -> None:
        if isinstance(self.startup, bool) or not isinstance(self.startup, int) or self.startup < 1:
            raise InvalidArgumentError(f"GP needs startup as a whole number >= 1, got startup={self.startup!r}")
        if self.acquisition not in ACQUISITIONS:
            known = ", ".join(ACQUISITIONS)
            raise InvalidArgumentError(f"GP needs acquisition as one of {known}, got acquisition={self.acquisition!r}")
        if not isinstance(self.warping, bool):
            raise InvalidArgumentError(f"GP needs warping as True or False, got warping={self.warping!r}")

    def init(self, problem: Problem) -> GPState:
        """Return the state of a study without trials."""
        discovered = Discovered.of(problem.space)
        evidence = Evidence(len(problem.space), problem.n_losses, len(problem.constraints))
        region, hints = region_of(problem.space, discovered), Hints.of(problem.space)
        longer, size = self.startup * _BRANCHES, problem.space.size()
        if size is not None:  # else a small space would be over before the model had its say
            longer = min(longer, max(self.startup, size // _SHARE))
        declared = any(domain.when for domain in problem.space.parameters.values())
        start = longer if declared else self.startup
        forks, sobol = forks_of(problem.space, region, _FEW), Sobol().init(problem)
        return GPState(problem, region, sobol, discovered, evidence, forks, hints, start, longer)

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
        if taken.free or not len(state.evidence) or state.begins(len(pending)):
            return Sobol().ask(state.sobol, pending, rng)
        if taken.size is not None and len(taken.told) >= taken.size and not left_over(taken, pending, 1):
            return Exhausted()
        with one_thread():
            return _propose(state, pending, rng, self.acquisition, warping=self.warping)


def _propose(
    state: GPState, pending: Sequence[Trial], rng: np.random.Generator, acquisition: str, *, warping: bool
) -> Proposal | Exhausted:
    """Fit, believe in what is pending, search."""
    space = state.problem.space
    waiting = space.encoding.encode([trial.params for trial in pending])
    belief = believe(state.evidence, waiting, space.encoding.kinds, state.memo, rng, acquisition, warping=warping)
    turn = (len(state.evidence) + len(pending)) % 4  # 0 and 2 climb, 1 looks wide, 3 leaps and climbs
    search = _Search(state, belief, rng, acquisition, {*keys(np.vstack([belief.x, waiting]))})
    held = {identity(trial.params) for trial in pending}
    for _ in range(_TRIES):
        found = search.look(turn)
        if found is None:
            break
        point, reasons = found
        config = space.encoding.decode(point[None])[0]
        if state.sobol.taken.fresh(config, held) and not (space.rules and space.problems(config)):
            told = {**reasons, "evidence": len(belief.x), **_bent(space.names, belief)}
            return Proposal(config, by="gp", reasons=told, memo={"gp": belief.memo})
        search.closed.update(keys(point[None]))
    score = search.hinted(belief.worth(rng, leap=turn % 2 == 1))
    return _last_ones(state, pending, belief, score, rng)


def _bent(names: Sequence[str], belief: Belief) -> dict[str, dict[str, float]]:
    """Return the powers of the parameters whose ranges the model of the first loss bends, if there are any."""
    powers = belief.processes[0].layout.powers
    found = {name: power for name, power in zip(names, powers, strict=False) if power}
    return {"bent": found} if found else {}


Found = tuple["NDArray[np.float64]", dict[str, Any]]


@final
@dataclass(frozen=True)
class _Search:
    """The search of one ask: what is believed, and the points that must not come (again)."""

    state: GPState
    belief: Belief
    rng: np.random.Generator
    acquisition: str
    closed: set[bytes]

    def look(self, turn: int) -> Found | None:
        """Return the point of one turn and why: 0 and 2 climb, 1 looks wide, 3 leaps, or looks aside or far."""
        aside = self._aside(untried=True) if turn == 3 else None
        if aside is not None:
            return aside
        worth = self.belief.worth(self.rng, leap=turn % 2 == 1)
        score, region, known = self.hinted(worth), self.state.region, self.belief.known
        found = None
        if turn == 1 and self.acquisition != "thompson":
            found = self._maximise(score, region, known[:0], _WIDE)
        if found is None:
            found = self._maximise(score, region, known, _DRAW if self.acquisition == "thompson" else Effort())
        if found is None:
            return None
        doubt = self.belief.doubt(float(worth(found[0][None])[0])) if turn == 3 else None
        if doubt is not None:
            return (
                self._aside(untried=False) or self._far(doubt) or (found[0], {self.belief.measure: round(found[1], 6)})
            )
        return found[0], {self.belief.measure: round(found[1], 6)}

    def hinted(self, score: Score) -> Score:
        """Return the score under the user's hints."""
        hints = self.state.hints
        return score if hints is None else Hinted(score, hints, len(self.state.evidence))

    def _aside(self, *, untried: bool) -> Found | None:
        """Look into another branch than the best one's, to improve on the best of that branch."""
        if not self.state.forks or self.acquisition == "thompson":  # a draw is chosen from once, not searched
            return None
        known, region = self.belief.known, self.state.region
        tried = np.vstack([self.state.evidence.points, self.belief.pending])
        branch = other_branch(self.state.forks, region, tried, known[0], self.rng, untried=untried)
        if branch is None:
            return None
        mine = known[inside(known, *branch)]
        score = self.hinted(self.belief.worth_among(mine, self.rng))
        found = self._maximise(score, within(region, *branch), mine, Effort() if len(mine) else _WIDE)
        if found is None:
            return None
        name = self.state.problem.space.names[branch[0]]
        return found[0], {self.belief.measure: round(found[1], 6), "aside": name}

    def _far(self, doubt: Score) -> Found | None:
        """Look where least is known."""
        found = self._maximise(doubt, self.state.region, self.belief.x[:0], Effort())
        return None if found is None else (found[0], {"doubt": round(found[1], 6)})

    def _maximise(
        self, score: Score, region: Region, known: NDArray[np.float64], effort: Effort
    ) -> tuple[NDArray[np.float64], float] | None:
        return maximise(score, region, known, taken=self.closed, rng=self.rng, effort=effort)


def _last_ones(
    state: GPState, pending: Sequence[Trial], belief: Belief, score: Score, rng: np.random.Generator
) -> Proposal | Exhausted:
    """The search met nothing new: choose among all that is left of a finite space, else go on with the even spread."""
    taken = state.sobol.taken
    if taken.size is None:
        return Sobol().ask(state.sobol, pending, rng)
    found = best_left(taken, state.discovered, pending, score)
    if found is None:
        return Exhausted()
    reasons = {belief.measure: found.value, "left": found.left}
    return Proposal(found.config, by="gp", reasons=reasons, memo={"gp": belief.memo})

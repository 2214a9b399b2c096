"""Transfer: begins where past studies ended, as long as these agree with what is seen here.

A wrapper: two of five configs are its own, never two in a row; the others come from another sampler, which learns from
all of them like from any other trial.

1. First a few copies (`most`): warm starts as in Feurer, Springenberg and Hutter (2015, AAAI, "Initializing Bayesian
   hyperparameter optimization via meta-learning"). The past study with the highest agreement, divided by one more than
   the copies that it gave already, is asked for the best of its good configs that is unlike all that was tried here.
2. Then, up to `until` trials and for a single loss, the config of highest expected improvement under one Gaussian
   process of this study and the agreeing past ones (`joint`).

The similarity of studies is measured by their response (`numerics.agreement`; Feurer, Letham and Bakshy 2018, arXiv
1802.02219), not by features of the data. A past study at or below `least` is not asked, which is the protection
against negative transfer; another is that three of five configs never come from here.

Where we differ: losses are bent and standardised within their study, so scales never meet; the agreement begins with 3
pairs that are taken for agreed on, so that a past study is trusted before there is evidence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from tunesmith.core.history import COMPLETE
from tunesmith.core.protocols import Exhausted, Problem, Proposal
from tunesmith.errors import InvalidArgumentError, InvalidConfigError
from tunesmith.numerics.mixed_search import keys, maximise
from tunesmith.numerics.one_thread import one_thread
from tunesmith.samplers import make_sampler
from tunesmith.samplers.discovered import Discovered
from tunesmith.samplers.evidence import Evidence
from tunesmith.samplers.joint import joint
from tunesmith.samplers.left import Taken, identity
from tunesmith.samplers.past import Source
from tunesmith.samplers.searching import region_of
from tunesmith.space.moving import completed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tunesmith.core.history import History, Row
    from tunesmith.core.protocols import Sampler
    from tunesmith.core.trial import Trial
    from tunesmith.numerics.mixed_search import Region
    from tunesmith.samplers.left import Identity
    from tunesmith.samplers.past import Candidate

__all__ = ["Transfer", "TransferState"]

_BY: Final = "transfer"
_ROUND: Final = 5  # two of so many configs; odd, so that the other sampler meets each of its own turns (`gp` has four)
_SEEN: Final = 3  # complete trials before the joint model is asked
_EARLY: Final = 60  # complete trials up to which copies are made, whatever `until` is
_MOST: Final = 100  # trials of this study in the joint model, which counts failed and pruned ones too


@final
@dataclass(slots=True)
class TransferState:
    """What is known.

    Attributes:
        problem: what the study is about.
        inner: state of the other sampler.
        sources: the past studies.
        taken: configs of closed runs.
        seen: closed trials, number -> point (d,).
        losses: complete ones, number -> losses (m,).
        given: configs that were copied from each past study.
        last: the closed trial of the highest number, and who proposed it.
        evidence: points and losses of closed trials, for the joint model.
        discovered: which optional parameters the objective asks for.
        region: the space as the search sees it.
    """

    problem: Problem
    inner: Any
    sources: tuple[Source, ...]
    taken: Taken
    seen: dict[int, np.ndarray[Any, np.dtype[np.float64]]] = field(default_factory=dict)
    losses: dict[int, tuple[float, ...]] = field(default_factory=dict)
    given: Counter[int] = field(default_factory=Counter)
    last: tuple[int, str] = (-1, "")
    evidence: Evidence = field(init=False)
    discovered: Discovered = field(init=False)
    region: Region = field(init=False)

    def __post_init__(self) -> None:
        space = self.problem.space
        self.evidence = Evidence(len(space), self.problem.n_losses, len(self.problem.constraints))
        self.discovered = Discovered.of(space)
        self.region = region_of(space, self.discovered)


@final
@dataclass(frozen=True)
class Transfer:
    """Proposes by what past studies say, in turn with another sampler.

    The past studies are those of the problem: `create_study(past=[...])`, which wraps its sampler in this one.

    Args:
        then: the other sampler, `Auto()` when omitted; or its name, or name and settings as a log keeps them.
        most: how many configs are copied from past studies in all.
        least: a past study whose agreement with what is seen here is not above this proposes nothing.
        until: from so many complete trials on only the other sampler proposes, since this study speaks for itself; with
            0 nothing but copies comes from past studies.

    Raises:
        InvalidArgumentError: `most` or `until` is no whole number of at least 0, `least` not in [-1, 1], `then` no
            sampler.

    Example:
        >>> Transfer(most=3)
        Transfer(then=Auto(startup=4), most=3, least=0.25, until=60)
    """

    then: Any = None
    most: int = 2
    least: float = 0.25
    until: int = 60

    def __post_init__(self) -> None:
        for name, given in (("most", self.most), ("until", self.until)):
            if isinstance(given, bool) or not isinstance(given, int) or given < 0:
                raise InvalidArgumentError(f"Transfer needs {name} as a whole number >= 0, got {name}={given!r}")
        if isinstance(self.least, bool) or not isinstance(self.least, (int, float)) or not -1.0 <= self.least <= 1.0:
            raise InvalidArgumentError(f"Transfer needs least from -1 to 1, got least={self.least!r}")
        then = "Auto" if self.then is None else self.then
        then = make_sampler(then) if isinstance(then, str) else then
        then = make_sampler(**then) if isinstance(then, Mapping) else then
        if not hasattr(then, "ask") or isinstance(then, (type, Transfer)):
            raise InvalidArgumentError(f"Transfer needs another sampler such as then=GP(), got then={self.then!r}")
        object.__setattr__(self, "then", then)

    def init(self, problem: Problem) -> TransferState:
        """Return the state of a study without trials."""
        sources = tuple(Source.of(record, problem.space) for record in problem.past)
        return TransferState(problem, self._inner.init(problem), sources, Taken(problem.space, problem.discover))

    def tell(self, state: TransferState, runs: History) -> TransferState:
        """Return the state that has seen these runs too."""
        state.inner = self._inner.tell(state.inner, runs)
        if not state.sources or self._over(state):
            return state
        state.taken.tell(runs)
        state.evidence.tell(runs)
        for x, row in zip(runs.x, runs.records, strict=True):
            if row.number not in state.seen and (place := _place(row)) is not None:
                state.given[place] += 1
            state.seen[row.number] = x
            state.last = max(state.last, (row.number, row.by))
            if row.state == COMPLETE:
                state.discovered.tell(x)
                if not np.isnan(row.losses).any():
                    state.losses[row.number] = row.losses
        return state

    def ask(self, state: TransferState, pending: Sequence[Trial], rng: np.random.Generator) -> Proposal | Exhausted:
        """Return what past studies say where it is their turn, else what the other sampler proposes."""
        return self._from_past(state, pending, rng) or self._inner.ask(state.inner, pending, rng)

    def _over(self, state: TransferState) -> bool:
        """Whether this study speaks for itself by now."""
        return len(state.losses) >= max(self.until, _EARLY)

    @property
    def _inner(self) -> Sampler[Any]:
        inner: Sampler[Any] = self.then
        return inner

    def _from_past(self, state: TransferState, pending: Sequence[Trial], rng: np.random.Generator) -> Proposal | None:
        """Return a config by what past studies say; None where it is not its turn, or none of them agrees."""
        if not state.sources or not len(state.problem.space) or self._over(state):
            return None
        open_trials = [trial for trial in pending if trial.number not in state.seen]
        last = max([state.last, *((trial.number, trial.by) for trial in open_trials)])
        if last[1] == _BY or (len(state.seen) + len(open_trials)) % _ROUND == _ROUND - 1:
            return None
        now = _look(state, open_trials, {identity(trial.params) for trial in pending}, self.least)
        if not now.agreeing:
            return None
        found = _copy(state, now, rng) if now.given.total() < self.most else None
        modelled = found is None and state.problem.n_losses == 1 and _SEEN <= len(state.losses) < self.until
        return _modelled(state, now, rng) if modelled else found


@final
@dataclass(frozen=True)
class _Now:
    """What one ask looks at.

    Attributes:
        held: identities of the configs of pending trials.
        waiting: (w, d) points of pending trials.
        given: copies that came from each past study, those of pending trials too.
        scores: agreement of each past study.
        agreeing: places of those that may propose.
    """

    held: set[Identity]
    waiting: NDArray[np.float64]
    given: Counter[int]
    scores: list[float]
    agreeing: list[int]


def _look(state: TransferState, open_trials: Sequence[Trial], held: set[Identity], least: float) -> _Now:
    numbers = sorted(state.losses)
    x = np.array([state.seen[number] for number in numbers]).reshape(len(numbers), len(state.problem.space))
    losses = np.array([state.losses[number] for number in numbers]).reshape(len(numbers), state.problem.n_losses)
    scores = [round(source.agreement(x, losses), 4) for source in state.sources]
    waiting = state.problem.space.encoding.encode([trial.params for trial in open_trials])
    given = state.given + Counter(place for trial in open_trials if (place := _place(trial)) is not None)
    agreeing = [place for place, score in enumerate(scores) if score > least and len(state.sources[place].x)]
    return _Now(held, waiting, given, scores, agreeing)


def _place(trial: Trial | Row) -> int | None:
    """Return which past study a trial is a copy from, None for any other trial."""
    place = trial.reasons.get("source") if trial.by == _BY else None
    return None if place is None else int(place)


def _copy(state: TransferState, now: _Now, rng: np.random.Generator) -> Proposal | None:
    """Return the next good config of a past study; None where none is left that is unlike all others."""
    tried = np.vstack([*state.seen.values(), now.waiting])
    for place in sorted(now.agreeing, key=lambda place: (-now.scores[place] / (1 + now.given[place]), place)):
        source = state.sources[place]
        for one in source.different(tried):
            config = _whole(state.problem, one, rng)
            if config is not None and state.taken.fresh(config, now.held):
                reasons = {"study": source.name, "trial": one.trial, "rank": one.rank, "of": source.total}
                clipped = {"clipped": dict(one.clipped)} if one.clipped else {}
                told = {**reasons, "agreement": now.scores[place], "source": place, **clipped}
                return Proposal(config, by=_BY, reasons=told)
    return None


def _whole(problem: Problem, one: Candidate, rng: np.random.Generator) -> dict[str, Any] | None:
    """Return a config around what was carried over; None where the rules forbid every one that was tried."""
    try:
        return completed(problem.space, one.config, rng)
    except InvalidConfigError:
        return None


def _modelled(state: TransferState, now: _Now, rng: np.random.Generator) -> Proposal | None:
    """Return the config of highest expected improvement under the joint model; None where it meets nothing new."""
    space, sources = state.problem.space, [state.sources[place] for place in now.agreeing]
    with one_thread():
        x, y = state.evidence.targets(rng, _MOST)
        score = joint(x, y, now.waiting, sources, space.encoding.kinds)
        known = x[np.argsort(score.process.predict(x)[0], kind="stable")]
        found = maximise(score, state.region, known, taken={*keys(np.vstack([x, now.waiting]))}, rng=rng)
    if found is None:
        return None
    config = space.encoding.decode(found[0][None])[0]
    if not state.taken.fresh(config, now.held) or space.problems(config):
        return None
    agreement = {source.name: now.scores[place] for source, place in zip(sources, now.agreeing, strict=True)}
    return Proposal(config, by=_BY, reasons={"agreement": agreement, "log_ei": round(found[1], 6)})

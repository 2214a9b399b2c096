"""Transfer: begins with good configs of past studies, as long as these agree with what is seen here.

A wrapper: it proposes a few configs itself, in turn with another sampler, which learns from them like from any other
trial, and then leaves the field to it. Warm starts as in Feurer, Springenberg and Hutter (2015, AAAI, "Initializing
Bayesian hyperparameter optimization via meta-learning"), with the similarity of studies measured by their response
(Feurer, Letham and Bakshy 2018, arXiv 1802.02219) instead of by features of the data:

1. the past study with the highest agreement (`numerics.agreement`), divided by one more than the configs that it gave
   already, is asked; those at or below `least` are not, which is the protection against negative transfer;
2. of its better quarter the best config is proposed that is unlike all that was tried here (`past`);
3. never twice in a row, and `most` times in all, since a past study may mislead.

Where we differ: ranks only, no losses of another study enter any model of this one; the agreement begins with 3 pairs
that are taken for agreed on, so that a study is trusted before there is evidence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tunesmith.core.history import COMPLETE
from tunesmith.core.protocols import Exhausted, Problem, Proposal
from tunesmith.errors import InvalidArgumentError, InvalidConfigError
from tunesmith.samplers import make_sampler
from tunesmith.samplers.left import Taken, identity
from tunesmith.samplers.past import Source
from tunesmith.space.moving import completed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tunesmith.core.history import History
    from tunesmith.core.protocols import Sampler
    from tunesmith.core.trial import Trial
    from tunesmith.samplers.past import Candidate

__all__ = ["Transfer", "TransferState"]

_BY = "transfer"


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
        given: configs that came from each past study.
        last: the closed trial of the highest number, and who proposed it.
    """

    problem: Problem
    inner: Any
    sources: tuple[Source, ...]
    taken: Taken
    seen: dict[int, np.ndarray[Any, np.dtype[np.float64]]] = field(default_factory=dict)
    losses: dict[int, tuple[float, ...]] = field(default_factory=dict)
    given: Counter[int] = field(default_factory=Counter)
    last: tuple[int, str] = (-1, "")


@final
@dataclass(frozen=True)
class Transfer:
    """Tries good configs of past studies in turn with what another sampler proposes.

    The past studies are those of the problem: `create_study(past=[...])`, which wraps its sampler in this one.

    Args:
        then: the other sampler, `Auto()` when omitted; or its name and settings as a log keeps them.
        most: how many configs come from past studies in all.
        least: a past study whose agreement with what is seen here is not above this proposes nothing.

    Raises:
        InvalidArgumentError: `most` is not a whole number of at least 0, `least` not in [-1, 1], `then` no sampler.

    Example:
        >>> Transfer(most=2)
        Transfer(then=Auto(startup=6), most=2, least=0.25)
    """

    then: Any = None
    most: int = 4
    least: float = 0.25

    def __post_init__(self) -> None:
        if isinstance(self.most, bool) or not isinstance(self.most, int) or self.most < 0:
            raise InvalidArgumentError(f"Transfer needs most as a whole number >= 0, got most={self.most!r}")
        if isinstance(self.least, bool) or not isinstance(self.least, (int, float)) or not -1.0 <= self.least <= 1.0:
            raise InvalidArgumentError(f"Transfer needs least from -1 to 1, got least={self.least!r}")
        then = {"name": "Auto"} if self.then is None else self.then
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
        state.taken.tell(runs)
        for x, row in zip(runs.x, runs.records, strict=True):
            if row.by == _BY and row.number not in state.seen:
                state.given[int(row.reasons.get("source", -1))] += 1
            state.seen[row.number] = x
            state.last = max(state.last, (row.number, row.by))
            if row.state == COMPLETE and not np.isnan(row.losses).any():
                state.losses[row.number] = row.losses
        return state

    def ask(self, state: TransferState, pending: Sequence[Trial], rng: np.random.Generator) -> Proposal | Exhausted:
        """Return a good config of a past study where it is its turn, else what the other sampler proposes."""
        return self._from_past(state, pending, rng) or self._inner.ask(state.inner, pending, rng)

    @property
    def _inner(self) -> Sampler[Any]:
        inner: Sampler[Any] = self.then
        return inner

    def _from_past(self, state: TransferState, pending: Sequence[Trial], rng: np.random.Generator) -> Proposal | None:
        """Return the next config of a past study; None where it is not its turn, or none agrees or is left."""
        if not len(state.problem.space):
            return None
        open_trials = [trial for trial in pending if trial.number not in state.seen]
        last = max([state.last, *((trial.number, trial.by) for trial in open_trials)])
        given = state.given + Counter(int(trial.reasons.get("source", -1)) for trial in open_trials if trial.by == _BY)
        if last[1] == _BY or given.total() >= self.most:
            return None
        scores = _agreements(state)
        waiting = state.problem.space.encoding.encode([trial.params for trial in open_trials])
        tried = np.vstack([*state.seen.values(), waiting])
        held = {identity(trial.params) for trial in pending}
        places = [place for place, score in enumerate(scores) if score > self.least]
        for place in sorted(places, key=lambda place: (-scores[place] / (1 + given[place]), place)):
            for one in state.sources[place].different(tried):
                config = _whole(state.problem, one, rng)
                if config is not None and state.taken.fresh(config, held):
                    return Proposal(config, by=_BY, reasons=_reasons(state.sources[place], place, one, scores[place]))
        return None


def _agreements(state: TransferState) -> list[float]:
    """Return how well each past study orders the complete trials, in order of their numbers."""
    numbers = sorted(state.losses)
    x = np.array([state.seen[number] for number in numbers]).reshape(len(numbers), len(state.problem.space))
    losses = np.array([state.losses[number] for number in numbers]).reshape(len(numbers), state.problem.n_losses)
    return [round(source.agreement(x, losses), 4) for source in state.sources]


def _whole(problem: Problem, one: Candidate, rng: np.random.Generator) -> dict[str, Any] | None:
    """Return a config around what was carried over; None where the rules forbid every one that was tried."""
    try:
        return completed(problem.space, one.config, rng)
    except InvalidConfigError:
        return None


def _reasons(source: Source, place: int, one: Candidate, agreement: float) -> dict[str, Any]:
    """Return which study and trial a config is from, its rank there, and how far the study agrees."""
    clipped = {"clipped": dict(one.clipped)} if one.clipped else {}
    return {
        "study": source.name,
        "trial": one.trial,
        "rank": one.rank,
        "of": source.total,
        "agreement": agreement,
        "source": place,
        **clipped,
    }

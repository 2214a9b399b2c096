"""The mind of a study: a sampler and a pruner with their states, told what may be seen, and asked.

A mind reads a ledger and writes nothing. With a lag it is told runs in the order of their decisions and only up to
the decision that may be seen; without, in the order of the log.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, final

from tunesmith.core.protocols import (
    Begin,
    Exhausted,
    Fidelity,
    Finish,
    Problem,
    Proposal,
    Pruner,
    Resume,
    Sampler,
    Verdict,
    Wait,
)
from tunesmith.core.trial import Trial, TrialState
from tunesmith.errors import InvalidConfigError
from tunesmith.seeding import stream
from tunesmith.study.sight import Sight, pending

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tunesmith.core.history import History
    from tunesmith.space import Space
    from tunesmith.study.ledger import Ledger
    from tunesmith.study.snapshot import Snapshots

__all__ = ["Limits", "Mind", "read_fidelity"]


@final
@dataclass(frozen=True, slots=True)
class Limits:
    """What one call of `optimize` plans: trials of the study in all, seconds, and the lag of its decisions."""

    n_trials: int | None = None
    timeout: float | None = None
    lag: int | None = None
    fidelity: Fidelity | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return what a session's record keeps; the lag stands beside it."""
        axis = self.fidelity
        named = {} if axis is None else {"fidelity": [axis.name, axis.low, axis.high]}
        return {"n_trials": self.n_trials, "timeout": self.timeout, **named}


def read_fidelity(record: Mapping[str, Any]) -> Fidelity | None:
    """Return the budget axis that a session's record holds."""
    axis = record.get("fidelity")
    return None if axis is None else Fidelity(*axis)


@final
@dataclass(slots=True)
class _Told:
    """One algorithm's state and how much of the history it has been told."""

    state: Any = None
    rows: int = 0
    space: Space | None = None


@final
@dataclass(slots=True)
class Mind:
    """Sampler and pruner of a study with their states.

    Attributes:
        sampler: proposes configs.
        pruner: hands out budget.
        limits: what is planned, part of the problem that both are told.
        snapshots: where the sampler's state may be kept between programs, None for nowhere.
    """

    sampler: Sampler[Any]
    pruner: Pruner[Any]
    limits: Limits
    snapshots: Snapshots | None = None
    _sampling: _Told = field(default_factory=_Told)
    _pruning: _Told = field(default_factory=_Told)
    _sight: Sight = field(default_factory=Sight)
    _judging: dict[int, tuple[int, _Told]] = field(default_factory=dict)
    _idle: list[_Told] = field(default_factory=list)

    def problem(self, ledger: Ledger, space: Space) -> Problem:
        """Return the study as samplers and pruners see it, with the space that they may know."""
        return Problem(
            space=space,
            n_losses=len(ledger.directions),
            constraints=tuple(c.metric for c in ledger.constraints),
            fidelity=self.limits.fidelity,
            n_trials=self.limits.n_trials,
            timeout=self.limits.timeout,
            past=ledger.created.past if ledger.created is not None else (),
            seed=ledger.seed,
            discover=ledger.created is not None and ledger.created.discover,
        )

    def full(self, ledger: Ledger) -> bool:
        """Whether as many trials have begun as are planned."""
        return self.limits.n_trials is not None and ledger.begun >= self.limits.n_trials

    def cutoff(self, decision: int) -> int | None:
        """Return the last decision whose runs may be seen by this one; None when all may."""
        return None if self.limits.lag is None else max(-1, decision - self.limits.lag)

    def _tell(self, algorithm: Sampler[Any] | Pruner[Any], told: _Told, ledger: Ledger, history: History) -> Any:
        if told.space is not history.space:
            told.state, told.rows = self._first(algorithm, told, ledger, history)
            told.space = history.space
        total = len(history)
        if total > told.rows:
            told.state = algorithm.tell(told.state, history.since(told.rows))
            told.rows = total
        return told.state

    def _first(
        self, algorithm: Sampler[Any] | Pruner[Any], told: _Told, ledger: Ledger, history: History
    ) -> tuple[Any, int]:
        """Return the state to begin from: a snapshot of a prefix where there is one, else that of no trials."""
        problem = self.problem(ledger, history.space)
        if told is self._sampling and self.snapshots is not None and self.limits.lag is None:
            found = self.snapshots.load(self.sampler, problem, history)
            if found is not None:
                return found
        return algorithm.init(problem), 0

    def keep(self, ledger: Ledger) -> None:
        """Write a snapshot of the sampler's state, where there is a place for it."""
        if self.snapshots is None or self.limits.lag is not None or not hasattr(self.sampler, "dump"):
            return
        history = ledger.history()
        state = self._tell(self.sampler, self._sampling, ledger, history)
        self.snapshots.save(self.sampler, state, self.problem(ledger, ledger.space), history, self._sampling.rows)

    def history(self, ledger: Ledger, decision: int, own: int | None = None) -> History:
        """Return what a decision, or a verdict on the run of `own` that it opened, may see."""
        cutoff = self.cutoff(decision) if decision >= 0 else None
        if cutoff is None:
            history = ledger.history()
            return history if own is None else history.seen_by(own)
        return self._sight.history(ledger, cutoff, decision, own)

    def space(self, ledger: Ledger, decision: int) -> Space:
        """Return the space that a decision may know."""
        cutoff = self.cutoff(decision)
        return ledger.space if cutoff is None else self._sight.space(ledger, cutoff)

    def propose(
        self, ledger: Ledger, decision: int, earlier: Sequence[Proposal] = (), history: History | None = None
    ) -> Proposal | Exhausted:
        """Ask the sampler for a config; what it offered for the same decision before counts as pending."""
        seen = self.history(ledger, decision) if history is None else history
        state = self._tell(self.sampler, self._sampling, ledger, seen)
        rng = stream(ledger.seed, decision, "ask", len(earlier))
        open_trials = pending(ledger, self.cutoff(decision))
        if earlier:
            offered = [as_trial(len(ledger.records) + i, proposal) for i, proposal in enumerate(earlier)]
            open_trials = [*open_trials, *offered]
        proposal = self.sampler.ask(state, open_trials, rng)
        if isinstance(proposal, Proposal) and (problems := seen.space.problems(proposal.config)):
            name = type(self.sampler).__name__
            raise InvalidConfigError([f"the sampler {name} proposed {proposal.config!r}", *problems])
        return proposal

    def assign(
        self, ledger: Ledger, decision: int, queue: Callable[[], Proposal] | None = None
    ) -> Begin | Resume | Wait | Finish:
        """Decide what a free worker does; a queued config, where there is one, is offered before the sampler's."""
        history = self.history(ledger, decision)
        state = self._tell(self.pruner, self._pruning, ledger, history)
        offered: list[Proposal] = []

        def offer() -> Proposal | Exhausted:
            if queue is not None:
                return queue()
            if self.full(ledger):
                return Exhausted(f"all {self.limits.n_trials} trials have begun")
            proposal = self.propose(ledger, decision, offered, history)
            if isinstance(proposal, Proposal):
                offered.append(proposal)
            return proposal

        return self.pruner.assign(state, history, offer)

    def judge(self, ledger: Ledger, number: int) -> Verdict:
        """Return the pruner's verdict on the last report of a trial."""
        record = ledger.records[number]
        history = self.history(ledger, record.decision, number)
        told = self._pruning if history.cutoff is None else self._judge_of(number, record.decision, len(history))
        state = self._tell(self.pruner, told, ledger, history)
        return self.pruner.judge(state, record.judged(ledger.seed), history)

    def _judge_of(self, number: int, decision: int, rows: int) -> _Told:
        """Return the pruner's state for all verdicts on a run under a lag: that of an ended run, if it knew no more."""
        held = self._judging.get(number)
        if held is None or held[0] != decision:
            free = [told for told in self._idle if told.rows <= rows]
            told = max(free, key=lambda told: told.rows) if free else _Told()
            self._idle = [other for other in self._idle if other is not told]
            held = self._judging[number] = (decision, told)
        return held[1]

    def forget(self, number: int) -> None:
        """Keep the state behind the verdicts on a trial's run, which has ended, for a later decision's run."""
        held = self._judging.pop(number, None)
        if held is not None:
            self._idle.append(held[1])


def as_trial(number: int, proposal: Proposal) -> Trial:
    """Return a proposal as a pending trial."""
    return Trial(
        number=number,
        state=TrialState.RUNNING,
        params=proposal.config,
        by=proposal.by,
        reasons=proposal.reasons,
        memo=proposal.memo,
    )

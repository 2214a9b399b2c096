"""Ask and tell: the same life of a trial for a program that runs its own loop."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, final

from tunesmith.core import events as ev
from tunesmith.core.jobs import Discovered, Finished, Message, Noticed, Report, Saved
from tunesmith.core.objective import Returned, read_returned
from tunesmith.core.protocols import Finish, Verdict, Wait
from tunesmith.core.trial import TrialState
from tunesmith.errors import ConflictError, InvalidArgumentError, LostTrialError, SpaceExhaustedError
from tunesmith.study.closing import Standing, close
from tunesmith.study.discovery import declared_space, discover
from tunesmith.study.handle import Files, RunHandle
from tunesmith.study.judging import UNJUDGED, Judgement, judge
from tunesmith.study.notes import note
from tunesmith.study.reaping import LONG_LEASE, reap
from tunesmith.study.tasks import make_task
from tunesmith.study.tickets import drop, settle, take

if TYPE_CHECKING:
    from tunesmith.space import Space
    from tunesmith.study.log import Log
    from tunesmith.study.mind import Mind

__all__ = ["Asking"]


@final
@dataclass(slots=True)
class _Asked:
    """A run that was asked for and not told yet; it is the channel of its handle."""

    asking: Asking
    trial: int
    run: int
    began: float
    handle: RunHandle | None = None
    judged: Judgement = UNJUDGED

    def send(self, message: Message) -> None:
        """Write what the handle says into the log, at once."""
        log = self.asking.log
        if isinstance(message, Report):
            self.judged = judge(log, self.asking.mind, self.trial, self.run, message)
        elif isinstance(message, (Noticed, Saved)):
            note(log, self.trial, self.run, message)
        elif isinstance(message, Discovered):
            discover(log, self.trial, message.name, message.domain)

    def verdict(self) -> Verdict:
        """Return the verdict on the last report."""
        return self.judged.verdict


@final
@dataclass(slots=True)
class Asking:
    """The open asks of one study object in one process.

    Attributes:
        log: the study's log.
        mind: sampler and pruner.
        worker: our name in claims.
        space: the declared space with its objects, None for define-by-run.
        discover: whether undeclared names may be met.
        folder: of artifacts; `files` opens it.
    """

    log: Log
    mind: Mind
    worker: str
    space: Space | None
    discover: bool
    folder: str | None = None
    files: Files | None = None
    open: dict[int, _Asked] = field(default_factory=dict)
    announced: bool = False
    _beaten: float = -1e9

    def ask(self) -> RunHandle:
        """Open a run and return its handle.

        Raises:
            SpaceExhaustedError: there is nothing to propose (any more, or before a pending trial is told).
        """
        self._keep_alive()
        settled = self._settle()
        while isinstance(settled, ev.Proposed) and self.log.ledger.running.get(settled.trial) != settled.run:
            settled = self._settle()  # a queued config that no longer belongs to the space has failed at once
        if not isinstance(settled, ev.Proposed):
            raise SpaceExhaustedError(f"nothing to ask: {settled.why or 'tell a pending trial first'}")
        asked = _Asked(self, settled.trial, settled.run, time.monotonic())
        task = make_task(self.log, settled, self.folder)
        space, metrics = declared_space(task.space, self.space), self.log.ledger.metrics
        handle = RunHandle(task, asked, space, metrics, discover=self.discover, files=self.files)
        asked.handle = handle
        self.open[settled.trial] = asked
        return handle

    def _settle(self) -> ev.Proposed | Wait | Finish:
        ticket = take(self.log, self.worker)
        try:
            return settle(self.log, self.mind, ticket, self.worker)
        except LostTrialError:
            raise
        except BaseException:
            drop(self.log, ticket, "its worker met an error")
            raise

    def _keep_alive(self) -> None:
        now = time.monotonic()
        if now - self._beaten > 60:
            self._beaten = now
            self.log.store.beat(self.log.name, self.worker, LONG_LEASE)
            reap(self.log, self.worker)

    def tell(self, trial: RunHandle | int, values: Any, state: TrialState | str | None) -> int:
        """Close the run of an asked trial; return the trial's number.

        Raises:
            InvalidArgumentError: the trial is not open.
            LostTrialError: somebody else closed the run before (its lease had run out).
        """
        number = trial if isinstance(trial, int) else trial.number
        asked = self.open.get(number) or self._adopt(number)
        last = self._finished(asked, values, state)
        standing = Standing(asked.judged, "", time.monotonic() - asked.began)
        event = close(self.log.ledger, number, asked.run, last, standing)
        self.open.pop(number, None)
        try:
            self.log.append(event)
        except ConflictError:
            self.log.sync()
            raise LostTrialError(f"trial {number}, run {asked.run} was closed by somebody else") from None
        self.mind.forget(number)
        return number

    def _adopt(self, number: int) -> _Asked:
        """Find a run that another process, or an earlier life of this one, has opened."""
        ledger = self.log.sync()
        if not 0 <= number < len(ledger.records):
            raise InvalidArgumentError(f"tell: there is no trial {number}; the study has {len(ledger.records)}")
        run = ledger.running.get(number)
        if run is None:
            state = ledger.records[number].state
            raise InvalidArgumentError(f"tell: trial {number} is {state}, only a running trial can be told")
        return _Asked(self, number, run, time.monotonic())

    def _finished(self, asked: _Asked, values: Any, state: TrialState | str | None) -> Finished:
        wanted = None if state is None else _read_state(state)
        name = f"{asked.trial}/{asked.run}"
        extra: dict[str, Any] = {}
        if asked.handle is not None:
            suggestions = asked.handle.suggestions
            extra = {"drawn": suggestions.drawn, "dropped": suggestions.dropped()}
        if wanted is TrialState.PRUNED:
            return Finished(handle=name, reason="pruned", **extra)
        if wanted is TrialState.FAILED:
            return Finished(handle=name, reason="told", message="told as failed", **extra)
        read: Returned = read_returned(values, self.log.ledger.metrics)
        if read.values is None:
            message = read.message.replace("the objective returned", "tell got")
            return Finished(handle=name, reason=read.reason, message=message, metrics=dict(read.metrics), **extra)
        return Finished(
            handle=name,
            reason="returned",
            values=read.values,
            metrics=dict(read.metrics),
            message=read.warning,
            **extra,
        )


def _read_state(state: TrialState | str) -> TrialState:
    name = getattr(state, "name", state)
    text = str(name).lower().replace("fail", "failed") if str(name).lower() == "fail" else str(name).lower()
    if text not in ("complete", "pruned", "failed"):
        raise InvalidArgumentError(f"tell: state must be 'complete', 'pruned' or 'failed', got {state!r}")
    return TrialState(text)

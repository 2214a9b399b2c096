"""Ask and tell: the same life of a trial for a program that runs its own loop.

A trial is asked for here and may be told anywhere: the run belongs to a holder that is no process, with a lease of
seven days, so that a program may ask, hand the trial's number to a job queue, and end.
"""

from __future__ import annotations

import numbers
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, final

from tunesmith.core import events as ev
from tunesmith.core.jobs import Discovered, Finished, Message, Noticed, Report, Saved
from tunesmith.core.objective import Returned, read_returned
from tunesmith.core.protocols import Finish, Verdict, Wait
from tunesmith.core.trial import TrialState
from tunesmith.core.worker import new_worker
from tunesmith.errors import ConflictError, InvalidArgumentError, LostTrialError, SpaceExhaustedError
from tunesmith.space import Space
from tunesmith.study.closing import Standing, close, lose
from tunesmith.study.discovery import declared_space, discover
from tunesmith.study.handle import Files, RunHandle
from tunesmith.study.judging import UNJUDGED, Judgement, judge
from tunesmith.study.mind import Limits
from tunesmith.study.notes import doubt, note
from tunesmith.study.reaping import LONG_LEASE, reap
from tunesmith.study.tasks import make_task
from tunesmith.study.tickets import drop, settle, take

if TYPE_CHECKING:
    from tunesmith.study.log import Log
    from tunesmith.study.mind import Mind
    from tunesmith.study.running import Ground

__all__ = ["Asking", "open_asking"]

_RENEWAL: Final = 60.0
"""Seconds between two renewals of the leases of a program that asks and tells."""


def _new_holder() -> str:
    """Return a name that holds asked runs; it names no process, so nothing but its lease says whether it is gone."""
    return f"asked/{secrets.token_hex(8)}"


@final
@dataclass(slots=True)
class _Asked:
    """A run that was asked for and not told yet; it is the channel of its handle.

    `began` is None when this process does not know when the run began; the log does.
    """

    asking: Asking
    trial: int
    run: int
    began: float | None = None
    handle: RunHandle | None = None
    judged: Judgement = UNJUDGED

    def send(self, message: Message) -> None:
        """Write what the handle says into the log, at once."""
        log = self.asking.log
        if isinstance(message, Report):
            self.asking.renew()
            self.judged = judge(log, self.asking.mind, self.trial, self.run, message)
        elif isinstance(message, (Noticed, Saved)):
            note(log, self.trial, self.run, message)
        elif isinstance(message, Discovered):
            discover(log, self.trial, message.name, message.domain)

    def verdict(self) -> Verdict:
        """Return the verdict on the last report."""
        return self.judged.verdict

    def met(self, name: str, value: Any) -> None:
        """Write down a value that the log does not know yet: whoever tells the trial may be another process."""
        self.asking.log.append(ev.Noted(trial=self.trial, run=self.run, key=name, value=value, met=True))

    def standing(self) -> Standing:
        """Return what is known of the run besides the log."""
        return Standing(self.judged, "", 0.0 if self.began is None else time.monotonic() - self.began)


@final
@dataclass(slots=True)
class Asking:
    """The open asks of one study object in one process.

    Attributes:
        log: the study's log.
        mind: sampler and pruner.
        worker: our name in claims, and in runs that end with this process.
        holder: our name in runs that any process may tell.
        space: the declared space with its objects, None for define-by-run.
        discover: whether undeclared names may be met.
        folder: of artifacts; `files` opens it.
    """

    log: Log
    mind: Mind
    worker: str
    holder: str
    space: Space | None
    discover: bool
    folder: str | None = None
    files: Files | None = None
    open: dict[int, _Asked] = field(default_factory=dict)
    announced: bool = False
    _beaten: float = -1e9

    def ask(self, *, told_here: bool = False) -> RunHandle:
        """Open a run and return its handle.

        Args:
            told_here: the run ends with this process, and is then made again.

        Raises:
            SpaceExhaustedError: there is nothing to propose (any more, or before a pending trial is told).
        """
        if self.renew():
            reap(self.log, self.worker)
            running = self.log.ledger.running  # what others have told need not be remembered
            self.open = {n: asked for n, asked in self.open.items() if running.get(n) == asked.run}
        holder = self.worker if told_here else self.holder
        settled = self._settle(holder)
        while isinstance(settled, ev.Proposed) and self.log.ledger.running.get(settled.trial) != settled.run:
            settled = self._settle(holder)  # a queued config that no longer belongs to the space has failed at once
        if not isinstance(settled, ev.Proposed):
            raise SpaceExhaustedError(f"nothing to ask: {settled.why or 'tell a pending trial first'}")
        asked = _Asked(self, settled.trial, settled.run, time.monotonic())
        task = make_task(self.log, settled, self.folder)
        space, metrics = declared_space(task.space, self.space), self.log.ledger.metrics
        handle = RunHandle(task, asked, space, metrics, discover=self.discover, files=self.files)
        if not told_here:
            handle.suggestions.met = asked.met
        asked.handle = handle
        self.open[settled.trial] = asked
        return handle

    def _settle(self, holder: str) -> ev.Proposed | Wait | Finish:
        ticket = take(self.log, self.worker)
        try:
            return settle(self.log, self.mind, ticket, holder)
        except LostTrialError:
            raise
        except BaseException:
            drop(self.log, ticket, "its worker met an error")
            raise

    def renew(self) -> bool:
        """Renew our leases where it is time, and return whether it was."""
        now = time.monotonic()
        if now - self._beaten <= _RENEWAL:
            return False
        self._beaten = now
        for name in (self.worker, self.holder):
            self.log.store.beat(self.log.name, name, LONG_LEASE)
        return True

    def tell(self, trial: RunHandle | int, values: Any, state: TrialState | str | None) -> int:
        """Close the run of an asked trial, here or elsewhere asked for; return the trial's number.

        Raises:
            InvalidArgumentError: the trial is not open.
            LostTrialError: somebody else closed the run before.
        """
        number = _number_of(trial)
        wanted = None if state is None else _read_state(state)
        asked = self.open.get(number) or self._adopt(trial, number)
        if isinstance(trial, RunHandle) and trial.run != asked.run:
            raise LostTrialError(f"trial {number}, run {trial.run} has been closed; run {asked.run} is open now")
        event = self._closing(asked, values, wanted)
        self.open.pop(number, None)
        try:
            self.log.append(event)
        except ConflictError:
            self.log.sync()
            raise LostTrialError(f"trial {number}, run {asked.run} was closed by somebody else") from None
        self.mind.forget(number)
        return number

    def _adopt(self, trial: RunHandle | int, number: int) -> _Asked:
        """Find a run that another process, or an earlier life of this one, has opened."""
        ledger = self.log.sync()
        if not 0 <= number < len(ledger.records):
            raise InvalidArgumentError(f"tell: there is no trial {number}; the study has {len(ledger.records)}")
        run = ledger.running.get(number)
        if run is None:
            state = ledger.records[number].state
            raise InvalidArgumentError(f"tell: trial {number} is {state}, only a running trial can be told")
        handle = trial if isinstance(trial, RunHandle) else None
        return _Asked(self, number, run, handle=handle)

    def _closing(self, asked: _Asked, values: Any, wanted: TrialState | None) -> ev.Closed:
        ledger = self.log.ledger
        if wanted is not TrialState.WAITING:
            last = self._finished(asked, values, wanted)
            return close(ledger, asked.trial, asked.run, last, asked.standing())
        if values is not None:
            raise InvalidArgumentError(f"tell: state='waiting' gives a trial back and takes no value, got {values!r}")
        return lose(ledger, asked.trial, asked.run, "released", "given back", standing=asked.standing())

    def _finished(self, asked: _Asked, values: Any, wanted: TrialState | None) -> Finished:
        name = f"{asked.trial}/{asked.run}"
        extra = self._values_met(asked)
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

    def _values_met(self, asked: _Asked) -> dict[str, Any]:
        """Return what was drawn by define-by-run, and which proposed names nobody asked for."""
        if asked.handle is not None:
            suggestions = asked.handle.suggestions
            doubt(self.log, suggestions.doubts)
            return {"drawn": suggestions.drawn, "dropped": suggestions.dropped(), "doubts": suggestions.doubts}
        record, created = self.log.ledger.records[asked.trial], self.log.ledger.created
        if not record.met or created is None:
            return {}
        space = Space.from_dict(self.log.ledger.edited or created.space)
        known = {*record.met, *created.space, *(name for name in space.names if not space[name].optional)}
        return {"dropped": tuple(name for name in record.config if name not in known)}


def open_asking(ground: Ground) -> Asking:
    """Return the asks of a study object, none open yet."""
    return Asking(
        ground.log,
        ground.make_mind(Limits()),
        str(new_worker()),
        _new_holder(),
        ground.space,
        ground.discover,
        ground.folder,
        None if ground.folder is None else ground.wiring.open_files(ground.folder),
    )


def _number_of(trial: Any) -> int:
    """Return the number of a handle, of a record, or of what is a whole number itself.

    Raises:
        InvalidArgumentError: it is neither.
    """
    number = trial if isinstance(trial, numbers.Integral) else getattr(trial, "number", None)
    if isinstance(number, bool) or not isinstance(number, numbers.Integral):
        raise InvalidArgumentError(f"tell needs the trial that ask returned, or its number, got {trial!r}")
    return int(number)


def _read_state(state: TrialState | str) -> TrialState:
    name = getattr(state, "name", state)
    text = str(name).lower().replace("fail", "failed") if str(name).lower() == "fail" else str(name).lower()
    if text not in ("complete", "pruned", "failed", "waiting"):
        raise InvalidArgumentError(f"tell: state must be 'complete', 'pruned', 'failed' or 'waiting', got {state!r}")
    return TrialState(text)

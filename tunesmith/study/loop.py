"""The loop: fills an executor's slots with runs, passes messages into the log, and answers reports.

It never thinks (the mind does), never carries (the executor does) and remembers nothing that the log does not hold,
except which of its own runs are open.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, final

from tunesmith.core import events as ev
from tunesmith.core.jobs import (
    Discovered,
    Executor,
    Finished,
    Job,
    Limits,
    Lost,
    Message,
    Noticed,
    Output,
    Report,
    Saved,
)
from tunesmith.core.protocols import Finish, Verdict, Wait
from tunesmith.errors import (
    ConflictError,
    InvalidSpaceError,
    LostTrialError,
    StoreError,
    TooManyFailuresError,
    TransportError,
)
from tunesmith.study.closing import Standing, close, lose, misfit
from tunesmith.study.discovery import discover
from tunesmith.study.failures import Failures
from tunesmith.study.judging import UNJUDGED, Judgement, judge
from tunesmith.study.names import merge_met
from tunesmith.study.notes import doubt, note
from tunesmith.study.reaping import LEASE, LONG_LEASE, RENEWAL, reap
from tunesmith.study.summary import all_begun
from tunesmith.study.tasks import make_task
from tunesmith.study.tickets import Ticket, drop, settle, take

if TYPE_CHECKING:
    from tunesmith.study.ledger import Ledger
    from tunesmith.study.log import Log
    from tunesmith.study.mind import Mind
    from tunesmith.study.stopping import StopRule
    from tunesmith.study.target import Target

__all__ = ["Loop", "Terms"]

_LOGGER = logging.getLogger("tunesmith")
_TAIL: Final = 65536
_REAP_EVERY: Final = 2.0


@final
@dataclass(frozen=True)
class Terms:
    """What one `optimize` call agreed on, besides what the mind knows."""

    timeout: float | None = None
    limits: Limits = field(default_factory=Limits)
    resources: dict[str, float] = field(default_factory=dict)
    stop: tuple[StopRule, ...] = ()
    max_failures: int | None = 10
    forgiven: tuple[type[BaseException], ...] = ()
    folder: str | None = None
    closed: Callable[[int], None] = lambda _number: None
    tick: Callable[[], None] = lambda: None


@final
@dataclass(slots=True)
class _Open:
    """One of our open runs, besides what the log says of it."""

    trial: int
    run: int
    began: float
    judged: Judgement = UNJUDGED
    output: str = ""
    refused: dict[str, str] = field(default_factory=dict)

    def standing(self) -> Standing:
        return Standing(self.judged, self.output, time.monotonic() - self.began)


@final
class Loop:
    """Drives one objective on one executor until the study has what was asked for.

    Args:
        log: the study's log.
        mind: sampler and pruner.
        executor: carries the runs.
        target: what the executor calls.
        worker: our name in leases and claims.
        terms: limits, stop rules, callbacks.
    """

    def __init__(self, log: Log, mind: Mind, executor: Executor, target: Target, *, worker: str, terms: Terms) -> None:
        self.log, self.mind, self.executor, self.target = log, mind, executor, target
        self.worker, self.terms = worker, terms
        self.open: dict[str, _Open] = {}
        self.ended = ""
        self._ticket: Ticket | None = None
        self._waited = (-1, -1, -1)
        self._why = ""
        self._began = time.monotonic()
        self._renewed = self._reaped = -1e9
        self._failures = Failures(terms.max_failures, terms.forgiven)
        self._requests = len(log.ledger.requests)
        self._in_process = executor.in_process

    # ------------------------------------------------------------------ the whole

    def run(self) -> str:
        """Run until nothing is left to do; return why it ended.

        Raises:
            TooManyFailuresError: `max_failures` trials failed in a row; nothing is lost, the study can go on.
            TransportError: the objective cannot travel to a child process.
            KeyboardInterrupt: passed on after open runs were given back to the queue.
        """
        try:
            self._keep_alive()
            while self._step():
                pass
        except BaseException:
            self._release("interrupted by its user or by an error of the loop")
            raise
        finally:
            self._leave()
        if self._failures.cause:
            raise TooManyFailuresError(self._failures.cause)
        return self.ended

    def _step(self) -> bool:
        self._keep_alive()
        self._obey()
        if not self.ended:
            self._fill()
        if not self.open:
            if self.ended:
                return False
            if self._idle():
                return False
        self.terms.tick()
        for message in self.executor.receive(0.05 if self._waiting_for_others() else 0.5) if self.open else ():
            self._deliver(message)
        return True

    def _idle(self) -> bool:
        """Whether there is nothing left to do; else wait a moment for what other workers do."""
        ledger = self.log.sync()
        others = ledger.busy()
        in_vain = self._waited == _mark(ledger)
        up_next = self._up_next()
        if not others and (in_vain or not up_next):
            self.ended = self._why or "nothing is left to do"
            return True
        if self._ticket is None and up_next and not in_vain:
            return False
        time.sleep(0.02)
        return False

    def _waiting_for_others(self) -> bool:
        return len(self.open) < self.executor.slots

    def _up_next(self) -> bool:
        """Whether a trial waits that we may run."""
        return self.log.ledger.next_waiting(self.mind.limits.n_trials) is not None

    # ------------------------------------------------------------------ starting runs

    def _fill(self) -> None:
        while len(self.open) < self.executor.slots and not self.ended:
            if self._out_of_time() or not self._next():
                return

    def _out_of_time(self) -> bool:
        timeout = self.terms.timeout
        if timeout is not None and time.monotonic() - self._began >= timeout:
            self.ended = f"the timeout of {timeout:g} seconds has passed"
            return True
        return False

    def _next(self) -> bool:
        """Open one run; False when none can be opened now."""
        lag = self.mind.limits.lag
        ledger = self.log.ledger
        if self._ticket is None:
            if not self._may_claim():
                return False
            self._ticket = take(self.log, self.worker)
        ticket = self._ticket
        if lag is not None and not ledger.ready(ticket.decision, lag):
            self.log.sync()
            if not ledger.ready(ticket.decision, lag):
                return False
        if self._stopped_by_rule(ticket):
            return False
        self._ticket = None
        try:
            settled = settle(self.log, self.mind, ticket, self.worker)
        except LostTrialError as lost:
            _LOGGER.warning("%s; going on", lost)
            return True
        except BaseException:
            drop(self.log, ticket, "its worker met an error")
            raise
        if isinstance(settled, ev.Proposed):
            self._start(settled)
            return True
        return self._nothing(settled, ticket)

    def _nothing(self, settled: Wait | Finish, ticket: Ticket) -> bool:
        ledger = self.log.ledger
        if isinstance(settled, Finish):
            self.ended = settled.why or "the plan of the pruner is at its end"
            return False
        cutoff = self.mind.cutoff(ticket.decision)
        if cutoff is not None and ledger.last_run > cutoff:
            return True  # under a lag, waiting is a decision like any other, and the next one sees more
        self._waited, self._why = _mark(ledger), settled.why
        if not ledger.busy() and not self._up_next():
            self.ended = settled.why or "nothing is left to do"
        return False

    def _may_claim(self) -> bool:
        ledger = self.log.sync()
        lag = self.mind.limits.lag
        if lag is not None and not ledger.ready(ledger.decisions, lag):
            ledger = self.log.sync()
            if not ledger.ready(ledger.decisions, lag):
                return False
        if self._up_next():
            return self._waited != _mark(ledger)
        if self.mind.full(ledger) and not ledger.paused:
            if not ledger.busy():
                self.ended = all_begun(ledger)
            return False
        if lag is None and self._full_with_tickets():
            return False
        return self._waited != _mark(ledger)

    def _full_with_tickets(self) -> bool:
        """Whether the open tickets of others may use up all numbers; then thinking would be in vain."""
        limit = self.mind.limits.n_trials
        ledger = self.log.ledger
        return limit is not None and bool(ledger.tickets) and ledger.begun + len(ledger.tickets) >= limit

    def _stopped_by_rule(self, ticket: Ticket) -> bool:
        if not self.terms.stop:
            return False
        ledger = self.log.ledger
        history = self.mind.history(ledger, ticket.decision)
        for rule in self.terms.stop:
            why = rule(history, ledger.directions)
            if why:
                self.ended = why
                drop(self.log, ticket, why)
                self._ticket = None
                return True
        return False

    def _start(self, opened: ev.Proposed) -> None:
        ledger = self.log.ledger
        handle = f"{opened.trial}/{opened.run}"
        known = self.mind.space(ledger, ledger.records[opened.trial].decision)
        task = make_task(self.log, opened, self.terms.folder, known)
        job = Job(task, self.target, self.terms.limits, self.terms.resources, self._deliver)
        if ledger.running.get(opened.trial) == opened.run:
            self.open[handle] = _Open(opened.trial, opened.run, time.monotonic())
            self.executor.start(job)

    # ------------------------------------------------------------------ messages

    def _deliver(self, message: Message) -> Verdict | None:
        """Take one message of a run into the log; return the verdict when it is a report."""
        run = self.open.get(message.handle)
        if run is None:
            return Verdict.STOP if isinstance(message, Report) else None
        if isinstance(message, Report):
            return self._report(run, message)
        if isinstance(message, Output):
            run.output = (run.output + message.text)[-_TAIL:]
        elif isinstance(message, (Noticed, Saved)):
            note(self.log, run.trial, run.run, message)
        elif isinstance(message, Discovered):
            self._discover(run, message)
        elif isinstance(message, Lost) and message.reason == "transport":
            raise TransportError(message.message)  # no run of this objective can begin: all are given back
        else:
            self._close(message.handle, run, message)
        return None

    def _discover(self, run: _Open, met: Discovered) -> None:
        """Let a name join the space; one that cannot (it had another type before) fails its trial, not the study."""
        try:
            decided = self.mind.space(self.log.ledger, self.log.ledger.records[run.trial].decision)
            lagging = self.mind.limits.lag is not None and merge_met(decided, met.domain) is not decided
            discover(self.log, run.trial, met.name, met.domain, always=lagging)
        except InvalidSpaceError as error:
            run.refused[met.name] = str(error)

    def _report(self, run: _Open, message: Report) -> Verdict:
        run.judged = judge(self.log, self.mind, run.trial, run.run, message)
        self.executor.send(message.handle, run.judged.verdict)
        return run.judged.verdict

    def _close(self, handle: str, run: _Open, last: Finished | Lost) -> None:
        del self.open[handle]
        self.mind.forget(run.trial)
        kinds = last.kinds if isinstance(last, Finished) else ()
        doubt(self.log, last.doubts if isinstance(last, Finished) else {})
        if run.refused:
            last = misfit(last, run.refused)
        self._append_closing(run, close(self.log.ledger, run.trial, run.run, last, run.standing()), kinds)

    def _append_closing(self, run: _Open, event: ev.Closed, kinds: tuple[str, ...]) -> None:
        try:
            self.log.append(event)
        except ConflictError:
            self.log.sync()
            _LOGGER.warning(
                "trial %d, run %d: closed by somebody else (its lease ran out); its result was not written",
                run.trial,
                run.run,
            )
            return
        self._failures.count(event, kinds)
        self.ended = self._failures.cause or self.ended
        if event.state != "waiting":
            self.terms.closed(run.trial)

    # ------------------------------------------------------------------ life and end

    def _keep_alive(self) -> None:
        now = time.monotonic()
        if now - self._renewed >= RENEWAL:
            self._renewed = now
            self.log.store.beat(self.log.name, self.worker, LONG_LEASE if self._in_process else LEASE)
        if now - self._reaped >= _REAP_EVERY:
            self._reaped = now
            reap(self.log, self.worker)

    def _obey(self) -> None:
        requests = self.log.ledger.requests
        for request in requests[self._requests :]:
            if request.action == "stop" and request.trial is None and not self.ended:
                self.ended = request.why or "a stop was requested"
        self._requests = len(requests)

    def _release(self, why: str) -> None:
        """Give open runs back to the queue: nothing is lost, they run again."""
        for handle, run in list(self.open.items()):
            del self.open[handle]
            self.executor.kill(handle, "released")
            event = lose(self.log.ledger, run.trial, run.run, "released", why, standing=run.standing())
            with contextlib.suppress(StoreError):  # closed by somebody else; or the store fails, and we are left over
                self.log.append(event)

    def _leave(self) -> None:
        """Give everything back; what a failing store does not take, whoever comes next finds as left over."""
        self.log.left.add(self.worker)
        self.executor.shutdown()
        with contextlib.suppress(StoreError):
            if self._ticket is not None:
                drop(self.log, self._ticket, "its worker left")
            self.log.store.beat(self.log.name, self.worker, 0.0)
            self.mind.keep(self.log.sync())


def _mark(ledger: Ledger) -> tuple[int, int, int]:
    """Return what changes whenever a pruner that waited may have something to decide."""
    return ledger.closings, len(ledger.records), len(ledger.requests)

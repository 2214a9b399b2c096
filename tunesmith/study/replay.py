"""Replay: every decision of a log is derived anew, from the log alone, and compared with what was recorded.

The log says which sampler and pruner each session used (names of our registry with settings), what each decision had
seen, and what came of it. A log from another version or kind of processor may differ in the last digits; the
differences are named, never hidden.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, final

from tunesmith.core import events as ev
from tunesmith.core.protocols import Finish, Verdict, Wait
from tunesmith.core.registry import Absent
from tunesmith.errors import InvalidArgumentError, ReplayError
from tunesmith.study.ledger import Ledger
from tunesmith.study.mind import Limits, Mind, read_fidelity
from tunesmith.study.tickets import Ticket, think

if TYPE_CHECKING:
    from tunesmith.study.wiring import Wiring

__all__ = ["Difference", "replay"]

_BY_PERSON: Final = ("added",)


@final
@dataclass(frozen=True, slots=True)
class Difference:
    """A place where the log and its replay part.

    Attributes:
        position: of the event in the log.
        decision: its number, -1 for a verdict.
        what: one sentence.
    """

    position: int
    decision: int
    what: str


def replay(log: Sequence[ev.Stamped], wiring: Wiring, known: Sequence[Any] = ()) -> list[Difference]:
    """Return the differences between the recorded decisions and those derived anew, in log order.

    Args:
        log: every event of the study.
        wiring: makes the samplers and pruners that the log names.
        known: samplers and pruners that only the program has.

    Raises:
        ReplayError: the log names a sampler or pruner that is neither ours nor among the known ones.
    """
    return _Replay(log, wiring, known).run()


@final
class _Replay:
    """Walks a log once; `self.ledger` always stands where the decision under test stood."""

    def __init__(self, log: Sequence[ev.Stamped], wiring: Wiring, known: Sequence[Any]) -> None:
        self.log = list(log)
        self.wiring = wiring
        self.known = [part for part in known if not isinstance(part, Absent)]
        self.ledger = Ledger()
        self.minds: dict[str, Mind] = {}
        self.applied = 0
        self.found: list[Difference] = []
        self.verdicts: dict[tuple[int, int], tuple[Verdict, int]] = {}
        self.tickets: dict[int, tuple[int, str]] = {}

    def run(self) -> list[Difference]:
        """Check decisions in the order of what they had seen, and verdicts in the order of the log."""
        for stamped in self.log:
            if isinstance(stamped.event, ev.Session):
                self._session(stamped.event)
        due = [(stamped, event) for stamped in self.log if (event := _thought(stamped.event)) is not None]
        due.sort(key=lambda pair: (pair[1].seen, pair[0].position))
        worker_of = {s.position: s.event.worker for s in self.log if isinstance(s.event, ev.Claimed)}
        for stamped, event in due:
            self._apply_to(event.seen)
            self._decision(stamped, event, worker_of.get(event.ticket or -1, ""))
        self._apply_to(self.log[-1].position if self.log else 0)
        return sorted(self.found, key=lambda d: d.position)

    def _session(self, event: ev.Session) -> None:
        plan = event.limits
        limits = Limits(plan.get("n_trials"), plan.get("timeout"), event.lag, read_fidelity(plan))
        sampler = self._part(event.sampler, self.wiring.make_sampler)
        mind = Mind(sampler, self._part(event.pruner, self.wiring.make_pruner), limits)
        self.minds[event.worker] = mind
        if "holder" in event.executor:
            self.minds[event.executor["holder"]] = mind

    def _part(self, record: dict[str, Any], make: Callable[[Any], Any]) -> Any:
        """Return the sampler or pruner that a session names."""
        for part in self.known:
            if self.wiring.describe(part) == record:
                return part
        try:
            return make(record)
        except InvalidArgumentError as error:
            raise ReplayError(f"the log cannot be replayed here: {error}") from error

    def _apply_to(self, position: int) -> None:
        while self.applied < len(self.log) and self.log[self.applied].position <= position:
            stamped = self.log[self.applied]
            self.applied += 1
            if isinstance(stamped.event, ev.Closed):
                self._ending(stamped, stamped.event)
            self.ledger.apply(stamped)
            if isinstance(stamped.event, ev.Reported):
                self._verdict(stamped.event)

    def _decision(self, stamped: ev.Stamped, event: ev.Proposed | ev.Passed, worker: str) -> None:
        mind = self.minds.get(worker)
        ticket = event.ticket if event.ticket is not None else -1
        if mind is None or ticket not in self.ledger.decision_of:
            self._differ(stamped, -1, "the session of this decision is not in the log")
            return
        decision = self.ledger.decision_of[ticket]
        thought = think(self.ledger, mind, Ticket(ticket, decision), worker)
        if isinstance(event, ev.Proposed) and isinstance(thought, ev.Proposed):
            self._opening(stamped, decision, event, thought)
        elif (was := _did(event)) != (now := _did(thought)):
            self._differ(stamped, decision, f"the log {was}, the replay {now}")

    def _opening(self, stamped: ev.Stamped, decision: int, event: ev.Proposed, thought: ev.Proposed) -> None:
        fields = ("config", "budget", "by", "run", "parent", *(("trial",) if event.run > 1 else ()))
        for field in fields:
            logged, derived = getattr(event, field), getattr(thought, field)
            if logged != derived:
                self._differ(
                    stamped, decision, f"trial {event.trial}: {field} was {logged!r}, the replay has {derived!r}"
                )
                return

    def _differ(self, stamped: ev.Stamped, decision: int, what: str) -> None:
        self.found.append(Difference(stamped.position, decision, what))

    def _verdict(self, event: ev.Reported) -> None:
        if self.ledger.running.get(event.trial) != event.run:
            return
        mind = self.minds.get(self.ledger.records[event.trial].runs[-1].worker)
        if mind is not None:
            step = event.points[-1][0]
            self.verdicts[event.trial, event.run] = (mind.judge(self.ledger, event.trial), step)

    def _ending(self, stamped: ev.Stamped, event: ev.Closed) -> None:
        """Compare an end that the pruner decided with the verdict derived anew."""
        if event.by != "pruner":
            return
        derived, step = self.verdicts.get((event.trial, event.run), (Verdict.GO_ON, -1))
        expected = Verdict.PAUSE if event.state == "paused" else Verdict.STOP
        if derived is not expected:
            self._differ(stamped, -1, f"trial {event.trial}: {event.state} at step {step}, the replay says {derived}")


def _thought(event: ev.Event) -> ev.Proposed | ev.Passed | None:
    """Return a decision of sampler and pruner; None for what came from outside or was settled without asking them."""
    if isinstance(event, ev.Proposed):
        return None if event.ticket is None else event
    return event if isinstance(event, ev.Passed) and event.decided else None


def _did(thing: ev.Proposed | ev.Passed | Wait | Finish) -> str:
    """Say what was decided, the same for what the log holds and for what is derived anew."""
    if isinstance(thing, ev.Proposed):
        return "opened a run" if thing.run > 1 else "began a trial"
    waited = thing.decided == "wait" if isinstance(thing, ev.Passed) else isinstance(thing, Wait)
    return "waited" if waited else "finished"

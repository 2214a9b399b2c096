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
from tunesmith.core.protocols import Begin, Finish, Resume, Verdict, Wait
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
        due = sorted(
            (s for s in self.log if isinstance(s.event, ev.Proposed) and s.event.ticket is not None),
            key=lambda s: (s.event.seen, s.position),  # type: ignore[union-attr]
        )
        worker_of = {s.position: s.event.worker for s in self.log if isinstance(s.event, ev.Claimed)}
        for stamped in due:
            event = stamped.event
            if isinstance(event, ev.Proposed) and event.ticket is not None:
                self._apply_to(event.seen)
                self._decision(stamped, event, worker_of[event.ticket])
        self._apply_to(self.log[-1].position if self.log else 0)
        return sorted(self.found, key=lambda d: d.position)

    def _session(self, event: ev.Session) -> None:
        plan = event.limits
        limits = Limits(plan.get("n_trials"), plan.get("timeout"), event.lag, read_fidelity(plan))
        sampler = self._part(event.sampler, self.wiring.make_sampler)
        self.minds[event.worker] = Mind(sampler, self._part(event.pruner, self.wiring.make_pruner), limits)

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

    def _decision(self, stamped: ev.Stamped, event: ev.Proposed, worker: str) -> None:
        mind = self.minds.get(worker)
        ticket = event.ticket if event.ticket is not None else -1
        if mind is None or ticket not in self.ledger.decision_of:
            self._differ(stamped, -1, "the session of this decision is not in the log")
            return
        decision = self.ledger.decision_of[ticket]
        thought = think(self.ledger, mind, Ticket(ticket, decision), worker)
        if not isinstance(thought, ev.Proposed):
            self._differ(stamped, decision, f"the log opened trial {event.trial}, the replay would {_name(thought)}")
            return
        for field in ("config", "budget", "by", "run", "parent"):
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


def _name(assignment: Begin | Resume | Wait | Finish | Any) -> str:
    return {"Wait": "wait", "Finish": "finish"}.get(type(assignment).__name__, type(assignment).__name__)

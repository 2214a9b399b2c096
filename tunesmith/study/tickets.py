"""Tickets: how a worker comes by a run. It claims first, then reads the log up to its claim, then thinks.

Because a claim is never refused, any number of hosts can ask at once and none computes what another throws away. What
is scarce (a trial's number, a run, a promotion) is a key of the event that takes it; whoever comes second re-reads the
log and thinks again, with the same ticket and the same randomness.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from tunesmith.core import events as ev
from tunesmith.core.attributes import copied
from tunesmith.core.protocols import Begin, Exhausted, Finish, Proposal, Resume, Wait
from tunesmith.errors import ConflictError, InvalidConfigError, LostTrialError
from tunesmith.seeding import stream
from tunesmith.study.filling import fill

if TYPE_CHECKING:
    from tunesmith.study.ledger import Ledger
    from tunesmith.study.log import Log
    from tunesmith.study.mind import Mind

__all__ = ["Ticket", "drop", "settle", "take", "think"]

_MISFIT: Final = "invalid"


class Ticket(NamedTuple):
    """A claim: its position in the log, and the number of the decision that it stands for."""

    position: int
    decision: int


def take(log: Log, worker: str) -> Ticket:
    """Append a claim and bring the ledger exactly up to it."""
    with log.lock:
        position = log.append(ev.Claimed(worker=worker))
        return Ticket(position, log.ledger.decision_of[position])


def drop(log: Log, ticket: Ticket, why: str, decided: str = "") -> None:
    """Give a ticket back, with what was decided on the log as it stands; somebody may have done it for us."""
    seen = log.ledger.position if decided else 0
    try:
        log.append(ev.Passed(ticket=ticket.position, why=why, decided=decided, seen=seen))
    except ConflictError:
        log.sync()


def settle(log: Log, mind: Mind, ticket: Ticket, worker: str) -> ev.Proposed | Wait | Finish:
    """Turn a ticket into an open run, or into nothing, and write that down.

    Other threads that share the log wait meanwhile: what a decision has seen is one position of the log, not two.

    Raises:
        LostTrialError: somebody took us for dead and gave the ticket back.
    """
    with log.lock:
        return _settle(log, mind, ticket, worker)


def _settle(log: Log, mind: Mind, ticket: Ticket, worker: str) -> ev.Proposed | Wait | Finish:
    thought = think(log.ledger, mind, ticket, worker)
    while isinstance(thought, ev.Proposed):
        try:
            log.append(thought, *_misfit(thought))
        except ConflictError as conflict:
            ledger = log.sync()
            if conflict.key == f"ticket/{ticket.position}" or ticket.position not in ledger.tickets:
                raise LostTrialError(
                    f"decision {ticket.decision} was given back: this worker was taken for dead"
                ) from None
            thought = _again(ledger, mind, ticket, worker, thought)
        else:
            return thought
    drop(log, ticket, thought.why, "wait" if isinstance(thought, Wait) else "finish")
    return thought


def _misfit(opened: ev.Proposed) -> list[ev.Event]:
    """Return the end of a run that cannot begin, because its queued config no longer belongs to the space."""
    if _MISFIT not in opened.reasons:
        return []
    why = opened.reasons[_MISFIT]
    return [ev.Closed(trial=opened.trial, run=opened.run, state="failed", reason=_MISFIT, message=why)]


def _again(ledger: Ledger, mind: Mind, ticket: Ticket, worker: str, lost: ev.Proposed) -> ev.Proposed | Wait | Finish:
    """Think again after somebody else took the place.

    A new trial needs another number only, unless somebody has begun the very same config since: samplers that take the
    next point of a sequence or a grid would otherwise spend every race on a repeat.
    """
    repeated = any(record.config == lost.config for record in ledger.records[lost.trial :])
    if lost.run > 1 or lost.queued or repeated or ledger.waiting or mind.full(ledger):
        return think(ledger, mind, ticket, worker)
    return msgspec.structs.replace(lost, trial=len(ledger.records))


def think(ledger: Ledger, mind: Mind, ticket: Ticket, worker: str) -> ev.Proposed | Wait | Finish:
    """Return what a ticket comes to, on what the ledger knows; writes nothing."""
    number = ledger.next_waiting(mind.limits.n_trials)
    if number is not None and ledger.records[number].run > 0:
        return _rerun(ledger, number, ticket, worker)
    if number is not None:
        assignment = mind.assign(ledger, ticket.decision, lambda: queued(ledger, mind, ticket.decision, number))
    else:
        assignment = mind.assign(ledger, ticket.decision)
    if isinstance(assignment, Resume):
        return _resume(ledger, assignment, ticket, worker)
    if isinstance(assignment, Begin):
        return _begin(ledger, assignment, ticket, worker, number)
    return assignment


def queued(ledger: Ledger, mind: Mind, decision: int, number: int) -> Proposal:
    """Return the config of a queued trial; what its author left open is filled by the sampler.

    A config that no longer belongs to the space, which was edited in the meantime, comes with what is wrong with it.
    Under a lag the rest is filled as this decision knows the space; what is given may be of one that is wider by now.
    What the sampler wants to read again goes along: as its own where its config was taken whole, else below `part`.
    """
    record = ledger.records[number]
    if record.whole and not ledger.space.problems(record.config):
        return Proposal(dict(record.config), "queue")
    proposal = mind.propose(ledger, decision)
    if isinstance(proposal, Exhausted):
        proposal = Proposal({}, "queue")
    why = ""
    for space in (mind.space(ledger, decision), ledger.space):
        try:
            config = fill(space, record.config, proposal.config, stream(ledger.seed, decision, "fill"))
        except InvalidConfigError as error:
            why = str(error)
        else:
            memo = proposal.memo if not proposal.memo or config == proposal.config else {"part": proposal.memo}
            return Proposal(config, "queue", {"filled_by": proposal.by}, memo)
    return Proposal(dict(record.config), "queue", {_MISFIT: why})


def _rerun(ledger: Ledger, number: int, ticket: Ticket, worker: str) -> ev.Proposed:
    """Open the next run of a trial whose last one was lost or given back: same config, same budget.

    A trial that a person resumes after it has used up its budget gets the next run without a limit: whose plan is to
    go on cannot mean to pause at the next report.
    """
    record = ledger.records[number]
    spent = record.reason == "paused" and record.budget is not None and max(record.reports, default=-1) >= record.budget
    return ev.Proposed(
        ticket=ticket.position,
        trial=number,
        run=record.run + 1,
        config=record.config,
        worker=worker,
        budget=None if spent else record.budget,
        by=record.by,
        seen=ledger.position,
        replicate=record.replicate,
        reasons={"again": record.reason},
    )


def _resume(ledger: Ledger, assignment: Resume, ticket: Ticket, worker: str) -> ev.Proposed:
    record = ledger.records[assignment.trial]
    return ev.Proposed(
        ticket=ticket.position,
        trial=record.number,
        run=record.run + 1,
        config=record.config,
        worker=worker,
        budget=assignment.budget,
        by=record.by,
        seen=ledger.position,
        replicate=record.replicate,
        reasons=_plain(assignment.reasons),
    )


def _begin(ledger: Ledger, assignment: Begin, ticket: Ticket, worker: str, number: int | None) -> ev.Proposed:
    proposal = assignment.proposal
    config = dict(proposal.config)
    if number is None:
        replicate = ledger.replicates.get(ledger.config_key(config), 0) if ledger.replicates else 0
        attrs: dict[str, Any] = {}
    else:
        replicate, attrs = ledger.records[number].replicate, {}
    return ev.Proposed(
        ticket=ticket.position,
        trial=len(ledger.records) if number is None else number,
        run=1,
        config=config,
        worker=worker,
        budget=assignment.budget,
        by=proposal.by,
        reasons=_plain({**proposal.reasons, **assignment.reasons}),
        memo=None if proposal.memo is None else copied(proposal.memo),
        seen=ledger.position,
        replicate=replicate,
        parent=assignment.parent,
        attrs=attrs,
        queued=number is not None,
    )


def _plain(reasons: Mapping[str, Any]) -> dict[str, Any]:
    """Return reasons that share no list and no dict with the sampler's or pruner's own."""
    return copied(reasons)

"""Leases: closing the runs and tickets of workers that are gone, so that anybody can go on with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tunesmith.core import events as ev
from tunesmith.core.worker import is_gone, read_worker
from tunesmith.errors import ConflictError
from tunesmith.study.closing import lose

if TYPE_CHECKING:
    from tunesmith.study.log import Log

__all__ = ["LEASE", "LONG_LEASE", "RENEWAL", "reap"]

LEASE: Final = 30.0
"""Seconds that a worker's sign of life is good for, where a parent process renews it."""

RENEWAL: Final = 5.0
"""Seconds between two renewals."""

LONG_LEASE: Final = 7 * 86400.0
"""Seconds for a worker whose objective runs in its own process, where nobody else could renew; on the same host its
end is seen at once all the same, by its process. Asked trials that any process may tell are held as long, counted from
the last ask or report of the process that asked, and whether that is gone is not looked at."""


def reap(log: Log, own: str) -> int:
    """Close the runs and give back the tickets of workers that are gone; return how many runs were closed.

    A worker is gone when its lease has run out, or at once when it lived on this host and its process is no more.
    Who closes first wins; the others, and the worker itself when it wakes late, get a conflict and go on.
    """
    ledger = log.sync()
    holders = {ledger.records[t].runs[-1].worker for t in ledger.running}
    holders |= {worker for _, worker in ledger.tickets.values()}
    holders.discard(own)
    if not holders:
        return 0
    beats = log.store.beats(log.name)
    dead = {w for w in holders if w in log.left or is_gone(w) or beats.get(w, -1.0) < 0}
    closed = 0
    for number, run in list(ledger.running.items()):
        if ledger.records[number].runs[-1].worker in dead:
            closed += _close(log, number, run)
    for position, (_, worker) in list(ledger.tickets.items()):
        if worker in dead:
            _try(log, ev.Passed(ticket=position, why="its worker is gone"))
    return closed


def _close(log: Log, number: int, run: int) -> int:
    is_process = read_worker(log.ledger.records[number].runs[-1].worker) is not None
    event = lose(log.ledger, number, run, "lost", "its worker is gone" if is_process else "nobody told it in time")
    return int(_try(log, event))


def _try(log: Log, event: ev.Event) -> bool:
    try:
        log.append(event)
    except ConflictError:
        log.sync()
        return False
    return True

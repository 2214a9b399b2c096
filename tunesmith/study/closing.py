"""How a run ends: from the last word of an executor to the event that closes the run."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from tunesmith.core import events as ev
from tunesmith.core.jobs import Finished, Lost
from tunesmith.core.protocols import Verdict
from tunesmith.study.judging import UNJUDGED, Judgement
from tunesmith.study.record import write_metrics

if TYPE_CHECKING:
    from tunesmith.study.ledger import Ledger
    from tunesmith.study.record import Record

__all__ = ["AGAIN", "Standing", "close", "lose", "misfit"]

AGAIN: Final = frozenset({"lost", "interrupted"})
"""Reasons that say little about the config, so that the run is made again: `lost` with its whole worker, `interrupted`
by a kill of its own process while its worker lived."""

WORKERS: Final = 3
"""A trial has failed after `WORKERS * max_attempts` lost runs in a row, of which fewer than `max_attempts` were
interrupted: so a config that takes its worker or the machine down with it ends too."""

_OUTSIDE: Final = (-9, -15, 137, 143)  # SIGKILL and SIGTERM that did not come from us: infrastructure, not the config


class Standing(NamedTuple):
    """What the loop knows of an open run besides the log.

    Attributes:
        judged: the last judgement on its reports.
        output: the tail of what it printed.
        seconds: wall time since its start.
    """

    judged: Judgement = UNJUDGED
    output: str = ""
    seconds: float = 0.0


def close(ledger: Ledger, number: int, run: int, last: Finished | Lost, standing: Standing) -> ev.Closed:
    """Return the event that closes a run after the executor's last message."""
    record = ledger.records[number]
    if isinstance(last, Lost):
        reason = _why_lost(last)
        return lose(ledger, number, run, reason, last.message, standing=standing, usage=last.usage)
    state, by = _state(record, last, standing.judged)
    return ev.Closed(
        trial=number,
        run=run,
        state=state,
        reason="paused" if state == "paused" else last.reason,
        values=last.values if state in ("complete", "paused") else None,
        metrics=write_metrics(last.metrics),
        message=last.message or (standing.judged.why if by else _doubts(ledger, record, last, state)),
        traceback=last.traceback,
        drawn=last.drawn,
        dropped=last.dropped,
        output=standing.output,
        seconds=standing.seconds,
        usage=last.usage,
        by=by,
    )


def _doubts(ledger: Ledger, record: Record, last: Finished, state: str) -> str:
    """Return what is to be said of a result that counts."""
    return "; ".join(filter(None, (_unmeasured(ledger, record, last, state), *last.doubts.values())))


def _unmeasured(ledger: Ledger, record: Record, last: Finished, state: str) -> str:
    """Return a sentence about constraints whose metric was never a finite number; such a trial counts as infeasible."""
    if state != "complete" or not ledger.constraints:
        return ""
    known = {
        *ledger.metrics,
        *last.metrics,
        *record.metrics,
        *(name for named in record.reports.values() for name in named),
    }
    missing = [repr(c.metric) for c in ledger.constraints if c.metric not in known]
    if not missing:
        return ""
    return f"infeasible: {', '.join(missing)} is constrained and was never reported as a finite number"


def misfit(last: Finished | Lost, refused: dict[str, str]) -> Finished | Lost:
    """Return the last word of a run that met names which cannot join the space: its result belongs to no config."""
    if isinstance(last, Lost):
        return last
    drawn = {name: value for name, value in last.drawn.items() if name not in refused}
    return msgspec.structs.replace(
        last, reason="invalid", values=None, message="; ".join(refused.values()), drawn=drawn
    )


def _state(record: Record, last: Finished, judged: Judgement) -> tuple[str, str]:
    """Return what the trial is from here on, and who wanted its run to end before its time."""
    if last.reason == "returned":
        newest = max(record.reports, default=-1)
        if judged.verdict is Verdict.PAUSE and newest <= judged.step:
            return "paused", judged.by
        return "complete", ""
    if last.reason == "pruned":
        if judged.verdict is Verdict.PAUSE:
            return "paused", judged.by
        return "pruned", judged.by if judged.verdict is Verdict.STOP else "objective"
    return "failed", ""


def _why_lost(last: Lost) -> str:
    if last.reason == "crashed" and last.usage.get("exit") in _OUTSIDE:
        return "interrupted"
    return last.reason


def lose(
    ledger: Ledger,
    number: int,
    run: int,
    reason: str,
    message: str,
    *,
    standing: Standing | None = None,
    usage: dict[str, object] | None = None,
) -> ev.Closed:
    """Return the event that closes a run which did not end by itself.

    `released` goes back to the queue; `lost` and `interrupted` too, until too many runs in a row have ended so; all
    other reasons (`timeout`, `memory`, `crashed`, `killed`) speak about the config: the trial has failed.
    """
    state = "waiting" if reason in AGAIN or reason == "released" else "failed"
    if reason in AGAIN and (why := _too_often(ledger, number, reason)):
        state, message = "failed", f"{message}; {why}".lstrip("; ")
    standing = standing or Standing()
    return ev.Closed(
        trial=number,
        run=run,
        state=state,
        reason=reason,
        message=message,
        output=standing.output,
        seconds=standing.seconds,
        usage=dict(usage or {}),
    )


def _too_often(ledger: Ledger, number: int, reason: str) -> str:
    """Return why one more lost run of the trial is one too many, nothing while it may run again."""
    limit = ledger.created.max_attempts if ledger.created is not None else 3
    earlier = reversed(ledger.records[number].runs[:-1])
    row = [reason, *itertools.takewhile(AGAIN.__contains__, (run.reason for run in earlier))]
    if row.count("interrupted") >= limit:
        return f"its process was killed in {limit} of the last {len(row)} runs, the limit is max_attempts={limit}"
    if len(row) >= WORKERS * limit:
        return f"{len(row)} runs in a row were lost with their workers, the limit is {WORKERS} * max_attempts={limit}"
    return ""

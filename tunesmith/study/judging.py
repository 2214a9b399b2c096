"""Reports: one goes into the log, and the verdict on it is computed from the log up to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from tunesmith.core import events as ev
from tunesmith.core.protocols import Verdict
from tunesmith.study.record import write_metrics

if TYPE_CHECKING:
    from tunesmith.core.jobs import Report
    from tunesmith.study.log import Log
    from tunesmith.study.mind import Mind

__all__ = ["PERSON", "PRUNER", "UNJUDGED", "Judgement", "judge"]

PERSON: Final = "person"
PRUNER: Final = "pruner"

_ASKED: Final = {"stop": Verdict.STOP, "pause": Verdict.PAUSE}


class Judgement(NamedTuple):
    """The answer to a report.

    Attributes:
        verdict: what the run is told.
        step: of the report that it is about, -1 before the first.
        by: who decided: the pruner, or a person who asked for it.
        why: the person's words.
    """

    verdict: Verdict = Verdict.GO_ON
    step: int = -1
    by: str = PRUNER
    why: str = ""


UNJUDGED: Final = Judgement()
"""What stands before the first report."""


def judge(log: Log, mind: Mind, trial: int, run: int, report: Report) -> Judgement:
    """Append a report and return the judgement; other threads that share the log wait meanwhile."""
    points = ((report.step, write_metrics(report.metrics)),)
    with log.lock:
        log.append(ev.Reported(trial=trial, run=run, points=points))
        ledger = log.ledger
        if ledger.running.get(trial) != run:
            return Judgement(Verdict.STOP, report.step)  # closed by somebody else; what it comes to is not written
        request = ledger.asked.get(trial)
        if request is not None and request.action in _ASKED:
            return Judgement(_ASKED[request.action], report.step, PERSON, request.why)
        return Judgement(mind.judge(ledger, trial), report.step)

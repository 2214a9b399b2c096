"""Tasks: the data of a run for the objective's side, made from the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tunesmith.core import events as ev
from tunesmith.core.jobs import Task
from tunesmith.study.record import trial_seed

if TYPE_CHECKING:
    from tunesmith.study.log import Log

__all__ = ["make_task"]


def make_task(log: Log, opened: ev.Proposed, folder: str | None) -> Task:
    """Return the data that the objective's side needs for a run that was just opened."""
    ledger = log.ledger
    record = ledger.records[opened.trial]
    artifacts: dict[str, dict[str, Any]] = {}
    if opened.parent is not None:
        artifacts.update(ledger.records[opened.parent].artifacts)
    artifacts.update(record.artifacts)
    return Task(
        handle=f"{opened.trial}/{opened.run}",
        trial=opened.trial,
        run=opened.run,
        config=opened.config,
        budget=opened.budget,
        study_seed=ledger.seed,
        seed=trial_seed(ledger.seed, record.replicate),
        replicate=record.replicate,
        folder=folder,
        artifacts=artifacts,
        attrs=record.attrs,
        last_step=max(record.reports, default=None),
        space=ledger.edited,
    )

"""Tasks: the data of a run for the objective's side, made from the log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tunesmith.core import events as ev
from tunesmith.core.jobs import Task
from tunesmith.space.discovery import fingerprint
from tunesmith.study.record import trial_seed

if TYPE_CHECKING:
    from tunesmith.space import Space
    from tunesmith.study.log import Log

__all__ = ["make_task"]


def make_task(log: Log, opened: ev.Proposed, folder: str | None, space: Space | None = None) -> Task:
    """Return the data that the objective's side needs for a run that was just opened.

    Args:
        log: of the study.
        opened: the run.
        folder: where its checkpoints lie.
        space: as the decision knew it; by default as it stands now.
    """
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
        known=_known(opened.config, ledger.space if space is None else space),
    )


def _known(config: Mapping[str, Any], space: Space) -> dict[str, str]:
    """Return the fingerprints of those domains that may still grow."""
    found = {name: space.parameters[name] for name in config if name in space.parameters}
    return {name: fingerprint(domain) for name, domain in found.items() if domain.optional}

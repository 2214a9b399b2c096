"""What a run notes beside its reports: user attributes, the records of its artifacts, and doubts about its names."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tunesmith.core import events as ev
from tunesmith.core.jobs import Noticed, Saved
from tunesmith.study.record import ARTIFACT

if TYPE_CHECKING:
    from tunesmith.study.log import Log

__all__ = ["doubt", "note"]

_LOGGER = logging.getLogger("tunesmith")


def doubt(log: Log, doubts: Mapping[str, str]) -> None:
    """Say, once a name, what is doubtful about how runs ask for it."""
    for name, sentence in doubts.items():
        if name not in log.doubted:
            log.doubted.add(name)
            _LOGGER.warning("%s", sentence)


def note(log: Log, trial: int, run: int, message: Noticed | Saved) -> None:
    """Append a user attribute, or the record of an artifact that was saved."""
    if isinstance(message, Noticed):
        log.append(ev.Noted(trial=trial, run=run, key=message.key, value=message.value))
    else:
        value = {"trial": trial, "run": run, "size": message.size, "sha256": message.sha256}
        log.append(ev.Noted(trial=trial, run=run, key=f"{ARTIFACT}{message.name}", value=value))

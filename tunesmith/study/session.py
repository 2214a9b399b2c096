"""What one call of `optimize`, or one life of ask and tell, writes into the log before its first decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunesmith.core import events as ev
from tunesmith.study.surroundings import surroundings

if TYPE_CHECKING:
    from tunesmith.study.log import Log
    from tunesmith.study.mind import Mind
    from tunesmith.study.wiring import Wiring

__all__ = ["record_session"]


def record_session(log: Log, mind: Mind, wiring: Wiring, worker: str, n_jobs: int, carrier: dict[str, str]) -> None:
    """Append the session: its limits, sampler and pruner as data, what carries its runs, and the versions in use."""
    log.append(
        ev.Session(
            worker=worker,
            limits={**mind.limits.to_dict(), "n_jobs": n_jobs},
            lag=mind.limits.lag,
            sampler=wiring.describe(mind.sampler),
            pruner=wiring.describe(mind.pruner),
            executor=carrier,
            record=surroundings(),
        )
    )

"""What a free worker does when no paused trial is worth resuming: begin what the sampler offers, wait, or finish."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tunesmith.core.protocols import Begin, Exhausted, Finish, Wait

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tunesmith.core.history import History
    from tunesmith.core.protocols import Proposal

__all__ = ["begin_or_end"]


def begin_or_end(
    history: History,
    offer: Callable[[], Proposal | Exhausted],
    budget: float | None = None,
    reasons: Mapping[str, Any] | None = None,
) -> Begin | Wait | Finish:
    """Begin the offered config; when the sampler has none left, wait for open runs, and finish once there are none.

    Args:
        history: all that may be seen.
        offer: asks the sampler.
        budget: what the new run may spend, None for all.
        reasons: recorded with the new trial.
    """
    offered = offer()
    if not isinstance(offered, Exhausted):
        return Begin(offered, budget, reasons=reasons or {})
    if history.running:
        return Wait(offered.why)
    if history.paused:
        number = len(history.paused)
        stay = "1 trial stays paused" if number == 1 else f"{number} trials stay paused"
        return Finish(f"{offered.why}; {stay}, until resume_trial puts {'it' if number == 1 else 'one'} back")
    return Finish(offered.why)

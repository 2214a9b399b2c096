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
        return Finish(f"{offered.why}; {len(history.paused)} trials stay paused, none of them is worth more budget")
    return Finish(offered.why)

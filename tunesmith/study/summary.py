"""What is said of a study at the end of a call: how many trials there are, and what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tunesmith.study.ledger import Ledger

__all__ = ["all_begun"]


def all_begun(ledger: Ledger) -> str:
    """Return a sentence for the end of a study that has all the trials it was to have, and nothing more to run."""
    asked = len(ledger.asked_runs())
    said = f"have begun, {asked} of them asked for and not told yet" if asked else "are done"
    if ledger.counts["failed"]:
        begun = {**ledger.counts, "waiting": len(ledger.again)}
        said += f": {', '.join(f'{n} {state}' for state, n in begun.items() if n)}; n_trials counts all"
    queued = len(ledger.waiting) - len(ledger.again)
    if queued:
        said += f"; {queued} queued {'trial waits' if queued == 1 else 'trials wait'} for a larger n_trials"
    return f"all {ledger.begun} trials {said}"

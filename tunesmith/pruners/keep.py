"""No pruning: every trial gets all it asks for and runs to its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from tunesmith.core.protocols import Begin, Finish, Problem, Verdict, Wait
from tunesmith.pruners.offers import begin_or_end

if TYPE_CHECKING:
    from collections.abc import Callable

    from tunesmith.core.history import History
    from tunesmith.core.protocols import Exhausted, Proposal
    from tunesmith.core.trial import Trial

__all__ = ["Keep"]


@final
@dataclass(frozen=True)
class Keep:
    """Begins every offer without a limit and lets every run go on.

    Example:
        >>> Keep().judge(None, None, None)
        <Verdict.GO_ON: 'go-on'>
    """

    def init(self, problem: Problem) -> None:
        """Return None: there is nothing to remember."""
        del problem

    def tell(self, state: None, runs: History) -> None:
        """Return None."""
        del state, runs

    def assign(self, state: None, history: History, offer: Callable[[], Proposal | Exhausted]) -> Begin | Wait | Finish:
        """Begin what is offered; at the sampler's end wait for open runs, then finish."""
        del state
        return begin_or_end(history, offer)

    def judge(self, state: None, trial: Trial | None, history: History | None) -> Verdict:
        """Return GO_ON."""
        del state, trial, history
        return Verdict.GO_ON

"""How a study got on: the best value so far, and when it last improved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from tunesmith.core.trial import Trial, TrialState

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Progress", "best_so_far", "progress_of"]


def best_so_far(losses: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n,) the smallest of the first 1, 2, ... n losses; NaN until the first one is known.

    >>> best_so_far(np.array([np.nan, 3.0, 5.0, 1.0])).tolist()
    [nan, 3.0, 3.0, 1.0]
    """
    return np.asarray(np.fmin.accumulate(np.asarray(losses, dtype=np.float64)))


@final
@dataclass(frozen=True, slots=True)
class Progress:
    """The course of one objective over the trials that count: complete and feasible, in the order of their numbers.

    Attributes:
        numbers: (n,) trial numbers.
        losses: (n,) their losses, smaller is better.
        best: (n,) the best so far.
        improved: numbers of the trials that were the best when they came.
    """

    numbers: NDArray[np.int64]
    losses: NDArray[np.float64]
    best: NDArray[np.float64]
    improved: tuple[int, ...]

    @property
    def best_number(self) -> int | None:
        """The number of the best trial (the first of equals), None without any."""
        return self.improved[-1] if self.improved else None

    @property
    def since_improvement(self) -> int:
        """How many trials that count came after the best one."""
        if not self.improved:
            return 0
        return len(self.numbers) - 1 - int(np.flatnonzero(self.numbers == self.improved[-1])[0])


def progress_of(trials: Sequence[Trial], objective: int = 0) -> Progress:
    """Return the course of one objective over the complete and feasible trials."""
    counted = sorted(
        (t for t in trials if t.state is TrialState.COMPLETE and t.feasible and len(t.losses) > objective),
        key=lambda t: t.number,
    )
    losses = np.array([t.losses[objective] for t in counted], dtype=np.float64)
    numbers = np.array([t.number for t in counted], dtype=np.int64)
    best = best_so_far(losses)
    before = np.concatenate([[np.nan], best[:-1]]) if len(best) else best
    better = ~np.isnan(losses) & (np.isnan(before) | (losses < before))
    return Progress(numbers, losses, best, tuple(numbers[better].tolist()))

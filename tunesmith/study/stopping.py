"""Stop rules: when a study has had enough. Each looks at the closed runs and returns a sentence, or nothing.

With `lag=` a rule sees what the next decision sees, so that it ends a study at the same trial with any number of
workers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, final

import numpy as np

from tunesmith.core.history import COMPLETE, History
from tunesmith.core.objective import Direction, to_losses
from tunesmith.errors import InvalidArgumentError

__all__ = ["MaxTrials", "Plateau", "StopRule", "TargetValue"]


class StopRule(Protocol):
    """Anything that can be asked whether the study should end."""

    def __call__(self, history: History, directions: Sequence[Direction]) -> str | None:
        """Return why to stop, or None to go on."""
        ...


@final
@dataclass(frozen=True)
class TargetValue:
    """Stop when the best feasible value has reached a target, in the user's direction.

    >>> TargetValue(0.95)
    TargetValue(value=0.95)
    """

    value: float

    def __post_init__(self) -> None:
        if math.isnan(self.value):
            raise InvalidArgumentError(f"TargetValue needs a number that can be reached, got {self.value}")

    def __call__(self, history: History, directions: Sequence[Direction]) -> str | None:
        """Return why to stop, or None to go on."""
        target = to_losses((self.value,), directions[:1])[0]
        losses = _losses(history)
        if len(losses) and losses.min() <= target:
            return f"the target value {self.value} was reached"
        return None


@final
@dataclass(frozen=True)
class Plateau:
    """Stop when the best value has not improved by more than `min_delta` in `patience` finished trials.

    Attributes:
        patience: finished trials (complete, pruned or failed) without enough improvement.
        min_delta: improvement that counts, in units of the value, 0 or more.
        min_trials: never stop before so many finished trials.
    """

    patience: int
    min_delta: float = 0.0
    min_trials: int = 0

    def __post_init__(self) -> None:
        if self.patience < 1:
            raise InvalidArgumentError(f"Plateau needs patience of 1 or more, got {self.patience}")
        if not self.min_delta >= 0:
            raise InvalidArgumentError(f"Plateau needs min_delta of 0 or more, got {self.min_delta}")

    def __call__(self, history: History, directions: Sequence[Direction]) -> str | None:  # noqa: ARG002
        """Return why to stop, or None to go on."""
        finished = history.take(history.states != 3)
        if len(finished) < max(self.min_trials, self.patience + 1):
            return None
        losses = np.where((finished.states == COMPLETE) & finished.feasible, finished.loss, math.inf)
        best = np.fmin.accumulate(np.where(np.isnan(losses), math.inf, losses))
        before, now = best[-self.patience - 1], best[-1]
        if math.isfinite(before) and before - now <= self.min_delta:
            return f"the best value has not improved by more than {self.min_delta} in {self.patience} trials"
        return None


@final
@dataclass(frozen=True)
class MaxTrials:
    """Stop after so many finished trials of some kind, such as 50 complete ones however many are pruned."""

    number: int
    states: tuple[str, ...] = ("complete",)

    def __call__(self, history: History, directions: Sequence[Direction]) -> str | None:  # noqa: ARG002
        """Return why to stop, or None to go on."""
        codes = [{"complete": 0, "pruned": 1, "failed": 2}[state] for state in self.states]
        if int(np.isin(history.states, codes).sum()) >= self.number:
            return f"{self.number} trials are {' or '.join(self.states)}"
        return None


def _losses(history: History) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return the first objective's losses of complete, feasible trials."""
    keep = (history.states == COMPLETE) & history.feasible
    losses = history.loss[keep]
    return np.asarray(losses[np.isfinite(losses)])

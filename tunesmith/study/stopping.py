"""Stop rules: when a study has had enough. Each looks at the closed runs and returns a sentence, or nothing.

With `lag=` a rule sees what the next decision sees, so that it ends a study at the same trial with any number of
workers.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, final

import numpy as np

from tunesmith.core.history import COMPLETE, History
from tunesmith.core.objective import Direction, to_losses
from tunesmith.core.spelling import check_word
from tunesmith.errors import InvalidArgumentError

__all__ = ["MaxTrials", "Plateau", "StopRule", "TargetValue"]

_CODES: Final = {"complete": 0, "pruned": 1, "failed": 2}  # states of finished trials, as a history codes them


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
        if math.isnan(_real(self.value)):
            raise InvalidArgumentError(f"TargetValue needs a number that can be reached, got {self.value!r}")

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
        _whole("Plateau", "patience", self.patience, 1)
        _whole("Plateau", "min_trials", self.min_trials, 0)
        if not _real(self.min_delta) >= 0:
            raise InvalidArgumentError(f"Plateau needs min_delta of 0 or more, got {self.min_delta!r}")

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
    """Stop after so many finished trials of some kind, such as 50 complete ones however many are pruned.

    Attributes:
        number: of trials, 1 or more.
        states: those that count: complete, pruned, failed.
    """

    number: int
    states: tuple[str, ...] = ("complete",)

    def __post_init__(self) -> None:
        _whole("MaxTrials", "number", self.number, 1)
        states: object = self.states
        if isinstance(states, str) or not isinstance(states, Collection) or not states:
            raise InvalidArgumentError(f"MaxTrials needs states such as ('complete', 'pruned'), got {states!r}")
        for state in states:
            check_word("a state of MaxTrials", state, _CODES)

    def __call__(self, history: History, directions: Sequence[Direction]) -> str | None:  # noqa: ARG002
        """Return why to stop, or None to go on."""
        codes = [_CODES[state] for state in self.states]
        if int(np.isin(history.states, codes).sum()) >= self.number:
            return f"{self.number} trials are {' or '.join(self.states)}"
        return None


def _whole(rule: str, name: str, value: object, low: int) -> None:
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < low:
        raise InvalidArgumentError(f"{rule} needs {name} as an integer of {low} or more, got {value!r}")


def _real(value: object) -> float:
    """Return a number as a float, NaN for what is none."""
    return float(value) if isinstance(value, numbers.Real) else math.nan


def _losses(history: History) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return the first objective's losses of complete, feasible trials."""
    keep = (history.states == COMPLETE) & history.feasible
    losses = history.loss[keep]
    return np.asarray(losses[np.isfinite(losses)])

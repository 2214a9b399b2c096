"""Learning curves by step: which trials reported at a step, and what; the table that pruners read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CurveTable", "Curves"]


@final
class _Step:
    """All reports at one step, in log order."""

    __slots__ = ("decisions", "losses", "numbers", "repeated", "seen")

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.decisions: list[int] = []
        self.losses: list[float] = []
        self.seen: set[int] = set()
        self.repeated = False


@final
class CurveTable:
    """The growing table of reported losses; only the fold of the log appends to it."""

    def __init__(self) -> None:
        self.by_step: dict[int, _Step] = {}
        self.by_trial: dict[int, list[tuple[int, float, int]]] = {}

    def append(self, number: int, decision: int, step: int, loss: float) -> None:
        """Add the monitored loss that the run of a decision reported at a step."""
        column = self.by_step.get(step)
        if column is None:
            column = self.by_step[step] = _Step()
        if number in column.seen:
            column.repeated = True
        column.seen.add(number)
        column.numbers.append(number)
        column.decisions.append(decision)
        column.losses.append(loss)
        self.by_trial.setdefault(number, []).append((step, loss, decision))


@final
@dataclass(frozen=True, slots=True)
class Curves:
    """The learning curves that may be seen; losses, smaller is better, NaN where the trial reported NaN.

    Attributes:
        table: the shared storage.
        cutoff: reports of later decisions are invisible (None: all are visible).
        own: the trial whose own reports are visible all the same.
    """

    table: CurveTable
    cutoff: int | None = None
    own: int | None = None

    def at(self, step: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return (numbers (k,), losses (k,)) of the trials that reported at this step; the last report stands."""
        column = self.table.by_step.get(step)
        if column is None:
            return np.empty(0, dtype=np.int64), np.empty(0)
        numbers = np.array(column.numbers, dtype=np.int64)
        losses = np.array(column.losses)
        if self.cutoff is not None:
            seen = np.array(column.decisions) <= self.cutoff
            if self.own is not None:
                seen |= numbers == self.own
            numbers, losses = numbers[seen], losses[seen]
        if column.repeated and len(numbers):
            last = len(numbers) - 1 - np.unique(numbers[::-1], return_index=True)[1]
            last.sort()
            numbers, losses = numbers[last], losses[last]
        return numbers, losses

    def of(self, number: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return (steps (k,) ascending, losses (k,)) of one trial."""
        points = {
            step: loss
            for step, loss, decision in self.table.by_trial.get(number, ())
            if self.cutoff is None or decision <= self.cutoff or number == self.own
        }
        steps = sorted(points)
        return np.array(steps, dtype=np.int64), np.array([points[s] for s in steps], dtype=np.float64)

    def steps(self) -> list[int]:
        """Return every step that any trial reported at, ascending."""
        return sorted(self.table.by_step)

    def trials(self) -> list[int]:
        """Return the numbers of the trials that reported."""
        return sorted(self.table.by_trial)

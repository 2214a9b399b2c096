"""Learning curves by step: which trials reported at a step, and what; the table that pruners read."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CurveTable", "Curves"]


@final
class _Step:
    """All reports at one step, in log order; the columns are filled when somebody looks."""

    __slots__ = ("_columns", "_fresh", "_held", "least", "repeated", "seen")

    def __init__(self) -> None:
        self.seen: set[int] = set()
        self.repeated = False
        self.least = -1
        self._fresh: list[tuple[int, int, float]] = []
        self._held = 0
        self._columns = _empty_columns(0)

    def append(self, number: int, decision: int, loss: float) -> None:
        """Take one report."""
        self.repeated = self.repeated or number in self.seen
        self.least = min(self.least, decision) if self.seen else decision
        self.seen.add(number)
        self._fresh.append((number, decision, loss))

    def columns(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Return (numbers (k,), decisions (k,), losses (k,)); views that nobody may write to."""
        held, total = self._held, self._held + len(self._fresh)
        if self._fresh:
            if len(self._columns[0]) < total:
                grown = _empty_columns(2 * total)
                for old, new in zip(self._columns, grown, strict=True):
                    new[:held] = old[:held]
                self._columns = grown
            for column, values in zip(self._columns, zip(*self._fresh, strict=True), strict=True):
                column[held:total] = values
            self._fresh.clear()
            self._held = total
        numbers, decisions, losses = self._columns
        numbers, decisions, losses = numbers[:total], decisions[:total], losses[:total]
        numbers.flags.writeable = decisions.flags.writeable = losses.flags.writeable = False
        return numbers, decisions, losses


def _empty_columns(size: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    return np.empty(size, dtype=np.int64), np.empty(size, dtype=np.int64), np.empty(size)


@final
class _Curve:
    """All reports of one trial: in log order, and by step with the last report of a step standing."""

    __slots__ = ("_arrays", "_filled", "losses", "raw", "steps")

    def __init__(self) -> None:
        self.raw: list[tuple[int, float, int]] = []
        self.steps: list[int] = []
        self.losses: list[float] = []
        self._arrays: tuple[NDArray[np.int64], NDArray[np.float64]] = (np.empty(0, dtype=np.int64), np.empty(0))
        self._filled = 0

    def append(self, step: int, loss: float, decision: int) -> None:
        """Take one report; O(log k) unless it comes out of order."""
        self.raw.append((step, loss, decision))
        place = bisect_left(self.steps, step)
        if place < len(self.steps) and self.steps[place] == step:
            self.losses[place] = loss
            if place < self._filled:
                self._arrays[1][place] = loss
            return
        self._filled = min(self._filled, place)
        self.steps.insert(place, step)
        self.losses.insert(place, loss)

    def arrays(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return (steps (k,) ascending, losses (k,)), filled up to the last report; views that nobody may write to."""
        filled, total = self._filled, len(self.steps)
        if len(self._arrays[0]) < total:
            held = self._arrays
            self._arrays = (np.empty(2 * total + 8, dtype=np.int64), np.empty(2 * total + 8))
            for old, new in zip(held, self._arrays, strict=True):
                new[:filled] = old[:filled]
        if filled < total:
            self._arrays[0][filled:total] = self.steps[filled:]
            self._arrays[1][filled:total] = self.losses[filled:]
            self._filled = total
        steps, losses = self._arrays[0][:total], self._arrays[1][:total]
        steps.flags.writeable = losses.flags.writeable = False
        return steps, losses

    def until(self, cutoff: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the same from the reports of decisions up to the cutoff only."""
        if not self.raw or self.raw[-1][2] <= cutoff:  # decisions of one trial only grow
            return self.arrays()
        points = {step: loss for step, loss, decision in self.raw if decision <= cutoff}
        steps = sorted(points)
        return np.array(steps, dtype=np.int64), np.array([points[s] for s in steps], dtype=np.float64)


@final
class CurveTable:
    """The growing table of reported losses; only the fold of the log appends to it."""

    def __init__(self) -> None:
        self.by_step: dict[int, _Step] = {}
        self.by_trial: dict[int, _Curve] = {}

    def append(self, number: int, decision: int, step: int, loss: float) -> None:
        """Add the monitored loss that the run of a decision reported at a step."""
        column = self.by_step.get(step)
        if column is None:
            column = self.by_step[step] = _Step()
        column.append(number, decision, loss)
        curve = self.by_trial.get(number)
        if curve is None:
            curve = self.by_trial[number] = _Curve()
        curve.append(step, loss, decision)


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
        numbers, decisions, losses = column.columns()
        if self.cutoff is not None:
            seen = decisions <= self.cutoff
            if self.own is not None:
                seen |= numbers == self.own
            numbers, losses = numbers[seen], losses[seen]
        if column.repeated and len(numbers):
            last = len(numbers) - 1 - np.unique(numbers[::-1], return_index=True)[1]
            last.sort()
            numbers, losses = numbers[last], losses[last]
        return numbers, losses

    def of(self, number: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return (steps (k,) ascending, losses (k,)) of one trial; read-only, and good until its next report."""
        curve = self.table.by_trial.get(number)
        if curve is None:
            return np.empty(0, dtype=np.int64), np.empty(0)
        return curve.arrays() if self.cutoff is None or number == self.own else curve.until(self.cutoff)

    def steps(self) -> list[int]:
        """Return every step at which there is something to see, ascending."""
        by_step, cutoff = self.table.by_step, self.cutoff
        if cutoff is None:
            return sorted(by_step)
        return sorted(s for s, column in by_step.items() if column.least <= cutoff or self.own in column.seen)

    def trials(self) -> list[int]:
        """Return the numbers of the trials with reports that may be seen, ascending."""
        by_trial, cutoff = self.table.by_trial, self.cutoff
        if cutoff is None:
            return sorted(by_trial)
        return sorted(n for n, curve in by_trial.items() if curve.raw[0][2] <= cutoff or n == self.own)

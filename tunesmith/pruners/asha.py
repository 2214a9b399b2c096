"""Asynchronous successive halving: few runs get far, and no worker ever waits for a rung to fill.

Li et al. (2018, "A System for Massively Parallel Hyperparameter Tuning", arXiv 1810.05934, algorithm 2). Rung k is
reached with budget r eta^k; of the trials that have a result there, the best share 1/eta may go on to rung k + 1.

Two variants, `pausing` tells which:

- *stopping* (default, as in Optuna and Ray Tune): every run is begun without a limit and judged when it reaches a rung.
  It goes on if its loss is among the best max(1, floor(n/eta)) of the n trials that have reached the rung so far,
  itself included and ties allowed, and else stops for good. Needs no checkpoints; a trial stopped on a small sample
  never comes back. (The paper's rule would stop the first eta - 1 trials of a rung; like Optuna, we let the best of
  them go on, because a stopped trial cannot be promoted later.)
- *promotion* (`pausing=True`, the paper's own): every run has the budget of its rung and pauses there. A free worker
  resumes the best paused trial of the highest rung where one of the floor(n/eta) places is not yet taken; when there is
  none, it begins a new trial at rung 0. Needs an objective that goes on from its checkpoint, or one that takes
  `trial.budget` and starts over. (Where we differ: in a study of few trials the upper rungs never fill, and the paper's
  rule would leave all of them paused. When the sampler is at its end, nothing runs and no trial has completed, the best
  paused trial of the highest rung goes on, rung by rung, until one has.)

The resource is the objective's own steps: a run has reached a budget when it has reported a step >= that budget, so
count steps from 1 (`step=epoch + 1`) if a budget should be an exact number of epochs. A run that jumps over a rung has
no result there. In the promotion variant a run that returns by itself is a result at its rung too, but it is complete
and cannot be promoted, and a trial that a person resumes past its rung keeps the one result that it has there.

    r            min_budget                     eta    reduction factor
    b_k          r eta^k, below R               R      max_budget, where a trial runs to its end
    rung k       trials that reported in [b_k, b_(k+1)), each with its first loss there; NaN and failed are worst

In the promotion variant the rung of every run is recorded (`reasons["rung"]`), and who stands at a rung is read from
the log, never counted.
"""

from __future__ import annotations

import math
from bisect import insort
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, final

import numpy as np

from tunesmith.core.history import COMPLETE, FAILED, PAUSED
from tunesmith.core.protocols import Begin, Finish, Problem, Resume, Verdict, Wait
from tunesmith.errors import InvalidArgumentError
from tunesmith.pruners.offers import begin_or_end

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tunesmith.core.curves import Curves
    from tunesmith.core.history import History, Row
    from tunesmith.core.protocols import Exhausted, Proposal
    from tunesmith.core.trial import Trial

__all__ = ["ASHA", "AshaState", "Rung"]


@final
@dataclass(slots=True)
class Rung:
    """The results at one rung of the promotion variant.

    Attributes:
        results: (loss, trial number), best first; an infinite loss stands for NaN and failure.
        reached: their numbers.
        paused: trials whose last run ended here, paused: those that may be promoted.
    """

    results: list[tuple[float, int]] = field(default_factory=list)
    reached: set[int] = field(default_factory=set)
    paused: set[int] = field(default_factory=set)


@final
@dataclass(slots=True)
class AshaState:
    """The ladder of budgets, and who stands where.

    Attributes:
        low: budget of rung 0.
        high: budget at which trials run to their end, infinite if there is none.
        rungs: rung number -> results (promotion variant).
        completed: how many trials have completed (promotion variant).
    """

    low: float
    high: float
    rungs: dict[int, Rung] = field(default_factory=dict)
    completed: int = 0


@final
@dataclass(frozen=True)
class ASHA:
    """Gives every trial a small budget, and more to the best share 1/eta at each rung, without ever waiting.

    Args:
        min_budget: budget of the lowest rung, in the objective's steps; the problem's least budget, or 1, when omitted.
        max_budget: where trials run to their end; the problem's largest budget, or no end, when omitted.
        eta: only the best 1/eta of a rung go on, and each rung has eta times the budget of the one below; above 1.
        pausing: pause at every rung and promote (True), or stop for good (False).

    Raises:
        InvalidArgumentError: eta is not above 1, a budget is not positive, or `max_budget` is below `min_budget`.

    Example:
        >>> ASHA(min_budget=1, max_budget=27)  # decides at steps 1, 3 and 9
        ASHA(min_budget=1, max_budget=27, eta=3, pausing=False)
    """

    min_budget: float | None = None
    max_budget: float | None = None
    eta: float = 3
    pausing: bool = False

    def __post_init__(self) -> None:
        if not (self.eta > 1 and math.isfinite(self.eta)):
            raise InvalidArgumentError(f"ASHA needs eta > 1, got eta={self.eta}; 3 and 4 are usual")
        for name in ("min_budget", "max_budget"):
            value = getattr(self, name)
            if value is not None and not (value > 0 and math.isfinite(value)):
                raise InvalidArgumentError(f"ASHA needs a positive finite {name}, got {name}={value}")
        if self.min_budget is not None and self.max_budget is not None and self.max_budget < self.min_budget:
            raise InvalidArgumentError(
                f"ASHA needs min_budget <= max_budget, got {self.min_budget} and {self.max_budget}"
            )

    def init(self, problem: Problem) -> AshaState:
        """Return the empty ladder.

        Raises:
            InvalidArgumentError: the budgets of the problem and of the settings contradict each other.
        """
        axis = problem.fidelity
        low = self.min_budget if self.min_budget is not None else (axis.low if axis else 1.0)
        high = self.max_budget if self.max_budget is not None else (axis.high if axis else math.inf)
        if low > high:
            raise InvalidArgumentError(f"ASHA needs a lowest budget of at most the highest, got {low} and {high}")
        return AshaState(float(low), float(high))

    def tell(self, state: AshaState, runs: History) -> AshaState:
        """Return the state with the results of these runs at their rungs."""
        if self.pausing:
            for row in runs.records:
                self._place(state, row)
        return state

    def _place(self, state: AshaState, row: Row) -> None:
        """Write down the result of one run at its rung."""
        number = row.number
        state.completed += row.state == COMPLETE
        for rung in state.rungs.values():
            rung.paused.discard(number)
        k = row.reasons.get("rung")
        by_person = row.state == PAUSED and not row.step >= row.budget  # NaN: a run without a limit
        if k is None or by_person:
            return
        rung = state.rungs.setdefault(int(k), Rung())
        if number in rung.reached:
            return  # a person has resumed it past its rung
        rung.reached.add(number)
        loss = math.inf if row.state == FAILED or math.isnan(row.losses[0]) else row.losses[0]
        insort(rung.results, (loss, number))
        if row.state == PAUSED:
            rung.paused.add(number)

    def assign(
        self, state: AshaState, history: History, offer: Callable[[], Proposal | Exhausted]
    ) -> Begin | Resume | Wait | Finish:
        """Promote the best trial that may be, else begin a new one; at the sampler's end wait, then finish."""
        if not self.pausing:
            return begin_or_end(history, offer)
        free = set(history.paused)
        for k in sorted(state.rungs, reverse=True):
            places = int(len(state.rungs[k].results) / self.eta + 1e-9)
            number = _best_waiting(state.rungs[k], free, places)
            if number is not None:
                return Resume(number, self._budget(state, k + 1), {"rung": k + 1})
        decision = begin_or_end(history, offer, self._budget(state, 0), {"rung": 0})
        if isinstance(decision, Finish) and not state.completed:
            return self._last_standing(state, free) or decision
        return decision

    def _last_standing(self, state: AshaState, free: set[int]) -> Resume | None:
        """Resume the best paused trial of the highest rung that has one, so that a small study completes a trial."""
        for k in sorted(state.rungs, reverse=True):
            number = _best_waiting(state.rungs[k], free, len(state.rungs[k].results))
            if number is not None:
                return Resume(number, self._budget(state, k + 1), {"rung": k + 1, "why": "the last one standing"})
        return None

    def _budget(self, state: AshaState, k: int) -> float:
        """Return the budget of a run at rung k; that of the top rung is R."""
        return min(state.low * self.eta**k, state.high)

    def judge(self, state: AshaState, trial: Trial, history: History) -> Verdict:
        """Return the verdict at a rung, GO_ON between rungs and at the top; NaN at a rung stops the trial."""
        steps, losses = history.curves.of(trial.number)
        if not len(steps):
            return Verdict.GO_ON
        if self.pausing:
            return self._judge_pausing(state, trial, float(steps[-1]), float(losses[-1]))
        before = float(steps[-2]) if len(steps) > 1 else -math.inf
        k = 0
        while state.low * self.eta ** (k + 1) <= steps[-1]:
            k += 1
        low = state.low * self.eta**k
        if not before < low <= steps[-1] < state.high:
            return Verdict.GO_ON
        results = _first_losses(history.curves, low, min(low * self.eta, state.high))
        return Verdict.GO_ON if self._goes_on(results, float(losses[-1])) else Verdict.STOP

    def _judge_pausing(self, state: AshaState, trial: Trial, step: float, loss: float) -> Verdict:
        if trial.budget is None or trial.budget >= state.high or step < trial.budget:
            return Verdict.GO_ON
        return Verdict.STOP if math.isnan(loss) else Verdict.PAUSE

    def _goes_on(self, results: NDArray[np.float64], loss: float) -> bool:
        """Whether a loss is among the best max(1, floor(n/eta)) of the results (n,) of a rung."""
        places = max(1, int(len(results) / self.eta + 1e-9))
        return not math.isnan(loss) and bool(loss <= np.partition(results, places - 1)[places - 1])


def _best_waiting(rung: Rung, free: set[int], places: int) -> int | None:
    """Return the best trial among the first few of a rung that still waits there; never one whose loss is NaN."""
    for loss, number in islice(rung.results, places):
        if number in rung.paused and number in free and loss < math.inf:
            return number
    return None


def _first_losses(curves: Curves, low: float, high: float) -> NDArray[np.float64]:
    """Return each trial's loss (n,) at its first step in [low, high), NaN as infinite."""
    numbers, losses = np.empty(0, dtype=np.int64), np.empty(0)
    for step in curves.steps():
        if low <= step < high:
            more, theirs = curves.at(step)
            fresh = ~np.isin(more, numbers)
            numbers, losses = np.append(numbers, more[fresh]), np.append(losses, theirs[fresh])
    return np.where(np.isnan(losses), np.inf, losses)

"""The median stopping rule: a run ends when its best loss so far is worse than the median of the completed trials.

Golovin et al. (2017, "Google Vizier: A Service for Black-Box Optimization", KDD). Vizier stops a trial
at step s if its best value by s is strictly worse than the median of the *running averages* up to s of all completed
trials; that is `against="averages"`. Optuna's `MedianPruner` compares the same best value with the median of the
*values* reported at s; that is `against="values"`, the default, since an average over the steep start of a learning
curve rarely stops anything. In both, only completed trials count: those that were pruned before s have no say, so the
rule grows stricter with time.

    s            step of the judged trial's last report
    b            the least loss that the judged trial has reported up to s; a NaN never counts
    v_i(s)       loss of completed trial i at s (NaN: infinite), or the mean of its losses up to s
    stop         b > median_i v_i(s), over the trials i that reported at s
"""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

import numpy as np

from tunesmith.core.history import COMPLETE
from tunesmith.core.protocols import Begin, Finish, Problem, Verdict, Wait
from tunesmith.errors import InvalidArgumentError
from tunesmith.pruners.offers import begin_or_end

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from tunesmith.core.history import History
    from tunesmith.core.protocols import Exhausted, Proposal
    from tunesmith.core.trial import Trial

__all__ = ["Median", "MedianState"]


@final
@dataclass(slots=True)
class MedianState:
    """What completed trials had reported.

    Attributes:
        completed: how many trials have completed.
        columns: step -> ascending losses (or running averages) of the completed trials that reported there.
    """

    completed: int = 0
    columns: dict[int, list[float]] = field(default_factory=dict)


@final
@dataclass(frozen=True)
class Median:
    """Stops a run whose best loss so far is worse than the median of the completed trials at the same step.

    Args:
        startup: no verdict before this many trials have completed.
        warmup: no verdict at steps below this one, in the objective's steps.
        interval: steps between two verdicts, counted from `warmup`; between them a run goes on.
        min_trials: no verdict at a step that fewer completed trials have reported at.
        against: "values" (losses at the step) or "averages" (means of the losses up to the step).

    Raises:
        InvalidArgumentError: a number is below its least value, or `against` is neither of the two.

    Example:
        >>> Median(startup=10, warmup=5)
        Median(startup=10, warmup=5, interval=1, min_trials=1, against='values')
    """

    startup: int = 5
    warmup: int = 0
    interval: int = 1
    min_trials: int = 1
    against: str = "values"

    def __post_init__(self) -> None:
        for name, least in (("startup", 0), ("warmup", 0), ("interval", 1), ("min_trials", 1)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise InvalidArgumentError(f"Median needs {name} as a whole number >= {least}, got {name}={value!r}")
        if self.against not in ("values", "averages"):
            raise InvalidArgumentError(f"Median needs against='values' or 'averages', got against={self.against!r}")

    def init(self, problem: Problem) -> MedianState:
        """Return the state of a study without trials."""
        del problem
        return MedianState()

    def tell(self, state: MedianState, runs: History) -> MedianState:
        """Return the state with the curves of the trials that completed; O(steps) a trial."""
        for row in runs.records:
            if row.state != COMPLETE:
                continue
            state.completed += 1
            steps, losses = runs.curves.of(row.number)
            worst = np.where(np.isnan(losses), np.inf, losses)
            for step, value in zip(steps.tolist(), self._measure(worst).tolist(), strict=True):
                insort(state.columns.setdefault(step, []), value)
        return state

    def _measure(self, losses: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.against == "values":
            return losses
        with np.errstate(invalid="ignore", over="ignore"):
            means = np.cumsum(losses) / np.arange(1, len(losses) + 1)
        return np.where(np.isnan(means), np.inf, means)

    def assign(
        self, state: MedianState, history: History, offer: Callable[[], Proposal | Exhausted]
    ) -> Begin | Wait | Finish:
        """Begin what is offered; at the sampler's end wait for open runs, then finish."""
        del state
        return begin_or_end(history, offer)

    def judge(self, state: MedianState, trial: Trial, history: History) -> Verdict:
        """Return STOP if the trial's best loss so far is worse than the median at its last step."""
        steps, losses = history.curves.of(trial.number)
        if state.completed < self.startup or not self._is_due(steps):
            return Verdict.GO_ON
        peers = state.columns.get(int(steps[-1]), ())
        if len(peers) < self.min_trials:
            return Verdict.GO_ON
        best = float(np.nanmin(losses)) if not np.isnan(losses).all() else np.inf
        return Verdict.STOP if best > _median(peers) else Verdict.GO_ON

    def _is_due(self, steps: NDArray[np.int64]) -> bool:
        """Whether the last report is the first one in its interval."""
        if not len(steps) or steps[-1] < self.warmup:
            return False
        if len(steps) == 1 or steps[-2] < self.warmup:
            return True
        return bool((steps[-1] - self.warmup) // self.interval > (steps[-2] - self.warmup) // self.interval)


def _median(ascending: Sequence[float]) -> float:
    """Return the middle value, or the mean of the two; infinite if one of them is."""
    half = len(ascending) // 2
    if len(ascending) % 2:
        return ascending[half]
    return ascending[half - 1] / 2 + ascending[half] / 2

"""The best of a study: one trial, or the trials that no other one dominates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tunesmith.errors import InvalidArgumentError, NoCompletedTrialsError
from tunesmith.numerics.pareto import non_dominated

if TYPE_CHECKING:
    from tunesmith.core.trial import Trial
    from tunesmith.study.ledger import Ledger

__all__ = ["best", "best_value", "best_words", "front"]


def best(ledger: Ledger) -> Trial:
    """Return the feasible complete trial with the best value.

    Raises:
        NoCompletedTrialsError: there is none (yet).
        InvalidArgumentError: the study has several objectives.
    """
    if len(ledger.directions) > 1:
        raise InvalidArgumentError("best_trial needs one objective, this study has several; use best_trials")
    if ledger.best is None:
        counts = ", ".join(f"{n} {state}" for state, n in ledger.counts.items() if n) or "no trials"
        raise NoCompletedTrialsError(f"no trial has completed with a feasible value yet ({counts})")
    return ledger.trial(ledger.best)


def best_value(ledger: Ledger) -> float:
    """Return the value of the best trial; raises as `best` does."""
    value = best(ledger).value
    if value is None:
        raise NoCompletedTrialsError("the best trial has no value")
    return value


def front(ledger: Ledger) -> list[Trial]:
    """Return the feasible complete trials that no other one dominates; with one objective all that share the best."""
    done = [r for r in ledger.records if r.state == "complete" and all(excess <= 0 for excess in r.excesses)]
    if not done:
        return []
    losses = np.array([r.losses for r in done])
    return [ledger.trial(r.number) for r, keep in zip(done, non_dominated(losses), strict=True) if keep]


def best_words(ledger: Ledger) -> str:
    """Return the best as the repr of a study tells it; empty with several objectives, or before the first result."""
    if len(ledger.directions) > 1 or ledger.best is None:
        return ""
    trial = ledger.trial(ledger.best)
    return f", best {ledger.metrics[0]} {trial.value:.6g} (trial {trial.number})"

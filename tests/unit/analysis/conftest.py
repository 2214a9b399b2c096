"""Trials and histories for the tests of the analyses, built from records alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from tunesmith.core.curves import CurveTable
from tunesmith.core.history import STATE_CODES, Columns, History, Row
from tunesmith.core.trial import Run, Trial, TrialState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tunesmith.space import Space


def make_trial(number: int, value: float | None = None, state: str = "complete", **more: Any) -> Trial:
    """Return a trial of one minimised objective; `value` None means that it never came."""
    run = Run(1, number, "w", None, 100.0 * number, 100.0 * number + 10, more.get("reason", "returned"))
    values = None if value is None else (value,)
    losses = (math.nan,) if value is None else (value,)
    more = {"values": values, "losses": losses, "runs": (run,), **more}
    return Trial(number, TrialState(state), **more)


def make_history(trials: Sequence[Trial], space: Space, n_losses: int = 1) -> History:
    columns = Columns(n_losses, len(trials[0].violations) if trials else 0, space)
    for trial in trials:
        if str(trial.state) in STATE_CODES:
            columns.append(
                Row(
                    number=trial.number,
                    run=len(trial.runs),
                    decision=trial.number,
                    state=STATE_CODES[str(trial.state)],
                    losses=trial.losses,
                    excesses=trial.violations,
                    budget=math.nan,
                    step=math.nan,
                    seconds=trial.seconds,
                    replicate=0,
                    config=trial.params,
                    memo=None,
                    by="",
                    reasons={},
                )
            )
    return History(columns, slice(0, len(columns.rows)), CurveTable())


@pytest.fixture(name="trial")
def _trial() -> Callable[..., Trial]:
    return make_trial


@pytest.fixture(name="history")
def _history() -> Callable[..., History]:
    return make_history

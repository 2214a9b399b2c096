"""The best so far, and which trials count."""

from __future__ import annotations

import math

import numpy as np

from tunesmith.analysis.progress import best_so_far, progress_of


def test_the_best_so_far_by_hand() -> None:
    losses = np.array([math.nan, 4.0, 5.0, math.nan, 2.0, 3.0])
    np.testing.assert_array_equal(best_so_far(losses), [math.nan, 4, 4, 4, 2, 2])
    assert best_so_far(np.array([])).tolist() == []


def test_only_complete_and_feasible_trials_count_in_order_of_number(trial) -> None:
    trials = [
        trial(3, 1.0),
        trial(0, 5.0),
        trial(1, 0.1, "pruned"),
        trial(2, 0.2, violations=(1.0,)),
        trial(4, 1.0),
        trial(5, None, "failed"),
    ]
    progress = progress_of(trials)
    assert progress.numbers.tolist() == [0, 3, 4]
    assert progress.best.tolist() == [5.0, 1.0, 1.0]
    assert progress.improved == (0, 3)
    assert progress.best_number == 3
    assert progress.since_improvement == 1


def test_nothing_yet() -> None:
    progress = progress_of([])
    assert (progress.best_number, progress.since_improvement, progress.improved) == (None, 0, ())

"""What trials teach: one row a trial, short runs and failures in their place, and a bound on how many."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tunesmith.core.protocols import Problem, Proposal
from tunesmith.numerics.pareto import non_dominated
from tunesmith.samplers.evidence import Evidence
from tunesmith.seeding import stream
from tunesmith.space import Float, Space
from tunesmith.testing.book import Book

SPACE = Space(x=Float(0.0, 1.0))


def evidence(book: Book) -> Evidence:
    found = Evidence(1, book.problem.n_losses, len(book.problem.constraints))
    for row in range(len(book.columns.rows)):
        found.tell(book.history(row, row + 1))
    return found


def order(book: Book, seed: int = 0) -> list[float]:
    """Return the x of the trials from the best target to the worst."""
    x, y = evidence(book).targets(stream(seed), 1000)
    return x[np.argsort(y, kind="stable"), 0].tolist()


def test_targets_keep_the_order_of_losses() -> None:
    book = Book.of(Problem(SPACE))
    for x, loss in ((0.1, 5.0), (0.2, -3.0), (0.3, 100.0), (0.4, math.inf)):
        book.add({"x": x}, loss)
    assert order(book)[:2] == [0.2, 0.1]
    assert set(order(book)[2:]) == {0.3, 0.4}


def test_short_runs_are_no_better_than_the_middle_and_failures_are_worst() -> None:
    book = Book.of(Problem(SPACE))
    for x, loss, state in (
        (0.1, 1.0, "complete"),
        (0.2, 2.0, "complete"),
        (0.3, 3.0, "complete"),
        (0.4, -9.0, "pruned"),
        (0.5, 2.5, "paused"),
        (0.6, math.nan, "failed"),
    ):
        book.add({"x": x}, loss, state)
    assert order(book) == [0.1, 0.2, 0.4, 0.5, 0.3, 0.6]


def test_a_resumed_trial_counts_once_with_its_last_run() -> None:
    book = Book.of(Problem(SPACE))
    book.add({"x": 0.1}, 1.0, "paused")
    book.add({"x": 0.2}, 2.0)
    book.resume(0, None)
    book.close(0, 3.0)
    found = evidence(book)
    assert len(found) == 2
    assert order(book) == [0.2, 0.1]


def test_broken_constraints_come_behind_all_others() -> None:
    book = Book.of(Problem(SPACE, constraints=("size",)))
    for x, loss, broken in ((0.1, 0.0, 2.0), (0.2, 9.0, 0.0), (0.3, 0.0, 1.0), (0.4, 5.0, 0.0)):
        book.close(book.begin(Proposal({"x": x}, "kit")), loss, excesses=(broken,))
    assert order(book) == [0.4, 0.2, 0.3, 0.1]


def test_several_losses_become_one_by_weights_of_the_generator() -> None:
    book = Book.of(Problem(SPACE, n_losses=2))
    for x in (0.0, 0.25, 0.5, 0.75, 1.0):
        book.close(book.begin(Proposal({"x": x}, "kit")), (x * x, (1 - x) ** 2))
    assert len({tuple(order(book, seed)) for seed in range(10)}) > 2
    assert order(book, 3) == order(book, 3)


@pytest.mark.parametrize("most", [10, 11])
def test_of_many_the_best_and_some_of_all_times_are_kept(most: int) -> None:
    book = Book.of(Problem(SPACE))
    losses = stream(1).permutation(100)
    for i, loss in enumerate(losses.tolist()):
        book.add({"x": i / 100}, float(loss))
    x, y = evidence(book).targets(stream(0), most)
    kept = (x[:, 0] * 100).round().astype(int)
    assert len(y) == most
    assert set(losses[kept]) >= set(range(5))
    assert (np.diff(kept) > 0).all()
    rest = kept[losses[kept] >= most // 2]
    assert rest.min() < 10
    assert rest.max() > 90


def test_a_run_without_a_place_is_left_out() -> None:
    space = Space(x=Float(0.0, 1.0))
    book = Book.of(Problem(space))
    book.add({"x": 0.5}, 1.0)
    book.add({"y": 3.0}, 2.0)
    assert len(evidence(book)) == 2  # a missing parameter is inactive
    book.add({"x": None}, 2.0)
    assert len(evidence(book)) == 2  # a value that is no number has no place


def test_of_many_trials_with_two_losses_a_spread_of_the_front_is_kept() -> None:
    """Two hundred points of one front, told in the order of their first loss, and a hundred behind it."""
    book = Book.of(Problem(SPACE, n_losses=2))
    for x in np.linspace(0, 1, 200).tolist():
        book.close(book.begin(Proposal({"x": x}, "kit")), (x, 1 - x))
    for x in np.linspace(0, 1, 100).tolist():
        book.close(book.begin(Proposal({"x": x}, "kit")), (x + 1, 2 - x))
    sample = evidence(book).each(40)
    x, y = sample.x, sample.y
    front = np.sort(x[non_dominated(y), 0])
    assert len(x) == 40
    assert 20 <= len(front) <= 34
    assert np.diff(front, prepend=0, append=1).max() < 0.1


def test_of_many_trials_with_constraints_the_best_feasible_ones_are_kept() -> None:
    # falls towards x = 1, and x above 0.5 is infeasible: the half that is kept for its worth ends at the bound
    book = Book.of(Problem(SPACE, constraints=("size", "unknown")))
    for x in np.linspace(0, 1, 201).tolist():
        book.close(book.begin(Proposal({"x": x}, "kit")), -x, excesses=(x - 0.5, -1.0))
    sample = evidence(book).each(40)
    assert len(sample.x) == len(sample.excesses) == 40
    assert (sample.feasible == (sample.x[:, 0] <= 0.5)).all()
    assert (np.isin(np.linspace(0.41, 0.5, 19).round(3), sample.x.round(3))).all()
    few = evidence(book).each(400)
    assert few.feasible.sum() == 101


def test_a_failed_trial_is_not_feasible_and_a_missing_metric_counts_as_broken() -> None:
    book = Book.of(Problem(SPACE, constraints=("size",)))
    plan = (("complete", -1.0), ("complete", math.nan), ("failed", math.nan), ("failed", -1.0), ("complete", 2.0))
    for i, (state, excess) in enumerate(plan):
        book.close(book.begin(Proposal({"x": i / 10}, "kit")), 1.0, state, excesses=(excess,))
    sample = evidence(book).each(10)
    assert sample.feasible.tolist() == [True, False, False, False, False]
    assert np.array_equal(sample.excesses[:, 0], [-1.0, math.inf, math.nan, -1.0, 2.0], equal_nan=True)
    y = evidence(book).targets(stream(0), 10)[1]
    assert y[0] < y[4]
    assert y[1:4].tolist() == [y[4]] * 3


def test_of_too_many_infeasible_trials_those_closest_to_the_bound_are_kept() -> None:
    book = Book.of(Problem(SPACE, constraints=("size", "roomy")))
    for x in np.linspace(0, 1, 101).tolist():
        book.close(book.begin(Proposal({"x": x}, "kit")), -x, excesses=(x + 0.2, -x))
    kept = evidence(book).each(20).x[:, 0]
    assert (kept <= 0.1).sum() >= 10

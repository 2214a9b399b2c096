"""The order of trials, kept while they are told."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tunesmith.core.protocols import Problem, Proposal
from tunesmith.samplers.ranked import Ranked, standing
from tunesmith.seeding import stream
from tunesmith.space import Float, Space
from tunesmith.testing.book import Book

SPACE = Space(x=Float(0.0, 1.0))
ROWS = (  # in the order in which they belong
    ("complete", 1.0, 0.0, 0),
    ("complete", math.inf, 0.0, 0),
    ("pruned", 5.0, 0.0, 9),
    ("paused", 2.0, 0.0, 3),
    ("pruned", 3.0, 0.0, 3),
    ("complete", -4.0, 0.5, 0),
    ("complete", -9.0, 2.0, 0),
    ("complete", -9.0, math.nan, 0),
    ("complete", math.nan, 0.0, 0),
    ("failed", math.nan, 0.0, 0),
)


def rows() -> Book:
    book = Book.of(Problem(SPACE, constraints=("latency",)))
    for state, loss, violation, steps in ROWS:
        number = book.begin(Proposal({"x": 0.5}, "kit"))
        if steps:
            book.report(number, steps, loss)
        book.close(number, loss, state, excesses=(violation,))
    return book


def test_the_order_worked_by_hand() -> None:
    standings = [standing(row) for row in rows().history().records]
    for turn in range(5):
        ranked = Ranked(1)
        for place in stream(turn).permutation(len(standings)).tolist():
            ranked.put(place, standings[place])
        split = ranked.split(4, 100, 100, stream(0))
        assert split.better + split.worse == list(range(len(ROWS)))


def filled(losses: np.ndarray) -> Ranked:
    book = Book.of(Problem(SPACE, n_losses=losses.shape[1]))
    ranked = Ranked(losses.shape[1])
    for place, row in enumerate(losses.tolist()):
        book.add({"x": 0.5}, row)
        ranked.put(place, standing(book.history().records[-1]))
    return ranked


def test_the_worse_are_thinned_and_weighted() -> None:
    # 100 trials of losses 0 to 99: 5 better, 10 for themselves, the other 85 by 17, each for 5, the middle of its five
    split = filled(np.arange(100.0)[:, None]).split(5, 10, 17, stream(0))
    assert split.better == list(range(5))
    assert split.worse == [*range(5, 15), *range(17, 100, 5)]
    assert split.weights.tolist() == [1.0] * 10 + [5.0] * 17
    assert split.weights.sum() == 95


def test_a_trial_that_goes_on_is_moved() -> None:
    ranked = filled(np.array([[3.0], [1.0], [2.0]]))
    book = Book.of(Problem(SPACE))
    book.add({"x": 0.5}, 0.0)
    ranked.put(0, standing(book.history().records[0]))
    assert ranked.split(1, 2, 0, stream(0)).better == [0]
    assert len(ranked) == len(ranked.keys) == 3


def test_with_two_losses_the_front_comes_first_and_nothing_is_lost() -> None:
    # 20 trials on a front among 600 far behind it; the better eighth of what is kept is of the front, from all along it
    rng = stream(1)
    front = np.stack([np.linspace(0, 1, 20), 1 - np.linspace(0, 1, 20)], axis=1)
    losses = np.concatenate([rng.uniform(2, 3, (300, 2)), front, rng.uniform(2, 3, (300, 2))])
    ranked = filled(losses)
    met = set()
    for seed in range(20):
        split = ranked.split(5, 100, 1000, stream(2, seed))
        assert set(split.better) <= set(range(300, 320))
        assert sorted(split.better + split.worse) == list(range(620))
        met |= set(split.better)
    assert min(met) < 303
    assert max(met) > 316


@pytest.mark.parametrize("n_losses", [1, 2])
def test_moving_among_many_keeps_each_place_once(n_losses: int) -> None:
    losses = stream(5).uniform(size=(700, n_losses))
    ranked = filled(losses)
    book = Book.of(Problem(SPACE, n_losses=n_losses))
    for place in (0, 350, 699):
        book.add({"x": 0.5}, [0.5] * n_losses)
        ranked.put(place, standing(book.history().records[-1]))
    split = ranked.split(10, 100, 1000, stream(6))
    assert sorted(split.better + split.worse) == list(range(700))

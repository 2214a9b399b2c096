"""NSGA: who stays in a population of several losses, by hand, and how its settings choose the niching."""

from __future__ import annotations

import numpy as np
import pytest

from tunesmith.core.protocols import Problem, Proposal
from tunesmith.errors import InvalidArgumentError
from tunesmith.samplers import NSGA
from tunesmith.seeding import stream
from tunesmith.space import Float, Space
from tunesmith.testing.book import Book

LINE = Space(x=Float(0.0, 1.0))


def book_with(rows, violations=None, n_losses: int = 2) -> Book:
    book = Book.of(Problem(LINE, n_losses=n_losses, constraints=("size",) if violations else ()))
    for i, losses in enumerate(rows):
        number = book.begin(Proposal({"x": (i + 0.5) / len(rows)}, by="kit"))
        book.close(number, losses, excesses=(violations[i],) if violations else ())
    return book


def alive(sampler, book: Book) -> list[int]:
    return sampler.tell(sampler.init(book.problem), book.history()).alive


def test_the_least_crowded_of_the_last_front_stay() -> None:
    # front 0: 0, 1, 2, 3, 4 along a line, 2 crowded between 1 and 3; front 1: 5
    rows = [(0.0, 4.0), (1.9, 2.1), (2.0, 2.0), (2.1, 1.9), (4.0, 0.0), (5.0, 5.0)]
    assert sorted(alive(NSGA(population=5), book_with(rows))) == [0, 1, 2, 3, 4]
    assert sorted(alive(NSGA(population=4), book_with(rows))) == [0, 1, 3, 4]
    assert alive(NSGA(population=6), book_with(rows))[-1] == 5


def test_crowding_is_measured_anew_after_every_departure() -> None:
    # one by one: of four neighbours in a row two that are apart stay, while one cut would take two side by side
    rows = [(0.0, 10.0), (4.9, 5.1), (5.0, 5.0), (5.1, 4.9), (5.2, 4.8), (10.0, 0.0)]
    kept = sorted(alive(NSGA(population=4), book_with(rows)))
    assert kept[0] == 0
    assert kept[-1] == 5
    assert kept[2] - kept[1] > 1


def test_broken_constraints_stand_behind_kept_ones() -> None:
    rows = [(0.0, 0.0), (5.0, 5.0), (1.0, 1.0), (6.0, 6.0)]
    assert alive(NSGA(), book_with(rows, violations=[3.0, 0.0, 1.0, 0.0])) == [1, 3, 2, 0]


def test_directions_keep_one_in_each_niche() -> None:
    # three corners and two in the middle, the nearer to the ray (1, 1, 1) stays; 3 divisions make 10 directions
    rows = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (0.36, 0.33, 0.34), (0.34, 0.33, 0.34)]
    found = alive(NSGA(population=4), book_with(rows, n_losses=3))
    assert sorted(found) == [0, 1, 2, 4]


def test_three_losses_and_more_use_directions() -> None:
    def directions(sampler, m: int):
        found = sampler.init(Problem(LINE, n_losses=m)).directions
        return None if found is None else found.shape

    assert directions(NSGA(), 2) is None
    assert directions(NSGA(population=91), 3) == (91, 3)
    assert directions(NSGA(niching="crowding"), 3) is None
    assert directions(NSGA(population=12, niching="directions"), 2) == (12, 2)


@pytest.mark.parametrize("niching", ["crowding", "directions"])
@pytest.mark.parametrize("m", [1, 2, 3, 4])
def test_any_number_of_losses(niching: str, m: int) -> None:
    rng = np.random.default_rng(m)
    book = book_with([tuple(row) for row in rng.random((60, m))], n_losses=m)
    sampler = NSGA(population=10, niching=niching)
    state = sampler.tell(sampler.init(book.problem), book.history())
    assert len(state.alive) == 10
    found = sampler.ask(state, (), stream(0))
    assert found.by == "nsga"
    assert set(found.reasons["parents"]) <= set(state.alive)


def test_infinite_losses_break_nothing() -> None:
    rows = [(np.inf, 0.0, 1.0), (np.nan, 1.0, 1.0), (-np.inf, 2.0, 1e308), (1.0, 1.0, 1.0), (np.inf,) * 3] * 4
    assert len(alive(NSGA(population=6), book_with(rows, n_losses=3))) == 6


@pytest.mark.parametrize(
    ("settings", "said"), [({"population": 3}, "population=3"), ({"niching": "grid"}, "niching='grid'")]
)
def test_wrong_settings_are_named(settings, said: str) -> None:
    with pytest.raises(InvalidArgumentError, match=said):
        NSGA(**settings)

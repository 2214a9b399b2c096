from __future__ import annotations

import pytest

from tunesmith.core.protocols import Exhausted, Problem, Proposal
from tunesmith.errors import InvalidConfigError
from tunesmith.samplers import Stateless, describe
from tunesmith.seeding import stream
from tunesmith.space import Float, Space
from tunesmith.testing.book import Book

SPACE = Space(x=Float(0.0, 1.0))


def seen(problem, closed, pending, rng):
    """Propose a config that tells how much was seen."""
    assert problem.space is SPACE
    return Proposal(
        {"x": float(rng.random())}, "seen", reasons={"losses": closed.loss.tolist(), "pending": len(pending)}
    )


def test_the_function_sees_everything_told_in_order_and_what_is_pending() -> None:
    sampler, book = Stateless(seen), Book.of(Problem(SPACE))
    state = sampler.init(book.problem)
    assert sampler.ask(state, (), stream(0)).reasons == {"losses": [], "pending": 0}
    for i in range(5):
        book.add({"x": i / 10}, float(i))
        if i % 2:
            state = sampler.tell(state, book.history(i - 1))
    book.begin(Proposal({"x": 0.9}, "kit"))
    state = sampler.tell(state, book.history(4))
    found = sampler.ask(state, book.pending(), stream(3))
    assert found.reasons == {"losses": [0.0, 1.0, 2.0, 3.0, 4.0], "pending": 1}
    assert found.config == {"x": float(stream(3).random())}


def test_parts_that_are_no_ranges_are_joined_too() -> None:
    sampler, book = Stateless(seen), Book.of(Problem(SPACE))
    for i in range(6):
        book.add({"x": i / 10}, float(i))
    state = sampler.init(book.problem)
    for part in ([3, 0], [5], [1]):
        state = sampler.tell(state, book.history().take(part))
    assert sampler.ask(state, (), stream(0)).reasons["losses"] == [3.0, 0.0, 5.0, 1.0]


def test_a_config_gets_the_name_of_its_function_and_none_is_the_end() -> None:
    found = Stateless(lambda problem, closed, pending, rng: {"x": 0.5}, by="mine")
    assert found.ask(found.init(Problem(SPACE)), (), stream(0)) == Proposal({"x": 0.5}, "mine")
    assert Stateless(seen).label == "seen"
    ended = Stateless(lambda *_: None, by="mine")
    assert "mine" in ended.ask(ended.init(Problem(SPACE)), (), stream(0)).why
    whole = Stateless(lambda *_: Exhausted("so"), by="mine")
    assert whole.ask(whole.init(Problem(SPACE)), (), stream(0)).why == "so"


def test_a_config_outside_the_space_names_its_author() -> None:
    sampler = Stateless(lambda *_: {"x": 7.0}, by="mine")
    with pytest.raises(InvalidConfigError, match=r"mine proposed.*x=7.0"):
        sampler.ask(sampler.init(Problem(SPACE)), (), stream(0))


def test_a_log_names_it_but_cannot_make_it() -> None:
    assert describe(Stateless(seen))["name"] == "tunesmith.samplers.adapter.Stateless"

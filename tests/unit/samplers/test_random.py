from __future__ import annotations

import math

import numpy as np
import pytest

from tunesmith.core.protocols import Exhausted, Problem, Proposal
from tunesmith.errors import InvalidArgumentError
from tunesmith.samplers import Random
from tunesmith.seeding import stream
from tunesmith.space import Categorical, Float, Near, Space, sample_prior
from tunesmith.testing.book import Book
from tunesmith.testing.problems import Case, case
from tunesmith.testing.samplers import Traits, drive

SPACE = Space(x=Float(0.0, 1.0))


def test_a_proposal_is_one_draw_from_the_space() -> None:
    space = case("conditional").space
    state = Random().init(Problem(space))
    for path in range(20):
        found = Random().ask(state, (), stream(1, path))
        assert found.config == space.sample(stream(1, path))
        assert (found.by, found.memo, dict(found.reasons)) == ("random", None, {})


def test_hints_are_followed_only_when_asked_for() -> None:
    space = Space(lr=Float(0.0, 1.0, prior=Near(0.2, "high")), c=Categorical("a", "b", prior=(9.0, 1.0)))
    hinted, plain = Random(use_priors=True), Random()
    state = hinted.init(Problem(space))
    draws = [hinted.ask(state, (), stream(2, i)).config for i in range(400)]
    assert draws[0] == sample_prior(space, stream(2, 0))
    near = np.array([d["lr"] for d in draws])
    assert abs(near.mean() - 0.2) < 0.03  # a bell of 1/8 around 0.2, cut at 0: mean 0.21, standard error 0.006
    assert 0.86 < np.mean([d["c"] == "a" for d in draws]) < 0.94
    even = np.array([plain.ask(state, (), stream(2, i)).config["lr"] for i in range(400)])
    assert 0.44 < even.mean() < 0.56


@pytest.mark.parametrize("workers", [1, 3])
def test_so_many_draws_and_no_more_whatever_is_pending(workers: int) -> None:
    book = drive(Random(n=7), Case("here", SPACE, lambda c: c["x"]), 50, Traits(ends=True), workers=workers)
    assert len(book.trials) == 7


def test_trials_of_others_are_no_draws_and_the_reason_is_told() -> None:
    sampler, book = Random(n=2), Book.of(Problem(SPACE))
    book.add({"x": 0.5}, 1.0)
    book.begin(Proposal({"x": 0.1}, by="random"))
    state = sampler.tell(sampler.init(book.problem), book.history())
    assert isinstance(sampler.ask(state, book.pending(), stream(0)), Proposal)
    book.begin(Proposal({"x": 0.2}, by="random"))
    found = sampler.ask(state, book.pending(), stream(0))
    assert isinstance(found, Exhausted)
    assert found.why == "2 configs have been drawn, as n=2 wants"


def stopped_after(losses, patience: int, states=(), n_losses: int = 1, violations=()) -> int | None:
    """Return after how many closed trials the search ends."""
    constraints = ("size",) if len(violations) else ()
    sampler, book = Random(patience=patience), Book.of(Problem(SPACE, n_losses=n_losses, constraints=constraints))
    state = sampler.init(book.problem)
    for i, loss in enumerate(losses):
        number = book.begin(Proposal({"x": 0.5}, by="random"))
        book.close(number, loss, states[i] if i < len(states) else "complete", excesses=violations[i : i + 1] or None)
        state = sampler.tell(state, book.history(i))
        if isinstance(sampler.ask(state, (), stream(0)), Exhausted):
            return i + 1
    return None


def test_it_stops_when_the_best_has_stopped_improving() -> None:
    # by hand: the best falls at trials 1, 2 and 5, so three idle ones are 6, 7, 8
    assert stopped_after([5, 3, 4, 4, 2, 9, 9, 9, 1], patience=3) == 8
    assert stopped_after([5, 3, 3, 3, 1], patience=2) == 4  # an equal loss is no better one
    assert stopped_after([5, 4, 3, 2, 1], patience=1) is None
    assert stopped_after([5, 4, 4], patience=1) == 3


def test_failed_pruned_and_infeasible_trials_are_no_better_and_paused_ones_do_not_count() -> None:
    assert stopped_after([5, math.nan, 1, 4], patience=2, states=["complete", "failed", "pruned"]) == 3
    assert stopped_after([5, 1, 1, 1, 6, 6], patience=2, states=["complete", *["paused"] * 3]) == 6
    assert stopped_after([5, 1, 1], patience=2, violations=[0.0, 2.0, math.nan]) == 3
    assert stopped_after([math.inf, math.inf], patience=2) == 2


def test_with_several_objectives_a_new_point_of_the_front_is_better() -> None:
    losses = [(2, 2), (1, 3), (3, 1), (3, 3), (2, 2), (1.5, 2.5), (0, 0), (1, 1), (2, 0)]
    assert stopped_after(losses, patience=2, n_losses=2) == 5
    assert stopped_after([*losses[:4], *losses[5:]], patience=2, n_losses=2) == 8


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "3"])
@pytest.mark.parametrize("name", ["n", "patience"])
def test_numbers_that_are_none_are_refused(name: str, value: object) -> None:
    with pytest.raises(InvalidArgumentError, match=f"Random needs {name}"):
        Random(**{name: value})

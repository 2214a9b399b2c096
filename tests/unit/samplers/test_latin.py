from __future__ import annotations

import pytest

from tunesmith.core.protocols import Problem
from tunesmith.errors import InvalidArgumentError
from tunesmith.samplers import LatinHypercube
from tunesmith.seeding import stream
from tunesmith.space import Categorical, Float, Int, Space
from tunesmith.testing.book import Book
from tunesmith.testing.problems import Case, case
from tunesmith.testing.samplers import Traits, drive

SPACE = Space(x=Float(0.0, 1.0), n=Int(1, 10), c=Categorical("a", "b"))


def test_a_design_takes_every_slice_once_also_with_workers() -> None:
    for workers in (1, 4):
        book = drive(LatinHypercube(n=20), Case("here", SPACE, lambda _: 1.0), 40, Traits(), workers=workers)
        for design in (book.trials[:20], book.trials[20:]):
            assert sorted(int(trial.params["x"] * 20) for trial in design) == list(range(20))
            assert sorted(trial.params["n"] for trial in design) == sorted(2 * list(range(1, 11)))
            assert sum(trial.params["c"] == "a" for trial in design) == 10
        assert {trial.by for trial in book.trials} == {"latin"}


def test_the_size_is_the_plan_of_the_study_and_stays_when_the_plan_changes() -> None:
    sampler = LatinHypercube()
    assert sampler.init(Problem(SPACE)).size == 64
    state = sampler.init(Problem(SPACE, n_trials=30))
    assert state.size == 30
    book = Book.of(Problem(SPACE, n_trials=30))
    for path in range(12):
        book.begin(sampler.ask(state, book.pending(), stream(0, path)))
    next_one = sampler.ask(state, book.pending(), stream(0, 12))
    for number in range(12):
        book.close(number, 1.0)
    later = sampler.tell(sampler.init(Problem(SPACE, n_trials=90)), book.history())
    assert later.size == 30
    assert sampler.ask(later, (), stream(0, 12)).config == next_one.config
    told = LatinHypercube(n=90).tell(LatinHypercube(n=90).init(Problem(SPACE)), book.history())
    assert told.size == 90  # what is typed counts


def test_conditional_parameters_are_dropped_where_they_are_inactive() -> None:
    found = [t.params for t in drive(LatinHypercube(n=32), case("conditional"), 32, Traits()).trials]
    assert sum(config["optimizer"] == "sgd" for config in found) == 16
    assert all(("momentum" in config) == (config["optimizer"] == "sgd") for config in found)


@pytest.mark.parametrize("n", [0, -3, 2.5, True, "5"])
def test_a_size_that_is_none_is_refused(n: object) -> None:
    with pytest.raises(InvalidArgumentError, match="LatinHypercube needs n"):
        LatinHypercube(n=n)  # type: ignore[arg-type]

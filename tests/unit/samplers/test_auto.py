from __future__ import annotations

import pytest

from tunesmith.core.protocols import Problem, Proposal
from tunesmith.errors import InvalidArgumentError
from tunesmith.samplers import GP, Auto, Sobol
from tunesmith.seeding import stream
from tunesmith.space import Categorical, Float, Int, Near, Space, sample_prior
from tunesmith.testing.book import Book
from tunesmith.testing.problems import Case, case
from tunesmith.testing.samplers import Traits, drive


def authors(space: Space, n: int, **settings: int) -> list[str]:
    one = Case("here", space, lambda config: float(len(str(config)) % 7))
    return [trial.by for trial in drive(Auto(**settings), one, n, Traits()).trials]


def test_without_defaults_and_hints_an_even_spread_then_the_model() -> None:
    assert authors(Space(x=Float(0.0, 1.0)), 8) == ["sobol"] * 4 + ["gp"] * 4
    assert authors(Space(x=Float(0.0, 1.0)), 4, startup=2) == ["sobol"] * 2 + ["gp"] * 2


def test_every_branch_of_a_conditional_space_gets_even_points_of_its_own() -> None:
    space = Space(model=Categorical("a", "b"), x=Float(0.0, 1.0, when={"model": "a"}), y=Float(0.0, 1.0))
    assert authors(space, 14) == ["sobol"] * 12 + ["gp"] * 2


def test_of_a_small_conditional_space_a_third_at_most_is_the_even_start() -> None:
    space = Space(model=Categorical("a", "b"), n=Int(1, 9, when={"model": "a"}), k=Int(1, 2))  # 18 and 2 configs
    assert authors(space, 8) == ["sobol"] * 6 + ["gp"] * 2
    assert authors(space, 8, startup=7) == ["sobol"] * 7 + ["gp"]


def test_declared_defaults_come_first_and_once() -> None:
    space = Space(x=Float(0.0, 1.0, default=0.3), n=Int(1, 9))
    book = drive(Auto(), Case("here", space, lambda config: config["x"]), 8, Traits())
    assert [trial.by for trial in book.trials] == ["default"] + ["sobol"] * 3 + ["gp"] * 4
    assert book.trials[0].params == {"x": 0.3, "n": 5}
    assert authors(Space(x=Float(0.0, 1.0), n=Int(1, 9)), 1) == ["sobol"]  # a middle is no default


def test_a_default_that_is_known_or_pending_or_against_the_rules_is_not_proposed() -> None:
    sampler, book = Auto(), Book.of(Problem(Space(x=Float(0.0, 1.0, default=0.3))))
    state = sampler.init(book.problem)
    assert sampler.ask(state, (), stream(0)).by == "default"
    number = book.begin(Proposal({"x": 0.3}, "queue"))
    assert sampler.ask(state, book.pending(), stream(0)).by == "sobol"
    book.close(number, state="failed")
    assert sampler.ask(sampler.tell(state, book.history()), (), stream(0)).by == "sobol"
    assert authors(Space(a=Float(0.0, 1.0, default=0.9), b=Float(0.0, 1.0), rules=["a < b"]), 2) == ["sobol"] * 2


def test_a_default_declared_later_is_not_tried_in_the_middle_of_the_study() -> None:
    sampler, book = Auto(), Book.of(Problem(Space(x=Float(0.0, 1.0, default=0.3))))
    for i in range(10):
        book.add({"x": 0.05 + i / 11}, float(i))
    assert sampler.ask(sampler.tell(sampler.init(book.problem), book.history()), (), stream(0)).by == "gp"


def test_every_second_trial_of_the_start_follows_the_hints() -> None:
    space = Space(lr=Float(0.0, 1.0, prior=Near(0.2, "high")), x=Float(0.0, 1.0))
    assert authors(space, 8) == ["sobol", "prior"] * 2 + ["gp"] * 4
    sampler, book = Auto(), Book.of(Problem(space))
    state = sampler.init(book.problem)
    book.begin(sampler.ask(state, (), stream(0)))
    assert sampler.ask(state, book.pending(), stream(4)).config == sample_prior(space, stream(4))
    assert authors(case("hinted").space, 7) == ["default", "prior", "sobol", "prior", "gp", "gp", "gp"]


def test_hints_are_drawn_from_throughout_the_longer_start_of_a_branching_search() -> None:
    space = Space(
        lr=Float(0.0, 1.0, prior=Near(0.2, "high"), optional=True),
        x=Float(0.0, 1.0, optional=True),
    )
    book, sampler, found = Book.of(Problem(space)), Auto(), []
    for number in range(6):
        book.add({"lr": 0.1 * number} if number % 2 else {"lr": 0.1 * number, "x": 0.5}, float(number))
    for _ in range(8):
        state = sampler.tell(sampler.init(book.problem), book.history())
        asked = sampler.ask(state, (), stream(len(book.trials)))
        found.append(asked.by)
        book.add(asked.config, 1.0)
    assert found == ["sobol", "prior"] * 3 + ["gp"] * 2


def test_hints_on_a_tiny_space_repeat_nothing() -> None:
    space = Space(c=Categorical("a", "b", "c", prior=(1.0, 0.0, 0.0)))
    book = drive(Auto(), Case("here", space, lambda _: 1.0), 9, Traits())
    assert sorted(trial.params["c"] for trial in book.trials) == ["a", "b", "c"]


def test_the_spread_is_that_of_sobol_and_the_model_that_of_gp() -> None:
    one = case("continuous")
    auto = drive(Auto(), one, 9, Traits(), seed=3)
    spread, model = drive(Sobol(), one, 4, Traits(), seed=3), drive(GP(), one, 9, Traits(), seed=3)
    assert [t.params for t in auto.trials[:4]] == [t.params for t in spread.trials]
    assert [t.params for t in auto.trials] == [t.params for t in model.trials]


def test_pending_trials_count_for_the_start() -> None:
    sampler, book = Auto(), Book.of(Problem(Space(x=Float(0.0, 1.0))))
    book.add({"x": 0.77}, 1.0)
    state = sampler.tell(sampler.init(book.problem), book.history())
    for _ in range(6):
        found = sampler.ask(state, book.pending(), stream(0, len(book.trials)))
        book.begin(found)
    assert [trial.by for trial in book.trials] == ["kit"] + ["sobol"] * 3 + ["gp"] * 3


@pytest.mark.parametrize("startup", [0, 1.5, True])
def test_a_start_that_makes_no_sense_is_named(startup: object) -> None:
    with pytest.raises(InvalidArgumentError, match="startup"):
        Auto(startup=startup)  # type: ignore[arg-type]


def test_with_many_trials_the_model_says_to_how_many_it_was_fitted() -> None:
    sampler, book = Auto(), Book.of(Problem(Space(x=Float(0.0, 1.0), y=Float(0.0, 1.0))))
    state, told = sampler.init(book.problem), 0
    for n in (160, 400):
        while len(book.trials) < n:
            config = book.problem.space.sample(stream(5, len(book.trials)))
            book.add(config, (config["x"] - 0.3) ** 2 + (config["y"] - 0.6) ** 2)
        near = []
        for _ in range(4):  # the second ask finds the first one's memo; every second one leaps
            state, told = sampler.tell(state, book.history(told)), len(book.columns.rows)
            found = sampler.ask(state, (), stream(6, told))
            assert (found.by, found.reasons["evidence"]) == ("gp", min(told, 300))
            near.append(abs(found.config["x"] - 0.3) + abs(found.config["y"] - 0.6) < 0.2)
            book.close(book.begin(found), 1.0)
        assert sum(near) >= 2

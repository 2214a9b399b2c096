"""The genetic algorithm and the population behind it: who lives, who breeds, what a child inherits, and the end."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tunesmith.core.protocols import Exhausted, Problem, Proposal
from tunesmith.errors import InvalidArgumentError
from tunesmith.samplers import Genetic
from tunesmith.samplers.genetic import crossed
from tunesmith.samplers.left import identity
from tunesmith.samplers.population import Known, mutant
from tunesmith.seeding import stream
from tunesmith.space import Categorical, Float, Int, Space
from tunesmith.testing.book import Book
from tunesmith.testing.problems import Case, case
from tunesmith.testing.samplers import Traits, drive

LINE = Space(x=Float(0.0, 1.0))


def book_with(losses, space: Space = LINE) -> Book:
    book = Book.of(Problem(space))
    for i, loss in enumerate(losses):
        book.add({"x": (i + 0.5) / len(losses)}, loss)
    return book


def told(sampler, book: Book):
    return sampler.tell(sampler.init(book.problem), book.history())


def alive(sampler, book: Book) -> list[int]:
    state = told(sampler, book)
    return [state.known.members[place].number for place in state.alive]


def test_the_population_is_the_best_of_the_log_the_older_of_equals_first() -> None:
    assert alive(Genetic(population=4), book_with([5.0, 2.0, 9.0, 2.0, 1.0, 3.0, math.inf])) == [4, 1, 3, 5]


def test_what_stands_behind_a_loss_counts_before_the_loss() -> None:
    # complete 0; pruned after 5 steps 1, after 2 steps 2; broken by 1 3, by 2 4, unknown 5; failed 6
    book = Book.of(Problem(LINE, constraints=("latency",)))
    plan = [
        ("complete", 9.0, 0.0, None),
        ("pruned", 1.0, 0.0, 5),
        ("paused", 0.5, 0.0, 2),
        ("complete", 0.1, 1.0, None),
        ("complete", 0.0, 2.0, None),
        ("complete", 0.0, math.nan, None),
        ("failed", math.nan, 0.0, None),
    ]
    for i in (6, 3, 0, 5, 1, 4, 2):
        state, loss, broken, step = plan[i]
        number = book.begin(Proposal({"x": 0.1 + i / 10}, by="kit"))
        if step is not None:
            book.report(number, step, loss)
        book.close(number, loss, state, excesses=(broken,))
    places = alive(Genetic(), book)
    assert [round((book.trials[number].params["x"] - 0.1) * 10) for number in places] == [0, 1, 2, 3, 4, 5, 6]


def test_room_within_one_bound_does_not_make_up_for_another_that_is_broken() -> None:
    book = Book.of(Problem(LINE, constraints=("latency", "size")))
    for excesses in ((0.5, -9.0), (1.7e308, 1.7e308), (-1.0, -1.0), (0.2, 0.2)):
        book.close(book.begin(Proposal({"x": 0.1 + len(book.trials) / 10}, by="kit")), 1.0, excesses=excesses)
    assert alive(Genetic(), book) == [2, 3, 0, 1]


def test_a_resumed_trial_has_one_place_and_its_last_loss() -> None:
    book = book_with([3.0, 2.0])
    number = book.begin(Proposal({"x": 0.9}, by="kit"))
    book.close(number, 1.0, "paused")
    sampler = Genetic()
    state = told(sampler, book)
    book.resume(number, None)
    book.close(number, 2.5)
    state = sampler.tell(state, book.history(3))
    assert [member.losses[0] for member in state.known.members] == [3.0, 2.0, 2.5]
    assert state.alive == [1, 2, 0]


@pytest.mark.parametrize("selection", ["tournament", "rank"])
def test_parents_come_from_the_population_and_the_best_more_often(selection: str) -> None:
    sampler = Genetic(population=5, startup=5, selection=selection)
    state = told(sampler, book_with([float(i) for i in range(20)]))
    counts = np.zeros(20)
    for path in range(300):
        found = sampler.ask(state, (), stream(1, path))
        assert found.by == "genetic"
        for number in found.reasons["parents"]:
            counts[number] += 1
    assert counts[5:].sum() == 0
    assert counts[0] > counts[1] > counts[3] >= counts[4]
    # a tournament of 3 of 5 has the best in 6 of 10 draws, linear ranking draws it in 2 of 5
    assert counts[0] / 600 == pytest.approx(0.6 if selection == "tournament" else 0.4, abs=0.07)


def test_children_lie_near_their_parents() -> None:
    sampler = Genetic(population=2, startup=4, crossover="sbx")
    state = told(sampler, book_with([1.0, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0, 0.5]))
    found = np.array([sampler.ask(state, (), stream(2, path)).config["x"] for path in range(200)])
    assert np.mean(np.minimum(abs(found - 0.05), abs(found - 0.95)) < 0.25) > 0.7  # 0.5 + of a random draw


def test_a_child_inherits_what_only_one_parent_has() -> None:
    known = Known.of(case("conditional").problem())
    encoding = known.problem.space.encoding
    sgd = {"lr": 1e-3, "optimizer": "sgd", "momentum": 0.9}
    adam = {"lr": 1e-3, "optimizer": "adam", "warmup": 3}
    a, b = encoding.encode([sgd, adam])
    for path in range(40):
        child = crossed(known, a, b, stream(3, path), kind="uniform")
        config = encoding.decode(known.repair(child)[None])[0]
        assert config in (sgd, {**adam}) or config == pytest.approx(sgd) or config == pytest.approx(adam)


def test_a_mutation_changes_an_active_parameter_that_can_change() -> None:
    space = Space(
        kind=Categorical("a", "b"), n=Int(1, 5, when={"kind": "b"}), only=Int(3, 3), x=Float(0.0, 1.0, log=False)
    )
    known = Known.of(Problem(space))
    origin = space.encoding.encode([{"kind": "a", "only": 3, "x": 0.5}])[0]
    full = np.where(np.isnan(origin), 0.5, origin)
    seen = set()
    for path in range(100):
        config = space.encoding.decode(known.repair(mutant(known, full, stream(4, path)))[None])[0]
        assert config["kind"] != "a" or config["x"] != 0.5
        seen.add((config["kind"] != "a", config["x"] != 0.5))
    assert seen == {(True, False), (False, True), (True, True)}


def test_a_table_is_searched_to_its_end_without_repeats() -> None:
    one = Case("table", Space(a=Categorical(*"pqrs"), b=Int(1, 4)), lambda c: "pqrs".index(c["a"]) + c["b"])
    sampler = Genetic(population=4, startup=4)
    book = drive(sampler, one, 30, Traits(), workers=3)
    assert len({identity(trial.params) for trial in book.trials}) == len(book.trials) == 16
    assert {trial.by for trial in book.trials} <= {"sobol", "genetic", "remaining"}
    assert [trial.by for trial in book.trials].count("genetic") >= 8
    assert isinstance(sampler.ask(told(sampler, book), (), stream(0)), Exhausted)


def test_the_best_cells_of_a_thousand_choices_with_an_order_are_found() -> None:
    one = Case("order", Space(n=Int(1, 1000), m=Int(1, 1000)), lambda c: abs(c["n"] - 700) + abs(c["m"] - 300))
    book = drive(Genetic(), one, 300, Traits())
    assert min(one.loss(trial.params) for trial in book.trials) < 15  # one config in 2,200


@pytest.mark.parametrize("d", [1, 2, 40])
def test_any_number_of_parameters(d: int) -> None:
    one = Case("many", Space({f"x{i}": Float(0.0, 1.0) for i in range(d)}), lambda c: sum(c.values()))
    assert drive(Genetic(), one, 40, Traits()).trials[-1].by == "genetic"


def test_the_population_stays_small_however_long_the_log() -> None:
    state = told(Genetic(), book_with(np.random.default_rng(0).random(2000).tolist()))
    assert len(state.alive) == 12


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"population": 1}, "population as a whole number >= 2, got population=1"),
        ({"size": 0}, "size=0"),
        ({"startup": 2.5}, "startup=2.5"),
        ({"selection": "roulette"}, "selection='roulette'"),
        ({"crossover": "one-point"}, "crossover='one-point'"),
    ],
)
def test_wrong_settings_are_named(settings, said: str) -> None:
    with pytest.raises(InvalidArgumentError, match=said):
        Genetic(**settings)

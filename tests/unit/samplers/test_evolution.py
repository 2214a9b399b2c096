"""Regularised evolution: age, not loss, decides who dies; a child is its parent with a change."""

from __future__ import annotations

import pytest

from tunesmith.core.protocols import Problem
from tunesmith.errors import InvalidArgumentError
from tunesmith.samplers import Evolution
from tunesmith.seeding import stream
from tunesmith.space import Categorical, Float, Space
from tunesmith.testing.book import Book
from tunesmith.testing.problems import Case
from tunesmith.testing.samplers import Traits, drive

SPACE = Space({f"op{i}": Categorical(*"abcdefgh") for i in range(6)})


def told(sampler, losses):
    book = Book.of(Problem(SPACE))
    for config, loss in zip(SPACE.sample_many(stream(0, "some"), len(losses)), losses, strict=True):
        book.add(config, loss)
    return book, sampler.tell(sampler.init(book.problem), book.history())


def parents(sampler, state, n: int = 200) -> list[int]:
    return [sampler.ask(state, (), stream(1, path)).reasons["parents"][0] for path in range(n)]


def test_the_best_dies_of_age() -> None:
    sampler = Evolution(population=5, sample=5, startup=5)
    _, young = told(sampler, [0.0, 5.0, 4.0, 3.0, 2.0])
    _, old = told(sampler, [0.0, 5.0, 4.0, 3.0, 2.0, 6.0])
    assert 0 in parents(sampler, young)
    assert 0 not in parents(sampler, old)


def test_the_best_of_a_sample_is_the_parent() -> None:
    # 4 drawn of 4 with repetition: the best is among them with probability 1 - (3/4)^4 = 0.684
    sampler = Evolution(population=4, sample=4, startup=4)
    _, state = told(sampler, [9.0, 1.0, 0.5, 2.0, 3.0])
    found = parents(sampler, state, 600)
    assert found.count(2) / 600 == pytest.approx(0.684, abs=0.06)
    assert found.count(1) / 600 == pytest.approx((3 / 4) ** 4 - (2 / 4) ** 4, abs=0.06)


def test_failed_trials_are_parents_only_among_their_like() -> None:
    sampler = Evolution(population=4, sample=4, startup=4)
    _, state = told(sampler, [float("nan"), 7.0, float("nan"), 8.0])
    found = parents(sampler, state, 400)
    assert found.count(1) > 200
    assert found.count(0) + found.count(2) < 60  # all four draws failed: (2/4)^4


def test_a_child_is_its_parent_with_about_one_change() -> None:
    sampler = Evolution(population=6, sample=3, startup=4)
    book, state = told(sampler, [3.0, 1.0, 2.0, 5.0, 4.0, 6.0])
    changes = []
    for path in range(300):
        found = sampler.ask(state, (), stream(2, path))
        parent = book.trials[found.reasons["parents"][0]].params
        changes.append(sum(found.config[name] != parent[name] for name in SPACE.names))
    assert min(changes) == 1
    assert sum(changes) / 300 == pytest.approx(1 + (5 / 6) ** 6, abs=0.15)  # each with 1/6; where none did, one


def test_it_searches_a_table_of_operations() -> None:
    def loss(config) -> float:
        return sum(abs("abcdefgh".index(value) - 5) > 0 for value in config.values())

    book = drive(Evolution(), Case("operations", SPACE, loss), 200, Traits())
    assert min(loss(trial.params) for trial in book.trials) <= 1  # one config in 6,000


def test_numbers_move_too() -> None:
    # a random draw is this near with probability pi^2 / 2 * 0.005^2 = 1.2e-4
    space = Space({f"x{i}": Float(0.0, 1.0) for i in range(4)})
    one = Case("bowl", space, lambda c: sum((value - 0.3) ** 2 for value in c.values()))
    assert min(one.loss(trial.params) for trial in drive(Evolution(), one, 250, Traits()).trials) < 0.005


@pytest.mark.parametrize(
    ("settings", "said"),
    [({"population": 10, "sample": 11}, "sample=11, population=10"), ({"sample": 0}, "sample=0")],
)
def test_wrong_settings_are_named(settings, said: str) -> None:
    with pytest.raises(InvalidArgumentError, match=said):
        Evolution(**settings)

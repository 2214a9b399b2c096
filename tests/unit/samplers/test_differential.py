"""Differential evolution: the child by hand, who takes a slot, and what travels in the memo."""

from __future__ import annotations

import numpy as np
import pytest

from tunesmith.core.protocols import Problem, Proposal
from tunesmith.errors import InvalidArgumentError
from tunesmith.numerics.variation import differential
from tunesmith.samplers import DE
from tunesmith.seeding import stream
from tunesmith.space import Categorical, Float, Int, Space
from tunesmith.testing.book import Book
from tunesmith.testing.problems import Case
from tunesmith.testing.samplers import Traits, drive

PLANE = Space(x=Float(0.0, 1.0), y=Float(0.0, 1.0))


def begun(points, losses) -> Book:
    book = Book.of(Problem(PLANE))
    for (x, y), loss in zip(points, losses, strict=True):
        book.add({"x": x, "y": y}, loss)
    return book


FOUR = [(0.1, 0.2), (0.4, 0.5), (0.6, 0.3), (0.8, 0.9)]


def test_a_child_is_a_member_moved_by_the_difference_of_two_others() -> None:
    sampler = DE(population=4, factor=0.5, rate=1.0, base="rand")
    book = begun(FOUR, [4.0, 3.0, 2.0, 1.0])
    state = sampler.tell(sampler.init(book.problem), book.history())
    for path in range(20):
        found = sampler.ask(state, (), stream(0, path))
        target, a, b, c = found.reasons["parents"]
        assert target == 3  # the best is the first target
        assert sorted((a, b, c)) == [0, 1, 2]
        moved = np.abs(np.array(FOUR[a]) + 0.5 * (np.array(FOUR[b]) - np.array(FOUR[c])))
        assert [found.config["x"], found.config["y"]] == pytest.approx(moved.tolist(), abs=1e-8)


def test_the_best_is_moved_when_asked_for() -> None:
    sampler = DE(population=4, base="best", rate=1.0)
    book = begun(FOUR, [4.0, 1.0, 2.0, 3.0])
    state = sampler.tell(sampler.init(book.problem), book.history())
    assert {sampler.ask(state, (), stream(0, path)).reasons["parents"][1] for path in range(20)} == {1}


def test_a_child_takes_its_target_s_slot_unless_it_is_worse() -> None:
    sampler = DE(population=4)
    for loss, takes in ((1.5, False), (1.0, True), (0.5, True)):
        book = begun(FOUR, [4.0, 3.0, 2.0, 1.0])
        state = sampler.tell(sampler.init(book.problem), book.history())
        assert state.slots == [3, 2, 1, 0]
        number = book.begin(sampler.ask(state, (), stream(0)))
        book.close(number, loss)
        state = sampler.tell(state, book.history(4))
        assert state.slots == [4 if takes else 3, 2, 1, 0]
        assert state.last == 0


def test_trials_from_elsewhere_replace_the_worst() -> None:
    sampler = DE(population=4)
    book = begun([*FOUR, (0.5, 0.5), (0.7, 0.7)], [4.0, 3.0, 2.0, 1.0, 2.5, 9.0])
    state = sampler.tell(sampler.init(book.problem), book.history())
    assert state.slots == [3, 2, 1, 4]


def test_slots_are_targets_in_turn_with_workers_too() -> None:
    sampler = DE(population=4)
    book = begun(FOUR, [4.0, 3.0, 2.0, 1.0])
    state = sampler.tell(sampler.init(book.problem), book.history())
    for turn in range(6):
        found = sampler.ask(state, book.pending(), stream(0, turn))
        assert (found.memo["de"]["n"], found.memo["de"]["slot"]) == (turn, turn % 4)
        book.begin(found)


def test_places_within_cells_are_kept_in_the_memo() -> None:
    space = Space(n=Int(1, 3), kind=Categorical("a", "b"), x=Float(0.0, 1.0))
    one = Case("mixed", space, lambda c: c["n"] + (c["kind"] == "a") + c["x"])
    book = drive(DE(population=6), one, 40, Traits())
    bred = [trial for trial in book.trials if trial.by == "de"]
    assert len(bred) > 25
    inside = set()
    for trial in bred:
        n, kind, x = trial.memo["de"]["genotype"]
        assert (min(int(n * 3), 2) + 1, "ab"[min(int(kind * 2), 1)]) == (trial.params["n"], trial.params["kind"])
        assert trial.params["x"] == x
        inside.add(round(n * 3 % 1, 6))
    assert len(inside) > 5


def test_a_genotype_of_an_older_space_is_left_aside() -> None:
    sampler, book = DE(population=4, rate=1.0, base="rand"), Book.of(Problem(PLANE))
    for x, y in FOUR:
        memo = {"de": {"n": 0, "slot": 9, "genotype": [0.99, 0.99]}}
        book.close(book.begin(Proposal({"x": x, "y": y}, by="de", memo=memo)), x)
    state = sampler.tell(sampler.init(book.problem), book.history())
    found = sampler.ask(state, (), stream(0))
    _, *others = found.reasons["parents"]
    moved = differential(*(np.array(FOUR[number]) for number in others), 0.5)
    assert [found.config["x"], found.config["y"]] == pytest.approx(moved.tolist())


def test_it_closes_in_on_the_bottom_of_a_bowl() -> None:
    one = Case("bowl", Space({f"x{i}": Float(-5.0, 5.0) for i in range(4)}), lambda c: sum(v * v for v in c.values()))
    book = drive(DE(), one, 600, Traits())
    assert min(one.loss(trial.params) for trial in book.trials) < 1e-4


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"population": 3}, "population as a whole number >= 4, got population=3"),
        ({"factor": 0.0}, "0 < factor <= 2.0, got factor=0.0"),
        ({"rate": 1.5}, "rate=1.5"),
        ({"rate": "much"}, "rate='much'"),
        ({"base": "worst"}, "base='worst'"),
    ],
)
def test_wrong_settings_are_named(settings, said: str) -> None:
    with pytest.raises(InvalidArgumentError, match=said):
        DE(**settings)

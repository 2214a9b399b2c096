from __future__ import annotations

import itertools

import numpy as np
import pytest

from tunesmith.core.protocols import Exhausted, Problem, Proposal
from tunesmith.errors import InvalidArgumentError
from tunesmith.samplers import Grid
from tunesmith.seeding import stream
from tunesmith.space import Categorical, Float, Int, Ordinal, Space
from tunesmith.testing.book import Book
from tunesmith.testing.problems import Case, case
from tunesmith.testing.samplers import Traits, drive

ENDS = Traits(ends=True)


def all_of(space: Space, grid: Grid, workers: int = 1) -> list[dict]:
    book = drive(grid, Case("here", space, lambda _: 1.0), 10_000, ENDS, workers=workers)
    return [dict(trial.params) for trial in book.trials]


def keyed(found: list[dict]) -> list[tuple]:
    return sorted(tuple(sorted(config.items())) for config in found)


def test_the_grid_of_a_plain_space_is_the_product_each_once() -> None:
    space = Space(x=Float(0.0, 1.0), n=Int(1, 3), c=Categorical("a", "b"), o=Ordinal(16, 32))
    found = all_of(space, Grid(levels=3))
    product = itertools.product([0.0, 0.5, 1.0], [1, 2, 3], ["a", "b"], [16, 32])
    assert keyed(found) == keyed([dict(zip("xnco", values, strict=True)) for values in product])


def test_levels_by_name_by_number_and_by_value() -> None:
    space = Space(lr=Float(1e-4, 1e-2, log=True), x=Float(0.0, 1.0), n=Int(1, 1000), c=Categorical("a", "b", "c"))
    grid = Grid(levels={"lr": 3, "x": [0.1, 0.7], "n": 4, "c": ("b",)})
    found = all_of(space, grid)
    assert sorted({c["lr"] for c in found}) == pytest.approx([1e-4, 1e-3, 1e-2])
    assert {c["x"] for c in found} == {0.1, 0.7}
    assert sorted({c["n"] for c in found}) == [1, 334, 667, 1000]
    assert {c["c"] for c in found} == {"b"}
    assert len(found) == 3 * 2 * 4
    assert len(all_of(Space(x=Float(0.0, 1.0)), Grid())) == 5
    assert len(all_of(Space(x=Float(0.0, 1.0)), Grid(levels=1))) == 1


def test_a_branch_that_is_switched_off_is_not_multiplied() -> None:
    space = case("conditional-finite").space
    found = all_of(space, Grid())
    # tree: 4 depths; net: 1 layer alone, 2 and 3 layers with skip or without
    assert len(found) == 4 + 1 + 2 * 2
    assert keyed(found) == keyed(list(space.configs()))


def test_rules_leave_points_out() -> None:
    space = case("ruled-finite").space
    assert keyed(all_of(space, Grid())) == keyed([{"a": a, "b": b} for a in range(1, 6) for b in range(a + 1, 6)])


def test_every_beginning_covers_each_parameter_evenly() -> None:
    space = Space(a=Int(1, 8), b=Int(1, 8), c=Categorical("p", "q", "r", "s"))
    found = all_of(space, Grid())
    assert len(found) == 256
    for name, values in (("a", range(1, 9)), ("b", range(1, 9)), ("c", "pqrs")):
        counts = [sum(config[name] == value for config in found[:32]) for value in values]
        assert max(counts) - min(counts) <= 3, (name, counts)
    plain = sorted(found, key=lambda c: (c["a"], c["b"], c["c"]))[:32]
    assert len({c["a"] for c in plain}) == 1  # what the usual order would have shown by then


def test_which_points_are_used_is_read_from_the_log() -> None:
    space = Space(a=Int(1, 4), c=Categorical("x", "y"))
    straight = all_of(space, Grid())
    grid, book = Grid(), Book.of(Problem(space))
    for config, state in zip(straight[:3], ("complete", "failed", "pruned"), strict=True):
        book.add(config, 1.0, state)
    state = grid.tell(grid.init(book.problem), book.history())
    rest = []
    while not isinstance(found := grid.ask(state, book.pending(), stream(0)), Exhausted):
        rest.append(found.config)
        book.begin(found)
    assert rest == straight[3:]
    assert "8" in found.why


def test_a_trial_of_the_user_takes_its_point() -> None:
    space = Space(a=Int(1, 4))
    grid, book = Grid(), Book.of(Problem(space))
    book.add({"a": 2}, 1.0)
    book.begin(Proposal({"a": 3}, "queue"))
    state = grid.tell(grid.init(book.problem), book.history())
    first = grid.ask(state, book.pending(), stream(0))
    book.begin(first)
    assert {first.config["a"], grid.ask(state, book.pending(), stream(0)).config["a"]} == {1, 4}


def test_workers_share_the_grid() -> None:
    space = case("conditional-finite").space
    assert keyed(all_of(space, Grid(), workers=4)) == keyed(list(space.configs()))


def test_a_failed_run_is_not_repeated_and_a_lost_one_comes_again() -> None:
    grid, book = Grid(), Book.of(Problem(Space(a=Int(1, 2))))
    first = grid.ask(grid.init(book.problem), (), stream(0))
    number = book.begin(first)
    other = grid.ask(grid.init(book.problem), book.pending(), stream(0))
    assert other.config != first.config
    # given back: no row, not pending
    assert grid.ask(grid.init(book.problem), (), stream(0)).config == first.config
    book.close(number, float("nan"), "failed")
    state = grid.tell(grid.init(book.problem), book.history())
    assert grid.ask(state, (), stream(0)).config == other.config


def test_the_order_depends_on_the_seed_and_on_nothing_else() -> None:
    space = case("integer").space
    orders = [Grid(levels={"units": 6}).init(Problem(space, seed=seed)).rows.tolist() for seed in (0, 0, 1)]
    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[0]) == sorted(orders[2])


def test_a_wide_grid_is_refused_before_it_is_built() -> None:
    space = Space({f"x{i}": Float(0.0, 1.0) for i in range(12)})
    with pytest.raises(InvalidArgumentError, match=r"at most 200000 points.*fewer levels"):
        Grid().init(Problem(space))
    with pytest.raises(InvalidArgumentError, match="'n' alone has 1000000 values"):
        Grid().init(Problem(Space(n=Int(1, 1_000_000))))


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        ({"y": 3}, "levels for 'y'"),
        ({"x": [0.5, 2.0]}, "x=2.0"),
        ({"x": [0.5, 0.5]}, "different levels"),
        ({"c": 2}, "name them"),
    ],
)
def test_levels_that_do_not_fit_the_space_are_named(levels: dict, message: str) -> None:
    space = Space(x=Float(0.0, 1.0), c=Categorical("a", "b", "c"))
    with pytest.raises(InvalidArgumentError, match=message):
        Grid(levels=levels).init(Problem(space))


@pytest.mark.parametrize("levels", [0, {"x": 0}, {"x": []}, {"x": "abc"}, 2.5, True])
def test_levels_that_are_none_are_refused_at_once(levels: object) -> None:
    with pytest.raises(InvalidArgumentError, match="Grid needs"):
        Grid(levels=levels)  # type: ignore[arg-type]


def test_a_hundred_thousand_points_are_ordered_in_one_go() -> None:
    space = Space({f"x{i}": Float(0.0, 1.0) for i in range(5)})
    state = Grid(levels=10).init(Problem(space))
    assert state.rows.shape == (100_000, 5)
    assert len(np.unique(state.rows, axis=0)) == 100_000

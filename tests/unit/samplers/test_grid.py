from __future__ import annotations

import itertools

import numpy as np
import pytest

from tunesmith.core.protocols import Exhausted, Problem, Proposal
from tunesmith.errors import InvalidArgumentError
from tunesmith.samplers import Grid
from tunesmith.samplers.left import identity
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
    orders = [Grid(levels={"units": 6}).init(Problem(space, seed=seed)).lattice.rows.tolist() for seed in (0, 0, 1)]
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
    state = Grid(levels=10).init(Problem(space)).lattice
    assert state.rows.shape == (100_000, 5)
    assert len(np.unique(state.rows, axis=0)) == 100_000


def refined(space: Space, grid: Grid, loss, workers: int = 1, n: int = 10_000) -> Book:
    return drive(grid, Case("here", space, loss), n, ENDS, workers=workers)


def test_finer_levels_by_hand() -> None:
    # 0, 0.5, 1 with the lowest loss at 0.5; then 0.25, 0.5, 0.75 around it, best 0.75; then 0.625, 0.75, 0.875
    book = refined(Space(x=Float(0.0, 1.0)), Grid(levels=3, refine=2), lambda c: abs(c["x"] - 0.7))
    values = [trial.params["x"] for trial in book.trials]
    assert sorted(values[:3]) == [0.0, 0.5, 1.0]
    assert sorted(values[3:5]) == [0.25, 0.75]
    assert sorted(values[5:]) == [0.625, 0.875]
    centres = [trial.memo["grid"] if trial.memo else [] for trial in book.trials]
    assert centres[:3] == [[], [], []]
    assert [values[i] for i in centres[-1]] == [0.5, 0.75]


def test_logarithms_integers_and_edges_are_refined_in_their_own_scale() -> None:
    space = Space(lr=Float(1e-4, 1.0, log=True), n=Int(1, 101))
    book = refined(
        space, Grid(levels={"lr": 3, "n": 3}, refine=1), lambda c: abs(np.log10(c["lr"])) + abs(c["n"] - 60) / 100
    )
    later = [trial.params for trial in book.trials[9:]]
    # the best of lr stands at the edge: half a step down, none beyond; n: half a step around 51
    assert sorted({c["lr"] for c in later}) == pytest.approx([10**-1.0, 10**-0.5, 1.0])
    assert {c["n"] for c in later} == {26, 51, 76}
    assert len(book.trials) == 9 + 8


def test_levels_named_by_the_user_may_be_left_at_the_edge() -> None:
    book = refined(Space(x=Float(0.0, 1.0)), Grid(levels={"x": [0.4, 0.6]}, refine=1), lambda c: -c["x"])
    assert sorted(trial.params["x"] for trial in book.trials[2:]) == pytest.approx([0.5, 0.7])


def test_choices_and_the_branch_of_the_best_stay() -> None:
    one = case("conditional")
    book = refined(one.space, Grid(levels=3, refine=2), one.loss)
    coarse = [trial for trial in book.trials if not trial.memo]
    later = [trial.params for trial in book.trials if trial.memo]
    assert later
    best = min(coarse, key=lambda trial: one.loss(trial.params)).params
    assert {c["optimizer"] for c in later} == {best["optimizer"]}
    assert min(map(one.loss, later)) < one.loss(best)


def test_what_cannot_be_finer_ends_with_the_coarse_grid() -> None:
    space = Space(c=Categorical("a", "b"), n=Int(1, 3), only=Float(2.0, 2.0))
    assert len(refined(space, Grid(refine=5), lambda c: c["n"]).trials) == 6
    failing = Case("here", Space(x=Float(0.0, 1.0)), lambda _: float("nan"))
    assert len(drive(Grid(levels=4, refine=3), failing, 100, ENDS).trials) == 4


def test_workers_refine_around_a_recorded_trial() -> None:
    space, loss = Space(x=Float(0.0, 1.0), y=Float(0.0, 1.0)), lambda c: (c["x"] - 0.3) ** 2 + (c["y"] - 0.8) ** 2
    book = refined(space, Grid(levels=4, refine=3), loss, workers=5)
    assert len({identity(trial.params) for trial in book.trials}) == len(book.trials)
    assert min(loss(trial.params) for trial in book.trials) < 1e-3
    for trial in book.trials:
        closed_before = [n for n in (trial.memo or {"grid": []})["grid"] if n >= trial.number]
        assert not closed_before
    # told at once, the grid goes on where it stood
    grid = Grid(levels=4, refine=3)
    state = grid.tell(grid.init(book.problem), book.history())
    assert isinstance(grid.ask(state, (), stream(0)), Exhausted)


def test_the_best_of_several_objectives_lies_in_the_middle() -> None:
    grid, book = Grid(levels=5, refine=1), Book.of(Problem(Space(x=Float(0.0, 1.0)), n_losses=2))
    for x in (0.0, 0.25, 0.5, 0.75, 1.0):
        book.close(book.begin(Proposal({"x": x}, "kit")), (1e300 * x * x, (1 - x) ** 2))
    state = grid.tell(grid.init(book.problem), book.history())
    assert grid.ask(state, (), stream(0)).memo == {"grid": [2]}


@pytest.mark.parametrize("refine", [-1, 1.5, True])
def test_refinements_that_are_none_are_refused(refine: object) -> None:
    with pytest.raises(InvalidArgumentError, match="refine"):
        Grid(refine=refine)  # type: ignore[arg-type]

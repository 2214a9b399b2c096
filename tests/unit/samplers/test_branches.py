"""Forks of a space, the choice of another branch, and searches that stay within one."""

from __future__ import annotations

import numpy as np

from tunesmith.numerics.mixed_search import Effort, maximise
from tunesmith.samplers.branches import forks_of, inside, other_branch, within
from tunesmith.samplers.discovered import Discovered
from tunesmith.samplers.searching import region_of
from tunesmith.seeding import stream
from tunesmith.space import Categorical, Float, Space

SPACE = Space(
    model=Categorical("tree", "svm"),
    kernel=Categorical("linear", "rbf", "poly", when={"model": "svm"}),
    gamma=Float(0.0, 1.0, when={"kernel": ["rbf", "poly"]}),
    colour=Categorical("red", "blue"),
)
REGION = region_of(SPACE, Discovered.of(SPACE))
MODEL, KERNEL = (SPACE.names.index(name) for name in ("model", "kernel"))
LABELS = {"model": ["tree", "svm"], "kernel": ["linear", "rbf", "poly"]}
TRIED = SPACE.encoding.encode(
    [{"model": "tree", "colour": "red"}] * 6
    + [{"model": "svm", "kernel": "linear", "colour": "red"}]
    + [{"model": "svm", "kernel": "poly", "gamma": 0.5, "colour": "red"}] * 2
)


def chosen(best: int, *, untried: bool = False) -> set[tuple[str, str]]:
    """Return the branches that come in a hundred choices, as parameter and label."""
    found = {
        other_branch(forks_of(SPACE, REGION), REGION, TRIED, TRIED[best], stream(seed, 0), untried=untried)
        for seed in range(100)
    }
    assert None not in found
    names = {column: SPACE.names[column] for column in (MODEL, KERNEL)}
    return {
        (names[column], label)
        for column, cell in found
        for label in LABELS[names[column]]
        if unit(column, label) == cell
    }


def unit(column: int, label: str) -> float:
    """Return the cell of a choice."""
    grid = REGION.grids[column]
    assert grid is not None
    return float(grid[LABELS[SPACE.names[column]].index(label)])


def test_forks_are_the_parents_of_conditions() -> None:
    assert [SPACE.names[column] for column in forks_of(SPACE, REGION)] == ["model", "kernel"]


def test_parents_of_many_choices_may_be_left_out() -> None:
    many = Space(kind=Categorical(*(f"k{i}" for i in range(30))), x=Float(0.0, 1.0, when={"kind": "k3"}))
    region = region_of(many, Discovered.of(many))
    assert forks_of(many, region, 12) == ()
    assert forks_of(many, region) == (0,)


def test_another_branch_is_none_that_the_best_point_is_in() -> None:
    assert chosen(0) == {("model", "svm"), ("kernel", "linear"), ("kernel", "rbf"), ("kernel", "poly")}
    assert chosen(7) == {("model", "tree"), ("kernel", "linear"), ("kernel", "rbf")}


def test_only_what_no_trial_has_is_untried() -> None:
    assert chosen(0, untried=True) == {("kernel", "rbf")}
    done = np.vstack([TRIED, SPACE.encoding.encode([{"model": "svm", "kernel": "rbf", "gamma": 0.1, "colour": "red"}])])
    assert other_branch(forks_of(SPACE, REGION), REGION, done, done[0], stream(0, 0), untried=True) is None


def test_seldom_tried_branches_come_sooner() -> None:
    counts = {"linear": 0, "rbf": 0, "poly": 0}
    for seed in range(600):
        column, cell = other_branch((KERNEL,), REGION, TRIED, TRIED[0], stream(seed, 1)) or (0, 0.0)
        counts[next(label for label in counts if unit(column, label) == cell)] += 1
    # weights 1/2, 1 and 1/3: 164, 327 and 109 of 600
    assert 120 < counts["linear"] < 210
    assert 270 < counts["rbf"] < 385
    assert 70 < counts["poly"] < 150


def test_a_search_within_a_branch_wakes_its_parents_and_never_leaves() -> None:
    class Away:
        """Best where the model is a tree and gamma is 0.25."""

        def __call__(self, x: np.ndarray) -> np.ndarray:
            return 5.0 * inside(x, MODEL, unit(MODEL, "tree")) - np.square(np.nan_to_num(x[:, 2], nan=1.0) - 0.25)

        def gradient(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            return self(x), np.zeros_like(x)

    part = within(REGION, KERNEL, unit(KERNEL, "rbf"))
    found = maximise(Away(), part, TRIED[:2], taken=(), rng=stream(0, 0), effort=Effort())
    assert found is not None
    config = SPACE.encoding.decode(found[0][None])[0]
    assert (config["model"], config["kernel"]) == ("svm", "rbf")
    assert abs(config["gamma"] - 0.25) < 0.1

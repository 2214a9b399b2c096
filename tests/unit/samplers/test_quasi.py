from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import qmc

from tunesmith.core.protocols import Exhausted, Problem, Proposal
from tunesmith.numerics.sobol import sobol_points
from tunesmith.samplers import Sobol
from tunesmith.seeding import stream
from tunesmith.space import Categorical, Float, Int, Space
from tunesmith.testing.book import Book
from tunesmith.testing.problems import Case, case
from tunesmith.testing.samplers import Traits, drive


def configs(space: Space, n: int, seed: int = 0) -> list[dict]:
    one = Case("here", space, lambda _: 1.0)
    return [dict(trial.params) for trial in drive(Sobol(), one, n, Traits(), seed=seed).trials]


@pytest.mark.parametrize("m", [4, 8, 16, 64])
def test_every_prefix_of_a_power_of_two_has_one_point_in_each_cell_of_each_coordinate(m: int) -> None:
    found = configs(Space(a=Float(0.0, 1.0), b=Float(0.0, 1.0), c=Float(0.0, 1.0)), m)
    for name in "abc":
        assert sorted(int(config[name] * m) for config in found) == list(range(m))


def test_two_coordinates_fill_the_sixteen_squares_of_a_four_by_four_board() -> None:
    found = configs(Space(a=Float(0.0, 1.0), b=Float(0.0, 1.0)), 16)
    assert len({(int(c["a"] * 4), int(c["b"] * 4)) for c in found}) == 16


def test_cells_of_integers_and_categories_are_equally_likely() -> None:
    found = configs(Space(n=Int(1, 8), c=Categorical("a", "b", "c", "d"), x=Float(0.0, 1.0)), 64)
    assert [sum(c["n"] == v for c in found) for v in range(1, 9)] == [8] * 8
    assert [sum(c["c"] == v for c in found) for v in "abcd"] == [16] * 4


def test_each_branch_of_a_conditional_space_is_spread_evenly_too() -> None:
    found = configs(case("conditional").space, 256)
    sgd = [c for c in found if c["optimizer"] == "sgd"]
    assert len(sgd) == 128
    counts = np.histogram([c["momentum"] for c in sgd], bins=8, range=(0.5, 0.99))[0]
    assert counts.min() >= 14  # 16 each, and a random draw would spread by sqrt(14)
    assert counts.max() <= 18


def test_the_points_have_a_far_smaller_discrepancy_than_random_ones() -> None:
    points = sobol_points(7, 5, 0, 256)
    random = np.random.default_rng(0).random((20, 256, 5))
    best = min(qmc.discrepancy(one) for one in random)
    assert qmc.discrepancy(points) < best / 5


def test_a_stretch_of_the_sequence_is_the_same_alone() -> None:
    whole = sobol_points(3, 4, 0, 1024)
    assert np.array_equal(whole[512:768], sobol_points(3, 4, 512, 256))
    assert not np.array_equal(whole[:256], sobol_points(4, 4, 0, 256))
    assert sobol_points(1, 0, 0, 4).shape == (4, 0)


def test_the_index_is_recorded_and_the_next_one_follows_the_largest_seen() -> None:
    sampler, problem = Sobol(), case("continuous").problem()
    book = Book.of(problem)
    state = sampler.init(problem)
    first = sampler.ask(state, (), stream(0))
    assert first.memo == {"sobol": 0}
    book.begin(first)
    second = sampler.ask(state, book.pending(), stream(0))
    assert second.memo == {"sobol": 1}
    book.close(book.begin(Proposal({"x": 1.0, "y": 2.0}, "elsewhere", memo={"sobol": 40})), 1.0)
    state = sampler.tell(state, book.history())
    assert sampler.ask(state, book.pending(), stream(0)).memo == {"sobol": 41}


def test_trials_from_elsewhere_do_not_move_the_sequence() -> None:
    sampler, problem = Sobol(), case("continuous").problem()
    book = Book.of(problem)
    book.add({"x": 1.0, "y": 2.0}, 1.0)
    book.begin(Proposal({"x": 2.0, "y": 2.0}, "gp", memo={"lengths": [1.0]}))
    state = sampler.tell(sampler.init(problem), book.history())
    assert sampler.ask(state, book.pending(), stream(0)).memo == {"sobol": 0}


def test_points_that_break_a_rule_are_skipped_and_their_index_with_them() -> None:
    space = Space(a=Float(0.0, 1.0), b=Float(0.0, 1.0), rules=["a < b"])
    book = drive(Sobol(), Case("ruled", space, lambda _: 1.0), 32, Traits())
    plain = configs(Space(a=Float(0.0, 1.0), b=Float(0.0, 1.0)), 128)
    kept = [(i, config) for i, config in enumerate(plain) if config["a"] < config["b"]][:32]
    assert [(t.memo["sobol"], dict(t.params)) for t in book.trials] == kept


def test_where_the_rules_leave_next_to_nothing_a_random_draw_says_so() -> None:
    space = Space({"a": Float(0.0, 1.0), "b": Float(0.0, 1.0)}, rules=["a < 0.005", "b < 0.003"])
    sampler = Sobol()
    found = sampler.ask(sampler.init(Problem(space)), (), stream(0))
    assert found.by == "random"
    assert "points 0 to 8191" in found.reasons["why"]
    assert found.memo == {"sobol": 8191}
    assert not space.problems(found.config)


def test_the_last_configs_of_a_finite_space_are_found_by_looking_for_them() -> None:
    space = Space(a=Int(1, 40), b=Int(1, 40), rules=["a < b"])
    sampler, book = Sobol(), Book.of(Problem(space))
    every = list(space.configs())
    for config in every[:-2]:
        book.add(config, 1.0)
    state = sampler.tell(sampler.init(book.problem), book.history())
    found = []
    for _ in range(2):
        proposal = sampler.ask(state, book.pending(), stream(0))
        found.append(proposal.config)
        book.begin(proposal)
    assert sorted(c["a"] for c in found) == sorted(c["a"] for c in every[-2:])
    assert isinstance(sampler.ask(state, book.pending(), stream(0)), Exhausted)


def test_another_seed_another_sequence() -> None:
    space = case("continuous").space
    assert configs(space, 4, seed=1) != configs(space, 4, seed=2)
    assert configs(space, 4, seed=1) == configs(space, 4, seed=1)


def test_a_declared_space_without_parameters_has_one_config() -> None:
    book = drive(Sobol(), case("nothing"), 5, Traits())
    assert [dict(t.params) for t in book.trials] == [{}]

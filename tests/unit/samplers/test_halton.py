from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import qmc

from tunesmith.core.protocols import Problem
from tunesmith.numerics.halton import halton_points
from tunesmith.samplers import Halton
from tunesmith.seeding import stream
from tunesmith.space import Categorical, Float, Int, Space
from tunesmith.testing.book import Book
from tunesmith.testing.problems import Case, case
from tunesmith.testing.samplers import Traits, drive


def configs(space: Space, n: int, seed: int = 0) -> list[dict]:
    one = Case("here", space, lambda _: 1.0)
    return [dict(trial.params) for trial in drive(Halton(), one, n, Traits(), seed=seed).trials]


def test_coordinates_are_even_in_their_primes() -> None:
    found = configs(Space(a=Float(0.0, 1.0), b=Float(0.0, 1.0), c=Float(0.0, 1.0)), 225)
    for name, count in (("a", 128), ("b", 81), ("c", 125)):
        assert sorted(int(config[name] * count) for config in found[:count]) == list(range(count))


def test_integers_categories_and_branches_are_even() -> None:
    found = configs(Space(n=Int(1, 8), c=Categorical("a", "b", "c")), 24)
    assert sorted(config["n"] for config in found[:8]) == list(range(1, 9))
    assert [sum(config["c"] == c for config in found[:9]) for c in "abc"] == [3, 3, 3]
    sgd = [c for c in configs(case("conditional").space, 256) if c["optimizer"] == "sgd"]
    assert 80 < len(sgd) < 90 + 80
    counts = np.histogram([c["momentum"] for c in sgd], bins=4, range=(0.5, 0.99))[0]
    assert counts.min() > 0.8 * len(sgd) / 4


@pytest.mark.parametrize("n", [50, 100, 200])
def test_the_points_have_a_far_smaller_discrepancy_than_random_ones(n: int) -> None:
    random = np.random.default_rng(0).random((20, n, 5))
    best = min(qmc.discrepancy(one) for one in random)
    assert np.median([qmc.discrepancy(halton_points(seed, 5, 0, n)) for seed in range(9)]) < best / 2


def test_workers_share_the_sequence_and_its_index_is_recorded() -> None:
    space = Space(a=Float(0.0, 1.0), b=Float(0.0, 1.0))
    sampler, book = Halton(), Book.of(Problem(space, seed=3))
    state = sampler.init(book.problem)
    for path in range(5):
        book.begin(sampler.ask(state, book.pending(), stream(1, path)))
    assert [trial.memo["halton"] for trial in book.trials] == list(range(5))
    book.close(4, 1.0)
    state = sampler.tell(state, book.history())
    assert sampler.ask(state, (), stream(0)).memo == {"halton": 5}

"""Samplers against random search over stated seeds: replaced by random search, each of these fails."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import mannwhitneyu, qmc

from tunesmith.samplers import Auto, Grid, Halton, LatinHypercube, Random, Sobol
from tunesmith.space import Float, Int, Space
from tunesmith.testing.problems import Case, case
from tunesmith.testing.samplers import Traits, drive

pytestmark = pytest.mark.statistics

ALPHA = 1e-3
MOVED = Space(x=Float(-5.0, 10.0), y=Float(0.0, 15.0))


def points(sampler, space: Space, n: int, seed: int) -> np.ndarray:
    book = drive(sampler, Case("here", space, lambda _: 1.0), n, Traits(ends=True), seed=seed)
    return space.encoding.encode([trial.params for trial in book.trials])


def test_sobol_integrates_better_than_random_draws() -> None:
    # f(x) = prod (1 + (x_j - 1/2) / j) has the integral 1; 128 points, 6 dimensions, seeds 0 to 29
    space = Space({f"x{j}": Float(0.0, 1.0) for j in range(1, 7)})
    weights = 1.0 / np.arange(1, 7)

    def errors(sampler) -> list[float]:
        return [
            abs(float(np.prod(1 + (points(sampler, space, 128, seed) - 0.5) * weights, axis=1).mean()) - 1)
            for seed in range(30)
        ]

    even, random = errors(Sobol()), errors(Random())
    assert mannwhitneyu(even, random, alternative="less").pvalue < ALPHA
    assert np.median(even) < np.median(random) / 5


def test_sobol_leaves_smaller_holes_in_a_mixed_space() -> None:
    # discrepancy of 64 points of two floats and two ints, seeds 0 to 19
    space = Space(a=Float(0.0, 1.0), b=Float(1e-4, 1.0, log=True), n=Int(1, 8), m=Int(1, 16))
    even, random = (
        [qmc.discrepancy(points(sampler, space, 64, seed)) for seed in range(20)] for sampler in (Sobol(), Random())
    )
    assert mannwhitneyu(even, random, alternative="less").pvalue < ALPHA


def test_a_grid_stopped_after_an_eighth_covers_better_than_random_draws() -> None:
    # 64 of 512 points of an 8 x 8 x 8 grid; seeds 0 to 19
    space = Space(a=Int(1, 8), b=Int(1, 8), c=Int(1, 8))
    even, random = (
        [qmc.discrepancy(points(sampler, space, 64, seed)) for seed in range(20)] for sampler in (Grid(), Random())
    )
    assert mannwhitneyu(even, random, alternative="less").pvalue < ALPHA


@pytest.mark.parametrize("name", ["continuous", "conditional", "integer", "ruled"])
def test_the_default_finds_more_than_random_search_in_30_trials(name: str) -> None:
    # best regret after 30 trials; seeds 0 to 11
    one = case(name)

    def best(sampler) -> list[float]:
        found = []
        for seed in range(12):
            book = drive(sampler, one, 30, Traits(), seed=seed)
            found.append(min(one.loss(trial.params) for trial in book.trials) - one.least)
        return found

    model, random = best(Auto()), best(Random())
    assert mannwhitneyu(model, random, alternative="less").pvalue < ALPHA, (name, sorted(model), sorted(random))


def test_the_default_finds_a_cell_of_a_finite_space_before_random_search_does() -> None:
    # trials until the best of 54 = 6 x 9 configs is met, 20 at most; a loss with a slope; seeds 0 to 29
    space = Space(a=Int(1, 6), b=Int(1, 9))
    one = Case("slope", space, lambda c: abs(c["a"] - 5) + abs(c["b"] - 2) / 2)

    def met(sampler, seed: int) -> int:
        book = drive(sampler, one, 20, Traits(repeats=True), seed=seed)
        return next((i for i, t in enumerate(book.trials) if one.loss(t.params) == 0.0), 20)

    model, random = ([met(sampler, seed) for seed in range(30)] for sampler in (Auto(), Random()))
    assert mannwhitneyu(model, random, alternative="less").pvalue < ALPHA


@pytest.mark.parametrize("sampler", [Halton(), LatinHypercube()], ids=["halton", "latin"])
def test_even_points_leave_smaller_holes_than_random_draws(sampler) -> None:
    # discrepancy of 64 points in four dimensions, seeds 0 to 19
    space = Space({f"x{j}": Float(0.0, 1.0) for j in range(4)})
    even, random = ([qmc.discrepancy(points(s, space, 64, seed)) for seed in range(20)] for s in (sampler, Random()))
    assert mannwhitneyu(even, random, alternative="less").pvalue < ALPHA
    assert np.median(even) < np.median(random) / 1.5


def test_a_refined_grid_finds_more_than_random_search() -> None:
    # Branin moved within its rectangle, 75 trials: 5 x 5 levels refined twice; seeds 0 to 19
    branin = case("continuous")

    def best(sampler, seed: int) -> float:
        a, b = np.random.default_rng(seed).uniform(-2.0, 2.0, 2)
        moved = Case("moved", MOVED, lambda config: branin.loss({"x": config["x"] + a, "y": config["y"] + b}))
        book = drive(sampler, moved, 75, Traits(ends=True), seed=seed)
        return min(moved.loss(trial.params) for trial in book.trials)

    refined, random = ([best(sampler, seed) for seed in range(20)] for sampler in (Grid(refine=2), Random()))
    assert mannwhitneyu(refined, random, alternative="less").pvalue < ALPHA

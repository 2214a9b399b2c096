"""CMA-ES and simulated annealing against random search and known optima, on named problems with stated seeds."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from tests.statistics.searches import bests_of
from tunesmith.samplers import CMAES, Annealing, Random
from tunesmith.space import Categorical, Float, Space
from tunesmith.testing.problems import Case, case

pytestmark = pytest.mark.statistics

ALPHA = 1e-3
SEEDS = 12
bests = partial(bests_of, seeds=SEEDS, repeats=True)

BOX = Space({f"x{i}": Float(-5.0, 5.0) for i in range(5)})
CENTRE = np.array([1.0, -2.0, 0.5, 3.0, -1.5])


def vector(config) -> np.ndarray:
    return np.array([config[f"x{i}"] for i in range(len(config))])


def ellipsoid(config) -> float:
    """Axes of condition 10^4, turned by 45 degrees in each pair of neighbours; 0 at the centre."""
    z = vector(config) - CENTRE
    for i in range(4):
        z[i], z[i + 1] = (z[i] + z[i + 1]) / np.sqrt(2), (z[i + 1] - z[i]) / np.sqrt(2)
    return float(10.0 ** np.arange(5) @ np.square(z))


def rosenbrock(config) -> float:
    """Rosenbrock's curved valley; 0 at (1, ..., 1)."""
    z = vector(config)
    return float((100 * (z[1:] - z[:-1] ** 2) ** 2 + (1 - z[:-1]) ** 2).sum())


ELLIPSOID, ROSENBROCK = Case("ellipsoid", BOX, ellipsoid), Case("rosenbrock", BOX, rosenbrock)


@pytest.mark.parametrize("one", [ELLIPSOID, ROSENBROCK], ids=lambda one: one.name)
@pytest.mark.parametrize("surrogate", [True, False])
def test_cma_es_finds_more_than_random_search_in_150_trials(one: Case, surrogate: bool) -> None:
    model, random = (
        bests(lambda: CMAES(surrogate=surrogate), one, 150),
        bests(Random, one, 150),
    )
    assert mannwhitneyu(model, random, alternative="less").pvalue < ALPHA


def test_cma_es_converges_and_its_surrogate_much_sooner() -> None:
    # 300 trials: the surrogate is exact on a quadratic form
    with_it, without = (
        bests(CMAES, ELLIPSOID, 300),
        bests(lambda: CMAES(surrogate=False), ELLIPSOID, 300),
    )
    assert np.median(with_it) < 1e-6
    assert mannwhitneyu(with_it, without, alternative="less").pvalue < ALPHA
    assert np.median(bests(lambda: CMAES(restarts="none", surrogate=False), ELLIPSOID, 1200)) < 1e-3


def test_cma_es_learns_with_eight_workers_too() -> None:
    # a generation has 8 runs and 7 are always pending, so nearly all tells come late
    model, random = (
        bests(CMAES, ELLIPSOID, 200, workers=8),
        bests(Random, ELLIPSOID, 200),
    )
    assert mannwhitneyu(model, random, alternative="less").pvalue < ALPHA


@pytest.mark.parametrize("one", [ROSENBROCK, case("conditional"), case("continuous")], ids=lambda one: one.name)
def test_annealing_finds_more_than_random_search_in_120_trials(one: Case) -> None:
    model, random = (
        bests(Annealing, one, 120),
        bests(Random, one, 120),
    )
    assert mannwhitneyu(model, random, alternative="less").pvalue < ALPHA


@pytest.mark.parametrize("cooling", ["fast", "geometric", "linear", "adaptive"])
def test_every_cooling_finds_more_than_random_search_in_a_table(cooling: str) -> None:
    # 6 categories of 4 choices, two of which act together: 4,096 configs, 80 trials
    space = Space({f"op{i}": Categorical("a", "b", "c", "d") for i in range(6)})

    def loss(config) -> float:
        codes = ["abcd".index(config[f"op{i}"]) for i in range(6)]
        return sum(abs(code - 2) * (i + 1) / 3 for i, code in enumerate(codes)) + 2.0 * (codes[0] != codes[4])

    one = Case("table", space, loss)
    model, random = (
        bests(lambda: Annealing(cooling=cooling, length=80), one, 80),
        bests(Random, one, 80),
    )
    assert mannwhitneyu(model, random, alternative="less").pvalue < ALPHA


def test_annealing_learns_with_four_workers_too() -> None:
    model, random = (
        bests(Annealing, ROSENBROCK, 80, workers=4),
        bests(Random, ROSENBROCK, 80),
    )
    assert mannwhitneyu(model, random, alternative="less").pvalue < ALPHA

"""The evolutionary samplers against random search, on named problems with stated seeds."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from tests.statistics.searches import NESTED, bests_of, dtlz2, volumes, zdt1
from tunesmith.samplers import DE, NSGA, Evolution, Genetic, Random
from tunesmith.space import Categorical, Float, Space
from tunesmith.testing.problems import Case

pytestmark = pytest.mark.statistics

ALPHA = 1e-3
SEEDS = 24
bests = partial(bests_of, seeds=SEEDS)


def griewank(config) -> float:
    """Griewank's function (1981) of six variables, 0 at (70, ..., 70)."""
    z = np.array(list(config.values())) - 70.0
    return float(1 + np.square(z).sum() / 4000 - np.cos(z / np.sqrt(np.arange(1, 7))).prod())


def operations(config) -> float:
    """Six operations of five kinds, each pair of neighbours matters; 0 for all "c"."""
    codes = ["abcde".index(value) - 2 for value in config.values()]
    return sum(abs(code) for code in codes) + sum(a != b for a, b in pairwise(codes))


GRIEWANK = Case("griewank", Space({f"x{i}": Float(-300.0, 300.0) for i in range(6)}), griewank)
OPERATIONS = Case("operations", Space({f"op{i}": Categorical(*"abcde") for i in range(6)}), operations)


@pytest.mark.parametrize("one", [NESTED, GRIEWANK, OPERATIONS], ids=lambda one: one.name)
@pytest.mark.parametrize("make", [Genetic, Evolution, DE])
def test_finds_more_than_random_search_in_100_trials(make, one: Case) -> None:
    # the best of 100 trials; seeds 0 to 23
    evolved, random = bests(make, one, 100), bests(Random, one, 100)
    assert mannwhitneyu(evolved, random, alternative="less").pvalue < ALPHA


@pytest.mark.parametrize("make", [Genetic, Evolution, DE])
def test_eight_workers_learn_too(make) -> None:
    # 150 trials, seven always pending; seeds 0 to 23
    evolved, random = bests(make, GRIEWANK, 150, workers=8), bests(Random, GRIEWANK, 150)
    assert mannwhitneyu(evolved, random, alternative="less").pvalue < ALPHA


@pytest.mark.parametrize(("evaluate", "reference"), [(zdt1, (1.1, 4.0)), (dtlz2, (1.5, 1.5, 1.5))])
@pytest.mark.parametrize("niching", ["crowding", "directions"])
def test_the_front_comes_nearer_than_random_search_brings_it(evaluate, reference, niching: str) -> None:
    # hypervolume of 300 trials, 6 variables; seeds 0 to 7
    evolved = volumes(lambda: NSGA(niching=niching), evaluate, 6, reference, 300)
    random = volumes(Random, evaluate, 6, reference, 300)
    assert mannwhitneyu(evolved, random, alternative="greater").pvalue < ALPHA

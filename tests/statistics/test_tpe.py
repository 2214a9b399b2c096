"""The Parzen estimator against random search and an even spread, on named problems with stated seeds."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from tests.statistics.searches import NESTED, bests_of
from tunesmith.samplers import TPE, Random, Sobol
from tunesmith.space import Categorical, Float, Space
from tunesmith.testing.problems import Case, case

pytestmark = pytest.mark.statistics

ALPHA = 1e-3
SEEDS = 20
bests = partial(bests_of, seeds=SEEDS)


BOWL = Case(
    "bowl",
    Space({f"x{i}": Float(0.0, 1.0) for i in range(5)}),
    lambda config: math.fsum((i + 1) * (config[f"x{i}"] - 0.2 - 0.1 * i) ** 2 for i in range(5)),
)
TABLE = Case(
    "table",
    Space({f"op{i}": Categorical("a", "b", "c", "d") for i in range(6)}),
    lambda config: math.fsum(abs("abcd".index(config[f"op{i}"]) - i % 4) ** 0.5 for i in range(6)),
)


@pytest.mark.parametrize("one", [BOWL, NESTED, TABLE, case("continuous")], ids=lambda one: one.name)
def test_finds_more_than_random_search_and_an_even_spread_in_60_trials(one: Case) -> None:
    # the best of 60 trials; seeds 0 to 19
    model, random, even = (
        bests(TPE, one, 60),
        bests(Random, one, 60),
        bests(Sobol, one, 60),
    )
    assert mannwhitneyu(model, random, alternative="less").pvalue < ALPHA
    assert mannwhitneyu(model, even, alternative="less").pvalue < ALPHA


def test_learns_with_eight_workers_too() -> None:
    # 60 trials, seven always pending; seeds 0 to 19
    model, random = bests(TPE, BOWL, 60, workers=8), bests(Random, BOWL, 60)
    assert mannwhitneyu(model, random, alternative="less").pvalue < ALPHA
    assert np.median(model) < np.median(random) / 2

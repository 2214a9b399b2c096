"""The forest sampler against random search on named problems with stated seeds: replaced by random search, it fails."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from tests.statistics.searches import NESTED, bests_of
from tunesmith.samplers import Forest, Random, Sobol
from tunesmith.space import Categorical, Space
from tunesmith.testing.problems import Case, case

pytestmark = pytest.mark.statistics

ALPHA = 1e-3
SEEDS = 20
bests = partial(bests_of, seeds=SEEDS)


def table(config) -> float:
    """Eight operations of six choices; each has a best choice, and two act together."""
    codes = ["abcdef".index(config[f"op{i}"]) for i in range(8)]
    own = sum(((3 * code + i) % 6) * (i + 1) / 9 for i, code in enumerate(codes))
    return own + 2.0 * (codes[0] != codes[7])


TABLE = Case("table", Space({f"op{i}": Categorical(*"abcdef") for i in range(8)}), table)


@pytest.mark.parametrize("one", [NESTED, TABLE, case("continuous")], ids=lambda one: one.name)
def test_finds_much_more_than_random_search_in_40_trials(one: Case) -> None:
    # the best of 40 trials; seeds 0 to 19
    model, random = bests(Forest, one, 40), bests(Random, one, 40)
    assert mannwhitneyu(model, random, alternative="less").pvalue < ALPHA, (sorted(model), sorted(random))


def test_finds_the_better_branch_of_a_conditional_space() -> None:
    # the branch that looks worse holds the optimum 0, the other one's floor is 0.5; 50 trials, seeds 0 to 19
    assert np.median(bests(Forest, NESTED, 50)) < 0.1


def test_learns_with_four_workers_too() -> None:
    # 40 trials, three always pending; seeds 0 to 19
    model, even = bests(Forest, TABLE, 40, workers=4), bests(Sobol, TABLE, 40)
    assert mannwhitneyu(model, even, alternative="less").pvalue < ALPHA

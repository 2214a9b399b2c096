"""The Parzen estimator against random search and an even spread, on named problems with stated seeds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from tunesmith.samplers import TPE, Random, Sobol
from tunesmith.space import Categorical, Float, Int, Space
from tunesmith.testing.problems import Case, case
from tunesmith.testing.samplers import Traits, drive

pytestmark = pytest.mark.statistics

ALPHA = 1e-3
SEEDS = 20


def bests(make, one: Case, n: int, workers: int = 1) -> list[float]:
    found = []
    for seed in range(SEEDS):
        book = drive(make(), one, n, Traits(), workers=workers, seed=seed)
        found.append(min(one.loss(trial.params) for trial in book.trials))
    return found


def nested(config) -> float:
    """Two models with parameters of their own; the better one needs its own optimum, 0 at svm, c = 10, width = 3."""
    if config["model"] == "svm":
        return (math.log10(config["c"]) - 1) ** 2 + 0.1 * abs(config["width"] - 3)
    return 0.5 + (config["depth"] - 6) ** 2 / 40 + abs(math.log10(config["rate"]) + 1) / 4


BOWL = Case(
    "bowl",
    Space({f"x{i}": Float(0.0, 1.0) for i in range(5)}),
    lambda config: math.fsum((i + 1) * (config[f"x{i}"] - 0.2 - 0.1 * i) ** 2 for i in range(5)),
)
NESTED = Case(
    "nested",
    Space(
        model=Categorical("tree", "svm"),
        depth=Int(1, 12, when={"model": "tree"}),
        rate=Float(1e-4, 1.0, log=True, when={"model": "tree"}),
        c=Float(1e-3, 1e3, log=True, when={"model": "svm"}),
        width=Int(1, 9, when={"model": "svm"}),
    ),
    nested,
)
TABLE = Case(
    "table",
    Space({f"op{i}": Categorical("a", "b", "c", "d") for i in range(6)}),
    lambda config: math.fsum(abs("abcd".index(config[f"op{i}"]) - i % 4) ** 0.5 for i in range(6)),
)


@pytest.mark.parametrize("one", [BOWL, NESTED, TABLE, case("continuous")], ids=lambda one: one.name)
def test_finds_more_than_random_search_and_an_even_spread_in_60_trials(one: Case) -> None:
    # the best of 60 trials; seeds 0 to 19
    model, random, even = bests(TPE, one, 60), bests(Random, one, 60), bests(Sobol, one, 60)
    assert mannwhitneyu(model, random, alternative="less").pvalue < ALPHA
    assert mannwhitneyu(model, even, alternative="less").pvalue < ALPHA


def test_learns_with_eight_workers_too() -> None:
    # 60 trials, seven always pending; seeds 0 to 19
    model, random = bests(TPE, BOWL, 60, workers=8), bests(Random, BOWL, 60)
    assert mannwhitneyu(model, random, alternative="less").pvalue < ALPHA
    assert np.median(model) < np.median(random) / 2

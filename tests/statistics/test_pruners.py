"""Pruners against no pruning at equal cost over stated seeds: a pruner that never stops anything fails."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pytest
from scipy.stats import mannwhitneyu

from tunesmith.core.protocols import Problem
from tunesmith.pruners import ASHA, Keep, Median
from tunesmith.samplers import Random
from tunesmith.seeding import derive
from tunesmith.space import Float, Space
from tunesmith.testing.simulation import simulate

pytestmark = pytest.mark.statistics

ALPHA = 1e-3
SPACE = Space(lr=Float(1e-5, 1.0, log=True), width=Float(0.0, 1.0))
LAST, STEPS, SEEDS = 27, 27 * 12, range(60)


def noise(*path: float) -> float:
    """Return a number in [-1/2, 1/2] that belongs to a config and a step."""
    return derive(0, *(repr(part) for part in path)) / 2**128 - 0.5


def curve(config: Mapping[str, Any], step: int) -> float:
    """A curve that falls from about 3 to its config's own end, which early steps show only roughly."""
    end = abs(math.log10(config["lr"] / 1e-3)) / 2 + (config["width"] - 0.6) ** 2
    rate = 0.15 + 0.3 * config["width"]  # wide models learn faster, whatever they come to
    return end + (3.0 - end) * math.exp(-rate * step) + 0.1 * noise(config["lr"], config["width"], step)


def end_of(config: Mapping[str, Any]) -> float:
    return abs(math.log10(config["lr"] / 1e-3)) / 2 + (config["width"] - 0.6) ** 2


def results(pruner, workers: int) -> list[float]:
    """Return, for each seed, the true end of the config whose run got furthest and stood best there."""
    found = []
    for seed in SEEDS:
        problem = Problem(SPACE, seed=seed)
        out = simulate(Random(), pruner, problem, curve, last_step=LAST, steps=STEPS, workers=workers, seed=seed)
        assert out.spent == STEPS
        trained = [trial for trial in out.book.trials if trial.last_step is not None]
        best = min(trained, key=lambda t: (-min(t.last_step, 9), t.reports[t.last_step]["loss"]))
        found.append(end_of(best.params))
    return found


@pytest.fixture(scope="module")
def unpruned() -> dict[int, list[float]]:
    return {workers: results(Keep(), workers) for workers in (1, 4)}


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize(
    "pruner",
    [ASHA(max_budget=LAST), ASHA(max_budget=LAST, pausing=True), ASHA(max_budget=LAST, eta=4)],
    ids=["stopping", "promoting", "eta-4"],
)
def test_asha_finds_better_configs_at_the_price_of_twelve_full_runs(pruner, workers, unpruned) -> None:
    pruned = results(pruner, workers)
    assert mannwhitneyu(pruned, unpruned[workers], alternative="less").pvalue < ALPHA


@pytest.mark.parametrize("against", ["values", "averages"])
def test_the_median_rule_tries_more_configs_at_the_same_price_and_loses_none(against: str) -> None:
    counts, best = [], []
    for pruner in (Keep(), Median(startup=4, warmup=2, against=against)):
        trials, losses = [], []
        for seed in SEEDS:
            problem = Problem(SPACE, seed=seed)
            out = simulate(Random(), pruner, problem, curve, last_step=LAST, steps=STEPS, seed=seed)
            trials.append(len(out.book.trials))
            losses.append(out.best)
        counts.append(trials)
        best.append(losses)
    assert mannwhitneyu(counts[1], counts[0], alternative="greater").pvalue < ALPHA
    assert sum(best[1]) <= sum(best[0])

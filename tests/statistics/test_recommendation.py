"""What is recommended under noise is truly better than the best observed, over stated seeds; and is it for a reason?"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import wilcoxon

import tunesmith as ts
from tunesmith.samplers import TPE, Random

pytestmark = pytest.mark.statistics

ALPHA = 1e-3
SEEDS = 24
SPACE = ts.Space(x=ts.Float(-1.0, 1.0), y=ts.Float(1e-3, 1.0, log=True), kind=ts.Categorical("a", "b"))
NOISE = 0.3


def truth(config) -> float:
    """A bowl of two numbers, 0 at x = 0.3, y = 10^-1.5 with kind a; kind b lies 0.2 higher."""
    return (config["x"] - 0.3) ** 2 + (np.log10(config["y"]) + 1.5) ** 2 / 2 + 0.2 * (config["kind"] == "b")


def studies(sampler, noise: float, n: int = 60):
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        study = ts.create_study(SPACE, sampler=sampler, seed=seed)
        for _ in range(n):
            trial = study.ask()
            study.tell(trial, float(truth(trial.params) + noise * rng.normal()))
        yield study


@pytest.mark.parametrize("sampler", [Random(), TPE()], ids=["random", "tpe"])
def test_the_recommended_config_is_truly_better_than_the_best_observed(sampler) -> None:
    # 60 trials, seeds 0 to 23, noise of deviation 0.3
    gained, said, held, off = [], [], [], []
    for study in studies(sampler, NOISE):
        found = ts.recommend(study)
        true = truth(found.config)
        gained.append(truth(study.best_params) - true)
        off.append((found.expected - true) / found.deviation)
        if found.over_observed is not None:
            said.append(found.over_observed)
            held.append(gained[-1] > 0)
    assert wilcoxon(gained, alternative="greater").pvalue < ALPHA
    assert abs(np.mean(said) - np.mean(held)) < 0.25  # the probabilities mean what they say, roughly
    assert np.sqrt(np.mean(np.square(off))) < 2.0  # and so do the deviations


def test_without_noise_nothing_else_is_recommended() -> None:
    # 60 trials, seeds 0 to 23
    assert all(ts.recommend(study).number == study.best_trial.number for study in studies(Random(), 0.0))

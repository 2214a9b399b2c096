"""What the statistics of the samplers share: the best of a search, seed by seed, and a nested problem."""

from __future__ import annotations

import math

from tunesmith.space import Categorical, Float, Int, Space
from tunesmith.testing.problems import Case
from tunesmith.testing.samplers import Traits, drive


def bests_of(make, one: Case, n: int, workers: int = 1, *, seeds: int, repeats: bool = False) -> list[float]:
    """Return the least loss of n trials for each of the seeds 0, 1, ..."""
    found = []
    for seed in range(seeds):
        book = drive(make(), one, n, Traits(repeats=repeats), workers=workers, seed=seed)
        found.append(min(one.loss(trial.params) for trial in book.trials))
    return found


def nested(config) -> float:
    """Two models with parameters of their own; the better one needs its own optimum, 0 at svm, c = 10, width = 3."""
    if config["model"] == "svm":
        return (math.log10(config["c"]) - 1) ** 2 + 0.1 * abs(config["width"] - 3)
    return 0.5 + (config["depth"] - 6) ** 2 / 40 + abs(math.log10(config["rate"]) + 1) / 4


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

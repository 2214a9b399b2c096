"""One process, one optimiser, one problem with noise added to its loss: prints one JSON line a run.

    python -m benchmarks.noise_worker --optimiser optuna_tpe --problem branin --seeds 0 1 2 --trials 100 --data DIR

Runs inside the optimiser's own environment; needs numpy and that library, nothing else.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.arguments import worker_options
from benchmarks.machine import versions
from benchmarks.optimisers import OPTIMISERS, make
from benchmarks.problems.catalogue import load
from benchmarks.problems.draws import draw

if TYPE_CHECKING:
    from benchmarks.optimisers import Optimiser
    from benchmarks.problems.catalogue import Problem

DRAWS = 4_000
COUNTS = (25, 50, 100)  # as in `benchmarks.table`, which a worker has no need of


def noise_level(problem: Problem) -> float:
    """Return the standard deviation of the noise: half of max - min over the lowest tenth of 4,000 losses.

    The configs are drawn uniformly with a seed of their own, so that it is the same for all optimisers.
    """
    rng = np.random.default_rng(0)
    losses = sorted(problem.evaluate(draw(problem.definition.space, rng)) for _ in range(DRAWS))
    return (losses[DRAWS // 10 - 1] - losses[0]) / 2


def run(optimiser: Optimiser, problem: Problem, level: float, seed: int, trials: int) -> dict[str, Any]:
    """Return what is taken for the best as the run goes on, and the CPU seconds in ask and tell alone.

    `steps` holds `[trial, regret]` whenever the best *noisy* loss changed hands, with the *true* regret of the config
    that had it: it may rise. `expected` holds the same of the config that the optimiser recommends after 25, 50 and 100
    trials, if it can. The noise of trial k of a seed is the same for all optimisers.
    """
    errors = level * np.random.default_rng((seed, 1)).standard_normal(trials)
    steps: list[tuple[int, float]] = []
    expected: list[tuple[int, float]] = []
    regrets: list[float] = []
    recommend = getattr(optimiser, "recommend", None)
    best, spent = float("inf"), 0.0
    for number, error in enumerate(errors.tolist(), start=1):
        start = time.process_time()
        config = optimiser.ask()
        spent += time.process_time() - start
        loss = problem.evaluate(config)
        regrets.append(float(f"{problem.definition.regret(loss):.5g}"))
        if loss + error < best:
            best = loss + error
            steps.append((number, regrets[-1]))
        start = time.process_time()
        optimiser.tell(config, loss + error)
        spent += time.process_time() - start
        if recommend is not None and number in COUNTS:
            expected.append((number, regrets[recommend()]))
    found = {"seed": seed, "n": trials, "steps": steps, "sd": float(f"{level:.5g}"), "cpu_s": round(spent, 4)}
    return {**found, "expected": expected} if expected else found


def main() -> None:
    options = worker_options(__doc__, OPTIMISERS)
    problem = load(options.problem, options.data)
    level = noise_level(problem)
    for seed in options.seeds:
        optimiser = make(options.optimiser, [dict(p) for p in problem.definition.space], seed, options.trials)
        record = run(optimiser, problem, level, seed, options.trials)
        named = {"kind": "noise", "optimiser": options.optimiser, "problem": options.problem, **record}
        print(json.dumps({**named, "versions": versions()}), flush=True)


if __name__ == "__main__":
    main()

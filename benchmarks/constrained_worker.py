"""One process, one optimiser, one problem with constraints: prints one JSON line a run.

    python -m benchmarks.constrained_worker --optimiser optuna_tpe --problem spring --seeds 0 1 --trials 100

Runs inside the optimiser's own environment; needs numpy and that library, nothing else.
"""

from __future__ import annotations

import importlib
import json
import math
import time
from typing import TYPE_CHECKING, Any

from benchmarks.arguments import worker_options
from benchmarks.machine import versions
from benchmarks.problems.constrained import FUNCTIONS, TABLES, load

if TYPE_CHECKING:
    from benchmarks.problems.constrained import Bounded

OPTIMISERS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "tunesmith": ("own", "tunesmith_ours", {}),
    "tunesmith_tpe": ("own", "tunesmith_ours", {"sampler": "TPE"}),
    "tunesmith_random": ("own", "tunesmith_ours", {"sampler": "Random"}),
    "optuna_tpe": ("optuna", "optuna_peer", {"sampler": "tpe"}),
    "optuna_gp": ("optuna_gp", "optuna_peer", {"sampler": "gp"}),
    "nevergrad_ngopt": ("nevergrad", "nevergrad_peer", {"algorithm": "NGOpt"}),
}
"""Name -> environment, adapter, settings of its `make`."""


def run(optimiser: Any, problem: Bounded, seed: int, trials: int) -> dict[str, Any]:
    """Return the record of one run, with the CPU seconds in ask and tell alone.

    `steps` holds `[trial from 1, regret]` whenever a *feasible* config has the best loss so far; empty if none was.
    """
    steps: list[tuple[int, float]] = []
    best, spent = math.inf, 0.0
    for number in range(1, trials + 1):
        start = time.process_time()
        config = optimiser.ask()
        spent += time.process_time() - start
        loss, excesses = problem.evaluate(config)
        if loss < best and max(excesses) <= 0:
            best = loss
            steps.append((number, float(f"{problem.regret(loss):.5g}")))
        start = time.process_time()
        optimiser.tell(config, loss, excesses)
        spent += time.process_time() - start
    return {"seed": seed, "n": trials, "steps": steps, "cpu_s": round(spent, 4)}


def main() -> None:
    options = worker_options(__doc__, OPTIMISERS, [*FUNCTIONS, *TABLES])
    problem = load(options.problem, options.data)
    _, adapter, settings = OPTIMISERS[options.optimiser]
    make = importlib.import_module(f"benchmarks.peers.{adapter}").make
    for seed in options.seeds:
        space = [dict(parameter) for parameter in problem.space]
        optimiser = make(space, seed, options.trials, constraints=problem.constraints, **settings)
        record = run(optimiser, problem, seed, options.trials)
        named = {"kind": "regret", "optimiser": options.optimiser, "problem": options.problem, **record}
        print(json.dumps({**named, "versions": versions()}), flush=True)


if __name__ == "__main__":
    main()

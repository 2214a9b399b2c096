"""One process, one optimiser of several losses: prints one JSON line a run, with the losses of all its trials.

    python -m benchmarks.fronts_worker --optimiser optuna_nsga2 --problem zdt1 --seeds 0 1 --trials 1000

Runs inside the optimiser's own environment; needs numpy and that library, nothing else.
"""

from __future__ import annotations

import importlib
import json
import time
from pathlib import Path
from typing import Any

from benchmarks.arguments import worker_options
from benchmarks.problems.fronts import FRONTS
from benchmarks.problems.sized import SIZED, load

OPTIMISERS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "tunesmith_nsga": ("own", "tunesmith_ours", {"sampler": "NSGA"}),
    "tunesmith_genetic": ("own", "tunesmith_ours", {"sampler": "Genetic"}),
    "tunesmith": ("own", "tunesmith_ours", {}),
    "tunesmith_random": ("own", "tunesmith_ours", {"sampler": "Random"}),
    "optuna_nsga2": ("optuna", "optuna_peer", {"sampler": "nsga2"}),
    "optuna_nsga3": ("optuna", "optuna_peer", {"sampler": "nsga3"}),
    "optuna_tpe": ("optuna", "optuna_peer", {"sampler": "tpe"}),
    "optuna_gp": ("optuna_gp", "optuna_peer", {"sampler": "gp"}),
    "optuna_random": ("optuna", "optuna_peer", {"sampler": "random"}),
}
"""Name -> environment, adapter, settings of its `make`."""


def run(name: str, problem: str, seed: int, trials: int, data: Path = Path()) -> dict[str, Any]:
    """Return the record of one run: losses (trials, m) with 9 digits, and the CPU seconds in ask and tell alone."""
    _, adapter, settings = OPTIMISERS[name]
    front = FRONTS[problem] if problem in FRONTS else load(SIZED[problem], data)
    made = importlib.import_module(f"benchmarks.peers.{adapter}")
    optimiser = made.make(front.space, seed, trials, losses=len(front.reference), **settings)
    losses, spent = [], 0.0
    for _ in range(trials):
        start = time.process_time()
        config = optimiser.ask()
        middle = time.process_time()
        found = front.losses(config)
        losses.append([float(f"{loss:.9g}") for loss in found])
        after = time.process_time()
        optimiser.tell(config, found)
        spent += time.process_time() - after + middle - start
    return {
        "optimiser": name,
        "problem": problem,
        "seed": seed,
        "n": trials,
        "losses": losses,
        "cpu_s": round(spent, 4),
    }


def main() -> None:
    options = worker_options(__doc__, OPTIMISERS, [*FRONTS, *SIZED])
    for seed in options.seeds:
        print(json.dumps(run(options.optimiser, options.problem, seed, options.trials, options.data)), flush=True)


if __name__ == "__main__":
    main()

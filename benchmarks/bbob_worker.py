"""One process, one optimiser, one BBOB function in one dimension: prints one JSON line per instance.

    python -m benchmarks.bbob_worker --optimiser optuna_cma --function 8 --dimension 5 --instances 1 2 3 --trials 250 \
        --evaluator PYTHON

Runs inside the optimiser's own environment; `PYTHON` is the interpreter of the environment `bbob`, which evaluates. The
instance is the optimiser's seed as well.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import TYPE_CHECKING, Any

from benchmarks.machine import versions
from benchmarks.optimisers import OPTIMISERS, make
from benchmarks.problems.bbob import Evaluator, space

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.optimisers import Optimiser
    from benchmarks.problems.definitions import Config


def run(optimiser: Optimiser, gap: Callable[[Config], float], trials: int) -> dict[str, Any]:
    """Return `steps`, `[trial, f - f_opt]` for each trial that improved, and the CPU seconds in ask and tell alone."""
    steps: list[tuple[int, float]] = []
    best, spent = float("inf"), 0.0
    for number in range(1, trials + 1):
        start = time.process_time()
        config = optimiser.ask()
        spent += time.process_time() - start
        found = gap(config)
        if found < best:
            best = found
            steps.append((number, float(f"{found:.6g}")))
        start = time.process_time()
        optimiser.tell(config, found)
        spent += time.process_time() - start
    return {"n": trials, "steps": steps, "cpu_s": round(spent, 4)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--optimiser", required=True, choices=OPTIMISERS)
    parser.add_argument("--function", type=int, required=True)
    parser.add_argument("--dimension", type=int, required=True)
    parser.add_argument("--instances", type=int, nargs="+", default=[1])
    parser.add_argument("--trials", type=int, required=True)
    parser.add_argument("--evaluator", required=True, help="the interpreter of the environment `bbob`")
    options = parser.parse_args()
    for instance in options.instances:
        evaluator = Evaluator(options.evaluator, options.function, options.dimension, instance)
        try:
            optimiser = make(options.optimiser, space(options.dimension), instance, options.trials)
            record = run(optimiser, evaluator.gap, options.trials)
        finally:
            evaluator.close()
        place = {"function": options.function, "dimension": options.dimension, "instance": instance}
        named = {"kind": "bbob", "optimiser": options.optimiser, **place, **record, "versions": versions()}
        print(json.dumps(named), flush=True)


if __name__ == "__main__":
    main()

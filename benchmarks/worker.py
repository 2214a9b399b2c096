"""One process, one optimiser: runs it on a problem for some seeds and prints one JSON line per run.

    python -m benchmarks.worker --optimiser optuna_tpe --problem branin --seeds 0 1 2 --trials 100 --data DIR

Runs inside the optimiser's own environment; needs numpy and that library, nothing else.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.machine import blas_kernel, peak_memory, versions
from benchmarks.optimisers import OPTIMISERS, make
from benchmarks.overhead import overhead
from benchmarks.problems.catalogue import load

if TYPE_CHECKING:
    from benchmarks.problems.definitions import Config


def run(
    optimiser_name: str,
    problem_name: str,
    seed: int,
    trials: int,
    data: Path,
    running: int = 1,
    evaluator: str | None = None,
) -> dict[str, Any]:
    """Return the record of one run.

    `steps` holds `[trial, regret]` for each trial (counted from 1) that improved on all before it; `cpu_s` is the CPU
    time spent in ask and tell alone. So many trials run at once: a loss is told when they are all asked, the oldest
    first, and then the next is asked.
    """
    problem = load(problem_name, data, evaluator)
    optimiser = make(optimiser_name, [dict(p) for p in problem.definition.space], seed, trials)
    steps: list[tuple[int, float]] = []
    waiting: deque[Config] = deque()
    best, spent = float("inf"), 0.0
    for number in range(1, trials + 1):
        start = time.process_time()
        while len(waiting) < min(running, trials + 1 - number):
            waiting.append(optimiser.ask())
        spent += time.process_time() - start
        config = waiting.popleft()
        loss = problem.evaluate(config)
        if loss < best:
            best = loss
            steps.append((number, float(f"{problem.definition.regret(loss):.5g}")))
        start = time.process_time()
        optimiser.tell(config, loss)
        spent += time.process_time() - start
    return {
        "kind": "regret",
        "optimiser": optimiser_name,
        "problem": problem_name,
        "group": problem.definition.group,
        "seed": seed,
        "n": trials,
        "steps": steps,
        "cpu_s": round(spent, 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--optimiser", required=True, choices=OPTIMISERS)
    parser.add_argument("--problem", help="a problem's name, or nothing to measure the overhead")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--trials", type=int, required=True)
    parser.add_argument("--running", type=int, help="trials that run at once; records of the kind `batch`")
    parser.add_argument("--data", type=Path, default=Path())
    parser.add_argument("--evaluator", help="the interpreter of the environment `digits`, for that problem")
    parser.add_argument("--cpu-limit", type=float, default=60.0, help="seconds after which an overhead run is cut off")
    options = parser.parse_args()
    for seed in options.seeds:
        if options.problem is None:
            record = overhead(options.optimiser, seed, options.trials, options.cpu_limit)
        else:
            place = (options.problem, seed, options.trials, options.data, options.running or 1, options.evaluator)
            record = run(options.optimiser, *place)
        if options.running is not None:
            record |= {"kind": "batch", "running": options.running}
        record["peak_mb"] = peak_memory()
        record["blas"] = blas_kernel()
        record["versions"] = versions()
        print(json.dumps(record), flush=True)


if __name__ == "__main__":
    main()

"""Import time: fresh interpreters in turn, CPU seconds, told as a ratio to `import numpy` in the same environment."""

from __future__ import annotations

import statistics
import subprocess
from typing import TYPE_CHECKING

from benchmarks import records
from benchmarks.environments import ROOT, interpreter, variables
from benchmarks.optimisers import OPTIMISERS

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

MODULES = {"own": "tunesmith", "optuna": "optuna", "rustuna": "rustuna", "hyperopt": "hyperopt"}
"""Environment -> what a user imports there."""

PROGRAM = (
    "import resource, time; start = time.process_time(); import {module}; spent = time.process_time() - start; "
    "print(spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
)

REPEATS = 11


def once(python: Path, module: str) -> tuple[float, float]:
    """Return CPU seconds and peak MB of importing a module in a fresh interpreter."""
    result = subprocess.run(
        [str(python), "-c", PROGRAM.format(module=module)],
        cwd=ROOT,
        env=variables(),
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, megabytes = result.stdout.split()[-2:]
    return float(seconds), float(megabytes)


def measure(options: argparse.Namespace, optimisers: list[str]) -> None:
    """Append one record per environment in use; numpy and the module take turns, the first turn (cold files) drops."""
    there = {record["module"] for record in records.read(options.out) if record["kind"] == "import"}
    for environment in dict.fromkeys(OPTIMISERS[name].environment for name in optimisers):
        module = MODULES.get(environment)
        if module is None or module in there:
            continue
        python = interpreter(environment, options.cache)
        try:
            turns = [(once(python, "numpy"), once(python, module)) for _ in range(REPEATS + 1)][1:]
        except subprocess.CalledProcessError as error:
            print(f"FAILED: import {module}: {error.stderr[-300:]}", flush=True)
            options.failures.append(module)
            continue
        numpy_s = statistics.median(numpy[0] for numpy, _ in turns)
        seconds = statistics.median(mine[0] for _, mine in turns)
        record = {
            "kind": "import",
            "module": module,
            "repeats": REPEATS,
            "cpu_s": round(seconds, 4),
            "numpy_s": round(numpy_s, 4),
            "ratio": round(seconds / numpy_s, 3),
            "peak_mb": round(statistics.median(mine[1] for _, mine in turns), 1),
            "numpy_mb": round(statistics.median(numpy[1] for numpy, _ in turns), 1),
        }
        records.append(options.out, record)
        print(f"import {module}: {seconds:.3f} s CPU, {record['ratio']} x numpy", flush=True)

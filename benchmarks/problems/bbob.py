"""The 24 noiseless functions of COCO/BBOB, evaluated by a process of its own in the environment `bbob`.

N. Hansen, S. Finck, R. Ros and A. Auger 2009, "Real-parameter black-box optimization benchmarking 2009: noiseless
functions definitions", INRIA RR-6829; the package is `coco-experiment` (BSD-3). So no optimiser's environment needs
that package, and what it costs is not in the optimiser's CPU time.

Run as a program it reads a JSON line `[x0, x1, ...]` and answers with a line, f(x) - f_opt:

    ENVIRONMENT/bin/python -m benchmarks.problems.bbob FUNCTION DIMENSION INSTANCE
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any, final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from benchmarks.problems.definitions import Config, Parameter

FUNCTIONS = tuple(range(1, 25))
DIMENSIONS = (2, 5, 10)
INSTANCES = (1, 2, 3)
TARGETS: NDArray[np.float64] = 10.0 ** np.linspace(2, -8, 51)
"""51 targets for f - f_opt, even in the logarithm, the easiest first."""


def space(dimension: int) -> list[Parameter]:
    """Return the space description: the box [-5, 5]^d."""
    return [{"name": f"x{i}", "type": "float", "low": -5.0, "high": 5.0} for i in range(dimension)]


def reached(gap: float) -> float:
    """Return the share of `TARGETS` that a best gap, f - f_opt, has reached: 1 for all of them."""
    return float((gap <= TARGETS).mean())


@final
class Evaluator:
    """A running evaluator; close it when done."""

    def __init__(self, python: str, function: int, dimension: int, instance: int) -> None:
        words = [str(function), str(dimension), str(instance)]
        command = [python, "-m", "benchmarks.problems.bbob", *words]
        self._named = f"the evaluator of function {function}, dimension {dimension}, instance {instance}"
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def gap(self, config: Config) -> float:
        """Return f - f_opt of a config.

        Raises:
            RuntimeError: the evaluator ended; what it said stands in the worker's own error output.
        """
        given, taken = self._process.stdin, self._process.stdout
        if given is None or taken is None:
            raise RuntimeError("an evaluator needs its pipes")
        given.write(json.dumps([config[f"x{i}"] for i in range(len(config))]) + "\n")
        given.flush()
        answer = taken.readline()
        if not answer:
            raise RuntimeError(f"{self._named} ended with code {self._process.wait()}")
        return float(answer)

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


def serve(function: int, dimension: int, instance: int) -> None:
    """Answer each line of the standard input until it ends."""
    import cocoex

    words = f"dimensions:{dimension} function_indices:{function} instance_indices:{instance}"
    problem: Any = cocoex.Suite("bbob", "", words)[0]
    lowest = cocoex.BareProblem("bbob", function, dimension, instance).best_value()
    for line in sys.stdin:
        print(repr(float(problem(np.array(json.loads(line))) - lowest)), flush=True)


if __name__ == "__main__":
    serve(*map(int, sys.argv[1:]))

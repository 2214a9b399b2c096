"""The 24 noiseless functions of COCO/BBOB, evaluated by a process of its own in the environment `bbob`.

N. Hansen, S. Finck, R. Ros and A. Auger 2009, "Real-parameter black-box optimization benchmarking 2009: noiseless
functions definitions", INRIA RR-6829; the package is `coco-experiment` (BSD-3). So no optimiser's environment needs
that package, and what it costs is not in the optimiser's CPU time.

Run as a program it reads a JSON line `[x0, x1, ...]` and answers with a line, f(x) - f_opt:

    ENVIRONMENT/bin/python -m benchmarks.problems.bbob FUNCTION DIMENSION INSTANCE
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, final

import numpy as np

from benchmarks.problems.served import Served, serve

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
    """A running evaluator of one function; close it when done."""

    def __init__(self, python: str, function: int, dimension: int, instance: int) -> None:
        words = [str(function), str(dimension), str(instance)]
        named = f"the evaluator of function {function}, dimension {dimension}, instance {instance}"
        self._served = Served(python, "benchmarks.problems.bbob", words, named)

    def gap(self, config: Config) -> float:
        """Return f - f_opt of a config.

        Raises:
            RuntimeError: the evaluator ended; what it said stands in the worker's own error output.
        """
        return self._served([config[f"x{i}"] for i in range(len(config))])

    def close(self) -> None:
        self._served.close()


def gaps(function: int, dimension: int, instance: int) -> None:
    """Answer each point on the standard input with f - f_opt, until it ends."""
    import cocoex

    words = f"dimensions:{dimension} function_indices:{function} instance_indices:{instance}"
    problem: Any = cocoex.Suite("bbob", "", words)[0]
    lowest = cocoex.BareProblem("bbob", function, dimension, instance).best_value()
    serve(lambda x: problem(np.array(x)) - lowest)


if __name__ == "__main__":
    gaps(*map(int, sys.argv[1:]))

"""A function evaluated by a process of its own, in another environment: a JSON line goes there, a number comes back.

So no optimiser's environment needs what the function needs, and none of its cost is counted as the optimiser's.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any, final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@final
class Served:
    """A running evaluator, `python -m module words...`; close it when done."""

    def __init__(self, python: str, module: str, words: Sequence[str], named: str) -> None:
        self._named = named
        command = [python, "-m", module, *words]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, question: Any) -> float:
        """Return the number that the process answers.

        Raises:
            RuntimeError: the evaluator ended; what it said stands in the worker's own error output.
        """
        given, taken = self._process.stdin, self._process.stdout
        if given is None or taken is None:
            raise RuntimeError(f"{self._named} needs its pipes")
        given.write(json.dumps(question) + "\n")
        given.flush()
        answer = taken.readline()
        if not answer:
            raise RuntimeError(f"{self._named} ended with code {self._process.wait()}")
        return float(answer)

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


def serve(function: Callable[[Any], float]) -> None:
    """Answer each line of the standard input until it ends; what the evaluator is to run."""
    for line in sys.stdin:
        print(repr(float(function(json.loads(line)))), flush=True)

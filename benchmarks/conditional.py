"""Compares optimisers on conditional spaces: `python -m benchmarks.conditional --help`.

Three problems, 50 trials: two functions of ours (`modelchoice`, `nested`) and the demo's choice of a model for real
(`digits`). The last column is tunesmith's mean regret divided by the other's, floored at 0.001: below 1, tunesmith is
better. Each run is one JSON line; a line that is there is not run again.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import figures, records
from benchmarks.environments import interpreter
from benchmarks.launch import parser, run_missing, say, settled, there
from benchmarks.optimisers import OPTIMISERS
from benchmarks.table import bracketed, foot, markdown, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.records import Record

PROBLEMS = ("modelchoice", "nested", "digits")
COUNTS = (25, 50)
DEFAULT = ("numpy_random", "tunesmith", "optuna_tpe", "optuna_tpe_group")
OURS = "tunesmith"


def section(everything: Sequence[Record], title: str, problems: list[str]) -> str:
    """Return a Markdown table of the optimisers that ran on all the problems, the lowest regret at the end first."""
    at = {count: figures.regrets_at(everything, count) for count in COUNTS}
    last = at[COUNTS[-1]]
    names = [name for name in OPTIMISERS if all(problem in last.get(name, {}) for problem in problems)]
    told = {name: {count: figures.mean_regret(at[count][name], problems) for count in COUNTS} for name in names}
    rows = []
    for name in sorted(names, key=lambda name: told[name][COUNTS[-1]].value):
        seeds = min(len(last[name][problem]) for problem in problems)
        ratio = None
        if OURS in names and name != OURS:
            ratio = figures.regret_ratio(last[OURS], last[name], problems)
        cells = [bracketed(told[name][count]) for count in COUNTS]
        rows.append([name, str(seeds), *cells, bracketed(ratio), cost(everything, name, problems)])
    head = ["optimiser", "seeds", *(f"regret at {count}" for count in COUNTS), f"{OURS} / it", "CPU ms a trial"]
    return f"## {title}\n\n{markdown(head, rows)}\n" if rows else ""


def cost(everything: Iterable[Record], name: str, problems: list[str]) -> str:
    """Return the mean CPU ms per trial in ask and tell."""
    runs = [r for r in everything if r["optimiser"] == name and r["problem"] in problems]
    return number(float(np.mean([r["cpu_s"] / r["n"] for r in runs])) * 1e3)


def table(everything: Sequence[Record]) -> str:
    """Return the tables of all problems together and of each alone."""
    together = section(everything, "The three together", list(PROBLEMS))
    return "\n".join([together, *(section(everything, f"`{problem}`", [problem]) for problem in PROBLEMS)])


def run(name: str, problem: str, options: argparse.Namespace) -> None:
    """Run the seeds that are missing of one optimiser on one problem."""
    more = ["--evaluator", str(interpreter("digits", options.cache))]
    found = run_missing((name, problem), OPTIMISERS[name].environment, "benchmarks.worker", options, more=more)
    if found:
        say(f"{problem} {name}: regret {records.reached(found):.4f}, {len(found)} seeds")


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    made = parser("benchmarks.conditional", __doc__)
    made.add_argument("--optimisers", nargs="+", default=DEFAULT, choices=OPTIMISERS, metavar="NAME")
    made.add_argument("--problems", nargs="+", default=PROBLEMS, choices=PROBLEMS)
    made.add_argument("--seeds", type=int, default=10, help="how many, from 0")
    made.add_argument("--trials", type=int, default=COUNTS[-1])
    return settled(made, argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run what is missing, print the tables, and return 1 if a worker failed or something could not be run."""
    options = arguments(argv)
    environments = {OPTIMISERS[name].environment for name in options.optimisers}
    needed = {*environments, *(["digits"] if "digits" in options.problems else [])}
    usable = {environment for environment in sorted(needed) if there(environment, options)}
    for problem in options.problems:
        if problem == "digits" and "digits" not in usable:
            continue
        for name in options.optimisers:
            if OPTIMISERS[name].environment in usable:
                run(name, problem, options)
    everything = list(records.read(options.out))
    say(f"{table(everything)}\n{foot(everything)}")
    return 1 if options.failures or usable != needed else 0


if __name__ == "__main__":
    sys.exit(main())

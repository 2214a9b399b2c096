"""Puts optimisers of several losses through problems: `python -m benchmarks.fronts --help`.

The figure is the *gap*: 1 - hypervolume of all trials so far / hypervolume of the true front, both below the problem's
fixed reference point; 0 is the whole front, 1 nothing. The bracket is a bootstrap over seeds (2.5% to 97.5%). Each run
is one JSON line, and a line that is there is not run again.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import figures, records
from benchmarks.fronts_worker import OPTIMISERS
from benchmarks.launch import parser, run_missing, say, settled, there
from benchmarks.problems.fronts import FRONTS, Front
from benchmarks.problems.sized import SIZED, Sized
from benchmarks.table import bracketed, markdown
from tunesmith.numerics.pareto import hypervolume

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from benchmarks.records import Record

MARKS = (25, 50, 100, 300, 1000, 3000, 10_000)
PROBLEMS: dict[str, Front | Sized] = {**FRONTS, **SIZED}
DEFAULT = ("tunesmith_nsga", "tunesmith_random", "optuna_nsga2", "optuna_nsga3")
KEPT = ("kind", "optimiser", "problem", "seed", "n", "gaps", "cpu_s")


def gaps(problem: str, losses: list[list[float]]) -> dict[str, float]:
    """Return the gap after each mark that the run reached, by the number of trials."""
    front, found = PROBLEMS[problem], np.array(losses)
    reached = [mark for mark in MARKS if mark <= len(found)]
    volumes = {mark: hypervolume(found[:mark], np.array(front.reference)) for mark in reached}
    return {str(mark): float(f"{1 - volume / front.volume:.6g}") for mark, volume in volumes.items()}


def compact(record: Record) -> Record:
    """Return a run with its gaps in place of the losses of all its trials."""
    told = (
        {"kind": "front", **record, "gaps": gaps(record["problem"], record["losses"])} if "losses" in record else record
    )
    return {name: told[name] for name in KEPT}


def table(found: Sequence[Record]) -> str:
    """Return a Markdown table: problem and optimiser, mean gap and its interval at each mark, CPU ms a trial."""
    marks = [str(mark) for mark in MARKS if any(str(mark) in record["gaps"] for record in found)]
    rows = []
    for problem, name in sorted({(record["problem"], record["optimiser"]) for record in found}):
        runs = [record for record in found if (record["problem"], record["optimiser"]) == (problem, name)]
        cells = [problem, name, str(len(runs))]
        for mark in marks:
            values = np.array([record["gaps"][mark] for record in runs if mark in record["gaps"]])
            cells.append(bracketed(figures.mean_regret({problem: values}, [problem])) if len(values) else "")
        cost = np.mean([record["cpu_s"] / record["n"] for record in runs]) * 1e3
        rows.append([*cells, f"{cost:.2f}"])
    head = ["problem", "optimiser", "seeds", *(f"gap at {mark}" for mark in marks), "CPU ms a trial"]
    return markdown(head, rows)


def run(name: str, problem: str, options: argparse.Namespace) -> None:
    """Run the seeds that are missing of one optimiser on one problem."""
    found = run_missing((name, problem), OPTIMISERS[name][0], "benchmarks.fronts_worker", options, keep=compact)
    if found:
        last = np.mean([list(record["gaps"].values())[-1:] or [np.nan] for record in found])
        say(f"{problem} {name}: gap {last:.4f}, {len(found)} seeds")


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    made = parser("benchmarks.fronts", __doc__)
    made.add_argument("--optimisers", nargs="+", default=DEFAULT, choices=OPTIMISERS, metavar="NAME")
    made.add_argument("--problems", nargs="+", default=list(PROBLEMS), choices=PROBLEMS, metavar="P")
    made.add_argument("--seeds", type=int, default=10, help="how many, from 0")
    made.add_argument("--trials", type=int, default=1000)
    made.add_argument("--keep", type=Path, help="write the runs of so many trials here as well")
    return settled(made, argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run what is missing, print the table, and return 1 if a worker failed."""
    options = arguments(argv)
    tables = [problem for problem in options.problems if problem in SIZED and not SIZED[problem].ready(options.data)]
    for problem in tables:
        say(f"SKIPPED {problem}: no table; `python -m benchmarks.run --prepare` makes it")
    problems = [problem for problem in options.problems if problem not in tables]
    usable = [name for name in options.optimisers if problems and there(OPTIMISERS[name][0], options)]
    for problem in problems:
        for name in usable:
            run(name, problem, options)
    found = [compact(record) for record in records.read(options.out) if record["n"] == options.trials]
    if options.keep is not None:
        options.keep.write_text("".join(json.dumps(record) + "\n" for record in found), encoding="utf-8")
    say(table(found))
    return 1 if options.failures else 0


if __name__ == "__main__":
    sys.exit(main())

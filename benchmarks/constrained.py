"""Puts optimisers through problems with constraints known after a trial: `python -m benchmarks.constrained --help`.

The figure is the regret of the best *feasible* config so far, clipped at 1 and 1 while there is none: 0 is the best
feasible loss, 1 the median of feasible random configs. The bracket is a bootstrap over seeds (2.5% to 97.5%). Each run
is one JSON line, and a line that is there is not run again.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import figures, records
from benchmarks.constrained_worker import OPTIMISERS
from benchmarks.launch import parser, run_missing, say, settled, there
from benchmarks.problems.constrained import FUNCTIONS, TABLES, ready
from benchmarks.table import COUNTS, bracketed, complete, markdown, number

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

    from benchmarks.figures import Regrets
    from benchmarks.records import Record

PROBLEMS = (*FUNCTIONS, *TABLES)
OURS = "tunesmith"
"""Ratios are of this optimiser's regret to another's."""

EARLY = COUNTS[0]
"""The number of trials within which a run should find something feasible."""


def first_feasible(record: Record) -> float:
    """Return the number, from 1, of the first feasible trial of a run; infinity if none was."""
    return float(record["steps"][0][0]) if record["steps"] else np.inf


def marks(trials: int) -> list[int]:
    """Return the numbers of trials at which to tell the regret: those of `COUNTS` within reach, or else the last."""
    return [count for count in COUNTS if count <= trials] or [trials]


def row(name: str, found: Sequence[Record], at: dict[int, Regrets], problems: list[str]) -> list[str]:
    """Return the cells of one optimiser: seeds, regrets, share feasible early, ratio, cost.

    Args:
        name: the optimiser.
        found: its runs on the problems.
        at: number of trials -> regrets of all optimisers.
        problems: those to take the mean over.
    """
    last = max(at)
    cells = [name, str(min(len(at[last][name][problem]) for problem in problems))]
    cells += [bracketed(figures.mean_regret(regrets[name], problems)) for regrets in at.values()]
    cells.append(number(float(np.mean([first_feasible(record) <= min(EARLY, last) for record in found]))))
    both = OURS in complete(at[last], problems)
    cells.append(bracketed(figures.regret_ratio(at[last][OURS], at[last][name], problems)) if both else "-")
    return [*cells, number(float(np.mean([record["cpu_s"] / record["n"] for record in found])) * 1e3)]


def table(found: Sequence[Record]) -> str:
    """Return a Markdown table: each problem, then all together for those optimisers that ran on all.

    Args:
        found: runs of one number of trials.
    """
    if not found:
        return "no runs"
    at = {mark: figures.regrets_at(found, mark) for mark in marks(max(record["n"] for record in found))}
    last = max(at)
    present = [problem for problem in PROBLEMS if any(record["problem"] == problem for record in found)]
    groups = [(problem, [problem]) for problem in present]
    groups += [(f"all {len(present)}", present)] if len(present) > 1 else []
    rows = []
    for title, problems in groups:
        for name in sorted(complete(at[last], problems)):
            runs = [r for r in found if r["optimiser"] == name and r["problem"] in problems]
            rows.append([title, *row(name, runs, at, problems)])
    head = ["problem", "optimiser", "seeds", *(f"regret at {mark}" for mark in at), f"feasible by {min(EARLY, last)}"]
    return markdown([*head, f"ratio {OURS} / it at {last}", "CPU ms a trial"], rows)


def run(name: str, problem: str, options: argparse.Namespace) -> None:
    """Run the seeds that are missing of one optimiser on one problem."""
    found = run_missing((name, problem), OPTIMISERS[name][0], "benchmarks.constrained_worker", options)
    if found:
        say(f"{problem} {name}: regret {records.reached(found):.4f}, {len(found)} seeds")


def kept(everything: Iterable[Record], trials: int) -> list[Record]:
    """Return the runs of so many trials in short; of a run that is there twice the later counts."""
    return [records.compact(record) for record in records.merged(everything) if record["n"] == trials]


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    made = parser("benchmarks.constrained", __doc__)
    made.add_argument("--optimisers", nargs="+", default=list(OPTIMISERS), choices=OPTIMISERS, metavar="NAME")
    made.add_argument("--problems", nargs="+", default=list(PROBLEMS), choices=PROBLEMS, metavar="P")
    made.add_argument("--seeds", type=int, default=10, help="how many, from 0")
    made.add_argument("--trials", type=int, default=COUNTS[-1])
    made.add_argument("--keep", type=Path, help="write the runs of so many trials here as well")
    return settled(made, argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run what is missing, print the table, and return 1 if a worker failed."""
    options = arguments(argv)
    tables = [problem for problem in options.problems if not ready(problem, options.data)]
    for problem in tables:
        say(f"SKIPPED {problem}: no table; `python -m benchmarks.run --prepare` makes it")
    problems = [problem for problem in options.problems if problem not in tables]
    usable = [name for name in options.optimisers if problems and there(OPTIMISERS[name][0], options)]
    for problem in problems:
        for name in usable:
            run(name, problem, options)
    found = kept(records.read(options.out), options.trials)
    if options.keep is not None:
        options.keep.write_text("".join(json.dumps(record) + "\n" for record in found), encoding="utf-8")
    say(table(found))
    return 1 if options.failures else 0


if __name__ == "__main__":
    sys.exit(main())

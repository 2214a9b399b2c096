"""Compares 8 trials running at once with one at a time: `python -m benchmarks.batch --help`.

The figure is the ratio of the mean regrets after 96 evaluations, floored at 0.001, geometric mean over problems: 1
means that nothing is lost by not waiting. All 8 are asked before the first loss is told; then the oldest is told and
the next asked, until 96 are told. Each run is one JSON line; a line that is there is not run again.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import figures, records
from benchmarks.launch import launch, parser, say, settled, there
from benchmarks.optimisers import OPTIMISERS
from benchmarks.problems.catalogue import select
from benchmarks.table import bracketed, markdown, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.figures import Regrets
    from benchmarks.records import Record

TRIALS = 96
DEFAULT = ("tunesmith", "tunesmith_gp", "tunesmith_tpe", "optuna_tpe")


def regrets(everything: Iterable[Record], running: int, trials: int) -> Regrets:
    """Return optimiser -> problem -> clipped regrets after so many trials with so many running at once."""
    chosen = [{**r, "kind": "regret"} for r in everything if r["running"] == running and r["n"] == trials]
    return figures.regrets_at(chosen, trials)


def table(everything: Sequence[Record], crowd: int = 8, trials: int = TRIALS) -> str:
    """Return a Markdown table by optimiser, over the problems that it ran both ways; the intervals are over seeds."""
    alone, together = regrets(everything, 1, trials), regrets(everything, crowd, trials)
    lines = []
    for name in (name for name in OPTIMISERS if name in alone and name in together):
        both = [problem for problem in alone[name] if problem in together[name]]
        if not both:
            continue
        seeds = min(len(found[name][problem]) for found in (alone, together) for problem in both)
        cost = np.mean([r["cpu_s"] / r["n"] for r in everything if (r["optimiser"], r["running"]) == (name, crowd)])
        told = [figures.mean_regret(found[name], both) for found in (alone, together)]
        ratio = figures.regret_ratio(together[name], alone[name], both)
        cells = [name, str(len(both)), str(seeds), *map(bracketed, [*told, ratio]), number(float(cost) * 1e3)]
        lines.append(cells)
    head = ["optimiser", "problems", "seeds", "regret one at a time", f"{crowd} at once", "ratio"]
    return markdown([*head, f"CPU ms a trial, {crowd} at once"], lines)


def run(name: str, problem: str, running: int, options: argparse.Namespace) -> None:
    """Run the seeds that are missing of one optimiser on one problem, with so many running at once."""
    finished = {records.key(r) for r in records.read(options.out) if r["running"] == running}
    seeds = records.missing(name, problem, range(options.seeds), options.trials, finished)
    if not seeds:
        return
    words = ["--optimiser", name, "--problem", problem, "--trials", str(options.trials), "--running", str(running)]
    words += ["--data", str(options.data), "--seeds", *map(str, seeds)]
    found = launch(OPTIMISERS[name].environment, "benchmarks.worker", words, options)
    if found:
        say(f"{problem} {name}, {running} at once: regret {records.reached(found):.4f}, {len(found)} seeds")


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    made = parser("benchmarks.batch", __doc__)
    made.add_argument("--optimisers", nargs="+", default=DEFAULT, choices=OPTIMISERS, metavar="NAME")
    made.add_argument("--problems", nargs="+", default=["21"], help="names, groups, 7, 21 or all")
    made.add_argument("--seeds", type=int, default=10, help="how many, from 0")
    made.add_argument("--trials", type=int, default=TRIALS)
    made.add_argument("--running", type=int, default=8, help="how many at once, beside one at a time")
    return settled(made, argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run what is missing, print the table, and return 1 if a worker failed."""
    options = arguments(argv)
    usable = {name for name in options.optimisers if there(OPTIMISERS[name].environment, options)}
    for problem in select(options.problems):
        for name in options.optimisers:
            for running in (1, options.running) if name in usable else ():
                run(name, problem, running, options)
    say(table(list(records.read(options.out)), options.running, options.trials))
    return 1 if options.failures else 0


if __name__ == "__main__":
    sys.exit(main())

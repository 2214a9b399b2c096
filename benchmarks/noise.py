"""Adds noise to the losses and asks how good the recommended config is: `python -m benchmarks.noise --help`.

The noise is normal; its standard deviation is half of max - min over the lowest tenth of a problem's losses. The figure
is the *true* regret, clipped at 1, of the config with the best noisy loss so far, which every library here calls its
best; and, where a library recommends a config by a model of the losses, of that one, in a row of its own. Each run is
one JSON line; a line that is there is not run again.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import figures, records
from benchmarks.launch import parser, run_missing, say, settled, there
from benchmarks.optimisers import OPTIMISERS, REFERENCE
from benchmarks.problems.catalogue import select
from benchmarks.table import COUNTS, bracketed, complete, markdown, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.figures import Regrets
    from benchmarks.records import Record

DEFAULT = (
    "tunesmith",
    "tunesmith_random",
    "optuna_tpe",
    "optuna_cma",
    "hyperopt_tpe",
    "hyperopt_anneal",
    "rustuna_tpe",
)


MODEL = " (recommended)"
"""Marks the row of what an optimiser recommends by its model."""


def recommended(record: Record, trials: int, steps: str = "steps") -> float:
    """Return the true regret, clipped at 1, of what was the best after so many trials.

    Args:
        record: one run.
        trials: after how many.
        steps: `steps` for the best noisy loss, `expected` for what the optimiser recommends.
    """
    held = [regret for trial, regret in record[steps] if trial <= trials]
    return min(1.0, float(held[-1]))


def regrets_at(everything: Iterable[Record], trials: int) -> Regrets:
    """Return optimiser -> problem -> true regret of what is recommended after so many trials, by seed."""
    found: dict[str, dict[str, dict[int, float]]] = defaultdict(lambda: defaultdict(dict))
    for record in everything:
        if record["n"] >= trials:
            name, problem, seed = record["optimiser"], record["problem"], record["seed"]
            found[name][problem][seed] = recommended(record, trials)
            if any(trial == trials for trial, _ in record.get("expected", ())):
                found[name + MODEL][problem][seed] = recommended(record, trials, "expected")
    return {
        optimiser: {problem: np.array([seeds[seed] for seed in sorted(seeds)]) for problem, seeds in problems.items()}
        for optimiser, problems in found.items()
    }


def table(everything: Sequence[Record], problems: list[str]) -> str:
    """Return a Markdown table of the optimisers that ran on all the problems, the lowest regret at the end first."""
    at = {count: regrets_at(everything, count) for count in COUNTS}
    at = {count: found for count, found in at.items() if complete(found, problems)}
    if not at:
        return f"no optimiser ran {COUNTS[0]} trials on all of {', '.join(problems)}"
    last = max(at)
    names = complete(at[last], problems)
    ranks = figures.mean_ranks(at[last], names, problems)
    rows = []
    for name in names:
        told = {count: figures.mean_regret(at[count][name], problems) for count in at}
        against = figures.regret_ratio(at[last][name], at[last][REFERENCE], problems) if REFERENCE in names else None
        seeds = min(len(at[last][name][problem]) for problem in problems)
        cost = np.mean([r["cpu_s"] / r["n"] for r in everything if r["optimiser"] == name.removesuffix(MODEL)]) * 1e3
        cells = [name, str(seeds), *map(bracketed, [*told.values(), ranks[name], against]), number(float(cost))]
        rows.append((told[last].value, cells))
    head = ["optimiser", "seeds", *(f"true regret at {count}" for count in at), f"mean rank at {last}"]
    head += [f"ratio to {REFERENCE} at {last}", "CPU ms a trial"]
    return markdown(head, [cells for _, cells in sorted(rows, key=lambda row: row[0])])


def run(name: str, problem: str, options: argparse.Namespace) -> None:
    """Run the seeds that are missing of one optimiser on one problem."""
    found = run_missing((name, problem), OPTIMISERS[name].environment, "benchmarks.noise_worker", options)
    if found:
        told = np.mean([recommended(record, options.trials) for record in found])
        say(f"{problem} {name}: true regret {told:.4f}, {len(found)} seeds")


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    made = parser("benchmarks.noise", __doc__)
    made.add_argument("--optimisers", nargs="+", default=DEFAULT, choices=OPTIMISERS, metavar="NAME")
    made.add_argument("--problems", nargs="+", default=["21"], help="names, groups, 7, 21 or all")
    made.add_argument("--seeds", type=int, default=10, help="how many, from 0")
    made.add_argument("--trials", type=int, default=COUNTS[-1])
    return settled(made, argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run what is missing, print the table, and return 1 if a worker failed."""
    options = arguments(argv)
    usable = [name for name in options.optimisers if there(OPTIMISERS[name].environment, options)]
    problems = select(options.problems)
    for problem in problems:
        for name in usable:
            run(name, problem, options)
    say(table(list(records.read(options.out)), problems))
    return 1 if options.failures else 0


if __name__ == "__main__":
    sys.exit(main())

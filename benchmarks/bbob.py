"""Puts optimisers through the BBOB functions: `python -m benchmarks.bbob --help`.

The figure is the share of 51 targets, 10^2 to 10^-8 above the optimum and even in the logarithm, that were reached
after 10 d and 50 d evaluations, mean over functions and instances. Each run is one JSON line; a line that is there, or
one of a longer run, is not run again.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import records
from benchmarks.environments import interpreter
from benchmarks.figures import RESAMPLES, Interval, interval
from benchmarks.launch import launch, parser, say, settled, there
from benchmarks.optimisers import OPTIMISERS
from benchmarks.problems.bbob import DIMENSIONS, FUNCTIONS, INSTANCES, reached
from benchmarks.table import bracketed, foot, markdown, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from benchmarks.records import Record

BUDGETS = (10, 50)
"""Evaluations per dimension at which the targets are counted."""

DEFAULT = ("tunesmith", "tunesmith_gp", "tunesmith_cmaes", "optuna_cma", "optuna_gp", "optuna_tpe")

AGAINST = ("optuna_cma", "optuna_gp")
"""Those whose shares are subtracted."""

Place = tuple[str, int, int, int]


def longest(everything: Iterable[Record]) -> dict[Place, Record]:
    """Return the longest run of each optimiser on each dimension, function and instance."""
    found: dict[Place, Record] = {}
    for record in everything:
        place = (record["optimiser"], record["dimension"], record["function"], record["instance"])
        if place not in found or found[place]["n"] < record["n"]:
            found[place] = record
    return found


def share(record: Record, trials: int) -> float:
    """Return the share of targets that a run had reached after so many trials."""
    return reached(min((gap for trial, gap in record["steps"] if trial <= trials), default=np.inf))


def shares(runs: dict[Place, Record], name: str, dimension: int, budget: int) -> dict[tuple[int, int], float]:
    """Return (function, instance) -> the share reached, of the runs that were long enough."""
    return {
        (function, instance): share(record, budget * dimension)
        for (optimiser, d, function, instance), record in sorted(runs.items())
        if (optimiser, d) == (name, dimension) and record["n"] >= budget * dimension
    }


def by_function(found: dict[tuple[int, int], float]) -> NDArray[np.float64]:
    """Return the mean over instances of each function."""
    functions = sorted({function for function, _ in found})
    means = [np.mean([value for (of, _), value in found.items() if of == function]) for function in functions]
    return np.array(means, dtype=np.float64)


def estimate(values: NDArray[np.float64]) -> Interval:
    """Return the mean over functions, and its bootstrap interval over functions drawn with replacement."""
    picks = np.random.default_rng(0).integers(len(values), size=(RESAMPLES, len(values)))
    draws = np.round(values[picks].mean(axis=1), 9)  # what cancels is 0, not 1e-18
    return interval(float(values.mean()), draws, varied=len(values) > 1)


def row(runs: dict[Place, Record], name: str, dimension: int, against: Sequence[str]) -> list[str]:
    """Return the cells of one optimiser in one dimension; a difference is on the runs that both have."""
    cells: list[str] = [str(dimension), name]
    for budget in BUDGETS:
        own = shares(runs, name, dimension, budget)
        cells += [str(len(own)), bracketed(estimate(by_function(own))) if own else "-"]
        for other in against:
            theirs = shares(runs, other, dimension, budget)
            ahead = {place: own[place] - theirs[place] for place in own if place in theirs}
            cells.append(bracketed(estimate(by_function(ahead))) if ahead and name != other else "-")
    mine = [record for (optimiser, d, _, _), record in runs.items() if (optimiser, d) == (name, dimension)]
    cells.append(number(float(np.mean([record["cpu_s"] / record["n"] for record in mine])) * 1e3))
    return cells


def table(everything: Iterable[Record], against: Sequence[str] = AGAINST) -> str:
    """Return a Markdown table by dimension and optimiser, the names in the order of `OPTIMISERS`."""
    runs = longest(everything)
    present = {(d, name) for name, d, _, _ in runs}
    head = ["d", "optimiser"]
    for budget in BUDGETS:
        head += ["runs", f"targets at {budget} d", *(f"minus {other}" for other in against)]
    lines = [row(runs, name, d, against) for d in DIMENSIONS for name in OPTIMISERS if (d, name) in present]
    return markdown([*head, "CPU ms a trial"], lines)


def missing(everything: Iterable[Record], name: str, function: int, d: int, options: argparse.Namespace) -> list[int]:
    """Return the instances that no run of the budget or more is there for."""
    enough = {place for place, record in longest(everything).items() if record["n"] >= options.budget * d}
    return [instance for instance in options.instances if (name, d, function, instance) not in enough]


def run(name: str, function: int, dimension: int, options: argparse.Namespace) -> None:
    """Run what is missing of one optimiser on one function in one dimension."""
    instances = missing(records.read(options.out), name, function, dimension, options)
    if not instances:
        return
    words = ["--optimiser", name, "--function", str(function), "--dimension", str(dimension)]
    words += ["--instances", *map(str, instances), "--trials", str(options.budget * dimension)]
    words += ["--evaluator", str(interpreter("bbob", options.cache))]
    found = launch(OPTIMISERS[name].environment, "benchmarks.bbob_worker", words, options)
    if found:
        told = np.mean([share(record, record["n"]) for record in found])
        say(f"f{function} d={dimension} {name}: {told:.3f} of the targets, {len(found)} instances")


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    made = parser("benchmarks.bbob", __doc__)
    made.add_argument("--optimisers", nargs="+", default=DEFAULT, choices=OPTIMISERS, metavar="NAME")
    made.add_argument("--functions", nargs="+", type=int, default=FUNCTIONS, choices=FUNCTIONS, metavar="F")
    made.add_argument("--dimensions", nargs="+", type=int, default=DIMENSIONS, choices=DIMENSIONS)
    made.add_argument("--instances", nargs="+", type=int, default=INSTANCES, metavar="I")
    made.add_argument("--budget", type=int, default=BUDGETS[-1], help="evaluations per dimension")
    made.add_argument("--against", nargs="+", default=AGAINST, choices=OPTIMISERS, metavar="NAME", help="differences")
    return settled(made, argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run what is missing, print the table, and return 1 if a worker failed or nothing could be evaluated."""
    options = arguments(argv)
    environments = {OPTIMISERS[name].environment for name in options.optimisers}
    usable = {environment for environment in (*sorted(environments), "bbob") if there(environment, options)}
    for function in options.functions if "bbob" in usable else ():
        for d in options.dimensions:
            for name in options.optimisers:
                if OPTIMISERS[name].environment in usable:
                    run(name, function, d, options)
    everything: list[Any] = list(records.read(options.out))
    say(f"{table(everything, options.against)}\n\n{foot(everything)}")
    return 1 if options.failures or "bbob" not in usable else 0


if __name__ == "__main__":
    sys.exit(main())

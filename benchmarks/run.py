"""Puts optimisers through problems: `python -m benchmarks.run --help`.

Each (optimiser, problem) is one worker process in that optimiser's environment; each run is one JSON line; a line that
is there already is not run again. `--short` is the quick form that `make bench` calls.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import imports, records, stores
from benchmarks.environments import cache_folder, prepare, prepare_tables, ready
from benchmarks.launch import launch, say
from benchmarks.optimisers import OPTIMISERS
from benchmarks.overhead import MARKS
from benchmarks.problems.catalogue import catalogue, select
from benchmarks.problems.convert import GROUPS
from benchmarks.table import report

if TYPE_CHECKING:
    from collections.abc import Sequence

SHORT = {
    "optimisers": ["numpy_random", "tunesmith_random", "tunesmith", "optuna_tpe", "rustuna_tpe", "hyperopt_tpe"],
    "problems": ["branin", "mixedcat", "modelchoice", "hpobench_car", "nb201_cifar100"],
    "seeds": 3,
    "trials": 50,
    "overhead_trials": 1_000,
    "cpu_limit": 10.0,
}
"""A minute or two; of the peers and tables only those that are on this machine already."""


def worker(name: str, arguments: Sequence[str], options: argparse.Namespace) -> list[records.Record]:
    """Run one worker and return its records, each appended to the file as it comes."""
    words = ["--optimiser", name, "--data", str(options.data), *arguments]
    return launch(OPTIMISERS[name].environment, "benchmarks.worker", words, options)


def usable(options: argparse.Namespace) -> tuple[list[str], list[str]]:
    """Return the optimisers and problems that can run here; what is left out is said loudly."""
    optimisers, problems = [], []
    for name in options.optimisers:
        environment = OPTIMISERS[name].environment
        if not ready(environment, options.cache) and not options.short:
            try:
                prepare(environment, options.cache)
            except (subprocess.CalledProcessError, OSError) as error:
                say(f"SKIPPED {name}: its environment could not be made ({error})")
        if ready(environment, options.cache):
            optimisers.append(name)
        elif options.short:
            say(f"SKIPPED {name}: no environment {environment!r} here; `python -m benchmarks.run --prepare` makes it")
    for name in options.problems:
        if catalogue()[name].group in GROUPS and not (options.data / f"{name}.npz").exists():
            say(f"SKIPPED {name}: no table in {options.data}; `python -m benchmarks.run --prepare` makes it")
        else:
            problems.append(name)
    return optimisers, problems


def run_regret(options: argparse.Namespace, optimisers: list[str], problems: list[str]) -> None:
    """Run whatever is missing of optimisers x problems x seeds."""
    finished = records.done(records.read(options.out))
    for problem in problems:
        for name in optimisers:
            seeds = records.missing(name, problem, range(options.seeds), options.trials, finished)
            if not seeds:
                continue
            words = ["--problem", problem, "--trials", str(options.trials), "--seeds", *map(str, seeds)]
            found = worker(name, words, options)
            if found:
                cost = sum(record["cpu_s"] for record in found) / len(found) / options.trials * 1e3
                say(f"{problem} {name}: regret {records.reached(found):.4f}, {cost:.2f} ms a trial, {len(found)} seeds")


def run_overhead(options: argparse.Namespace, optimisers: list[str]) -> None:
    """Measure ask and tell once per optimiser, in a fresh process."""
    there = {(r["optimiser"], r["n"]) for r in records.read(options.out) if r["kind"] == "overhead"}
    for name in optimisers:
        if (name, options.overhead_trials) in there:
            continue
        words = ["--trials", str(options.overhead_trials), "--cpu-limit", str(options.cpu_limit)]
        for record in worker(name, words, options):
            say(f"overhead {name}: {record['mean_ms']} ms mean, done {record['done']}, peak {record['peak_mb']} MB")


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return the checked options."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--short", action="store_true", help="a minute or two, only with what is here already")
    parser.add_argument("--prepare", action="store_true", help="make environments and tables, then stop")
    parser.add_argument(
        "--what", nargs="+", default=["regret"], choices=["regret", "overhead", "imports", "stores", "none"]
    )
    parser.add_argument("--again", action="store_true", help="forget the lines of these optimisers first")
    parser.add_argument("--optimisers", nargs="+", choices=OPTIMISERS, metavar="NAME", help=", ".join(OPTIMISERS))
    parser.add_argument("--problems", nargs="+", default=["all"], help="names, groups, 7, 21 or all")
    parser.add_argument("--seeds", type=int, default=10, help="how many, from 0")
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--overhead-trials", type=int, default=MARKS[-1])
    parser.add_argument("--cpu-limit", type=float, default=60.0, help="CPU seconds before an overhead run is cut off")
    parser.add_argument("--timeout", type=float, default=7200.0, help="seconds before a worker is cut off")
    parser.add_argument("--cache", type=Path, default=cache_folder(), help="environments, tables, results")
    parser.add_argument("--data", type=Path, help="the converted tables (CACHE/tables)")
    parser.add_argument("--out", type=Path, help="JSON lines (CACHE/results.jsonl)")
    parser.add_argument("--table", type=Path, help="write the Markdown report here as well")
    parser.add_argument("--peers-curves", type=Path, help="folder of published eff_<peer>.jsonl, added to the report")
    options = parser.parse_args(argv)
    options.cache = options.cache.absolute()
    options.data = (options.data or options.cache / "tables").absolute()
    options.out = options.out or options.cache / ("short.jsonl" if options.short else "results.jsonl")
    options.failures = []
    if options.short:
        options.what = ["regret", "overhead", "imports"]
        for name, value in SHORT.items():
            setattr(options, name, value)
    options.optimisers = options.optimisers or [name for name, entry in OPTIMISERS.items() if not entry.slow]
    options.problems = select(options.problems)
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """Run what was asked for, print the report, and return 1 if a worker failed."""
    options = arguments(argv)
    if not options.short:
        try:
            prepare_tables(options.data, options.cache)
        except (subprocess.CalledProcessError, OSError) as error:
            say(f"SKIPPED the table problems that are missing: {error}")
    optimisers, problems = usable(options)
    if options.prepare:
        return 0
    steps: dict[str, Any] = {
        "regret": lambda: run_regret(options, optimisers, problems),
        "overhead": lambda: run_overhead(options, optimisers),
        "imports": lambda: imports.measure(options, optimisers),
        "stores": lambda: stores.measure(options, optimisers),
        "none": lambda: None,
    }
    if options.again or options.short:  # a short run is there to show a change of ours
        gone = optimisers if options.again else [name for name in optimisers if OPTIMISERS[name].environment == "own"]
        say(f"forgot {records.forget(options.out, gone)} lines of {', '.join(gone)}")
    for what in options.what:
        steps[what]()
    everything = list(records.read(options.out))
    if options.peers_curves is not None:
        everything += records.published(options.peers_curves)
    text = report(everything)
    say(text)
    if options.table is not None:
        options.table.write_text(text + "\n", encoding="utf-8")
    return 1 if options.failures else 0


if __name__ == "__main__":
    sys.exit(main())

"""Puts optimisers of several losses through problems: `python -m benchmarks.fronts --help`.

The figure is the *gap*: 1 - hypervolume of all trials so far / hypervolume of the true front, both below the problem's
fixed reference point; 0 is the whole front, 1 nothing. Each run is one JSON line, and a line that is there is not run
again.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import records
from benchmarks.environments import ROOT, cache_folder, interpreter, ready, variables
from benchmarks.fronts_worker import OPTIMISERS
from benchmarks.problems.fronts import FRONTS, Front
from benchmarks.problems.sized import SIZED, Sized
from tunesmith.numerics.pareto import hypervolume

if TYPE_CHECKING:
    from collections.abc import Sequence

MARKS = (100, 300, 1000, 3000, 10_000)
PROBLEMS: dict[str, Front | Sized] = {**FRONTS, **SIZED}
DEFAULT = ("tunesmith_nsga", "tunesmith_random", "optuna_nsga2", "optuna_nsga3")


def gaps(problem: str, losses: list[list[float]]) -> dict[str, float]:
    """Return the gap after each mark that the run reached, by the number of trials."""
    front, found = PROBLEMS[problem], np.array(losses)
    reached = [mark for mark in MARKS if mark <= len(found)]
    volumes = {mark: hypervolume(found[:mark], np.array(front.reference)) for mark in reached}
    return {str(mark): float(f"{1 - volume / front.volume:.6g}") for mark, volume in volumes.items()}


def run(name: str, problem: str, seeds: list[int], options: argparse.Namespace) -> None:
    """Run one worker and append its records.

    Raises:
        RuntimeError: the worker failed; the end of what it said is in the message.
    """
    python = str(interpreter(OPTIMISERS[name][0], options.cache))
    words = ["--optimiser", name, "--problem", problem, "--trials", str(options.trials), "--data", str(options.data)]
    command = [python, "-m", "benchmarks.fronts_worker", *words, "--seeds", *map(str, seeds)]
    done = subprocess.run(command, cwd=ROOT, env=variables(), capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        record = json.loads(line)
        record = {"kind": "front", **record, "gaps": gaps(problem, record.pop("losses"))}
        records.append(options.out, record)
    if done.returncode:
        raise RuntimeError(f"{name} on {problem} failed: {done.stderr.strip()[-600:]}")


def table(found: Sequence[dict[str, Any]]) -> str:
    """Return a Markdown table: problem and optimiser, mean gap and its standard error at each mark, CPU ms a trial."""
    marks = [str(mark) for mark in MARKS if any(str(mark) in record["gaps"] for record in found)]
    lines = [f"| problem | optimiser | seeds | {' | '.join(f'gap at {mark}' for mark in marks)} | CPU ms a trial |"]
    lines.append("|---|---|---|" + "---|" * (len(marks) + 1))
    for problem, name in sorted({(record["problem"], record["optimiser"]) for record in found}):
        rows = [record for record in found if (record["problem"], record["optimiser"]) == (problem, name)]
        cells = []
        for mark in marks:
            values = np.array([record["gaps"][mark] for record in rows if mark in record["gaps"]])
            error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
            cells.append(f"{values.mean():.4f} ± {error:.4f}" if len(values) else "")
        cost = np.mean([record["cpu_s"] / record["n"] for record in rows]) * 1e3
        lines.append(f"| {problem} | {name} | {len(rows)} | {' | '.join(cells)} | {cost:.2f} |")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Run what is missing and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fronts", description=__doc__)
    parser.add_argument("--optimisers", nargs="+", default=DEFAULT, choices=OPTIMISERS, metavar="NAME")
    parser.add_argument("--problems", nargs="+", default=list(PROBLEMS), choices=PROBLEMS, metavar="P")
    parser.add_argument("--seeds", type=int, default=10, help="how many, from 0")
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--again", action="store_true", help="forget the lines of these optimisers first")
    parser.add_argument("--cache", type=Path, default=cache_folder())
    parser.add_argument("--data", type=Path, help="the converted tables (CACHE/tables)")
    parser.add_argument("--out", type=Path, help="JSON lines (CACHE/fronts.jsonl)")
    options = parser.parse_args(argv)
    options.cache = options.cache.absolute()
    options.data = (options.data or options.cache / "tables").absolute()
    options.out = options.out or options.cache / "fronts.jsonl"
    if options.again:
        records.forget(options.out, options.optimisers)
    for problem in options.problems:
        if problem in SIZED and not SIZED[problem].ready(options.data):
            print(f"SKIPPED {problem}: no table; `python -m benchmarks.run --prepare` makes it", flush=True)
            continue
        for name in options.optimisers:
            if not ready(OPTIMISERS[name][0], options.cache):
                print(f"SKIPPED {name}: no environment; `python -m benchmarks.run --prepare` makes it", flush=True)
                continue
            there = {(r["optimiser"], r["problem"], r["seed"], r["n"]) for r in records.read(options.out)}
            seeds = [s for s in range(options.seeds) if (name, problem, s, options.trials) not in there]
            if seeds:
                run(name, problem, seeds, options)
    print(table([r for r in records.read(options.out) if r["n"] == options.trials]), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""SQLite stores: cost of a trial of an instant objective, by one process and by four on the same study."""

from __future__ import annotations

import json
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import records
from benchmarks.environments import ROOT, interpreter, variables
from benchmarks.optimisers import OPTIMISERS

if TYPE_CHECKING:
    import argparse

STORES = {"tunesmith_sqlite": "own", "optuna_sqlite": "optuna", "optuna_journal": "optuna"}
"""Store -> environment; each is driven by its library's random sampler."""

TRIALS = 1_000

PROCESSES = (1, 4)


def command(store: str, folder: Path, cache: Path, *words: str) -> list[str]:
    """Return the command line of a store worker."""
    python = str(interpreter(STORES[store], cache))
    return [python, "-m", "benchmarks.store_worker", "--store", store, "--folder", str(folder), *words]


def crowd(store: str, processes: int, folder: Path, cache: Path) -> dict[str, Any]:
    """Create a study, let so many processes share `TRIALS` trials, count what came out.

    The clock runs from the moment that all workers are ready to the moment that the last is done: each says `ready`,
    then waits for a line. Nothing that went wrong is hidden: `errors` are the ends of what failed workers said,
    `numbers` how many distinct trial numbers there are, `complete` how many trials are complete in the end.
    """
    subprocess.run(command(store, folder, cache, "create"), cwd=ROOT, env=variables(), check=True, capture_output=True)
    share = TRIALS // processes
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    logs = [(folder / f"errors{i}.txt").open("w+", encoding="utf-8") for i in range(processes)]
    workers = [
        subprocess.Popen(
            command(store, folder, cache, "work", "--trials", str(share), "--seed", str(i)),
            cwd=ROOT,
            env=variables(),
            stderr=logs[i],
            **pipes,  # type: ignore[call-overload]
        )
        for i in range(processes)
    ]
    for process in workers:
        process.stdout.readline()
    start = time.perf_counter()
    for process in workers:
        process.stdin.write("go\n")
        process.stdin.flush()
    outputs = [process.stdout.read() for process in workers]
    codes = [process.wait() for process in workers]
    wall = time.perf_counter() - start
    errors = []
    for code, log in zip(codes, logs, strict=True):
        log.seek(0)
        text = log.read()
        log.close()
        if code != 0:
            errors.append(text.strip()[-300:])
    count = subprocess.run(
        command(store, folder, cache, "count"), cwd=ROOT, env=variables(), check=True, capture_output=True, text=True
    )
    cpu = sum(json.loads(output)["cpu_s"] for output in outputs if output.strip().endswith("}"))
    return {"wall_s": wall, "cpu_s": cpu, "errors": errors, **json.loads(count.stdout)}


def measure(options: argparse.Namespace, optimisers: list[str]) -> None:
    """Append one record per store and number of processes: the median of three."""
    there = {(r["store"], r["processes"]) for r in records.read(options.out) if r["kind"] == "store"}
    environments = {OPTIMISERS[name].environment for name in optimisers}
    for store, environment in STORES.items():
        for processes in PROCESSES:
            if environment not in environments or (store, processes) in there:
                continue
            try:
                rounds = [one_round(store, processes, options.cache) for _ in range(3)]
            except subprocess.CalledProcessError as error:
                said = error.stderr if isinstance(error.stderr, str) else (error.stderr or b"").decode()
                print(f"FAILED: {store}: {said[-400:]}", flush=True)
                options.failures.append(store)
                break
            record = summary(store, processes, rounds)
            records.append(options.out, record)
            print(f"{store} x{processes}: {record['wall_ms']} ms a trial, {record['verdict']}", flush=True)


def one_round(store: str, processes: int, cache: Path) -> dict[str, Any]:
    """Return the counts of one crowd in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="tunesmith-bench-") as folder:
        return crowd(store, processes, Path(folder), cache)


def verdict(row: dict[str, Any]) -> str:
    """Return `sound`, or everything that is wrong with a round."""
    wrong = []
    if row["errors"]:
        wrong.append(f"{len(row['errors'])} workers failed: {row['errors'][0]}")
    if row["numbers"] != row["trials"]:
        wrong.append(f"{row['trials'] - row['numbers']} duplicate numbers")
    if row["complete"] != TRIALS:
        wrong.append(f"{TRIALS - row['complete']} trials lost")
    return "; ".join(wrong) or "sound"


def summary(store: str, processes: int, rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the record of some rounds: median times, and the worst verdict."""
    verdicts = [verdict(row) for row in rounds]
    wall = statistics.median(row["wall_s"] for row in rounds)
    return {
        "kind": "store",
        "store": store,
        "processes": processes,
        "n": TRIALS,
        "rounds": len(rounds),
        "wall_ms": round(wall / TRIALS * 1e3, 3),
        "cpu_ms": round(statistics.median(row["cpu_s"] for row in rounds) / TRIALS * 1e3, 3),
        "per_second": round(TRIALS / wall, 1),
        "verdict": next((text for text in verdicts if text != "sound"), "sound"),
    }

"""Starts one worker in an optimiser's environment and keeps what it prints, line by line."""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import records
from benchmarks.environments import ROOT, cache_folder, interpreter, prepare, ready, variables

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def say(text: str) -> None:
    """Print at once, so that a log shows where a long run is."""
    print(text, flush=True)


def parser(module: str, about: str | None) -> argparse.ArgumentParser:
    """Return the options that every runner of workers has; `settled` fills in what depends on them."""
    made = argparse.ArgumentParser(prog=f"python -m {module}", description=about)
    made.add_argument("--again", action="store_true", help="forget the lines of these optimisers first")
    made.add_argument("--timeout", type=float, default=7200.0, help="seconds before a worker is cut off")
    made.add_argument("--cache", type=Path, default=cache_folder())
    made.add_argument("--data", type=Path, help="the converted tables (CACHE/tables)")
    made.add_argument("--out", type=Path, help=f"JSON lines (CACHE/{module.rpartition('.')[2]}.jsonl)")
    return made


def settled(made: argparse.ArgumentParser, argv: Sequence[str] | None) -> argparse.Namespace:
    """Return the options with their folders and files, and no failures yet; with `--again`, old lines are gone."""
    options = made.parse_args(argv)
    options.cache = options.cache.absolute()
    options.data = (options.data or options.cache / "tables").absolute()
    options.out = options.out or options.cache / f"{made.prog.rpartition('.')[2]}.jsonl"
    options.failures = []
    if options.again:
        records.forget(options.out, options.optimisers)
    return options


def launch(
    environment: str,
    module: str,
    words: Sequence[str],
    options: argparse.Namespace,
    keep: Callable[[records.Record], records.Record] = dict,
) -> list[records.Record]:
    """Run `python -m module words` and return what `keep` makes of its records, each appended to the file as it comes.

    A worker that fails or outlives `options.timeout` seconds is told with the end of what it said, and added to
    `options.failures`; the lines it finished count.
    """
    command = [str(interpreter(environment, options.cache)), "-m", module, *words]
    found: list[records.Record] = []
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        with subprocess.Popen(
            command, cwd=ROOT, env=variables(), stdout=subprocess.PIPE, stderr=said, text=True, encoding="utf-8"
        ) as process:
            clock = threading.Timer(options.timeout, process.kill)
            clock.start()
            try:
                for line in process.stdout or ():
                    if line.startswith("{") and line.endswith("}\n"):
                        found.append(keep(json.loads(line)))
                        records.append(options.out, found[-1])
                code = process.wait()
            finally:
                late = not clock.is_alive()
                clock.cancel()
                process.kill()
        said.seek(0)
        reason = f"cut off after {options.timeout} s" if late else said.read().strip()[-600:]
    if code:
        say(f"FAILED: {' '.join([module, *words])}: {reason or f'exit code {code}'}")
        options.failures.append(" ".join(words))
    return found


def run_missing(
    place: tuple[str, str],
    environment: str,
    module: str,
    options: argparse.Namespace,
    *,
    more: Sequence[str] = (),
    keep: Callable[[records.Record], records.Record] = dict,
) -> list[records.Record]:
    """Run the seeds that are missing of one optimiser on one problem, and return their records; none if all are there.

    Args:
        place: the optimiser and the problem.
        environment: the one that the optimiser needs.
        module: the worker.
        options: with `out`, `seeds`, `trials` and `data`.
        more: further words for the worker.
        keep: what is made of each record.
    """
    finished = {records.key(record) for record in records.read(options.out)}
    seeds = records.missing(*place, range(options.seeds), options.trials, finished)
    if not seeds:
        return []
    words = ["--optimiser", place[0], "--problem", place[1], "--trials", str(options.trials)]
    words += ["--data", str(options.data), *more, "--seeds", *map(str, seeds)]
    return launch(environment, module, words, options, keep)


def there(environment: str, options: argparse.Namespace) -> bool:
    """Return whether an environment is ready, after trying to make it; what could not be made is said loudly."""
    try:
        prepare(environment, options.cache)
    except (subprocess.CalledProcessError, OSError) as error:
        say(f"SKIPPED {environment}: its environment could not be made ({error})")
    return ready(environment, options.cache)

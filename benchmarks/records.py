"""JSON lines: appended by the runner, read back to skip what is done and to make the tables."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

KEPT = ("kind", "optimiser", "problem", "seed", "n", "steps", "cpu_s")
"""What the report needs of a run."""

PUBLISHED = " (published)"
"""What the name of an optimiser ends with whose runs were read, not made."""

Record = dict[str, Any]
Key = tuple[str, str, int, int]


def read(path: Path) -> Iterator[Record]:
    """Yield the records of a file; a last line torn by a kill is passed over, said once.

    Raises:
        ValueError: when a line before the last isn't JSON.
    """
    if not path.exists():
        return
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield json.loads(line)
        except json.JSONDecodeError as error:
            if number == len(lines):
                print(f"{path}: the last line is torn and will be run again")
                return
            raise ValueError(f"{path}:{number} is not JSON: {line[:60]!r}") from error


def append(path: Path, record: Record) -> None:
    """Add one line, starting a fresh line after a torn one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    torn = path.exists() and path.stat().st_size > 0 and not path.read_bytes().endswith(b"\n")
    if torn:
        whole = path.read_text(encoding="utf-8").rpartition("\n")[0]
        path.write_text(whole + "\n" if whole else "", encoding="utf-8")
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")


def forget(path: Path, optimisers: Iterable[str]) -> int:
    """Drop the lines of these optimisers, regret and overhead alike, and return how many there were."""
    gone = set(optimisers)
    everything = list(read(path))
    kept = [record for record in everything if record.get("optimiser") not in gone]
    if len(kept) < len(everything):
        aside = path.with_suffix(".part")
        aside.write_text("".join(json.dumps(record) + "\n" for record in kept), encoding="utf-8")
        aside.replace(path)
    return len(everything) - len(kept)


def key(record: Record) -> Key:
    """Return what makes a regret run the same run: optimiser, problem, seed, trials."""
    return (record["optimiser"], record["problem"], record["seed"], record["n"])


def done(records: Iterable[Record]) -> set[Key]:
    """Return the keys of the regret runs among the records."""
    return {key(record) for record in records if record["kind"] == "regret"}


def missing(optimiser: str, problem: str, seeds: Iterable[int], n: int, finished: set[Key]) -> list[int]:
    """Return the seeds that still have to be run."""
    return [seed for seed in seeds if (optimiser, problem, seed, n) not in finished]


def curve(record: Record) -> NDArray[np.float64]:
    """Return the best-so-far regret after each trial, shape (n,).

    A record holds it as `steps` ([trial from 1, regret], improvements only) or, in the peers' published files, in full
    as `curve`.
    """
    if "curve" in record:
        full: NDArray[np.float64] = np.minimum.accumulate(np.asarray(record["curve"], dtype=np.float64))
        return full
    values = np.full(int(record["n"]), math.inf)
    for trial, regret in record["steps"]:
        values[trial - 1] = regret
    lowest: NDArray[np.float64] = np.minimum.accumulate(values)
    return lowest


def compact(record: Record) -> Record:
    """Return a record without what the report doesn't need of every line, so that many can be kept beside it."""
    kept = {name: value for name, value in record.items() if name in KEPT}
    if "curve" in record:
        best = np.minimum.accumulate(np.array(record["curve"], dtype=np.float64))
        fresh = np.flatnonzero(np.diff(best, prepend=np.inf) < 0)
        kept["n"] = len(best)
        kept["steps"] = [[int(i) + 1, float(f"{best[i]:.5g}")] for i in fresh]
    return kept


def merged(everything: Iterable[Record]) -> list[Record]:
    """Return the records with each run once, the last that was met, and no published runs of who ran here."""
    found: dict[Any, Record] = {}
    for number, record in enumerate(everything):
        found[key(record) if record["kind"] == "regret" else number] = record
    ran = {record["optimiser"] for record in found.values() if record["kind"] == "regret"}
    gone = {f"{name}{PUBLISHED}" for name in ran}
    return [record for record in found.values() if record.get("optimiser") not in gone]


def published(folder: Path) -> list[Record]:
    """Return the peers' published curves in a folder of `eff_<peer>.jsonl`, under the names `<peer> (published)`.

    Of several runs with the same seed on a problem the longest is kept.
    """
    longest: dict[tuple[str, str, int], Record] = {}
    for path in sorted(folder.glob("eff_*.jsonl")):
        for row in read(path):
            record = {**row, "kind": "regret", "optimiser": f"{row['peer']}{PUBLISHED}"}
            place = (record["optimiser"], record["problem"], record["seed"])
            if place not in longest or len(longest[place]["curve"]) < len(record["curve"]):
                longest[place] = record
    return list(longest.values())


def reached(found: Sequence[Record]) -> float:
    """Return the mean regret, clipped at 1, that some runs ended with."""
    return sum(min(1.0, float(curve(record)[-1])) for record in found) / len(found)

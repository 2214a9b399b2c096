"""The Markdown report of a file of records: `python -m benchmarks.table RESULTS.jsonl [MORE.jsonl ...] > report.md`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import figures, ranking, records
from benchmarks.optimisers import OPTIMISERS, REFERENCE
from benchmarks.overhead import MARKS
from benchmarks.problems.catalogue import SEVEN, catalogue
from benchmarks.problems.definitions import definitions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.figures import Interval, Regrets
    from benchmarks.records import Record

COUNTS = (25, 50, 100)
"""Numbers of trials at which regret is told."""


def number(value: float) -> str:
    """Return three significant digits, without a needless zero in front."""
    if np.isnan(value):
        return "-"
    text = f"{value:.3g}" if abs(value) < 1e-3 else f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"
    return text.replace("0.", ".", 1) if text.startswith("0.") else text


def bracketed(estimate: Interval | None) -> str:
    """Return `value [low, high]`, or the value alone where there is no interval."""
    if estimate is None:
        return "-"
    if np.isnan(estimate.low) or estimate.low == estimate.high:
        return number(estimate.value)
    return f"{number(estimate.value)} [{number(estimate.low)}, {number(estimate.high)}]"


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "/") for cell in line) + " |" for line in lines)


def complete(regrets: Regrets, problems: list[str]) -> list[str]:
    """Return the optimisers that have a run on every one of the problems."""
    return [name for name, found in regrets.items() if all(problem in found for problem in problems)]


def regret_section(everything: list[Record], title: str, problems: list[str], *, few: bool = False) -> str:
    """Return mean regret, mean rank and ratio of the optimisers that ran on all the problems, best ratio first.

    An optimiser whose runs are too short for the later counts appears with the earlier ones. With `few`, beside who has
    fewer seeds than tunesmith stands the ratio at 50 that tunesmith has with as few.
    """
    at = {count: figures.regrets_at(everything, count) for count in COUNTS}
    present = {count: complete(at[count], problems) for count in COUNTS}
    names = list(dict.fromkeys(name for count in reversed(COUNTS) for name in present[count]))
    if not names:
        return ""
    ranked = {count: figures.mean_ranks(at[count], present[count], problems) for count in COUNTS if present[count]}
    rows = []
    for name in names:
        seeds = [len(at[c][name][p]) for c in COUNTS for p in problems if name in present[c]]
        cells: list[str] = [name, str(min(seeds))]
        cells += [bracketed(figures.mean_regret(at[c][name], problems)) if name in present[c] else "-" for c in COUNTS]
        last = COUNTS[-1]
        cells.append(bracketed(ranked[last][name]) if name in present[last] else "-")
        ratios = [ratio_at(at[c], present[c], name, problems) for c in COUNTS[1:]]
        cells += [bracketed(ratio) for ratio in ratios]
        cells.append(wins_at(at[COUNTS[1]], present[COUNTS[1]], name, problems))
        cells.append(cost(everything, name, problems))
        cells += [bracketed(few_at(at[COUNTS[1]], present[COUNTS[1]], name, problems))] if few else []
        rows.append((ratios[0].value if ratios[0] else np.inf, cells))
    head = ["optimiser", "seeds", *(f"regret at {c}" for c in COUNTS), f"mean rank at {COUNTS[-1]}"]
    head += [f"ratio at {c}" for c in COUNTS[1:]] + ["better-worse at 50", "CPU ms a trial"]
    head += ["tunesmith's ratio at 50 with as few seeds"] if few else []
    body = markdown(head, [cells for _, cells in sorted(rows, key=lambda row: row[0])])
    return f"## {title}\n\n{body}\n"


def reference(present: list[str]) -> str | None:
    """Return the optimiser that ratios are against: Optuna's default as run here, or else its published runs."""
    return next((name for name in (REFERENCE, f"{REFERENCE} (published)") if name in present), None)


def ratio_at(regrets: Regrets, present: list[str], name: str, problems: list[str]) -> Interval | None:
    """Return the ratio against the reference where both ran, else nothing."""
    against = reference(present)
    if name not in present or against is None:
        return None
    return figures.regret_ratio(regrets[name], regrets[against], problems)


def few_at(regrets: Regrets, present: list[str], name: str, problems: list[str]) -> Interval | None:
    """Return tunesmith's ratio with as many seeds as another has, where that other has fewer."""
    against = reference(present)
    if against is None or name not in present or ranking.OURS not in present:
        return None
    mine, theirs = (min(len(regrets[who][problem]) for problem in problems) for who in (ranking.OURS, name))
    if theirs >= mine:
        return None
    return figures.ratio_of_few(regrets[ranking.OURS], regrets[against], problems, theirs)


def rank_sections(everything: list[Record]) -> list[str]:
    """Return mean ranks by count and group, of tunesmith among its peers and of all that were run."""
    ranked: dict[int, Regrets] = {}
    for count in COUNTS:
        regrets = figures.regrets_at(everything, count)
        ranked[count] = {name: regrets[name] for name in complete(regrets, list(definitions()))}
    peers = {c: {name: found for name, found in at.items() if ranking.peer(name)} for c, at in ranked.items()}
    counts = " · ".join(map(str, COUNTS))
    return [
        f"## Mean rank (place) at {counts} trials, {title}\n\n{markdown(*ranking.rows(regrets))}\n"
        for title, regrets in (("tunesmith by default among its peers", peers), ("among everything", ranked))
        if any(regrets.values())
    ]


def wins_at(regrets: Regrets, present: list[str], name: str, problems: list[str]) -> str:
    """Return `better-worse` against the reference, in problems."""
    against = reference(present)
    if name not in present or against in (None, name):
        return "-"
    better, worse = figures.wins(regrets[name], regrets[against], problems)
    return f"{better}-{worse}"


def cost(everything: list[Record], name: str, problems: list[str]) -> str:
    """Return the CPU ms per trial of an optimiser's longest runs on the problems."""
    runs = [r for r in everything if r["kind"] == "regret" and r["optimiser"] == name and r["problem"] in problems]
    longest = max(r["n"] for r in runs)
    spent = [r["cpu_s"] / r["n"] for r in runs if r["n"] == longest and "cpu_s" in r]
    return number(float(np.mean(spent)) * 1e3) if spent else "-"


def problem_section(everything: list[Record], count: int) -> str:
    """Return the mean regret over seeds on every problem, one row per problem."""
    regrets = figures.regrets_at(everything, count)
    names = [name for name in OPTIMISERS if name in regrets]
    if not names:
        return ""
    rows = []
    for problem in catalogue():
        found = {name: float(regrets[name][problem].mean()) for name in names if problem in regrets[name]}
        if not found:
            continue
        lowest = min(found.values())
        cells = [number(found[name]) if name in found else "-" for name in names]
        marked = [
            f"**{cell}**" if name in found and found[name] <= lowest + 1e-12 else cell
            for name, cell in zip(names, cells, strict=True)
        ]
        rows.append([problem, *marked])
    return f"## Mean regret at {count} trials by problem\n\n{markdown(['problem', *names], rows)}\n"


def overhead_section(everything: list[Record]) -> str:
    """Return CPU ms per ask and tell, and memory."""
    rows = []
    for r in everything:
        if r["kind"] != "overhead":
            continue
        means = [number(r["mean_ms"].get(str(mark), float("nan"))) for mark in MARKS]
        tails = [number(r["tail_ms"].get(str(mark), float("nan"))) for mark in MARKS[1:]]
        note = "" if r["done"] == r["n"] else f"cut off at {r['done']}"
        rows.append([r["optimiser"], *means, *tails, number(r["peak_mb"]), number(r["grown_mb"]), note])
    if not rows:
        return ""
    head = ["optimiser", *(f"mean to {mark:,}" for mark in MARKS), *(f"last tenth at {mark:,}" for mark in MARKS[1:])]
    body = markdown([*head, "peak MB", "grown MB", ""], rows)
    return f"## CPU ms per ask and tell, 10-parameter mixed space, in memory\n\n{body}\n"


def import_section(everything: list[Record]) -> str:
    """Return import times as ratios to numpy's."""
    rows = [
        [
            r["module"],
            number(r["cpu_s"]),
            number(r["numpy_s"]),
            number(r["ratio"]),
            number(r["peak_mb"]),
            number(r["numpy_mb"]),
        ]
        for r in everything
        if r["kind"] == "import"
    ]
    if not rows:
        return ""
    head = ["import", "CPU s", "numpy beside it", "ratio", "peak MB", "numpy's MB"]
    return f"## Import, median of fresh interpreters\n\n{markdown(head, rows)}\n"


def store_section(everything: list[Record]) -> str:
    """Return what a trial costs in a store, and whether the crowd left it sound."""
    rows: list[list[str]] = [
        [
            r["store"],
            str(r["processes"]),
            number(r["wall_ms"]),
            number(r["cpu_ms"]),
            number(r["per_second"]),
            r["verdict"],
        ]
        for r in everything
        if r["kind"] == "store"
    ]
    if not rows:
        return ""
    head = ["store", "processes", "wall ms a trial", "CPU ms a trial", "trials/s", "verdict"]
    return f"## One study shared, 1,000 trials of an instant objective, random sampler\n\n{markdown(head, rows)}\n"


def foot(everything: list[Record]) -> str:
    """Return versions and BLAS kernels behind the figures."""
    kernels = {kernel for r in everything for kernel in r.get("blas", "").split("; ") if kernel}
    seen: dict[str, Any] = {}
    for r in everything:
        for package, version in r.get("versions", {}).items():
            seen.setdefault(package, set()).add(version)
    if not seen:
        return ""
    packages = ", ".join(f"{package} {'/'.join(sorted(found))}" for package, found in sorted(seen.items()))
    blas = f" BLAS: {'; '.join(sorted(kernels))}." if kernels else ""
    return f"Versions: {packages}.{blas} One thread per process.\n"


def shared_problems(everything: list[Record]) -> list[str]:
    """Return the problems that every optimiser among the records ran, in the catalogue's order."""
    ran: dict[str, set[str]] = {}
    for r in everything:
        if r["kind"] == "regret":
            ran.setdefault(r["optimiser"], set()).add(r["problem"])
    return [problem for problem in catalogue() if ran and all(problem in found for found in ran.values())]


def regret_sections(everything: list[Record]) -> list[str]:
    """Return the tables of the fixed sets of problems, or else one of those that all optimisers have in common."""
    fixed = [
        regret_section(everything, "The 21 problems", list(definitions())),
        regret_section(everything, "The seven of them that slow optimisers ran", list(SEVEN), few=True),
    ]
    shared = shared_problems(everything)
    if any(fixed):
        return [*fixed, regret_section(everything, "The conditional problem", ["modelchoice"])]
    return [regret_section(everything, f"Mean over {', '.join(shared)}", shared)] if shared else []


def report(everything: list[Record], note: str = "") -> str:
    """Return the whole report of some records as Markdown, with a note under its title."""
    by_problem = [problem_section(everything, count) for count in COUNTS]
    sections = [
        "# Benchmark report\n\nHow to read the figures: `benchmarks/README.md`.\n",
        f"{note}\n" if note else "",
        *regret_sections(everything),
        *rank_sections(everything),
        *(by_problem[1:] if any(by_problem[1:]) else by_problem[:1]),
        overhead_section(everything),
        import_section(everything),
        store_section(everything),
        foot(everything),
    ]
    return "\n".join(section for section in sections if section)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.table", description=__doc__)
    parser.add_argument(
        "results", nargs="+", type=Path, help="JSON lines of the runner; of a run that is there twice the later counts"
    )
    parser.add_argument("--peers-curves", type=Path, help="folder of published eff_<peer>.jsonl; adds what has no run")
    parser.add_argument("--keep", type=Path, help="write the regret runs here as well, in short")
    parser.add_argument("--note", default="", help="a sentence under the title: what was run, when, on what")
    options = parser.parse_args()
    everything = [record for path in options.results for record in records.read(path)]
    if options.peers_curves is not None:
        everything += records.published(options.peers_curves)
    everything = records.merged(everything)
    if options.keep is not None:
        runs = [records.compact(record) for record in everything if record["kind"] == "regret"]
        text = "".join(json.dumps(run, separators=(",", ":")) + "\n" for run in runs)
        options.keep.write_text(text, encoding="utf-8")
    print(report(everything, options.note))


if __name__ == "__main__":
    main()

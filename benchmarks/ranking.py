"""Mean ranks at each count over all problems of a table and over each group of them, with the place they give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks import figures
from benchmarks.problems.definitions import definitions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.figures import Regrets

OURS = "tunesmith"


def peer(name: str) -> bool:
    """Return whether a name is `tunesmith` by default, or anybody else's: our samplers chosen by name are left out."""
    return not name.startswith(f"{OURS}_")


def groups() -> dict[str, list[str]]:
    """Return title -> problems: all 21 together, then each group of them."""
    found = {"all 21": list(definitions())}
    for name, problem in definitions().items():
        found.setdefault(problem.group, []).append(name)
    return found


def standing(regrets: Regrets, problems: list[str]) -> dict[str, tuple[float, int]]:
    """Return optimiser -> its mean rank on the problems, and its place by that; equal mean ranks share the better."""
    if not regrets:
        return {}
    table = figures.ranks(np.stack([figures.means(found, problems) for found in regrets.values()])).mean(axis=1)
    places = (table[:, None] > table[None, :] + 1e-9).sum(axis=1) + 1
    return {name: (float(table[i]), int(places[i])) for i, name in enumerate(regrets)}


def rows(ranked: Mapping[int, Regrets]) -> tuple[list[str], list[list[str]]]:
    """Return the head and the lines of the table, `rank (place)` by count and group; the best at the end comes first.

    `ranked` maps a number of trials to those who have a run so long on each of the 21 problems.
    """
    found: dict[str, dict[str, list[tuple[float, int] | None]]] = {}
    for place, regrets in enumerate(ranked.values()):
        for title, problems in groups().items():
            for name, told in standing(regrets, problems).items():
                cells = found.setdefault(name, {}).setdefault(title, [None] * len(ranked))
                cells[place] = told
    head = ["optimiser", *groups()]
    order = sorted(found, key=lambda name: [cell or (np.inf, 0) for cell in reversed(found[name]["all 21"])])
    return head, [[name, *(written(cells) for cells in found[name].values())] for name in order]


def written(cells: list[tuple[float, int] | None]) -> str:
    """Return `rank (place)` for each count, divided by middle dots."""
    return " · ".join("-" if cell is None else f"{cell[0]:.2f} ({cell[1]})" for cell in cells)

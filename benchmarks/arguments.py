"""The options of a worker that runs one optimiser on one problem; it needs the standard library alone."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def worker_options(
    about: str | None, optimisers: Iterable[str], problems: Iterable[str] | None = None
) -> argparse.Namespace:
    """Return the optimiser, the problem (one of these, if any are given), seeds, trials and the folder of tables."""
    made = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--optimiser", required=True, choices=list(optimisers))
    made.add_argument("--problem", required=True, choices=None if problems is None else list(problems))
    made.add_argument("--seeds", type=int, nargs="+", default=[0])
    made.add_argument("--trials", type=int, required=True)
    made.add_argument("--data", type=Path, default=Path(), help="the converted tables")
    return made.parse_args()

"""`tunesmith demo`: the example on handwritten digits, from anywhere."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Annotated

import typer

from tunesmith.cli.opening import interruptible
from tunesmith.errors import MissingExtraError, TunesmithError

__all__ = ["demo"]


def demo(
    storage: Annotated[
        str, typer.Option("--storage", "-s", help="Where the study is kept.")
    ] = "sqlite:///tunesmith-demo.db",
    trials: Annotated[int, typer.Option(min=1, help="Trials in all; give more to go on.")] = 80,
    jobs: Annotated[int, typer.Option(min=1, help="Trials at a time.")] = 2,
    seed: Annotated[int, typer.Option(help="Of the study.")] = 0,
    report: Annotated[Path, typer.Option("--report", help="The report to write.")] = Path("report.html"),
) -> None:
    """Tune three families of models on handwritten digits and write report.html; stop it and run it again at will."""
    try:
        example = runpy.run_path(str(_example()), run_name="tunesmith_demo")
    except ImportError as error:
        raise MissingExtraError(
            f"the demo needs scikit-learn ({error}); install it with: pip install scikit-learn"
        ) from error
    with interruptible():
        example["main"](storage, str(report), trials, jobs, seed)


def _example() -> Path:
    """Return the example's file: beside this one in an installed package, in `examples/` of a checkout."""
    here = Path(__file__).parent
    for path in (here / "digits_example.py", here.parents[1] / "examples" / "digits.py"):
        if path.exists():
            return path
    raise TunesmithError("the example digits.py is missing from this installation; install tunesmith again")

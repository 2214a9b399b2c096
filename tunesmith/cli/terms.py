"""What a tuned program is measured by, what bounds its results and when its study ends, as words of a command line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from tunesmith.errors import InvalidArgumentError

if TYPE_CHECKING:
    from tunesmith.study.stopping import StopRule

__all__ = [
    "ConstraintOption",
    "GpusOption",
    "LagOption",
    "MaxFailuresOption",
    "MaximizeOption",
    "MetricOption",
    "PatienceOption",
    "TargetOption",
    "read_constraints",
    "run_limits",
    "stop_rules",
]

MetricOption = Annotated[
    list[str],
    typer.Option(
        "--metric", "-m", help="Name of the printed number; for several, repeat it: -m acc:maximize -m ms:minimize."
    ),
]
MaximizeOption = Annotated[
    bool, typer.Option("--maximize/--minimize", help="Which way is better, where --metric doesn't say.")
]
MaxFailuresOption = Annotated[int, typer.Option(min=0, help="Stop after so many failures in a row; 0 for no limit.")]
TargetOption = Annotated[float | None, typer.Option(help="Stop when the first metric has reached this value.")]
PatienceOption = Annotated[
    int | None, typer.Option(min=1, help="Stop when so many finished trials brought nothing better.")
]
ConstraintOption = Annotated[
    list[str] | None, typer.Option(metavar="BOUND", help="On a printed number, such as 'ms<=10'; may be repeated.")
]
LagOption = Annotated[
    int | None, typer.Option(min=1, help="The same study with any number of jobs up to this; see the guide.")
]
GpusOption = Annotated[float | None, typer.Option(help="GPUs for each program, as CUDA_VISIBLE_DEVICES.")]

_BOUND: Final = re.compile(r"\s*([A-Za-z_][\w./-]*)\s*([<>]=?.+)")


def run_limits(seconds: float | None, megabytes: float | None, gpus: float | None) -> dict[str, Any]:
    """Return what a program may take and what it is given, as `optimize` takes them.

    >>> run_limits(60, 1, 0.5)
    {'trial_timeout': 60, 'trial_memory': 1048576, 'resources': {'gpu': 0.5}}
    """
    return {
        "trial_timeout": seconds,
        "trial_memory": None if megabytes is None else int(megabytes * 2**20),
        "resources": None if gpus is None else {"gpu": gpus},
    }


def stop_rules(target: float | None, patience: int | None) -> list[StopRule]:
    """Return the rules that end the study early.

    >>> stop_rules(0.99, None)
    [TargetValue(value=0.99)]
    """
    from tunesmith.study.stopping import Plateau, TargetValue

    rules: list[StopRule] = [] if target is None else [TargetValue(target)]
    return rules if patience is None else [*rules, Plateau(patience)]


def read_constraints(words: Sequence[str] | None) -> dict[str, str]:
    """Return bounds by the name of their metric, as `create_study` takes them.

    >>> read_constraints(["ms <= 10", "recall>=0.5"])
    {'ms': '<= 10', 'recall': '>=0.5'}
    """
    bounds: dict[str, str] = {}
    for word in words or ():
        match = _BOUND.fullmatch(word)
        if match is None or match[1] in bounds:
            why = "one bound a metric" if match else "a metric and a bound"
            raise InvalidArgumentError(f"--constraint needs {why}, such as 'ms<=10', got {word!r}")
        bounds[match[1]] = match[2].strip()
    return bounds

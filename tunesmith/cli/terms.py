"""When a tuned program's study ends, and what bounds its results, as words of a command line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Final

import typer

from tunesmith.errors import InvalidArgumentError

if TYPE_CHECKING:
    from tunesmith.study.stopping import StopRule

__all__ = [
    "ConstraintOption",
    "GpusOption",
    "LagOption",
    "MaxFailuresOption",
    "PatienceOption",
    "TargetOption",
    "read_constraints",
    "stop_rules",
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

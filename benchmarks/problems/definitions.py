"""What a problem is: a space description, its best and its reference loss, read from `problems21.json`.

A space description is a plain list of dictionaries, so that each optimiser's adapter, in whatever environment,
translates the same thing: `{"name", "type": "float" | "int" | "categorical", "low", "high", "log", "choices", "when"}`.
Ints stay ints, categories stay categories, `log` marks a logarithmic scale; `when` (only in the conditional problem)
maps another parameter's name to the choice under which this one is active.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

Parameter = dict[str, Any]
Config = dict[str, Any]


@dataclass(frozen=True)
class Definition:
    """A problem without its function.

    Attributes:
        name: unique among the problems.
        group: problems of one origin; tables are `hpolib`, `hpobench` and `nb201`.
        space: the space description, one dictionary per parameter.
        best: the lowest loss there is.
        ref: the loss that counts as regret 1: the median over the space.
    """

    name: str
    group: str
    space: tuple[Parameter, ...]
    best: float
    ref: float

    def shape(self) -> tuple[int, ...]:
        """Return the number of levels per parameter of a finite grid."""
        return tuple(len(levels(parameter)) for parameter in self.space)

    def regret(self, loss: float) -> float:
        """Return `(loss - best) / (ref - best)`: 0 at the optimum, 1 at the median of the space, not clipped."""
        return (loss - self.best) / (self.ref - self.best)


def levels(parameter: Parameter) -> list[Any]:
    """Return all values of an integer or categorical parameter, in order.

    Raises:
        ValueError: for a float, which has no levels.
    """
    if parameter["type"] == "categorical":
        return list(parameter["choices"])
    if parameter["type"] == "int":
        return list(range(parameter["low"], parameter["high"] + 1))
    raise ValueError(f"a {parameter['type']} has no levels, got parameter {parameter['name']!r}")


@cache
def definitions() -> dict[str, Definition]:
    """Return the 21 fixed problems by name."""
    text = (Path(__file__).parent.parent / "problems21.json").read_text(encoding="utf-8")
    return {
        name: Definition(name, row["group"], tuple(row["space"]), row["best"], row["ref"])
        for name, row in json.loads(text).items()
    }

"""All problems by name, and the way to load one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.problems.conditional import MODELCHOICE, modelchoice
from benchmarks.problems.definitions import Definition, definitions
from benchmarks.problems.synthetic import FUNCTIONS
from benchmarks.problems.tables import lookup

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.problems.definitions import Config

SEVEN = (
    "hpolib_protein_structure",
    "hpobench_car",
    "nb201_cifar100",
    "branin",
    "hartmann6",
    "mixedcat",
    "ackley10",
)
"""The subset for slow optimisers: two of each kind."""


@dataclass(frozen=True)
class Problem:
    """A definition and its function, which takes a config of active parameters and returns the loss."""

    definition: Definition
    evaluate: Callable[[Config], float]


def catalogue() -> dict[str, Definition]:
    """Return the definitions of the 21 fixed problems and the conditional one."""
    return {**definitions(), MODELCHOICE.name: MODELCHOICE}


def select(words: list[str]) -> list[str]:
    """Return the names meant by words: a problem's name, a group's name, `21`, `7` or `all`, without repetition.

    Raises:
        KeyError: for a word that means nothing.
    """
    known = catalogue()
    chosen: dict[str, None] = {}
    for word in words:
        if word == "all":
            names = list(known)
        elif word == "21":
            names = list(definitions())
        elif word == "7":
            names = list(SEVEN)
        else:
            names = [name for name, problem in known.items() if word in (name, problem.group)]
        if not names:
            raise KeyError(f"no problem or group {word!r}; there are {', '.join(known)}")
        chosen.update(dict.fromkeys(names))
    return list(chosen)


def load(name: str, data: Path) -> Problem:
    """Return a problem ready to evaluate; `data` is the folder of converted tables."""
    definition = catalogue()[name]
    if name == MODELCHOICE.name:
        return Problem(definition, modelchoice)
    if name in FUNCTIONS:
        return Problem(definition, FUNCTIONS[name])
    return Problem(definition, lookup(definition, data))

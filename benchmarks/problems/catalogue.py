"""All problems by name, and the way to load one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from benchmarks.problems.conditional import MODELCHOICE, modelchoice
from benchmarks.problems.definitions import Definition, definitions
from benchmarks.problems.digits import DIGITS
from benchmarks.problems.nested import NESTED, nested
from benchmarks.problems.ranges import RANGES
from benchmarks.problems.served import Served
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

OURS = {
    definition.name: (definition, evaluate)
    for definition, evaluate in ((MODELCHOICE, modelchoice), (NESTED, nested), *RANGES)
}


@dataclass(frozen=True)
class Problem:
    """A definition and its function, which takes a config of active parameters and returns the loss."""

    definition: Definition
    evaluate: Callable[[Config], float]


def catalogue() -> dict[str, Definition]:
    """Return the definitions of the 21 fixed problems, the conditional ones and those with hidden scales."""
    return {**definitions(), **{name: definition for name, (definition, _) in OURS.items()}, DIGITS.name: DIGITS}


def select(words: list[str]) -> list[str]:
    """Return the names meant by words: a problem's name, a group's name, `21`, `7` or `all`, without repetition.

    `all` is what the report tells of: the 21 and `modelchoice`; the other conditional problems have their own command,
    and the group `ranges` is asked for by name.

    Raises:
        KeyError: for a word that means nothing.
    """
    known = catalogue()
    chosen: dict[str, None] = {}
    for word in words:
        if word == "all":
            names = [*definitions(), MODELCHOICE.name]
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


@cache
def digits(python: str) -> Served:
    """Return the evaluator of `digits`, one for all runs of this process; it ends when this process does."""
    return Served(python, "benchmarks.problems.digits", [], "the evaluator of digits")


def load(name: str, data: Path, evaluator: str | None = None) -> Problem:
    """Return a problem ready to evaluate; `data` is the folder of converted tables.

    Raises:
        ValueError: for `digits` without `evaluator`, the interpreter that has scikit-learn.
    """
    definition = catalogue()[name]
    if name == DIGITS.name:
        if evaluator is None:
            raise ValueError("digits needs an evaluator, the interpreter of the environment 'digits', got None")
        return Problem(definition, digits(evaluator))
    if name in OURS:
        return Problem(*OURS[name])
    if name in FUNCTIONS:
        return Problem(definition, FUNCTIONS[name])
    return Problem(definition, lookup(definition, data))

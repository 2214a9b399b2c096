"""Uniform draws from a space description: the floor that every optimiser must beat, and the source of `ref`."""

from __future__ import annotations

from math import exp, floor, log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy.random import Generator

    from benchmarks.problems.definitions import Config, Parameter


def active(parameter: Parameter, config: Config) -> bool:
    """Return whether a parameter counts, given the values of those before it."""
    return all(config.get(name) in choices(wanted) for name, wanted in parameter.get("when", {}).items())


def choices(wanted: str | list[str]) -> list[str]:
    """Return the choices that a condition names: one, or a list of them."""
    return wanted if isinstance(wanted, list) else [wanted]


def hangs(parameter: Parameter, parent: tuple[str, str] | None) -> bool:
    """Return whether a parameter hangs on this choice of its parent (name, choice), or with None on nothing."""
    when = parameter.get("when", {})
    if parent is None:
        return not when
    return parent[0] in when and parent[1] in choices(when[parent[0]])


def draw(space: tuple[Parameter, ...] | list[Parameter], rng: Generator) -> Config:
    """Return a config with its active parameters only, each uniform (or log-uniform) on its range."""
    config: Config = {}
    for parameter in space:
        if active(parameter, config):
            config[parameter["name"]] = draw_one(parameter, rng)
    return config


def draw_one(parameter: Parameter, rng: Generator) -> float | int | str:
    """Return a value of one parameter; log integers are drawn on [low - 0.5, high + 0.5] and rounded."""
    if parameter["type"] == "categorical":
        choices: list[str] = parameter["choices"]
        return choices[int(rng.integers(len(choices)))]
    low, high = parameter["low"], parameter["high"]
    if parameter["type"] == "float":
        if parameter.get("log"):
            return float(min(max(exp(rng.uniform(log(low), log(high))), low), high))
        return float(rng.uniform(low, high))
    if parameter.get("log"):
        return int(min(max(floor(exp(rng.uniform(log(low - 0.5), log(high + 0.5))) + 0.5), low), high))
    return int(rng.integers(low, high + 1))

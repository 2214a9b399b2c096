"""A space description as a `ConfigSpace`, which SMAC3 and DEHB search: conditions stay conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ConfigSpace import Categorical, ConfigurationSpace, EqualsCondition, Float, InCondition, Integer

if TYPE_CHECKING:
    from benchmarks.problems.definitions import Config, Parameter


def domain(p: Parameter) -> Any:
    """Return the hyperparameter of one described parameter."""
    if p["type"] == "categorical":
        return Categorical(p["name"], p["choices"])
    kind = Integer if p["type"] == "int" else Float
    return kind(p["name"], (p["low"], p["high"]), log=bool(p.get("log")))


def space_of(description: list[Parameter], seed: int) -> ConfigurationSpace:
    """Return the space with its conditions; parents come before their children in a description."""
    space = ConfigurationSpace(seed=seed)
    for p in description:
        space.add(domain(p))
        for parent, choice in p.get("when", {}).items():
            many = isinstance(choice, list)
            condition = (InCondition if many else EqualsCondition)(space[p["name"]], space[parent], choice)
            space.add(condition)
    return space


def config_of(configuration: Any, description: list[Parameter]) -> Config:
    """Return the active parameters of a configuration as plain values, in the order of the description."""
    found = dict(configuration)
    kinds = {"categorical": str, "int": int, "float": float}
    return {p["name"]: kinds[p["type"]](found[p["name"]]) for p in description if p["name"] in found}

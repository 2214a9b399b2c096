"""A conditional problem of our own, shaped like a choice between three families of models.

Each family has its own parameters, floor and difficulty, and there are conditions inside the condition:

| family | floor | shape |
|---|---|---|
| linear | 0.30 | easy: a bowl in log C; `l1_ratio` counts only under `penalty = elastic` |
| forest | 0.15 | flat and forgiving: nearly every setting beats the median, none reaches the optimum |
| mlp | 0 | a narrow valley: learning rate and width trade off, `momentum` only under sgd, sgd never below 0.05 |

So whoever settles on the family that looks best early (the forest) stays at a regret that no tuning removes. The
optimum is 0 at mlp, adam, lr = 1e-3, width = 128, layers = 3, dropout = 0.2.
"""

from __future__ import annotations

from math import log, log2, log10
from typing import TYPE_CHECKING

from benchmarks.problems.definitions import Definition

if TYPE_CHECKING:
    from benchmarks.problems.definitions import Config

MODELCHOICE = Definition(
    name="modelchoice",
    group="conditional",
    space=(
        {"name": "family", "type": "categorical", "choices": ["linear", "forest", "mlp"]},
        {"name": "C", "type": "float", "low": 1e-4, "high": 1e4, "log": True, "when": {"family": "linear"}},
        {"name": "penalty", "type": "categorical", "choices": ["l1", "l2", "elastic"], "when": {"family": "linear"}},
        {"name": "l1_ratio", "type": "float", "low": 0.0, "high": 1.0, "when": {"penalty": "elastic"}},
        {"name": "trees", "type": "int", "low": 10, "high": 1000, "log": True, "when": {"family": "forest"}},
        {"name": "depth", "type": "int", "low": 1, "high": 20, "when": {"family": "forest"}},
        {"name": "features", "type": "float", "low": 0.05, "high": 1.0, "when": {"family": "forest"}},
        {"name": "layers", "type": "int", "low": 1, "high": 5, "when": {"family": "mlp"}},
        {"name": "width", "type": "int", "low": 8, "high": 1024, "log": True, "when": {"family": "mlp"}},
        {"name": "dropout", "type": "float", "low": 0.0, "high": 0.8, "when": {"family": "mlp"}},
        {"name": "lr", "type": "float", "low": 1e-6, "high": 1.0, "log": True, "when": {"family": "mlp"}},
        {"name": "optimizer", "type": "categorical", "choices": ["sgd", "adam"], "when": {"family": "mlp"}},
        {"name": "momentum", "type": "float", "low": 0.0, "high": 0.99, "when": {"optimizer": "sgd"}},
    ),
    best=0.0,
    ref=0.3907,
)
"""`ref` is the median of 200,000 uniform draws."""


def modelchoice(config: Config) -> float:
    """Return the loss of a config that holds exactly its active parameters."""
    return {"linear": linear, "forest": forest, "mlp": mlp}[config["family"]](config)


def linear(config: Config) -> float:
    bowl = 0.03 * (log10(config["C"]) - 0.5) ** 2
    if config["penalty"] == "elastic":
        return 0.30 + bowl + 0.2 * (config["l1_ratio"] - 0.35) ** 2
    return (0.34 if config["penalty"] == "l2" else 0.38) + bowl


def forest(config: Config) -> float:
    few = 0.02 * log(1000 / config["trees"])
    depth = 0.0008 * (config["depth"] - 14) ** 2
    return 0.15 + few + depth + 0.1 * (config["features"] - 0.4) ** 2


def mlp(config: Config) -> float:
    size = log2(config["width"] / 128)
    rate = log10(config["lr"]) + 3 + 0.3 * size  # wider nets want smaller steps
    loss = 0.25 * rate**2 + 0.02 * size**2 + 0.03 * (config["layers"] - 3) ** 2 + 0.5 * (config["dropout"] - 0.2) ** 2
    if config["optimizer"] == "sgd":
        loss += 0.05 + 0.4 * (config["momentum"] - 0.9) ** 2
    return loss

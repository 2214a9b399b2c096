"""A second conditional problem of our own: conditions four deep, and a parameter that two choices share.

    family  kernel  C, shape (linear, rbf, poly); gamma under rbf and poly; degree under poly       at best 0.30
            tree    depth, eta, booster (plain, dart); drop and order (age, weight) under dart;
                    share under weight                                                             at best 0.12
            net     layers, units, lr, optimizer (sgd, adam; momentum under sgd), schedule:
                    constant .15, step (factor, every) .08, cosine with warmup no .06 or yes:
                    warm, peak                                                                     at best 0

The deeper choices pay only once the parameters above them fit, and a draw that reaches the best leaf is one in 18, so
a sampler has to tell which branch deserves its trials. The optimum is 0 at a net with 3 layers, 128 units,
lr = 10^-2.5, adam, cosine, warmup yes, warm = 0.1, peak = 10.
"""

from __future__ import annotations

from math import log2, log10
from typing import TYPE_CHECKING

from benchmarks.problems.definitions import Definition

if TYPE_CHECKING:
    from benchmarks.problems.definitions import Config

NESTED = Definition(
    name="nested",
    group="conditional",
    space=(
        {"name": "family", "type": "categorical", "choices": ["kernel", "tree", "net"]},
        {"name": "C", "type": "float", "low": 1e-3, "high": 1e3, "log": True, "when": {"family": "kernel"}},
        {"name": "shape", "type": "categorical", "choices": ["linear", "rbf", "poly"], "when": {"family": "kernel"}},
        {"name": "gamma", "type": "float", "low": 1e-5, "high": 10.0, "log": True, "when": {"shape": ["rbf", "poly"]}},
        {"name": "degree", "type": "int", "low": 2, "high": 5, "when": {"shape": "poly"}},
        {"name": "depth", "type": "int", "low": 1, "high": 12, "when": {"family": "tree"}},
        {"name": "eta", "type": "float", "low": 1e-3, "high": 1.0, "log": True, "when": {"family": "tree"}},
        {"name": "booster", "type": "categorical", "choices": ["plain", "dart"], "when": {"family": "tree"}},
        {"name": "drop", "type": "float", "low": 0.0, "high": 0.9, "when": {"booster": "dart"}},
        {"name": "order", "type": "categorical", "choices": ["age", "weight"], "when": {"booster": "dart"}},
        {"name": "share", "type": "float", "low": 0.0, "high": 1.0, "when": {"order": "weight"}},
        {"name": "layers", "type": "int", "low": 1, "high": 6, "when": {"family": "net"}},
        {"name": "units", "type": "int", "low": 16, "high": 1024, "log": True, "when": {"family": "net"}},
        {"name": "lr", "type": "float", "low": 1e-5, "high": 1.0, "log": True, "when": {"family": "net"}},
        {"name": "optimizer", "type": "categorical", "choices": ["sgd", "adam"], "when": {"family": "net"}},
        {"name": "momentum", "type": "float", "low": 0.0, "high": 0.99, "when": {"optimizer": "sgd"}},
        {
            "name": "schedule",
            "type": "categorical",
            "choices": ["constant", "step", "cosine"],
            "when": {"family": "net"},
        },
        {"name": "factor", "type": "float", "low": 0.01, "high": 1.0, "log": True, "when": {"schedule": "step"}},
        {"name": "every", "type": "int", "low": 1, "high": 30, "when": {"schedule": "step"}},
        {"name": "warmup", "type": "categorical", "choices": ["no", "yes"], "when": {"schedule": "cosine"}},
        {"name": "warm", "type": "float", "low": 0.0, "high": 0.5, "when": {"warmup": "yes"}},
        {"name": "peak", "type": "float", "low": 1.0, "high": 100.0, "log": True, "when": {"warmup": "yes"}},
    ),
    best=0.0,
    ref=0.3866,
)
"""`ref` is the median of 200,000 uniform draws."""


def nested(config: Config) -> float:
    """Return the loss of a config that holds exactly its active parameters."""
    return {"kernel": kernel, "tree": tree, "net": net}[config["family"]](config)


def kernel(config: Config) -> float:
    loss = 0.02 * (log10(config["C"]) - 1) ** 2
    if config["shape"] == "linear":
        return 0.38 + loss
    loss += 0.02 * (log10(config["gamma"]) + 2 + 0.5 * log10(config["C"])) ** 2  # a ridge: what C gains gamma pays
    return 0.30 + loss + (0.03 * (config["degree"] - 2) if config["shape"] == "poly" else 0.0)


def tree(config: Config) -> float:
    loss = 0.16 + 0.004 * (config["depth"] - 6) ** 2 + 0.06 * (log10(config["eta"]) + 1) ** 2
    if config["booster"] == "plain":
        return loss
    loss += 0.2 * (config["drop"] - 0.1) ** 2
    return loss if config["order"] == "age" else loss - 0.04 + 0.1 * (config["share"] - 0.7) ** 2


def net(config: Config) -> float:
    size = log2(config["units"] / 128)
    rate = log10(config["lr"]) + 2.5 + 0.2 * size  # wider nets want smaller steps
    loss = 0.12 * rate**2 + 0.01 * size**2 + 0.02 * (config["layers"] - 3) ** 2
    if config["optimizer"] == "sgd":
        loss += 0.03 + 0.3 * (config["momentum"] - 0.9) ** 2
    return loss + schedule(config)


def schedule(config: Config) -> float:
    if config["schedule"] == "constant":
        return 0.15
    if config["schedule"] == "step":
        return 0.08 + 0.03 * (log10(config["factor"]) + 1) ** 2 + 0.0005 * (config["every"] - 12) ** 2
    if config["warmup"] == "no":
        return 0.06
    return 0.4 * (config["warm"] - 0.1) ** 2 + 0.06 * (log10(config["peak"]) - 1) ** 2

"""Four problems whose ranges hide what matters: spans of decades that nobody declared as logarithms.

    logs2     a, b in [1e-5, 1]: the loss is a bowl in log10 a and log10 b, best at 1e-3 and 1e-2
    logs4     the same, beside two plain parameters that depend on each other
    momentum  a learning rate, declared as a logarithm, and a momentum m in [0, 0.9999] that acts through 1 - m and
              has to fit the rate
    sizes     whole numbers of units and of samples in a batch, 1 to 4096, that act through their logarithms

All are ours; the best loss is 0. `ref` is the median of 10,000 uniform draws.
"""

from __future__ import annotations

from math import log2, log10
from typing import TYPE_CHECKING

from benchmarks.problems.definitions import Definition

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.problems.definitions import Config, Parameter


def decades(name: str) -> Parameter:
    """Return the description of a float in [1e-5, 1] whose logarithm was forgotten."""
    return {"name": name, "type": "float", "low": 1e-5, "high": 1.0}


def logs2(config: Config) -> float:
    return (log10(config["a"]) + 3) ** 2 + (log10(config["b"]) + 2) ** 2


def logs4(config: Config) -> float:
    c, d = config["c"], config["d"]
    return float(logs2(config) + c**2 + 4 * (d - 0.3 * c) ** 2)


def momentum(config: Config) -> float:
    lr, rest = log10(config["lr"]), log10(1 - config["m"])
    return (lr - rest - 0.5) ** 2 + (rest + 2) ** 2


def sizes(config: Config) -> float:
    return (
        (log2(config["units"]) - 6) ** 2 / 4 + (log2(config["batch"]) - 4) ** 2 / 4 + (log10(config["lr"]) + 2.5) ** 2
    )


RANGES: tuple[tuple[Definition, Callable[[Config], float]], ...] = (
    (Definition("logs2", "ranges", (decades("a"), decades("b")), best=0.0, ref=9.804), logs2),
    (
        Definition(
            "logs4",
            "ranges",
            (
                decades("a"),
                decades("b"),
                {"name": "c", "type": "float", "low": -1.0, "high": 1.0},
                {"name": "d", "type": "float", "low": -1.0, "high": 1.0},
            ),
            best=0.0,
            ref=11.35,
        ),
        logs4,
    ),
    (
        Definition(
            "momentum",
            "ranges",
            (
                {"name": "lr", "type": "float", "low": 1e-4, "high": 1.0, "log": True},
                {"name": "m", "type": "float", "low": 0.0, "high": 0.9999},
            ),
            best=0.0,
            ref=6.96,
        ),
        momentum,
    ),
    (
        Definition(
            "sizes",
            "ranges",
            (
                {"name": "units", "type": "int", "low": 1, "high": 4096},
                {"name": "batch", "type": "int", "low": 1, "high": 4096},
                {"name": "lr", "type": "float", "low": 1e-5, "high": 1.0, "log": True},
            ),
            best=0.0,
            ref=19.55,
        ),
        sizes,
    ),
)

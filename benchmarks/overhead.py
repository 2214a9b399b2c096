"""Cost of ask and tell on a 10-parameter mixed space whose objective costs nothing."""

from __future__ import annotations

import time
from math import log10
from typing import TYPE_CHECKING, Any

from benchmarks.machine import peak_memory
from benchmarks.optimisers import make

if TYPE_CHECKING:
    from benchmarks.problems.definitions import Config, Parameter

SPACE: tuple[Parameter, ...] = (
    {"name": "lr", "type": "float", "low": 1e-5, "high": 1.0, "log": True},
    {"name": "decay", "type": "float", "low": 1e-8, "high": 1e-2, "log": True},
    {"name": "dropout", "type": "float", "low": 0.0, "high": 0.9},
    {"name": "momentum", "type": "float", "low": 0.0, "high": 1.0},
    {"name": "layers", "type": "int", "low": 1, "high": 8},
    {"name": "width", "type": "int", "low": 16, "high": 1024, "log": True},
    {"name": "batch", "type": "int", "low": 1, "high": 64},
    {"name": "act", "type": "categorical", "choices": ["relu", "gelu", "tanh"]},
    {"name": "opt", "type": "categorical", "choices": ["sgd", "adam", "rms", "lion"]},
    {"name": "norm", "type": "categorical", "choices": ["batch", "layer"]},
)

MARKS = (100, 1_000, 10_000)
"""Trials after which the mean cost so far is noted."""


def loss(config: Config) -> float:
    """Return a smooth loss that depends on every parameter."""
    numbers = (log10(config["lr"]) + 3) ** 2 + (log10(config["decay"]) + 5) ** 2 / 4 + (config["dropout"] - 0.2) ** 2
    sizes = (config["momentum"] - 0.9) ** 2 + (config["layers"] - 3) ** 2 / 10 + (config["batch"] - 32) ** 2 / 1000
    names = (config["act"] != "gelu") + (config["opt"] != "adam") * 0.5 + (config["norm"] != "layer") * 0.3
    return float(numbers + sizes + log10(config["width"]) / 10 + names)


def overhead(name: str, seed: int, trials: int, cpu_limit: float) -> dict[str, Any]:
    """Return mean CPU ms per trial up to each mark, and over the tenth of the trials before it.

    A run that has used `cpu_limit` seconds is cut off; `done` says how far it came, and marks beyond that are absent.
    """
    optimiser = make(name, [dict(p) for p in SPACE], seed, trials)
    before = peak_memory()
    spent: list[float] = []
    total = 0.0
    for number in range(1, trials + 1):
        start = time.process_time()
        config = optimiser.ask()
        asked = time.process_time()
        value = loss(config)
        evaluated = time.process_time()
        optimiser.tell(config, value)
        total += time.process_time() - evaluated + asked - start
        spent.append(total)
        if total > cpu_limit and number < trials:
            break
    marks = [mark for mark in MARKS if mark <= len(spent)]
    return {
        "kind": "overhead",
        "optimiser": name,
        "seed": seed,
        "n": trials,
        "done": len(spent),
        "mean_ms": {str(mark): round(spent[mark - 1] / mark * 1e3, 4) for mark in marks},
        "tail_ms": {
            str(mark): round((spent[mark - 1] - spent[mark - mark // 10 - 1]) / (mark // 10) * 1e3, 4) for mark in marks
        },
        "grown_mb": round(peak_memory() - before, 1),
    }

"""Six functions with a known optimum, all minimised.

Branin, Hartmann 6, Ackley, Rosenbrock and Rastrigin are as in Surjanovic and Bingham's *Virtual Library of Simulation
Experiments*; Ackley and Rastrigin are shifted, so that a sampler that likes the middle of the space gains nothing, and
Hartmann 6 is raised by 3.32237, so that its optimum is 0. `mixedcat` is ours: continuous, logarithmic, integer and
categorical parameters that interact.
"""

from __future__ import annotations

from math import cos, log10, pi
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.problems.definitions import Config

SHIFT = np.random.RandomState(12345).uniform(-0.6, 0.6, 10)  # the published shift was drawn this way

HARTMANN_ALPHA = np.array([1.0, 1.2, 3.0, 3.2])
HARTMANN_A = np.array(
    [
        [10.0, 3.0, 17.0, 3.5, 1.7, 8.0],
        [0.05, 10.0, 17.0, 0.1, 8.0, 14.0],
        [3.0, 3.5, 1.7, 10.0, 17.0, 8.0],
        [17.0, 8.0, 0.05, 10.0, 0.1, 14.0],
    ]
)
HARTMANN_P = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)

ACTIVATIONS = {
    "a": (0.4, (2.0, -1.0, 3.0)),
    "b": (0.25, (-3.0, 2.0, 0.0)),
    "c": (0.0, (1.0, 3.0, -2.0)),
    "d": (0.6, (0.0, 0.0, 0.0)),
}
"""Choice -> offset and centre of x0..x2."""

OPTIMISERS = {"sgd": (0.3, -1.0), "adam": (0.0, -3.2), "rms": (0.15, -4.0)}
"""Choice -> offset and centre of log10 lr."""


def vector(config: Config) -> np.ndarray:
    """Return x0, x1, ... of a config as an array."""
    return np.array([config[f"x{i}"] for i in range(len(config))])


def branin(config: Config) -> float:
    x, y = config["x0"], config["x1"]
    ripple = (y - 5.1 / (4 * pi**2) * x**2 + 5 / pi * x - 6) ** 2
    return float(ripple + 10 * (1 - 1 / (8 * pi)) * cos(x) + 10)


def hartmann6(config: Config) -> float:
    distance = (HARTMANN_A * (vector(config) - HARTMANN_P) ** 2).sum(axis=1)
    return float(3.32237 - (HARTMANN_ALPHA * np.exp(-distance)).sum())


def ackley10(config: Config) -> float:
    z = vector(config) - 10 * SHIFT
    return float(
        -20 * np.exp(-0.2 * np.sqrt((z**2).mean())) - np.exp(np.cos(2 * pi * z).mean()) + 20 + np.e,
    )


def rastrigin10(config: Config) -> float:
    z = vector(config) - 5.12 * SHIFT
    return float(100 + (z**2 - 10 * np.cos(2 * pi * z)).sum())


def rosenbrock5(config: Config) -> float:
    x = vector(config)
    return float((100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum())


def mixedcat(config: Config) -> float:
    offset, centre = ACTIVATIONS[config["act"]]
    extra, rate = OPTIMISERS[config["opt"]]
    x = (config["x0"], config["x1"], config["x2"])
    bowl = sum((a - b) ** 2 for a, b in zip(x, centre, strict=True)) / 10
    size = 0.3 * ((config["n"] - 11) / 5) ** 2
    ripple = 0.2 * (1 - cos(3 * (x[0] - centre[0])))
    return float(offset + extra + bowl + (log10(config["lr"]) - rate) ** 2 / 2 + size + ripple)


FUNCTIONS: dict[str, Callable[[Config], float]] = {
    "branin": branin,
    "hartmann6": hartmann6,
    "ackley10": ackley10,
    "rosenbrock5": rosenbrock5,
    "rastrigin10": rastrigin10,
    "mixedcat": mixedcat,
}

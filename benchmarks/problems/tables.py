"""Problems that look a config up in a measured table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.problems.definitions import levels

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.problems.definitions import Config, Definition


def lookup(definition: Definition, folder: Path) -> Callable[[Config], float]:
    """Return the function from config to loss of a table.

    Raises:
        FileNotFoundError: when the table was not converted yet.
        ValueError: when the array doesn't have the shape that the space says.
    """
    path = folder / f"{definition.name}.npz"
    if not path.exists():
        raise FileNotFoundError(f"no table {path.name} in {folder}: run `python -m benchmarks.run --prepare` first")
    with np.load(path) as file:
        loss = file["loss"]
    if loss.shape != definition.shape():
        raise ValueError(f"{path}: the table needs shape {definition.shape()}, got {loss.shape}")
    places = {p["name"]: {value: i for i, value in enumerate(levels(p))} for p in definition.space}

    def evaluate(config: Config) -> float:
        return float(loss[tuple(place[config[name]] for name, place in places.items())])

    return evaluate

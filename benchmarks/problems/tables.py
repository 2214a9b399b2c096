"""Problems that look a config up in a measured table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.problems.definitions import levels

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from benchmarks.problems.definitions import Config, Definition


def read(definition: Definition, folder: Path, what: str) -> NDArray[np.float64]:
    """Return the array of `loss` or of `size` of a table, one axis per parameter.

    Raises:
        FileNotFoundError: when the table was not converted yet.
        ValueError: when the array doesn't have the shape that the space says.
    """
    path = folder / (f"{definition.name}.npz" if what == "loss" else f"{definition.name}_{what}.npz")
    if not path.exists():
        raise FileNotFoundError(f"no table {path.name} in {folder}: run `python -m benchmarks.run --prepare` first")
    with np.load(path) as file:
        found: NDArray[np.float64] = file[what]
    if found.shape != definition.shape():
        raise ValueError(f"{path}: the table needs shape {definition.shape()}, got {found.shape}")
    return found


def cell(definition: Definition, config: Config) -> tuple[int, ...]:
    """Return the index of a config in the table: the position of its level along each axis."""
    return tuple(levels(parameter).index(config[parameter["name"]]) for parameter in definition.space)


def lookup(definition: Definition, folder: Path) -> Callable[[Config], float]:
    """Return the function from config to loss of a table; raises as `read` does."""
    loss = read(definition, folder, "loss")
    return lambda config: float(loss[cell(definition, config)])

"""The four HPOLib tables with two losses: the network's error and its size, in the same search space.

Both are logarithms, since either spans orders of magnitude: log10 of the validation loss (mean over the table's seeds)
and log10 of the number of weights. The reference point is the median error of the table and a tenth above the largest
size; the volume is exact, of the table's own front. The source is that of `benchmarks.problems.convert`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.problems.definitions import definitions
from benchmarks.problems.tables import cell, read

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from benchmarks.problems.definitions import Config, Parameter


@dataclass(frozen=True)
class Sized:
    """A table with two losses.

    Attributes:
        table: the name of the problem whose space and loss it shares.
        reference: log10 of loss and of size, the corner that hypervolumes are measured from.
        volume: hypervolume of the table's front below the reference.
    """

    table: str
    reference: tuple[float, float]
    volume: float

    @property
    def space(self) -> list[Parameter]:
        """The space description."""
        return [dict(parameter) for parameter in definitions()[self.table].space]

    def ready(self, data: Path) -> bool:
        """Return whether both arrays were converted."""
        return all((data / f"{name}.npz").exists() for name in (self.table, f"{self.table}_size"))


@dataclass(frozen=True)
class Loaded:
    """A table with its two arrays, ready to evaluate."""

    sized: Sized
    loss: NDArray[np.float64]
    size: NDArray[np.float64]

    @property
    def space(self) -> list[Parameter]:
        """The space description."""
        return self.sized.space

    @property
    def reference(self) -> tuple[float, float]:
        """The corner that hypervolumes are measured from."""
        return self.sized.reference

    def losses(self, config: Config) -> list[float]:
        """Return log10 of the validation loss and of the number of weights of a config."""
        place = cell(definitions()[self.sized.table], config)
        return [float(np.log10(self.loss[place])), float(np.log10(self.size[place]))]


def staircase(points: NDArray[np.float64], reference: tuple[float, float]) -> float:
    """Return the hypervolume of points (n, 2) below a reference, by strips between sizes, each to the best loss yet."""
    inside = points[(points < reference).all(axis=1)]
    ordered = inside[np.argsort(inside[:, 1])]
    widths = np.diff(ordered[:, 1], append=reference[1])
    return float(((reference[0] - np.minimum.accumulate(ordered[:, 0])) * widths).sum())


def load(sized: Sized, data: Path) -> Loaded:
    """Return a problem ready to evaluate; `data` is the folder of converted tables."""
    definition = definitions()[sized.table]
    loss, size = read(definition, data, "loss"), read(definition, data, "size")
    return Loaded(sized, loss, size)


SIZED = {
    "hpolib_naval_propulsion_size": Sized("hpolib_naval_propulsion", (-0.84, 5.53), 9.471987),
    "hpolib_parkinsons_telemonitoring_size": Sized("hpolib_parkinsons_telemonitoring", (-0.69, 5.54), 3.849259),
    "hpolib_protein_structure_size": Sized("hpolib_protein_structure", (-0.40, 5.53), 0.549833),
    "hpolib_slice_localization_size": Sized("hpolib_slice_localization", (-1.49, 5.76), 3.747785),
}

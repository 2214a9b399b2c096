"""Ten problems with one loss and *outcome constraints*: bounds on what is only known after a config was evaluated.

Six are functions as published, their sources beside them. Four are the HPOLib tables of `benchmarks.problems.sized`:
the network's validation loss under a bound on its number of weights, both as logarithms. A constraint is given by its
*excess*, the value minus its bound, feasible where it is 0 or less. Where an engineering problem has a bound in pounds
or inches, the excess is a share of that bound, as Deb (2000) advises, since some libraries add the excesses up. Some of
the best values in these problems stand at the edge of the space, which a sampler that likes edges may exploit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.problems.definitions import definitions
from benchmarks.problems.sized import SIZED
from benchmarks.problems.sized import load as load_sized
from benchmarks.problems.tables import cell

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.problems.definitions import Config, Parameter

QUANTILE = 0.25
"""The share of a table's configs that keep the bound on the number of weights."""


@dataclass(frozen=True)
class Bounded:
    """A problem with constraints.

    Attributes:
        space: the space description.
        formula: config -> loss and excesses; a function of numbers also takes a config of arrays.
        constraints: how many excesses there are.
        best: the lowest loss of a feasible config.
        ref: the loss that counts as regret 1: the median of feasible configs drawn uniformly.
    """

    space: list[Parameter]
    formula: Callable[[Config], tuple[Any, list[Any]]]
    constraints: int
    best: float
    ref: float

    def evaluate(self, config: Config) -> tuple[float, list[float]]:
        """Return the loss and the excesses (constraints,) of a config, feasible where all are 0 or less."""
        loss, excesses = self.formula(config)
        return float(loss), [float(excess) for excess in excesses]

    def regret(self, loss: float) -> float:
        """Return `(loss - best) / (ref - best)` of a feasible config's loss, not clipped."""
        return (loss - self.best) / (self.ref - self.best)


def real(name: str, low: float, high: float) -> Parameter:
    return {"name": name, "type": "float", "low": low, "high": high}


def whole(name: str, low: int, high: int) -> Parameter:
    return {"name": name, "type": "int", "low": low, "high": high}


def gramacy(c: Config) -> tuple[Any, list[Any]]:
    """Gramacy, Gray, Le Digabel, Lee, Ranjan, Wells and Wild 2016, "Modeling an augmented Lagrangian for blackbox
    constrained optimization", Technometrics 58:1.
    """
    x, y = c["x0"], c["x1"]
    wave = 0.5 * np.sin(2 * np.pi * (x**2 - 2 * y))
    return x + y, [1.5 - x - 2 * y - wave, x**2 + y**2 - 1.5]


def gardner(c: Config) -> tuple[Any, list[Any]]:
    """Gardner, Kusner, Xu, Weinberger and Cunningham 2014, "Bayesian optimization with inequality constraints", ICML,
    simulation 2: two small feasible islands, together about 1.8% of the square.
    """
    x, y = c["x0"], c["x1"]
    return np.sin(x) + y, [np.sin(x) * np.sin(y) + 0.95]


def spring(c: Config) -> tuple[Any, list[Any]]:
    """Tension/compression spring: its weight, by diameters of wire and coil and the number of coils.

    Coello 2000, "Use of a self-adaptive penalty approach for engineering optimization problems", Computers in Industry
    41:113, after Arora 1989. The formulas have a pole where the wire is as thick as the coil; it is infeasible.
    """
    d, w, n = c["wire"], c["coil"], c["coils"]
    between = np.where(w == d, 1e-12, w * d**3 - d**4)
    shear = (4 * w**2 - d * w) / (12566 * between) + 1 / (5108 * d**2) - 1
    return (n + 2) * w * d**2, [1 - w**3 * n / (71785 * d**4), shear, 1 - 140.45 * d / (w**2 * n), (w + d) / 1.5 - 1]


def welded(c: Config) -> tuple[Any, list[Any]]:
    """Welded beam: its cost, by thickness `h` and length `l` of the weld, height `t` and thickness `b` of the beam.

    Coello 2000 (as `spring`) with seven constraints, after Rao 1996; the polar moment has the factor sqrt 2 there. Deb
    2000, "An efficient constraint handling method for genetic algorithms", CMAME 186:311, has another, with best 2.38.
    """
    h, l, t, b = c["h"], c["l"], c["t"], c["b"]  # noqa: E741 - the published name
    load, reach, young, shear = 6000.0, 14.0, 30e6, 12e6
    square = l**2 / 4 + ((h + t) / 2) ** 2
    polar = 2 * np.sqrt(2) * h * l * (l**2 / 12 + ((h + t) / 2) ** 2)
    first = load / (np.sqrt(2) * h * l)
    second = load * (reach + l / 2) * np.sqrt(square) / polar
    stress = np.sqrt(first**2 + first * second * l / np.sqrt(square) + second**2)
    bending = 6 * load * reach / (b * t**2)
    deflection = 4 * load * reach**3 / (young * t**3 * b)
    buckling = 4.013 * young * t * b**3 / 6 / reach**2 * (1 - t / (2 * reach) * np.sqrt(young / (4 * shear)))
    bars = 0.04811 * t * b * (14 + l)
    excesses = [stress / 13600 - 1, bending / 30000 - 1, h - b, (0.10471 * h**2 + bars) / 5 - 1]
    excesses += [1 - h / 0.125, deflection / 0.25 - 1, 1 - buckling / load]
    return 1.10471 * h**2 * l + bars, excesses


def vessel(c: Config) -> tuple[Any, list[Any]]:
    """Pressure vessel: its cost, by thickness of shell and head (in sixteenths of an inch), radius and length.

    Coello 2000 (as `spring`), after Kannan and Kramer 1994. The bound on the length, 240, is never met by a length of
    at most 200, as published.
    """
    shell, head, r, long = 0.0625 * c["shell"], 0.0625 * c["head"], c["radius"], c["length"]
    cost = 0.6224 * shell * r * long + 1.7781 * head * r**2 + 3.1661 * shell**2 * long + 19.84 * shell**2 * r
    volume = np.pi * r**2 * long + 4 / 3 * np.pi * r**3
    return cost, [0.0193 * r / shell - 1, 0.00954 * r / head - 1, 1 - volume / 1296000, long / 240 - 1]


def reducer(c: Config) -> tuple[Any, list[Any]]:
    """Speed reducer: its weight, by width of the face, module, number of teeth, lengths and diameters of the shafts.

    Golinski 1970, "Optimal synthesis problems solved by means of nonlinear programming and random methods", Journal of
    Mechanisms 5:287, as in Ray 2003, "Golinski's speed reducer problem revisited", AIAA Journal 41:556, with `long2`
    from 7.3 on (from 7.8 on the best is 2996.35).
    """
    f, m, z, a, b, d, e = (c[name] for name in ("face", "module", "teeth", "long1", "long2", "wide1", "wide2"))
    gears = 0.7854 * f * m**2 * (3.3333 * z**2 + 14.9334 * z - 43.0934)
    shafts = 7.4777 * (d**3 + e**3) + 0.7854 * (a * d**2 + b * e**2)
    excesses = [27 / (f * m**2 * z) - 1, 397.5 / (f * m**2 * z**2) - 1]
    excesses += [1.93 * a**3 / (m * z * d**4) - 1, 1.93 * b**3 / (m * z * e**4) - 1]
    excesses += [np.sqrt((745 * a / (m * z)) ** 2 + 16.9e6) / (110 * d**3) - 1]
    excesses += [np.sqrt((745 * b / (m * z)) ** 2 + 157.5e6) / (85 * e**3) - 1]
    excesses += [m * z / 40 - 1, 5 * m / f - 1, f / (12 * m) - 1, (1.5 * d + 1.9) / a - 1, (1.1 * e + 1.9) / b - 1]
    return gears - 1.508 * f * (d**2 + e**2) + shafts, excesses


SQUARE = [real("x0", 0.0, 1.0), real("x1", 0.0, 1.0)]
ISLANDS = [real("x0", 0.0, 6.0), real("x1", 0.0, 6.0)]
SPRING = [real("wire", 0.05, 2.0), real("coil", 0.25, 1.3), real("coils", 2.0, 15.0)]
BEAM = [real("h", 0.1, 2.0), real("l", 0.1, 10.0), real("t", 0.1, 10.0), real("b", 0.1, 2.0)]
VESSEL = [whole("shell", 1, 99), whole("head", 1, 99), real("radius", 10.0, 200.0), real("length", 10.0, 200.0)]
REDUCER = [
    real("face", 2.6, 3.6),
    real("module", 0.7, 0.8),
    whole("teeth", 17, 28),
    real("long1", 7.3, 8.3),
    real("long2", 7.3, 8.3),
    real("wide1", 2.9, 3.9),
    real("wide2", 5.0, 5.5),
]

FUNCTIONS = {
    "gramacy": Bounded(SQUARE, gramacy, 2, 0.59978805, 1.25),
    "gardner": Bounded(ISLANDS, gardner, 1, 0.25323589, 5.3948),
    "spring": Bounded(SPRING, spring, 4, 0.01266523, 0.068),
    "welded_beam": Bounded(BEAM, welded, 7, 1.7248523, 5.47),
    "pressure_vessel": Bounded(VESSEL, vessel, 4, 6059.7143, 145_000.0),
    "speed_reducer": Bounded(REDUCER, reducer, 11, 2994.471, 4330.0),
}
"""Best values are rounded down, and agree with a search by differential evolution and SLSQP.

Medians are of 40,000 feasible draws or more, to three digits. The islands of `gardner` are equally large, so that its
median is anything between them; `ref` is the lowest loss of the worse one, which is no better than nothing found.
"""

TABLES = {f"{sized.table}_bounded": name for name, sized in SIZED.items()}
"""Name -> the same table with two losses."""


def ready(name: str, data: Path) -> bool:
    """Return whether a problem can be evaluated: all but tables that were not converted."""
    return name in FUNCTIONS or SIZED[TABLES[name]].ready(data)


def load(name: str, data: Path) -> Bounded:
    """Return a problem ready to evaluate; `data` is the folder of converted tables.

    The loss of a table is log10 of validation loss / the table's lowest, so that no loss is negative: Nevergrad's
    penalty is a multiple of the loss. The bound on log10 of the size is the quantile of the table's sizes.
    """
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    sized = load_sized(SIZED[TABLES[name]], data)
    definition = definitions()[sized.sized.table]
    losses, sizes = np.log10(sized.loss / sized.loss.min()), np.log10(sized.size)
    bound = np.quantile(sizes, QUANTILE, method="lower")
    inside = losses[sizes <= bound]

    def formula(config: Config) -> tuple[Any, list[Any]]:
        place = cell(definition, config)
        return losses[place], [sizes[place] - bound]

    return Bounded(sized.space, formula, 1, float(inside.min()), float(np.median(inside)))

"""Variation and selection of evolutionary search in the unit cube: crossovers, mutations, and who becomes a parent.

- Simulated binary crossover: Deb and Agrawal (1995, "Simulated binary crossover for continuous search space", Complex
  Systems 9:115), in the bounded form of Deb's own code, where the spread is cut at the edges of the cube.
- Polynomial mutation: Deb and Goyal (1996, "A combined genetic adaptive search (GeneAS) for engineering design",
  Comput. Sci. Inform. 26(4):30), bounded in the same way.
- Differential mutation and binomial crossover: Storn and Price (1997, "Differential evolution", J. Global Optim.
  11:341), `rand/1/bin` and `best/1/bin`.
- Linear ranking: Baker (1985, "Adaptive selection methods for genetic algorithms", Proc. 1st ICGA, 101).

Where we differ: a mutation of a column that has cells always leaves its cell, since a move inside it changes nothing.
What a cell is comes as its edges, so integers on a logarithm need no special case.

| symbol | shape | meaning |
|---|---|---|
| a, b, x | (d,) | points of the unit cube without NaN |
| low, high | (d,) | edges of the cell that holds x; equal where the column is continuous |
| categorical | (d,) | columns whose cells have no order |
| eta | scalar | distribution index: the larger, the nearer a child is to its parents |
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from tunesmith.errors import InvalidArgumentError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "binomial_crossover",
    "differential",
    "linear_ranking",
    "mutate",
    "polynomial",
    "sbx",
    "sbx_children",
    "tournament",
    "uniform_crossover",
]

_HAIR: Final = 1e-9
_SAME: Final = 1e-14


def sbx_children(
    a: NDArray[np.float64], b: NDArray[np.float64], u: NDArray[np.float64], eta: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the two children (d,) of simulated binary crossover for uniform numbers u (d,), lower one first.

    >>> low, high = sbx_children(np.array([0.4]), np.array([0.6]), np.array([0.5]), 15.0)
    >>> bool(0.39 < low[0] < 0.41 and 0.59 < high[0] < 0.61)
    True
    """
    first, second = np.minimum(a, b), np.maximum(a, b)
    gap = np.maximum(second - first, _SAME)

    def spread(room: NDArray[np.float64]) -> NDArray[np.float64]:
        alpha = 2.0 - (1.0 + 2.0 * room / gap) ** -(eta + 1.0)  # the part of the density that lies inside
        inner = u <= 1.0 / alpha
        base = np.where(inner, u * alpha, 1.0 / np.where(inner, 1.0, 2.0 - u * alpha))
        return np.asarray(base ** (1.0 / (eta + 1.0)))

    middle = 0.5 * (first + second)
    below = middle - 0.5 * spread(first) * (second - first)
    above = middle + 0.5 * spread(1.0 - second) * (second - first)
    return np.clip(below, 0.0, 1.0), np.clip(above, 0.0, 1.0)


def sbx(
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    categorical: NDArray[np.bool_],
    rng: np.random.Generator,
    *,
    eta: float = 15.0,
) -> NDArray[np.float64]:
    """Return one child (d,) of two parents: half of the columns crossed, categories taken from either."""
    below, above = sbx_children(a, b, rng.random(len(a)), eta)
    crossed, lower = rng.random((2, len(a))) < 0.5
    near_a = np.where(lower == (a <= b), np.where(a <= b, below, above), np.where(a <= b, above, below))
    return np.where(categorical, np.where(crossed, b, a), np.where(crossed, near_a, a))


def uniform_crossover(
    a: NDArray[np.float64], b: NDArray[np.float64], rng: np.random.Generator, *, share: float = 0.5
) -> NDArray[np.float64]:
    """Return a child (d,) that takes each column from b with probability `share`, else from a."""
    return np.where(rng.random(len(a)) < share, b, a)


def polynomial(x: NDArray[np.float64], u: NDArray[np.float64], eta: float) -> NDArray[np.float64]:
    """Return x (d,) moved by polynomial mutation for uniform numbers u (d,); u = 1/2 moves nothing.

    >>> polynomial(np.array([0.5, 0.5]), np.array([0.5, 0.0]), 20.0).tolist()
    [0.5, 0.0]
    """
    power = 1.0 / (eta + 1.0)
    down = (2.0 * u + (1.0 - 2.0 * u) * (1.0 - x) ** (eta + 1.0)).clip(0.0) ** power - 1.0
    up = 1.0 - (2.0 * (1.0 - u) + 2.0 * (u - 0.5) * x ** (eta + 1.0)).clip(0.0) ** power
    return np.clip(x + np.where(u < 0.5, down, up), 0.0, 1.0)


def mutate(
    x: NDArray[np.float64],
    which: NDArray[np.bool_],
    edges: tuple[NDArray[np.float64], NDArray[np.float64]],
    categorical: NDArray[np.bool_],
    rng: np.random.Generator,
    *,
    eta: float = 20.0,
) -> NDArray[np.float64]:
    """Return x (d,) with the columns `which` (d,) changed, each out of its cell.

    Categories take another one evenly; ordered cells and continuous columns move by polynomial mutation, cells by one
    step at least. A column of one cell stays.

    Args:
        x: the point.
        which: columns to change.
        edges: (low, high) of the cells that hold x, equal where continuous.
        categorical: columns without an order.
        rng: source of the moves.
        eta: distribution index; a move is about 1 / eta of the column.
    """
    low, high = edges
    u, v = rng.random((2, len(x)))
    moved = polynomial(x, u, eta)
    cells = high > low
    stuck = cells & (low <= moved) & (moved <= high)
    up = np.where(moved >= x, high < 1.0, low <= 0.0)
    moved = np.where(stuck, np.where(up, high + _HAIR, low - _HAIR), moved)
    other = v * (1.0 - (high - low))  # evenly over what lies outside the cell
    moved = np.where(categorical, np.where(other < low, other, other + (high - low)), moved)
    alone = cells & (low <= 0.0) & (high >= 1.0)
    return np.where(which & ~alone, np.clip(moved, 0.0, 1.0), x)


def differential(
    origin: NDArray[np.float64], plus: NDArray[np.float64], minus: NDArray[np.float64], factor: float
) -> NDArray[np.float64]:
    """Return origin + factor (plus - minus), folded back at 0 and 1 (eq. 4 of Storn and Price).

    >>> differential(np.array([0.5, 0.9]), np.array([0.4, 1.0]), np.array([0.2, 0.6]), 0.5).round(9).tolist()
    [0.6, 0.9]
    """
    folded = np.abs(origin + factor * (plus - minus)) % 2.0
    return np.where(folded > 1.0, 2.0 - folded, folded)


def binomial_crossover(
    target: NDArray[np.float64], mutant: NDArray[np.float64], rate: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return the target with columns of the mutant, each with probability `rate`, one at least (eq. 5)."""
    from_mutant = rng.random(len(target)) < rate
    if len(target):
        from_mutant[rng.integers(len(target))] = True
    return np.where(from_mutant, mutant, target)


def tournament(n: int, size: int, rng: np.random.Generator) -> int:
    """Return the winner of a tournament among n members ordered best first: the least of `size` drawn places.

    Raises:
        InvalidArgumentError: nobody can be drawn.
    """
    if n < 1 or size < 1:
        raise InvalidArgumentError(f"tournament needs n >= 1 and size >= 1, got n={n}, size={size}")
    return int(rng.choice(n, size=min(size, n), replace=False).min())


def linear_ranking(n: int, pressure: float = 2.0) -> NDArray[np.float64]:
    """Return the probabilities (n,) of members ordered best first; the best is `pressure` times as likely as average.

    >>> linear_ranking(3, 2.0).round(4).tolist()
    [0.6667, 0.3333, 0.0]
    """
    if n == 1:
        return np.ones(1)
    place = np.arange(n)[::-1] / (n - 1)
    return (2.0 - pressure + 2.0 * (pressure - 1.0) * place) / n

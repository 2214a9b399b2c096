"""A forest of extremely randomised regression trees, with a mean and a variance: a model for what has no distances.

Geurts, Ernst and Wehenkel (2006, "Extremely randomized trees", Mach. Learn. 63:3), grown by scikit-learn; the variance
over trees and leaves of Hutter, Xu, Hoos and Leyton-Brown (2014, "Algorithm runtime prediction: methods & evaluation",
Artif. Intell. 206:79, arXiv 1211.0906). Thresholds drawn at random between the values of a node, as there, let the
mean of many trees run nearly straight between two observations, and the variance grow with the distance from both.
Where we differ: every tree sees all observations, so that the model keeps to what was measured; each tree puts the
categories of an unordered column into an order of its own, by a random draw from what is known of their mean targets,
so that a threshold parts the likely good from the likely bad at the cost of one column, however many there are; an
inactive parameter is a value below all others.

    x (n, d)  points, NaN where inactive      y (n,)  targets      B  trees
    m_b (B, q), v_b (B, q)  mean and variance of the leaf that point q falls into
    mean = 1/B sum m_b      variance = 1/B sum (v_b + m_b^2) - mean^2                     Hutter et al., sec. 4.3.2
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tunesmith.errors import MissingExtraError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Forest", "Tree", "grow", "require_trees"]

INACTIVE = -0.5  # the unit cube lies above


@final
@dataclass(frozen=True, slots=True)
class Tree:
    """One grown tree.

    Attributes:
        nodes: scikit-learn's tree, which finds leaves.
        mean: (nodes,) mean of the targets in each node.
        variance: (nodes,) their variance.
        places: (sum of (levels + 1),) where each category of each unordered column stands in this tree.
    """

    nodes: Any
    mean: NDArray[np.float64]
    variance: NDArray[np.float64]
    places: NDArray[np.float32]


@final
@dataclass(frozen=True, slots=True)
class Forest:
    """Grown trees.

    Attributes:
        trees: B of them.
        unordered: (c,) columns without an order.
        levels: (c,) how many categories they have.
    """

    trees: tuple[Tree, ...]
    unordered: NDArray[np.int64]
    levels: NDArray[np.int64]

    def predict(self, x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return mean and variance (m,) at points x (m, d), NaN where inactive."""
        plain, codes = _plain(x, self.unordered, self.levels)
        total, square = np.zeros(len(x)), np.zeros(len(x))
        for tree in self.trees:
            leaf = tree.nodes.apply(_ordered(plain, codes, self.unordered, tree.places))
            mean = tree.mean[leaf]
            total += mean
            square += tree.variance[leaf] + mean * mean
        mean = total / len(self.trees)
        return mean, np.maximum(square / len(self.trees) - mean * mean, 0.0)


def require_trees() -> Any:
    """Return scikit-learn's module of trees.

    Raises:
        MissingExtraError: scikit-learn is not installed.
    """
    try:
        import sklearn.tree
    except ImportError as error:
        raise MissingExtraError(
            "the sampler Forest needs scikit-learn; install it with: pip install 'tunesmith[sklearn]'"
        ) from error
    return sklearn.tree


def grow(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    levels: NDArray[np.int64],
    rng: np.random.Generator,
    *,
    trees: int = 50,
    share: float = 0.5,
    leaf: int = 1,
) -> Forest:
    """Return a forest of the observations.

    Args:
        x: (n, d) points in the unit cube, NaN where inactive; a category stands at the centre of its cell.
        y: (n,) targets.
        levels: (d,) number of categories of unordered columns, 0 for all others.
        rng: the only randomness.
        trees: how many.
        share: of the columns, how many are tried at each split (one threshold each); 1 tries all.
        leaf: fewest observations in a leaf.

    Raises:
        MissingExtraError: scikit-learn is not installed.
    """
    module = require_trees()
    from sklearn import config_context

    unordered = np.flatnonzero(levels)
    plain, codes = _plain(x, unordered, levels[unordered])
    orders = _orders(codes, y, levels[unordered], rng, trees)
    grown = []
    with config_context(skip_parameter_validation=True, assume_finite=True):
        for seed, places in zip(rng.integers(2**31, size=trees).tolist(), orders, strict=True):
            one = module.ExtraTreeRegressor(max_features=share, min_samples_leaf=leaf, random_state=seed)
            nodes = one.fit(_ordered(plain, codes, unordered, places), y, check_input=False).tree_
            grown.append(Tree(nodes, nodes.value[:, 0, 0].copy(), nodes.impurity.copy(), places))
    return Forest(tuple(grown), unordered, levels[unordered])


def _orders(
    codes: NDArray[np.int64], y: NDArray[np.float64], held: NDArray[np.int64], rng: np.random.Generator, trees: int
) -> NDArray[np.float32]:
    """Return (trees, sum of (levels + 1)) the place of each category in the order of each tree, inactive ones below.

    A place is the rank of a draw from the belief about the mean target of a category: normal, of mean sum / (n + 1) and
    variance 1 / (n + 1) after n observations, in units of the spread of all targets.
    """
    spread = y.std()
    z = np.repeat((y - y.mean()) / (spread if spread > 0 else 1.0), codes.shape[1])
    total = int((held + 1).sum())
    count = 1.0 + np.bincount(codes.ravel(), minlength=total)
    mean = np.bincount(codes.ravel(), weights=z, minlength=total) / count
    drawn = mean + rng.normal(size=(trees, total)) / np.sqrt(count)
    places = np.full((trees, total), INACTIVE, dtype=np.float32)
    for first, levels in zip(_offsets(held).tolist(), held.tolist(), strict=True):
        ranks = drawn[:, first : first + levels].argsort(axis=1).argsort(axis=1)
        places[:, first : first + levels] = (ranks + 0.5) / levels
    return places


def _offsets(held: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return (c,) where the places of each unordered column begin, one more than its levels each."""
    return np.cumsum(held + 1) - (held + 1)


def _plain(
    x: NDArray[np.float64], unordered: NDArray[np.int64], held: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the points (m, d) without NaN, and where the categories (m, c) stand among the places of all columns."""
    plain = np.where(np.isnan(x), INACTIVE, x).astype(np.float32)
    chosen = x[:, unordered]
    cell = np.clip(np.nan_to_num(chosen) * held, 0, held - 1).astype(np.int64)
    return plain, np.where(np.isnan(chosen), held, cell) + _offsets(held)


def _ordered(
    plain: NDArray[np.float32], codes: NDArray[np.int64], unordered: NDArray[np.int64], places: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the points (m, d) as one tree sees them: categories at their places in its order."""
    if len(unordered):
        plain[:, unordered] = places[codes]
    return plain

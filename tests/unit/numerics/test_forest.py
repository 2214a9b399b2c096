"""The forest of trees: two observations by hand, the trees of scikit-learn, unordered categories, a missing extra."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from sklearn.tree import ExtraTreeRegressor

from tunesmith.errors import MissingExtraError
from tunesmith.numerics.forest import grow, require_trees

PLAIN = np.zeros(1, dtype=np.int64)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_between_two_observations_by_hand():
    # one threshold t, uniform on (0.2, 0.8): a point x joins the right leaf with p = (x - 0.2) / 0.6, so that
    # mean = p and variance = p (1 - p); 4000 trees
    forest = grow(np.array([[0.2], [0.8]]), np.array([0.0, 1.0]), PLAIN, rng(), trees=4000)
    mean, variance = forest.predict(np.array([[0.0], [0.2], [0.35], [0.5], [0.8], [1.0]]))
    assert mean == pytest.approx([0, 0, 0.25, 0.5, 1, 1], abs=0.03)
    assert variance == pytest.approx([0, 0, 0.1875, 0.25, 0, 0], abs=0.02)


def test_the_variance_within_leaves_counts():
    # two observations at one place cannot be split: a leaf of mean 2 and variance 1 in every tree
    forest = grow(np.array([[0.3], [0.3]]), np.array([1.0, 3.0]), PLAIN, rng(), trees=5)
    assert forest.predict(np.array([[0.9]])) == (pytest.approx([2.0]), pytest.approx([1.0]))


def test_it_is_the_mean_of_trees_of_scikit_learn():
    x, y, new = rng(1).random((40, 3)), rng(2).random(40), rng(3).random((20, 3))
    forest = grow(x, y, np.zeros(3, dtype=np.int64), rng(4), trees=7, share=1.0, leaf=2)
    seeds = rng(4).integers(2**31, size=7).tolist()
    trees = [ExtraTreeRegressor(max_features=1.0, min_samples_leaf=2, random_state=seed).fit(x, y) for seed in seeds]
    means = np.array([tree.predict(new) for tree in trees])
    inside = np.array([tree.tree_.impurity[tree.apply(new)] for tree in trees])
    mean, variance = forest.predict(new)
    assert mean == pytest.approx(means.mean(axis=0))
    assert variance == pytest.approx(inside.mean(axis=0) + means.var(axis=0))  # law of total variance


def test_a_deterministic_loss_is_kept_to():
    x, y = rng(1).random((60, 4)), rng(2).random(60)
    mean, variance = grow(x, y, np.zeros(4, dtype=np.int64), rng(), trees=20).predict(x)
    assert mean == pytest.approx(y)
    assert variance == pytest.approx(np.zeros(60), abs=1e-12)


def test_categories_have_no_order():
    # a and c are good, b between them is bad: a new value of the other column is judged by its category alone
    levels = np.array([3, 0])
    category = np.tile([1 / 6, 3 / 6, 5 / 6], 20)
    x = np.column_stack([category, rng(1).random(60)])
    y = np.where(np.abs(category - 0.5) < 0.1, 1.0, 0.0)
    mean, _ = grow(x, y, levels, rng(), trees=50).predict(np.column_stack([[1 / 6, 3 / 6, 5 / 6], [0.5, 0.5, 0.5]]))
    assert mean == pytest.approx([0, 1, 0], abs=0.1)
    # of three categories one was never seen: beside either of the two as often
    two = grow(np.array([[1 / 6], [3 / 6]]), np.array([0.0, 1.0]), np.array([3]), rng(), trees=4000)
    mean, variance = two.predict(np.array([[5 / 6]]))
    assert mean == pytest.approx([0.5], abs=0.03)
    assert variance == pytest.approx([0.25], abs=0.01)


def test_an_inactive_column_is_told_apart():
    x = np.array([[0.5, np.nan]] * 10 + [[0.5, u] for u in np.linspace(0, 1, 10)])
    y = np.array([3.0] * 10 + [1.0] * 10)
    mean, _ = grow(x, y, np.array([0, 0]), rng(), trees=30).predict(np.array([[0.5, np.nan], [0.5, 0.0], [0.5, 0.9]]))
    assert mean == pytest.approx([3, 1, 1])


def test_the_generator_decides_alone():
    x, y, new = rng(1).random((30, 2)), rng(2).random(30), rng(3).random((9, 2))
    one, same, other = (grow(x, y, np.array([0, 4]), rng(seed)).predict(new)[0] for seed in (5, 5, 6))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_without_scikit_learn_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.tree", None)
    with pytest.raises(MissingExtraError, match=r"Forest needs scikit-learn.*pip install 'tunesmith\[sklearn\]'"):
        require_trees()

"""Latin hypercubes: one point a slice, wide gaps, and designs one behind another."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from tunesmith.numerics.latin import latin_hypercube, latin_points


@pytest.mark.parametrize(("n", "width"), [(1, 3), (2, 1), (7, 5), (600, 4)])
def test_every_slice_of_every_coordinate_holds_one_point(n: int, width: int):
    design = latin_hypercube(3, width, n)
    assert design.shape == (n, width)
    assert (np.sort((design * n).astype(int), axis=0) == np.arange(n)[:, None]).all()


def test_it_is_the_widest_of_a_few():
    # the smallest distance, against plain Latin hypercubes with the same slices; seeds 0 to 49
    chosen, plain = [], []
    for seed in range(50):
        design = latin_hypercube(seed, 3, 20)
        rng = np.random.default_rng(seed)
        mixed = np.column_stack([rng.permutation(column) for column in design.T])
        chosen.append(pdist(design).min())
        plain.append(pdist(mixed).min())
    assert np.mean(chosen) > 1.4 * np.mean(plain)


def test_designs_follow_one_another_and_any_stretch_is_the_same_alone():
    whole = latin_points(9, 2, 10, 0, 35)
    assert np.array_equal(whole[10:20], latin_hypercube(9, 2, 10, 1))
    assert not np.array_equal(whole[:10], whole[10:20])
    assert np.array_equal(whole[7:23], latin_points(9, 2, 10, 7, 16))
    assert np.array_equal(whole[10:20], latin_points(9, 2, 10, 10, 10))


def test_places_within_a_slice_are_uniform():
    inside = np.concatenate([(latin_hypercube(seed, 2, 5) * 5 % 1).ravel() for seed in range(200)])
    assert abs(inside.mean() - 0.5) < 0.03
    assert inside.min() < 0.01
    assert inside.max() > 0.99

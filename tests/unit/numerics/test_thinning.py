"""Thinning of many trials, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tunesmith.numerics.thinning import thinned


def test_few_are_all_kept():
    assert thinned(np.array([2, 0, 1]), 3).tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("over_time", "kept"),
    [(False, [1, 2, 3, 7, 9]), (True, [0, 3, 4, 7, 9])],
)
def test_half_are_the_best_and_the_rest_are_spread(over_time, kept):
    # the best two of ten are 7 and 3; by rank 9, 2 and 1 are the first, the fourth and the last of the other
    # eight; by time these are 0, 4 and 9
    order = np.array([7, 3, 9, 0, 8, 2, 4, 6, 5, 1])
    assert thinned(order, 5, over_time=over_time).tolist() == kept

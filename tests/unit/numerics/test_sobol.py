"""Sobol points: SciPy's direction numbers, the net property, and any stretch alone."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy.stats import qmc

from tunesmith.errors import InvalidArgumentError
from tunesmith.numerics.sobol import WIDEST, direction_numbers, sobol_points


def test_the_second_dimension_by_hand():
    # x + 1 with m_1 = 1: m_j = 2 m_(j-1) xor m_(j-1): 1, 3, 5, 15, so v_j = 1/2, 3/4, 5/8, 15/16
    assert (direction_numbers()[1, :4] / 2**30).tolist() == [0.5, 0.75, 0.625, 0.9375]


def test_unscrambled_points_are_those_of_scipy():
    gray = np.arange(2048) ^ np.arange(2048) >> 1
    points = np.zeros((2048, WIDEST), dtype=np.int64)
    for j, column in enumerate(direction_numbers().T[:11]):
        points[(gray >> j & 1).astype(bool)] ^= column
    assert np.array_equal(points / 2**30, qmc.Sobol(WIDEST, scramble=False).random(2048))


@pytest.mark.parametrize("width", [1, 5, 64])
def test_every_aligned_stretch_of_a_power_of_two_fills_all_intervals(width):
    for m, begin in ((4, 8), (64, 0), (256, 768)):
        cells = np.sort((sobol_points(11, width, begin, m) * m).astype(int), axis=0)
        assert (cells == np.arange(m)[:, None]).all()


def test_pairs_of_coordinates_fill_the_board_as_those_of_scipy_do():
    # scrambling keeps each pair's quality: 256 points on a 16 x 16 board
    mine = (sobol_points(3, 6, 0, 256) * 16).astype(int)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = (qmc.Sobol(6, scramble=False).random(256) * 16).astype(int)
    for a in range(6):
        for b in range(a):
            assert len({*map(tuple, mine[:, [a, b]])}) == len({*map(tuple, theirs[:, [a, b]])})


def test_any_stretch_alone_beyond_the_table_too():
    for width in (3, 70):
        whole = sobol_points(5, width, 0, 300)
        assert np.array_equal(whole[37:101], sobol_points(5, width, 37, 64))
    extra = sobol_points(5, 70, 0, 4096)[:, WIDEST:]
    assert np.abs(extra.mean(axis=0) - 0.5).max() < 5 / np.sqrt(12 * 4096)
    assert len(np.unique(extra)) == extra.size


def test_seeds_give_other_points_in_the_half_open_cube():
    a, b = sobol_points(2**100 + 1, 8, 0, 512), sobol_points(2**100 + 2, 8, 0, 512)
    assert not (a == b).any(axis=0).all()
    assert a.min() >= 0.0
    assert a.max() < 1.0
    means = [sobol_points(seed, 2, 0, 1).mean() for seed in range(400)]
    assert abs(np.mean(means) - 0.5) < 5 / np.sqrt(24 * 400)  # a single scrambled point is uniform


def test_no_coordinates_and_no_points():
    assert sobol_points(1, 0, 0, 4).shape == (4, 0)
    assert sobol_points(1, 3, 5, 0).shape == (0, 3)


@pytest.mark.parametrize(("begin", "count"), [(-1, 2), (0, -1), (2**30, 1)])
def test_indices_outside_the_sequence_are_refused(begin, count):
    with pytest.raises(InvalidArgumentError, match="begin="):
        sobol_points(1, 2, begin, count)

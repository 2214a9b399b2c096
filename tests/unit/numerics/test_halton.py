"""Halton points: digits by hand, SciPy's sequence, the interval property, and any stretch alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest, qmc

from tunesmith.errors import InvalidArgumentError
from tunesmith.numerics.halton import WIDEST, halton_points, primes, radical_inverse


def unscrambled(base: int) -> list[np.ndarray]:
    return [np.arange(base)] * 20


def test_digits_by_hand():
    # base 2: 0, 1, 10, 11, 100 mirrored; base 3: 0, 1, 2, 10, 11, 12 mirrored
    assert radical_inverse(np.arange(5), 2, unscrambled(2)).tolist() == [0.0, 0.5, 0.25, 0.75, 0.125]
    assert radical_inverse(np.arange(6), 3, unscrambled(3)) * 9 == pytest.approx([0, 3, 6, 1, 4, 7])
    # digits of 5 = 101 in base 2, places swapped 0 <-> 1 at the first digit only: 0.001 -> 1/8; leading zeros stay
    swap = [np.array([1, 0]), np.array([0, 1]), np.array([0, 1])]
    assert radical_inverse(np.array([5]), 2, swap).tolist() == [0.125]


def test_unscrambled_points_are_those_of_scipy():
    theirs = qmc.Halton(8, scramble=False).random(500)
    for j, prime in enumerate(primes(8)):
        assert radical_inverse(np.arange(500), prime, unscrambled(prime)) == pytest.approx(theirs[:, j], abs=1e-12)


def test_every_aligned_stretch_of_a_power_of_the_prime_fills_all_intervals():
    for j, prime in enumerate(primes(6)):
        for power in (prime, prime * prime):
            points = halton_points(11, 6, 3 * power, power)[:, j]
            assert sorted((points * power).astype(int).tolist()) == list(range(power))


def test_any_stretch_and_fewer_coordinates_are_the_same_alone():
    whole = halton_points(5, WIDEST + 3, 0, 300)
    assert np.array_equal(whole[37:101], halton_points(5, WIDEST + 3, 37, 64))
    assert np.array_equal(whole[:, :4], halton_points(5, 4, 0, 300))
    assert not np.array_equal(whole[:, :4], halton_points(6, 4, 0, 300))
    assert halton_points(1, 0, 0, 4).shape == (4, 0)
    assert len(np.unique(whole)) == whole.size


def test_scrambling_makes_the_first_point_uniform():
    # coordinates 1 (base 2) and 30 (base 113) of the point 0, over 400 seeds
    first = np.array([halton_points(seed, 30, 0, 1)[0, [0, 29]] for seed in range(400)])
    assert min(kstest(column, "uniform").pvalue for column in first.T) > 1e-3


def test_high_coordinates_do_not_run_in_step():
    # without scrambling the first 60 points of coordinates 29 and 30 (bases 109 and 113) lie on two lines
    correlation = [abs(np.corrcoef(halton_points(seed, 30, 0, 60)[:, 28:].T)[0, 1]) for seed in range(20)]
    assert np.median(correlation) < 0.3
    plain = [radical_inverse(np.arange(60), prime, unscrambled(prime)) for prime in (109, 113)]
    assert np.corrcoef(plain)[0, 1] > 0.99


def test_indices_out_of_range_are_refused():
    with pytest.raises(InvalidArgumentError, match="begin=-1"):
        halton_points(1, 2, -1, 4)

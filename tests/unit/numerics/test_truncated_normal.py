"""The truncated normal equals SciPy's, in the middle and far out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm, truncnorm

from tunesmith.numerics.truncated_normal import draw, log_mass

MEANS = (0.0, 0.2, 0.5, 0.97, 1.0)
STDS = (0.01, 0.1, 0.6, 5.0)


@pytest.mark.parametrize("mean", MEANS)
@pytest.mark.parametrize("std", STDS)
def test_mass_of_cells_equals_scipys(mean: float, std: float) -> None:
    edges = np.linspace(0.0, 1.0, 12)
    ours = log_mass(edges[:-1], edges[1:], mean, std) - log_mass(0.0, 1.0, mean, std)
    cut = truncnorm(-mean / std, (1 - mean) / std, loc=mean, scale=std)
    left, right = cut.cdf(edges[1:]) - cut.cdf(edges[:-1]), cut.sf(edges[:-1]) - cut.sf(edges[1:])
    theirs = np.where(edges[1:] <= mean, left, right)  # the tail in which SciPy keeps its digits
    known = theirs > 1e-290
    np.testing.assert_allclose(np.exp(ours[known]), theirs[known], rtol=1e-8)
    np.testing.assert_allclose(np.exp(ours).sum(), 1.0, rtol=1e-12)


def test_mass_keeps_its_digits_far_out_on_both_sides() -> None:
    # the tail beyond 30 standard deviations, from SciPy's logarithm of it
    assert log_mass(30.0, 60.0, 0.0, 1.0) == pytest.approx(norm.logsf(30.0), rel=1e-12)
    assert log_mass(-60.0, -30.0, 0.0, 1.0) == pytest.approx(norm.logsf(30.0), rel=1e-12)
    assert log_mass(90.0, 91.0, 0.0, 1.0) == pytest.approx(np.log(1e-300))


@pytest.mark.parametrize("mean", MEANS)
@pytest.mark.parametrize("std", STDS)
def test_draws_equal_scipys_quantiles(mean: float, std: float) -> None:
    u = np.linspace(0.0, 0.975, 40)  # generators give no 1
    theirs = truncnorm(-mean / std, (1 - mean) / std, loc=mean, scale=std).ppf(u)
    np.testing.assert_allclose(draw(u, mean, std), theirs, atol=1e-9)


def test_draws_stay_within_the_ends() -> None:
    found = draw(np.array([0.0, 0.5, 1.0]), 2.0, 0.5, low=2.0, high=3.0)
    assert found[0] == 2.0
    assert found[2] == 3.0
    assert 2.3 < found[1] < 2.4  # the quartile of a half normal: 2 + 0.5 * 0.6745

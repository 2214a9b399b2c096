"""Log expected improvement: quadrature, the tail's series, gradients, a Gaussian process to climb."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from tunesmith.numerics.acquisition import Both, Bound, Chance, Draw, Improvement, log_expected_improvement, log_h
from tunesmith.numerics.gaussian_process import fit


def log_h_series(z):
    """log h(z) for z << 0 by the asymptotic series phi(z)/z² (1 - 3/z² + 15/z⁴ - 105/z⁶ + 945/z⁸)."""
    w = 1.0 / z**2
    return -0.5 * z * z - 0.5 * np.log(2 * np.pi) + np.log(w) + np.log1p(w * (-3 + w * (15 + w * (-105 + 945 * w))))


def test_against_quadrature():
    for z in (-6.0, -3.0, -1.0001, -1.0, -0.9999, 0.0, 0.7, 4.0):
        area, _ = integrate.quad(lambda u, z=z: (z - u) * stats.norm.pdf(u), -np.inf, z, epsabs=0, epsrel=1e-11)
        assert log_h(np.array(z)) == pytest.approx(np.log(area), rel=1e-9)


@pytest.mark.parametrize("z", [-25.0, -40.0, -300.0, -999.0, -1001.0, -1e5, -1e7])
def test_far_tail_against_the_asymptotic_series(z):
    assert log_h(np.array([z]))[0] == pytest.approx(log_h_series(z), rel=1e-10)


def test_is_monotone_and_finite_everywhere():
    values = log_h(-np.logspace(8, -8, 4001))
    assert np.isfinite(values).all()
    assert (np.diff(values) > 0).all()


def test_gradients_against_differences():
    mean, sd, step = np.array([-1.0, 0.3, 8.0, 30.0, 500.0]), np.array([0.5, 2.0, 1.0, 0.7, 0.3]), 1e-6
    _, by_mean, by_sd = log_expected_improvement(mean, sd, 0.1)

    def value(m, s):
        return log_expected_improvement(m, s, 0.1)[0]

    assert by_mean == pytest.approx((value(mean + step, sd) - value(mean - step, sd)) / (2 * step), rel=1e-4)
    assert by_sd == pytest.approx((value(mean, sd + step) - value(mean, sd - step)) / (2 * step), rel=1e-4)


def test_improvement_of_a_process_and_its_gradient():
    x = np.linspace(0, 1, 6)[:, None]
    score = Improvement(fit(x, np.cos(7 * x[:, 0]), np.array([0])), -0.9)
    new, step = np.array([[0.11], [0.5], [0.93]]), 1e-6
    value, gradient = score.gradient(new)
    assert value == pytest.approx(score(new))
    assert gradient[:, 0] == pytest.approx((score(new + step) - score(new - step)) / (2 * step), rel=1e-3)


def test_bound_of_a_process_and_its_gradient():
    x = np.linspace(0, 1, 6)[:, None]
    process = fit(x, np.cos(7 * x[:, 0]), np.array([0]))
    score, new, step = Bound(process, 2.0), np.array([[0.11], [0.5], [0.93]]), 1e-6
    mean, sd = process.predict(new)
    value, gradient = score.gradient(new)
    assert value == pytest.approx(2.0 * sd - mean)
    assert value == pytest.approx(score(new))
    assert gradient[:, 0] == pytest.approx((score(new + step) - score(new - step)) / (2 * step), rel=1e-4)


def test_draws_have_the_mean_and_the_covariance_of_the_posterior():
    # 3,000 draws at three points, two of them close together; seed 0; five standard errors
    x = np.linspace(0, 1, 5)[:, None]
    process = fit(x, np.cos(7 * x[:, 0]), np.array([0]))
    new, rng = np.array([[0.12], [0.13], [0.9]]), np.random.default_rng(0)
    draws = -np.array([Draw(process, rng)(new) for _ in range(3000)])
    mean, sd = process.predict(new)
    assert (np.abs(draws.mean(axis=0) - mean) < 5 * sd / np.sqrt(3000)).all()
    assert draws.std(axis=0) == pytest.approx(sd, rel=0.08)
    together = np.corrcoef(draws.T)
    assert together[0, 1] > 0.9
    assert abs(together[0, 2]) < 0.5


def test_a_draw_goes_through_what_was_seen():
    x = np.linspace(0, 1, 8)[:, None]
    y = np.cos(7 * x[:, 0])
    process = fit(x, y, np.array([0]))
    found = -Draw(process, np.random.default_rng(1))(np.repeat(x, 2, axis=0))
    assert found[::2] == pytest.approx(y, abs=0.15)
    assert found[::2] == pytest.approx(found[1::2], abs=1e-3)


def test_a_chance_is_the_product_of_normal_tails_and_its_gradient_is_right():
    x = np.linspace(0, 1, 6)[:, None]
    first, second = (fit(x, np.cos(k * x[:, 0]), np.array([0])) for k in (7, 4))
    score, new, step = Chance(((first, -0.2), (second, 0.5))), np.array([[0.11], [0.5], [0.93]]), 1e-6
    (m, s), (n, t) = first.predict(new), second.predict(new)
    assert score(new) == pytest.approx(stats.norm.logcdf((-0.2 - m) / s) + stats.norm.logcdf((0.5 - n) / t))
    value, gradient = score.gradient(new)
    assert value == pytest.approx(score(new))
    assert gradient[:, 0] == pytest.approx((score(new + step) - score(new - step)) / (2 * step), rel=1e-3)


def test_a_chance_far_out_of_reach_still_has_a_slope():
    x = np.linspace(0, 1, 6)[:, None]
    score = Chance(((fit(x, x[:, 0], np.array([0])), -1e4),))
    value, gradient = score.gradient(np.array([[0.5]]))
    assert np.isfinite(value).all()
    assert gradient[0, 0] < 0


def test_both_is_the_sum_of_values_and_of_gradients():
    x, new = np.linspace(0, 1, 6)[:, None], np.array([[0.3], [0.8]])
    process = fit(x, np.cos(7 * x[:, 0]), np.array([0]))
    gain, allowed = Improvement(process, -0.5), Chance(((process, 0.3),))
    score = Both(gain, allowed)
    assert score(new) == pytest.approx(gain(new) + allowed(new))
    value, gradient = score.gradient(new)
    assert value == pytest.approx(score(new))
    assert gradient == pytest.approx(gain.gradient(new)[1] + allowed.gradient(new)[1])

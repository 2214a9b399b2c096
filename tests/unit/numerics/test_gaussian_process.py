"""The Gaussian process: gradients, a table by hand, scikit-learn as the reference, inactive parameters."""

from __future__ import annotations

import numpy as np
import pytest

from tunesmith.errors import InvalidArgumentError
from tunesmith.numerics.gaussian_process import Prior, fit, marginal_loss
from tunesmith.numerics.kernels import Layout, blend, matern52, squared_differences


def mixed(n, seed=0):
    """Points with a continuous, an ordered, a sometimes absent and a categorical column, and their kinds."""
    rng = np.random.default_rng(seed)
    x = rng.random((n, 4))
    x[:, 1] = (rng.integers(5, size=n) + 0.5) / 5
    x[rng.random(n) < 0.4, 2] = np.nan
    x[:, 3] = (rng.integers(3, size=n) + 0.5) / 3
    return x, np.array([0, 1, 0, 2])


def some_targets(x):
    y = np.sin(5 * x[:, 0]) + x[:, 1] + np.nan_to_num(x[:, 2]) + (x[:, 3] > 0.5)
    return (y - y.mean()) / y.std()


def at(x, y, kinds, lengths, noise, share=0.5):
    """The process at given hyperparameters."""
    start = np.append(np.log(np.append(lengths, noise)), np.log(share / (1 - share)))[None]
    return fit(x, y, kinds, starts=start, calls=0)


def test_two_points_by_hand():
    # k(r) for length 1 at r = 1/2: s = sqrt(5)/2, (1 + s + s²/3) exp(-s) = 0.8286491; R = [[1.25, k], [k, 1.25]];
    # by symmetry the mean is 0 for y = -1, 1; a = R⁻¹y = y / (1.25 - k) = ±2.3733190; S = 4.7466380, v = (S + 2) / 4
    process = at(np.array([[0.0], [0.5]]), np.array([-1.0, 1.0]), np.array([0]), [1.0], 0.25)
    k = 0.828649142418
    assert process.mean == pytest.approx(0.0, abs=1e-12)
    assert process.weights == pytest.approx([-1 / (1.25 - k), 1 / (1.25 - k)], rel=1e-8)
    assert process.variance == pytest.approx((2 / (1.25 - k) + 2) / 4, rel=1e-8)
    mean, sd = process.predict(np.array([[0.0], [0.25]]))
    assert mean == pytest.approx([(k - 1) / (1.25 - k), 0.0], abs=1e-8)
    # at 0: 1 - [1, k] R⁻¹ [1, k]' = 1 - (1.25 (1 + k²) - 2 k²) / (1.25² - k²)
    left = 1 - (1.25 * (1 + k * k) - 2 * k * k) / (1.25**2 - k * k)
    assert sd[0] == pytest.approx(np.sqrt(process.variance * left), rel=1e-7)


def test_posterior_agrees_with_scikit_learn():
    gaussian_process = pytest.importorskip("sklearn.gaussian_process")
    kernels = gaussian_process.kernels
    rng = np.random.default_rng(1)
    x, new = rng.random((25, 3)), rng.random((7, 3))
    y = some_targets(np.hstack([x, x[:, :1]]))
    lengths, noise, share = np.array([0.4, 0.9, 1.7]), 0.01, 0.3
    ours = at(x, y, np.zeros(3, dtype=int), lengths, noise, share)
    kernel = kernels.ConstantKernel(share) * kernels.Matern(lengths, nu=2.5)
    for column in range(3):
        alone = np.where(np.arange(3) == column, lengths / np.sqrt(3), 1e7)
        kernel += kernels.ConstantKernel((1 - share) / 3) * kernels.Matern(alone, nu=2.5)
    reference = gaussian_process.GaussianProcessRegressor(kernel, alpha=noise, optimizer=None)
    theirs = reference.fit(x, y - ours.mean)
    mean, sd = ours.predict(new)
    their_mean, their_sd = theirs.predict(new, return_std=True)
    assert mean - ours.mean == pytest.approx(their_mean, rel=1e-6)
    assert sd / np.sqrt(ours.variance) == pytest.approx(their_sd, rel=1e-5)


@pytest.mark.parametrize("strength", [0.0, 2.0, 7.0])
def test_gradient_of_the_marginal_likelihood(strength):
    x, kinds = mixed(15)
    layout = Layout.of(x, kinds)
    points = layout.embed(x)
    first, second = np.tril_indices(15, -1)
    sheets = squared_differences(points, points, layout.equal_only)[:, first, second]
    p = np.random.default_rng(2).normal(size=(3, points.shape[1] + 2)) * 0.5
    prior, y, step = Prior(strength=strength), some_targets(x), 1e-5
    _, gradient = marginal_loss(p, sheets, y, prior)
    for column in range(p.shape[1]):
        shift = np.zeros(p.shape[1])
        shift[column] = step
        up, down = marginal_loss(p + shift, sheets, y, prior)[0], marginal_loss(p - shift, sheets, y, prior)[0]
        assert gradient[:, column] == pytest.approx((up - down) / (2 * step), rel=1e-5, abs=1e-6)


def test_likelihood_is_the_multivariate_normal_one():
    rng = np.random.default_rng(3)
    x = rng.random((8, 2))
    y = rng.normal(size=8)
    first, second = np.tril_indices(8, -1)
    sheets = squared_differences(x, x, np.zeros(2, dtype=bool))[:, first, second]
    flat = Prior(length_spread=1e9, noise_spread=1e9, share_spread=1e9, strength=0.0)
    p = np.hstack([np.log([[0.3, 0.8, 0.05], [1.5, 0.4, 0.2]]), [[0.0], [np.log(4.0)]]])
    losses, _ = marginal_loss(p, sheets, y, flat)

    def minus_log_density(row, share):
        apart = np.square(x[:, None] - x[None]) / np.exp(2 * row[:2])
        alone = (matern52(2 * apart[..., 0])[0] + matern52(2 * apart[..., 1])[0]) / 2
        joint = matern52(apart.sum(axis=2))[0]
        shape = share * joint + (1 - share) * alone + np.exp(row[2]) * np.eye(8)
        inverse, one = np.linalg.inv(shape), np.ones(8)
        rest = y - (one @ inverse @ y) / (one @ inverse @ one)
        variance = rest @ inverse @ rest / 8
        return 0.5 * (np.linalg.slogdet(variance * shape)[1] + rest @ inverse @ rest / variance)

    expected = [minus_log_density(p[0], 0.5), minus_log_density(p[1], 0.8)]
    assert losses[0] - losses[1] == pytest.approx(expected[0] - expected[1], rel=1e-9)


def test_covariance_of_the_prediction_by_its_definition():
    x, kinds = mixed(20)
    process = fit(x, some_targets(x), kinds)
    new = mixed(6, seed=5)[0]
    every, n = process.layout.embed(np.vstack([x, new])), 20
    prior = process._correlate(every, every)
    given = prior[:n, :n] + process.noise * np.eye(n)
    left = process.variance * (prior[n:, n:] - prior[n:, :n] @ np.linalg.solve(given, prior[:n, n:]))
    assert process.covariance(new) == pytest.approx(left, abs=1e-8)
    assert np.diag(process.covariance(new)) == pytest.approx(np.square(process.predict(new)[1]))


def test_gradient_of_the_prediction():
    x, kinds = mixed(20)
    process = fit(x, some_targets(x), kinds)
    new, step = mixed(6, seed=5)[0], 1e-5
    mean, sd, mean_gradient, sd_gradient = process.predict_gradient(new)
    assert (mean, sd) == (pytest.approx(process.predict(new)[0]), pytest.approx(process.predict(new)[1]))
    for column in (0, 1, 2):
        shift = np.zeros(4)
        shift[column] = step
        (up, up_sd), (down, down_sd) = process.predict(new + shift), process.predict(new - shift)
        there = ~np.isnan(new[:, column])
        assert mean_gradient[there, column] == pytest.approx(((up - down) / (2 * step))[there], abs=1e-6)
        assert sd_gradient[there, column] == pytest.approx(((up_sd - down_sd) / (2 * step))[there], abs=1e-5)
    assert not mean_gradient[:, 3].any()


@pytest.mark.parametrize("seed", range(5))
def test_covariance_with_inactive_parameters_is_positive_semi_definite(seed):
    x, kinds = mixed(60, seed)
    layout = Layout.of(x, kinds)
    points = layout.embed(x)
    assert len(layout.indicators) == 1
    lengths = 10.0 ** np.random.default_rng(seed).uniform(-1, 1, points.shape[1])
    sheets = squared_differences(points, points, layout.equal_only)
    smallest = min(np.linalg.eigvalsh(blend(lengths**-2, share, sheets)[0]).min() for share in (0.0, 0.5, 1.0))
    assert smallest > -1e-10


def test_absent_differs_from_the_middle_and_equals_absent():
    layout = Layout.of(np.array([[0.5, 0.25], [np.nan, 0.75]]), np.array([0, 2]))
    points = layout.embed(np.array([[np.nan, 0.25], [np.nan, 0.25], [0.5, 0.25], [np.nan, np.nan]]))
    total = squared_differences(points, points, layout.equal_only).sum(axis=0)
    assert total[0].tolist() == [0.0, 0.0, 1.0, 1.0]


def test_columns_absent_together_share_one_indicator():
    x = np.random.default_rng(0).random((9, 5))
    x[:4, 0] = x[:4, 2] = np.nan
    x[3:, 4] = np.nan
    assert Layout.of(x, np.array([0, 0, 1, 0, 1])).indicators == (0, 4)


def test_fit_learns_which_columns_matter_and_how_noisy_it_is():
    rng = np.random.default_rng(4)
    x = rng.random((60, 3))
    clean = np.sin(9 * x[:, 0])
    clean = (clean - clean.mean()) / clean.std()
    sharp = fit(x, clean, np.zeros(3, dtype=int))
    assert sharp.lengths[0] < 0.5 * sharp.lengths[1:].min()
    rough = fit(x, clean + rng.normal(size=60), np.zeros(3, dtype=int))
    assert rough.noise > 20 * sharp.noise


def test_believing_moves_no_mean_and_removes_doubt():
    x, kinds = mixed(20)
    process = fit(x, some_targets(x), kinds)
    new = mixed(4, seed=9)[0]
    believer = process.believing(new[:2])
    assert believer.predict(new)[0] == pytest.approx(process.predict(new)[0], abs=1e-6)
    assert (believer.predict(new[:2])[1] < 0.5 * process.predict(new[:2])[1]).all()


def test_believing_is_a_fit_with_the_same_hyperparameters_to_what_was_expected():
    x, kinds = mixed(20)
    process = fit(x, some_targets(x), kinds)
    new = mixed(6, seed=9)[0]
    new[1] = x[0]
    believer = process.believing(new[:3])
    y = np.append(some_targets(x), process.predict(new[:3])[0])
    again = fit(np.vstack([x, new[:3]]), y, kinds, starts=np.array([process.memo()]), calls=0)
    assert len(again.lengths) == len(process.lengths)
    assert believer.whitener == pytest.approx(again.whitener, abs=1e-6)
    doubt = believer.predict(new)[1] / np.sqrt(believer.variance)
    assert doubt == pytest.approx(again.predict(new)[1] / np.sqrt(again.variance), abs=1e-6)


def test_the_loss_of_a_fit_is_what_was_minimised():
    x, kinds = mixed(20)
    process = fit(x, some_targets(x), kinds)
    first, second = np.tril_indices(20, -1)
    sheets = squared_differences(process.points, process.points, process.layout.equal_only)[:, first, second]
    values, _ = marginal_loss(np.array([process.memo()]), sheets, process.targets, Prior())
    assert process.loss == pytest.approx(values[0])


def test_equal_points_and_equal_targets_are_borne():
    x = np.full((12, 2), 0.5)
    for y in (np.zeros(12), np.linspace(-1, 1, 12)):
        mean, sd = fit(x, y, np.array([0, 2])).predict(np.array([[0.5, 0.5], [0.9, 0.1]]))
        assert np.isfinite(mean).all()
        assert (sd > 0).all()


def test_memo_starts_the_next_fit_where_this_one_ended():
    x, kinds = mixed(25)
    process = fit(x, some_targets(x), kinds, calls=60)
    again = fit(x, some_targets(x), kinds, starts=np.array([process.memo()]), calls=2)
    assert again.loss == pytest.approx(process.loss, abs=1e-3)


def test_refuses_what_it_cannot_fit():
    with pytest.raises(InvalidArgumentError, match="finite y"):
        fit(np.zeros((2, 1)), np.array([1.0, np.nan]), np.array([0]))
    with pytest.raises(InvalidArgumentError, match="3 rows"):
        fit(np.zeros((3, 1)), np.zeros(2), np.array([0]))

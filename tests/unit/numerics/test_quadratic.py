"""A quadratic form comes back from its values; tau is SciPy's where there are no ties."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kendalltau

from tunesmith.numerics.quadratic import fit_quadratic, kendall

RNG = np.random.default_rng(4)


def test_a_quadratic_form_is_found_exactly() -> None:
    z = RNG.normal(size=(40, 4))
    root = RNG.normal(size=(4, 4))
    hessian, bottom = root @ root.T + np.eye(4), np.array([0.5, -1.0, 0.2, 2.0])
    losses = np.einsum("ni,ij,nj->n", z - bottom, hessian, z - bottom)
    model = fit_quadratic(z, losses)
    assert model.kind == 2
    np.testing.assert_allclose(model.lowest(4), bottom, rtol=1e-5)
    spread = np.ptp(losses)  # the model is in units of the spread, from the lowest loss on
    np.testing.assert_allclose(model(z), (losses - losses.min()) / spread, atol=1e-6)


@pytest.mark.parametrize(("n", "kind"), [(4, None), (6, 0), (9, 1), (17, 2)])
def test_the_kind_follows_the_points(n: int, kind: int | None) -> None:
    # k = 4: 5, 9 and 15 coefficients, and 1.1 points for each and one more
    n += {None: 0, 0: 1, 1: 2, 2: 1}[kind]
    z = RNG.normal(size=(n, 4))
    model = fit_quadratic(z, z[:, 0])
    assert (None if model is None else model.kind) == kind


def test_a_saddle_and_a_plane_have_no_bottom() -> None:
    z = RNG.normal(size=(30, 2))
    assert fit_quadratic(z, z[:, 0] ** 2 - z[:, 1] ** 2).lowest(2) is None
    assert fit_quadratic(z, z[:, 0], most=0).lowest(2) is None


def test_equal_or_boundless_losses_teach_nothing() -> None:
    z = RNG.normal(size=(30, 2))
    assert fit_quadratic(z, np.ones(30)) is None
    with np.errstate(over="ignore"):
        assert fit_quadratic(z, np.where(z[:, 0] > 0, 1e308, -1e308)) is None


def test_the_best_points_weigh_most() -> None:
    # |x|^3 is no quadratic form: near its bottom at 0 the fit is better than far away
    z = np.linspace(-0.5, 3, 60)[:, None]
    model = fit_quadratic(z, np.abs(z[:, 0]) ** 3)
    plain = np.polyfit(z[:, 0], np.abs(z[:, 0]) ** 3, 2)
    assert abs(model.lowest(1)[0]) < abs(-plain[1] / 2 / plain[0])


def test_tau_is_that_of_scipy() -> None:
    a, b = RNG.normal(size=12), RNG.normal(size=12)
    assert kendall(a, b) == pytest.approx(kendalltau(a, b).statistic)
    assert kendall(a, a) == 1.0
    assert kendall(a, -a) == -1.0
    assert kendall(np.ones(5), a[:5]) == 0.0

"""Bent inputs: a table by hand, the slope against differences, and what the process makes of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tunesmith.numerics.gaussian_process import fit
from tunesmith.numerics.input_warping import STRONGEST, warp, warp_slope
from tunesmith.numerics.kernels import Layout

LOG2 = np.log(2.0)


def test_by_hand() -> None:
    x = np.array([[0.01, 0.99, 0.3], [0.25, 0.75, 1.0]])
    assert warp(x, np.array([LOG2, -LOG2, 0.0])) == pytest.approx(np.array([[0.1, 0.9, 0.3], [0.5, 0.5, 1.0]]))


def test_maps_the_range_onto_itself_in_order_and_leaves_the_rest() -> None:
    x = np.linspace(-0.5, 1.5, 81)[:, None]
    outside = ((x < 0) | (x > 1))[:, 0]
    for power in (-STRONGEST, -0.5, 0.5, STRONGEST):
        bent = warp(x, np.array([power]))
        assert (np.diff(bent[:, 0]) > 0).all()
        assert (bent[outside] == x[outside]).all()
        assert warp(np.array([[0.0], [1.0]]), np.array([power])) == pytest.approx(np.array([[0.0], [1.0]]))


@pytest.mark.parametrize("power", [-STRONGEST, -0.5, 0.0, 1.0, STRONGEST])
def test_the_slope_is_that_of_differences(power: float) -> None:
    x, step, powers = np.array([[0.02], [0.4], [0.97], [1.4]]), 1e-6, np.array([power])
    difference = (warp(x + step, powers) - warp(x - step, powers)) / (2 * step)
    assert warp_slope(x, powers) == pytest.approx(difference, rel=1e-5)
    assert np.isfinite(warp_slope(np.array([[0.0], [1.0]]), powers)).all()


def test_the_slope_at_an_edge_is_that_a_millionth_inside() -> None:
    assert warp_slope(np.array([[0.0, 1.0]]), np.array([LOG2, -LOG2])) == pytest.approx(np.array([[500.0, 500.0]]))


def test_the_gradient_of_a_prediction_on_bent_inputs() -> None:
    rng = np.random.default_rng(1)
    x, kinds = rng.random((20, 3)), np.array([0, 0, 2])
    x[:, 2] = np.where(x[:, 2] < 0.5, 0.25, 0.75)
    x[rng.random(20) < 0.3, 1] = np.nan
    y = np.sqrt(x[:, 0]) + np.nan_to_num(x[:, 1]) + x[:, 2]
    layout = replace(Layout.of(x, kinds), powers=(1.0, -1.0, 0.0))
    process = fit(x, (y - y.mean()) / y.std(), kinds, layout=layout)
    new, step = np.array([[0.03, 0.6, 0.25], [0.7, np.nan, 0.75], [0.4, 0.98, 0.25]]), 1e-6
    mean, sd, mean_gradient, sd_gradient = process.predict_gradient(new)
    assert (mean, sd) == (pytest.approx(process.predict(new)[0]), pytest.approx(process.predict(new)[1]))
    for column in (0, 1):
        shift = np.zeros(3)
        shift[column] = step
        (up, up_sd), (down, down_sd) = process.predict(new + shift), process.predict(new - shift)
        there = ~np.isnan(new[:, column])
        assert mean_gradient[there, column] == pytest.approx(((up - down) / (2 * step))[there], rel=1e-4, abs=1e-5)
        assert sd_gradient[there, column] == pytest.approx(((up_sd - down_sd) / (2 * step))[there], rel=1e-4, abs=1e-4)

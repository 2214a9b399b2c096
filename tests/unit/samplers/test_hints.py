"""Hints of the user in a model's search: densities by hand, gradients, fading, and what they do to a search."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate

from tunesmith.numerics.acquisition import Bound
from tunesmith.numerics.gaussian_process import fit
from tunesmith.samplers.hints import Hinted, Hints
from tunesmith.space import Categorical, Float, Int, Normal, Space

SPACE = Space(
    a=Float(0.0, 10.0, prior=Normal(5.0, 1.0)),
    b=Float(0.0, 1.0),
    c=Categorical("x", "y", "z", prior=[2, 1, 0]),
    d=Int(1, 8, prior=Normal(8.0, 2.0), when={"c": "x"}),
)


def test_without_a_hint_there_is_nothing() -> None:
    assert Hints.of(Space(a=Float(0.0, 1.0))) is None


def test_densities_by_hand() -> None:
    # bell of deviation 0.1 at its centre: 0.9 / (0.1 sqrt(2 pi)) + 0.1 = 3.69; weights 2, 1, 0 of three: 2, 1 and 0
    hints = Hints.of(SPACE)
    assert hints is not None
    nan = np.nan
    x = np.array([[0.5, 0.1, 0.5, nan], [0.5, 0.9, 1 / 6, nan], [0.0, 0.5, 5 / 6, nan]])
    value, _ = hints.look(x)
    assert value == pytest.approx(np.log([3.6904, 3.6904 * 1.9, 0.1 * 0.1]), abs=1e-3)


def test_each_bell_is_a_density_of_the_unit_interval() -> None:
    space = Space(a=Float(0.0, 1.0, prior=Normal(0.95, 0.2)))
    hints = Hints.of(space)
    assert hints is not None
    area, _ = integrate.quad(lambda u: float(np.exp(hints.look(np.array([[u]]))[0][0])), 0.0, 1.0)
    assert area == pytest.approx(1.0)


class Flat:
    """A score that is 0 everywhere."""

    def __call__(self, x):
        return np.zeros(len(x))

    def gradient(self, x):
        return np.zeros(len(x)), np.zeros_like(x)


@pytest.mark.parametrize("trials", [1, 10, 1000])
def test_gradients_against_differences_and_fading(trials: int) -> None:
    hints = Hints.of(SPACE)
    assert hints is not None
    score, step = Hinted(Flat(), hints, trials), 1e-6
    x = np.array([[0.42, 0.3, 1 / 6, 0.8], [0.9, 0.3, 0.5, np.nan]])
    value, gradient = score.gradient(x)
    assert value == pytest.approx(score(x))
    assert value == pytest.approx(hints.look(x)[0] * 10 / trials)
    for column in (0, 1, 3):
        move = np.zeros(4)
        move[column] = step
        slope = (score(x + move) - score(x - move)) / (2 * step)
        assert gradient[:, column] == pytest.approx(slope, abs=1e-5)


@pytest.mark.parametrize(("trials", "worth"), [(10, 1.0), (100, 0.1)])
def test_a_bound_takes_a_hint_as_deviations_of_the_losses(trials: int, worth: float) -> None:
    # a categorical hint of 3 : 1 is 1.5 : 0.5 relative to an even one, with a tenth of evenness 1.45 : 0.55
    hints = Hints.of(Space(c=Categorical("x", "y", prior=[3, 1]), a=Float(0.0, 1.0)))
    x = np.array([[0.25, 0.1], [0.75, 0.1], [0.25, 0.9], [0.75, 0.9]])
    rng = np.random.default_rng(0)
    points = rng.random((12, 2))
    points[:, 0] = np.where(points[:, 0] < 0.5, 0.25, 0.75)
    process = fit(points, rng.normal(size=12), np.array([2, 0]))
    for score in (Bound(process, 2.0), Flat()):
        gain = Hinted(score, hints, trials)(x) - score(x)
        assert gain == pytest.approx(worth * np.log([1.45, 0.55, 1.45, 0.55]))

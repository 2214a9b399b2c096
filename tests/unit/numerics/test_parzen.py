"""Parzen estimators against tables worked by hand, against SciPy, and against themselves."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest, truncnorm

from tunesmith.numerics.parzen import Axes, Axis, Parzen, bandwidths, fit
from tunesmith.seeding import stream


def cut(mean: float, std: float):
    return truncnorm(-mean / std, (1 - mean) / std, loc=mean, scale=std)


def test_bandwidths_worked_by_hand() -> None:
    # sorted .1 .2 .5 .9: gaps .1 .3 .4; the larger neighbour's, at the ends the only one; floor 1 / (4 + 2)
    x = np.array([[0.5], [0.1], [0.9], [0.2]])
    assert bandwidths(x).ravel() == pytest.approx([0.4, 1 / 6, 0.4, 0.3])
    # one observation knows no neighbour; many equal ones fall to the floor, which is never below .01
    assert bandwidths(np.array([[0.3, 0.7]])).tolist() == [[1.0, 1.0]]
    assert bandwidths(np.full((8, 1), 0.3)).ravel() == pytest.approx([0.1] * 8)
    assert bandwidths(np.full((500, 1), 0.3)).ravel() == pytest.approx([0.01] * 500)
    assert bandwidths(np.empty((0, 2))).shape == (0, 2)


def test_categories_worked_by_hand() -> None:
    # 2 observations of 3 choices: b = 2 / (3 + 3); kernels of weights 1, 3 and a prior of 4 with .5, .3, .2
    axes = Axes([Axis(choices=3, weights=np.array([0.5, 0.3, 0.2]))])
    at = (np.arange(3) + 0.5)[:, None] / 3
    p = np.exp(fit(at[[0, 2]], np.array([1.0, 3.0]), axes, prior_weight=4.0).log_density(at))
    hand = [
        (1 * 2 / 3 + 3 * 1 / 6 + 4 * 0.5) / 8,
        (1 * 1 / 6 + 3 * 1 / 6 + 4 * 0.3) / 8,
        (1 * 1 / 6 + 3 * 2 / 3 + 4 * 0.2) / 8,
    ]
    assert p.tolist() == pytest.approx(hand)
    assert p.sum() == pytest.approx(1.0)


def test_densities_of_lines_and_cells_equal_scipys() -> None:
    # two observations, a line and five cells; the prior: a hint of N(.25, .2) on the line, even on the cells
    edges = np.linspace(0.0, 1.0, 6)
    axes = Axes([Axis(hint=(0.25, 0.2)), Axis(edges=edges)])
    x = np.array([[0.2, 0.1], [0.6, 0.9]])
    model = fit(x, np.array([1.0, 2.0]), axes)
    s = bandwidths(x)
    points = np.array([[0.05, 0.1], [0.3, 0.5], [0.99, 0.7]])
    cells = np.array([0, 2, 3])
    wanted = np.zeros(3)
    for i, weight in enumerate((1.0, 2.0)):
        line, cell = cut(x[i, 0], s[i, 0]), cut(x[i, 1], s[i, 1])
        wanted += weight / 4 * line.pdf(points[:, 0]) * (cell.cdf(edges[cells + 1]) - cell.cdf(edges[cells]))
    wanted += 1 / 4 * cut(0.25, 0.2).pdf(points[:, 0]) * 0.2
    np.testing.assert_allclose(np.exp(model.log_density(points)), wanted, rtol=1e-6)


def mixed() -> Parzen:
    x = np.array([[0.15, 0.3, 0.125], [0.25, 0.9, 0.125], [0.8, 0.5, 0.625]])
    uneven = np.array([0.0, 0.4, 0.7, 0.9, 1.0])
    return fit(x, np.array([3.0, 1.0, 1.0]), Axes([Axis(), Axis(edges=uneven), Axis(choices=4)]))


def test_densities_sum_to_one() -> None:
    line = (np.arange(400) + 0.5) / 400
    cells, choices = np.array([0.2, 0.5, 0.8, 0.95]), (np.arange(4) + 0.5) / 4
    points = np.stack(np.meshgrid(line, cells, choices, indexing="ij"), axis=-1).reshape(-1, 3)
    assert np.exp(mixed().log_density(points)).sum() / 400 == pytest.approx(1.0, abs=1e-4)


def test_draws_follow_the_density() -> None:
    # 4000 draws, seed 3; the line by Kolmogorov and Smirnov, choices and cells by their shares (3.5 standard errors)
    model, n = mixed(), 4000
    found = model.sample(n, stream(3))

    def share(t: np.ndarray) -> np.ndarray:
        parts = [w * cut(m, s).cdf(t) for w, m, s in zip(model.w, model.means[:, 0], model.s[:, 0], strict=True)]
        return np.sum(parts, axis=0)

    assert kstest(found[:, 0], share).pvalue > 1e-3
    choices = np.bincount((found[:, 2] * 4).astype(int), minlength=4) / n
    b = 3 / (4 + 4)
    own = np.array([4 * (1 - b) + b / 3, 5 * b / 3, (1 - b) + 4 * b / 3, 5 * b / 3]) / 6 + 1 / 24
    assert np.abs(choices - own).max() < 3.5 * np.sqrt(0.25 / n)


def test_a_prior_alone_is_the_hint() -> None:
    axes = Axes([Axis(hint=(0.7, 0.1)), Axis(choices=2, weights=np.array([0.9, 0.1]))])
    model = fit(np.empty((0, 2)), np.empty(0), axes)
    at = np.array([[0.7, 0.25], [0.7, 0.75], [0.2, 0.25]])
    wanted = cut(0.7, 0.1).pdf(at[:, 0]) * np.array([0.9, 0.1, 0.9])
    np.testing.assert_allclose(np.exp(model.log_density(at)), wanted, rtol=1e-9)

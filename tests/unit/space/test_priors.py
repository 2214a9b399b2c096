"""Hints: their place in unit coordinates and the draws from them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tunesmith.space import Categorical, Float, Int, Near, Normal, Ordinal, Space, UnitPrior, sample_prior


@pytest.mark.parametrize(
    ("domain", "mean", "std"),
    [
        (Float(0, 10, prior=Normal(5, 2)), 0.5, 0.2),
        (Float(1e-5, 1e-1, log=True, prior=Normal(1e-3, 1.0)), 0.5, 0.25),  # one decade of four
        (Float(0, 1, step=0.25, prior=Normal(0.5, 0.25)), 0.5, 0.2),  # one cell of five
        (Float(-1e308, 1e308, prior=Normal(0, 1e308)), 0.5, 0.5),
        (Float(3, 3, prior=Normal(3, 1)), 0.5, 1.0),
        (Int(1, 10, prior=Normal(1, 5)), 0.05, 0.5),
        (Int(0, 8, step=4, prior=Normal(4, 4)), 0.5, 1 / 3),
        (Float(0, 1, prior=Near(0.25)), 0.25, 0.25),
        (Int(1, 4, prior=Near(2, "low")), 0.375, 0.5),
        (Ordinal("a", "b", prior=Near("b", "high")), 0.75, 0.125),
        (Int(1, 4, prior=Near(np.int64(2), 10)), 0.375, 0.1),
    ],
)
def test_a_bell_lies_in_unit_coordinates_as_worked_by_hand(domain, mean, std) -> None:
    assert domain.prior_unit.mean == pytest.approx(mean)
    assert domain.prior_unit.std == pytest.approx(std)


def test_weights_are_made_to_sum_to_one() -> None:
    assert Categorical("a", "b", prior=[2, 6]).prior_unit.weights == (0.25, 0.75)
    assert Categorical("a", "b", "c", prior={"b": 1}).prior_unit.weights == (0.0, 1.0, 0.0)
    assert Categorical("a", "b", "c", prior=Near("b", "low")).prior_unit.weights == (0.25, 0.5, 0.25)
    assert Float(0, 1).prior_unit is None


def test_quantiles_follow_the_cut_bell() -> None:
    bell = UnitPrior(0.3, 0.2)
    shares = np.linspace(0, 1, 201)
    found = [bell.quantile(share) for share in shares.tolist()]
    phi = lambda z: 0.5 * (1 + math.erf(z / math.sqrt(2)))
    low, high = phi(-1.5), phi(3.5)
    assert found[0] == pytest.approx(0.0, abs=1e-9)
    assert found[-1] == pytest.approx(1.0, abs=1e-9)
    for share, u in zip(shares, found, strict=True):
        assert (phi((u - 0.3) / 0.2) - low) / (high - low) == pytest.approx(share, abs=1e-9)


@pytest.mark.parametrize("std", [1e-12, 1e-3, 1e3, 1e9, 1e300, math.inf])
@pytest.mark.parametrize("mean", [0.0, 0.5, 1.0])
def test_quantiles_stay_in_the_unit_interval_and_rise(mean, std) -> None:
    found = [UnitPrior(mean, std).quantile(share) for share in np.linspace(0, 1, 41).tolist()]
    assert all(0 <= u <= 1 for u in found)
    assert found == sorted(found)
    if std >= 1e9:
        assert found[10] == pytest.approx(0.25)


def test_quantiles_of_weights_are_centres_of_cells_and_skip_what_weighs_nothing() -> None:
    weights = UnitPrior(weights=(0.0, 0.25, 0.75, 0.0))
    assert [weights.quantile(u) for u in (0.0, 0.2, 0.3, 0.99, 1.0)] == [0.375, 0.375, 0.625, 0.625, 0.625]


def test_draws_from_hints_keep_to_them_and_to_the_space() -> None:
    space = Space(
        lr=Float(1e-5, 1e-1, log=True, prior=Near(1e-3, 20)), k=Categorical("x", "y", "z", prior=[0, 1, 3]),
        n=Int(1, 100, when={"k": "z"}), free=Float(0, 1), rules=["free < 0.9"],
    )  # fmt: skip
    rng = np.random.default_rng(0)
    configs = [sample_prior(space, rng) for _ in range(1000)]
    assert not any(space.problems(config) for config in configs)
    logs = np.log10([config["lr"] for config in configs])
    assert np.mean(logs) == pytest.approx(-3, abs=0.05)
    assert np.std(logs) == pytest.approx(4 / 20, abs=0.03)
    assert np.mean([config["k"] == "z" for config in configs]) == pytest.approx(0.75, abs=0.05)
    assert not any(config["k"] == "x" for config in configs)
    assert np.mean([config["free"] for config in configs]) == pytest.approx(0.45, abs=0.03)


def test_without_hints_the_draw_is_the_even_one() -> None:
    space = Space(a=Float(0, 1), b=Int(1, 9))
    assert sample_prior(space, np.random.default_rng(3)) == space.sample(np.random.default_rng(3))

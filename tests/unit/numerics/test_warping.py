"""Bending of losses: SciPy's curve as the reference, order kept, units forgotten, strange numbers borne."""

from __future__ import annotations

import numpy as np
import pytest

from tunesmith.numerics.scalarising import one_loss
from tunesmith.numerics.warping import Bend, bend, clean, standardise, yeo_johnson


@pytest.mark.parametrize("power", [-2.0, -0.3, 0.0, 1.0, 1.7, 2.0])
def test_powers_against_scipy(power):
    from scipy import stats

    z = np.random.default_rng(0).normal(size=50) * 3
    assert yeo_johnson(z, np.array([power]))[0] == pytest.approx(stats.yeojohnson(z, power), rel=1e-9)


def test_by_hand():
    assert yeo_johnson(np.array([-1.0, 1.0]), np.array([0.0, 1.0])) == pytest.approx(
        np.array([[-1.5, np.log(2)], [-1, 1]])
    )


@pytest.mark.parametrize("seed", range(5))
def test_keeps_order_and_standardises(seed):
    losses = np.exp(3 * np.random.default_rng(seed).normal(size=40))
    bent = standardise(losses)
    assert (np.argsort(bent) == np.argsort(losses)).all()
    assert (bent.mean(), bent.std()) == (pytest.approx(0, abs=1e-9), pytest.approx(1))


def test_pulls_in_the_long_side():
    from scipy import stats

    losses = np.exp(1.5 * np.random.default_rng(1).normal(size=200))
    assert abs(stats.skew(standardise(losses))) < 0.2 * stats.skew(losses)
    even = np.random.default_rng(2).normal(size=200)
    assert np.corrcoef(standardise(even), even)[0, 1] > 0.995


def test_has_no_unit():
    losses = np.random.default_rng(3).gamma(2.0, size=30)
    assert (standardise(losses) == standardise(losses * 1024)).all()
    assert standardise(losses) == pytest.approx(standardise(losses * 7.3 - 100))


def test_strange_losses():
    assert clean(np.array([1.0, np.inf, 3.0])).tolist() == [0.25, 0.75, 0.75]
    assert clean(np.array([np.nan, -np.inf, 2.0, 1.0])).tolist() == [0.5, 0.25, 0.5, 0.25]
    assert clean(np.array([np.nan, np.inf])).tolist() == [0.0, 0.0]
    for losses in ([1e308, -1e308, 0.0], [5e-324, 0.0], [3.0] * 4, [np.nan] * 3, [1.0], [], [0.0] * 9 + [1e300]):
        assert np.isfinite(standardise(np.array(losses))).all()


def test_a_loss_beyond_all_others_overflows_nothing():
    losses = np.append(np.linspace(-0.1, 0.1, 20), 1e308)
    bent = standardise(losses)
    assert (np.argsort(bent) == np.argsort(losses)).all()


def test_a_broken_constraint_is_worse_than_any_loss():
    losses = np.arange(6.0)[:, None]
    violations = np.array([[0, 0], [2, 0], [0, 0], [0, 0], [1, 0], [np.nan, 0]])
    one = one_loss(losses, violations, np.random.default_rng(0))
    assert np.argsort(one)[:4].tolist() == [0, 2, 3, 4]
    assert one[4] < one[1] <= one[5]


def test_several_losses_walk_along_the_front():
    t = np.linspace(0, 1, 21)
    losses = np.stack([t**2, (1 - t) ** 2], axis=1)
    best = {int(np.argmin(one_loss(losses, np.empty((21, 0)), np.random.default_rng(s)))) for s in range(30)}
    assert len(best) > 8
    dominated = np.vstack([losses, [[2.0, 2.0]]])
    assert int(np.argmax(one_loss(dominated, np.empty((22, 0)), np.random.default_rng(0)))) == 21


@pytest.mark.parametrize("power", [-2.0, -0.3, 0.0, 1.0, 1.7, 2.0])
def test_the_way_back_is_the_inverse_of_each_power(power):
    z = np.linspace(-3.0, 3.0, 13)
    t = yeo_johnson(z, np.array([power]))[0]
    back = Bend(exponent=2, middle=0.5, width=0.25, power=power, mean=0.1, spread=2.0, highest=3.0)
    assert back.back((t - 0.1) / 2.0) == pytest.approx(4.0 * (0.5 + 0.25 * z))


def test_the_way_back_by_hand_and_never_beyond_the_worst():
    y, back = bend(np.array([1.0, 2.0, 3.0, 4.0, 100.0]))
    assert back.back(y) == pytest.approx([1.0, 2.0, 3.0, 4.0, 100.0])
    assert back.back(np.array([5.0, 1e9])) == pytest.approx([100.0, 100.0])
    assert np.isfinite(back.back(np.array([-50.0])))
    equal, same = bend(np.array([7.0, 7.0]))
    assert (equal.tolist(), same.back(equal).tolist()) == ([0.0, 0.0], [7.0, 7.0])


def test_a_loss_that_was_not_among_them_is_bent_like_them():
    losses = np.array([1.0, 2.0, 3.0, 4.0, 100.0, -7.0])
    bent, how = bend(losses)
    assert [how.forth(loss) for loss in losses] == pytest.approx(bent)
    between = how.forth(2.5)
    assert how.forth(2.0) < between < how.forth(3.0)
    assert how.back(np.array([between])) == pytest.approx([2.5])
    assert bend(np.full(3, 8.0))[1].forth(9.0) == 0.0

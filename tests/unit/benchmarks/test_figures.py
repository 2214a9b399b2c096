"""Means, ranks, ratios and intervals on tables worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import figures


def record(optimiser, problem, seed, curve) -> dict:
    return {
        "kind": "regret",
        "optimiser": optimiser,
        "problem": problem,
        "seed": seed,
        "n": len(curve),
        "curve": curve,
    }


def test_regrets_are_clipped_at_one_and_short_runs_left_out():
    runs = [
        record("a", "p", 0, [3.0, 2.0, 0.5]),
        record("a", "p", 1, [3.0, 2.0]),
        record("a", "p", 2, [4.0, 3.0, 2.0]),
    ]
    np.testing.assert_array_equal(figures.regrets_at(runs, 3)["a"]["p"], [0.5, 1.0])
    np.testing.assert_array_equal(figures.regrets_at(runs, 2)["a"]["p"], [1.0, 1.0, 1.0])


def test_a_run_that_stopped_at_the_optimum_counts_later_too():
    assert figures.regrets_at([record("a", "p", 0, [0.4, 0.0])], 50)["a"]["p"] == [0.0]
    assert figures.regrets_at([record("a", "p", 0, [0.4, 0.1])], 50) == {}


def test_lucky_short_runs_do_not_stand_for_the_unlucky_ones():
    lucky, unlucky = record("a", "p", 0, [0.4, 0.0]), record("a", "p", 1, [0.4, 0.1])
    assert figures.regrets_at([lucky, unlucky], 50) == {}
    whole = record("a", "p", 2, [0.3, 0.2, 0.1])
    np.testing.assert_array_equal(figures.regrets_at([lucky, unlucky, whole], 3)["a"]["p"], [0.1])
    np.testing.assert_array_equal(figures.regrets_at([lucky, whole], 3)["a"]["p"], [0.0, 0.1])


def test_a_seed_run_twice_counts_once():
    runs = [record("a", "p", 0, [0.9, 0.8]), record("a", "p", 0, [0.7, 0.6, 0.5])]
    np.testing.assert_array_equal(figures.regrets_at(runs, 2)["a"]["p"], [0.6])


def test_ranks_by_hand_with_a_tie():
    values = np.array([[0.1, 0.5, 0.2], [0.3, 0.5, 0.1], [0.2, 0.1, 0.1]])
    np.testing.assert_array_equal(figures.ranks(values), [[1, 2.5, 3], [3, 2.5, 1.5], [2, 1, 1.5]])


def test_mean_ranks_average_over_problems():
    regrets = {
        "good": {"p": np.array([0.1, 0.1]), "q": np.array([0.2, 0.0]), "r": np.array([0.3])},
        "bad": {"p": np.array([0.5, 0.1]), "q": np.array([0.2, 0.1]), "r": np.array([0.2])},
    }
    found = figures.mean_ranks(regrets, ["good", "bad"], ["p", "q", "r"])
    assert found["good"].value == pytest.approx(4 / 3)
    assert found["bad"].value == pytest.approx(5 / 3)
    assert (found["good"].low, found["good"].high) == (1.0, 2.0)


def test_the_ratio_is_a_geometric_mean_floored():
    mine = {"p": np.array([0.1, 0.3]), "q": np.array([0.0])}
    theirs = {"p": np.array([0.4]), "q": np.array([0.004])}
    # p: .2 / .4; q: floor .001 / .004; sqrt(1/2 * 1/4)
    assert figures.regret_ratio(mine, theirs, ["p", "q"]).value == pytest.approx(np.sqrt(1 / 8))
    same = figures.regret_ratio(mine, mine, ["p", "q"])
    assert (same.value, same.low, same.high) == (1.0, 1.0, 1.0)


def test_wins_count_problems():
    mine = {"p": np.array([0.1]), "q": np.array([0.5]), "r": np.array([0.2])}
    theirs = {"p": np.array([0.2]), "q": np.array([0.4]), "r": np.array([0.1, 0.3])}
    assert figures.wins(mine, theirs, ["p", "q", "r"]) == (1, 1)


def test_the_bootstrap_interval_of_a_mean_is_that_of_theory():
    values = np.random.default_rng(0).normal(0.5, 0.1, 100)
    found = figures.mean_regret({"p": values}, ["p"])
    half = 1.96 * values.std() / 10
    assert found.value == pytest.approx(values.mean())
    assert found.low == pytest.approx(values.mean() - half, abs=0.003)
    assert found.high == pytest.approx(values.mean() + half, abs=0.003)


def test_one_seed_has_no_interval():
    found = figures.mean_regret({"p": np.array([0.25])}, ["p"])
    assert found.value == 0.25
    assert np.isnan(found.low)
    assert np.isnan(found.high)


def test_with_few_seeds_a_ratio_is_lower_where_one_seed_fails():
    mine = {"p": np.array([0.01] * 9 + [0.91])}  # mean 0.1
    theirs = {"p": np.array([0.1, 0.1])}
    assert figures.regret_ratio(mine, theirs, ["p"]).value == pytest.approx(1.0)
    one = figures.ratio_of_few(mine, theirs, ["p"], 1)
    assert (one.value, one.low, one.high) == pytest.approx((0.1, 0.1, 9.1))
    many = figures.ratio_of_few(mine, theirs, ["p"], 1_000)
    assert many.value == pytest.approx(1.0, rel=0.05)

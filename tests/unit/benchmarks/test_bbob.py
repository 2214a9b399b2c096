"""The share of BBOB targets is counted as COCO does, at the budget asked for, and what is there is not run again."""

from __future__ import annotations

import argparse
import sys

import pytest

from benchmarks.bbob import by_function, longest, missing, share, shares, table
from benchmarks.bbob_worker import run
from benchmarks.optimisers import make
from benchmarks.problems.bbob import TARGETS, Evaluator, reached, space


def record(name="tunesmith", function=1, instance=1, n=100, steps=((1, 50.0), (30, 0.0))):
    place = {"function": function, "dimension": 2, "instance": instance}
    return {"kind": "bbob", "optimiser": name, **place, "n": n, "steps": list(steps), "cpu_s": 0.1}


def test_51_targets_even_in_the_logarithm():
    assert len(TARGETS) == 51
    assert TARGETS[0] == pytest.approx(100)
    assert TARGETS[5] == pytest.approx(10)
    assert TARGETS[-1] == pytest.approx(1e-8)


@pytest.mark.parametrize(("gap", "count"), [(101.0, 0), (99.0, 1), (1.01, 10), (0.99, 11), (1e-9, 51), (0.0, 51)])
def test_a_gap_reaches_the_targets_that_it_is_not_above(gap, count):
    assert reached(gap) == count / 51


def test_targets_are_counted_at_the_budget():
    assert share(record(), 20) == 2 / 51  # 100 and 63.1
    assert share(record(), 30) == 1.0
    assert share(record(steps=[(25, 0.0)]), 20) == 0.0


def test_only_runs_that_are_long_enough_count_and_instances_are_averaged():
    runs = longest([record(n=20), record(instance=2, n=20, steps=[(1, 0.0)]), record(function=3)])
    found = shares(runs, "tunesmith", 2, 10)
    assert found == {(1, 1): 2 / 51, (1, 2): 1.0, (3, 1): 2 / 51}
    assert list(by_function(found)) == [(2 / 51 + 1) / 2, 2 / 51]
    assert shares(runs, "tunesmith", 2, 50) == {(3, 1): 1.0}
    assert shares(runs, "tunesmith", 5, 10) == {}


def test_a_longer_run_replaces_a_shorter_one_and_need_not_be_run_again():
    there = [record(n=20), record(n=100), record(n=20, instance=2)]
    assert len(longest(there)) == 2
    options = argparse.Namespace(instances=[1, 2, 3], budget=50)
    assert missing(there, "tunesmith", 1, 2, options) == [2, 3]
    options.budget = 10
    assert missing(there, "tunesmith", 1, 2, options) == [3]


def test_the_difference_is_on_the_functions_and_instances_that_both_ran():
    runs = [record(function=f, instance=i, steps=[(1, 0.0)]) for f in (1, 2) for i in (1, 2)]
    runs += [record("optuna_cma", function=2, steps=[(1, 1000.0)]), record("optuna_cma", function=2, instance=3)]
    text = table(runs, against=["optuna_cma"])
    assert "| 2 | tunesmith | 4 | 1.000 | 1.000 | 4 | 1.000 | 1.000 |" in text
    assert f"| 2 | optuna_cma | 2 | {1 / 51:.3f} | - | 2 | .500 | - |".replace("0.", ".") in text
    both = [*runs, record("optuna_gp", function=2, instance=2, n=20)]
    assert "| 2 | optuna_gp | 1 | .039 | - | 0 | - | - |" in table(both, against=["optuna_cma"])


def test_a_short_run_keeps_its_improvements():
    found = run(make("tunesmith_random", space(2), 1, 30), lambda config: config["x0"] ** 2 + config["x1"] ** 2, 30)
    trials, gaps = zip(*found["steps"], strict=True)
    assert found["n"] == 30
    assert list(trials) == sorted(trials)
    assert trials[0] == 1
    assert list(gaps) == sorted(gaps, reverse=True)
    assert 0 < gaps[-1] < 25


def test_an_evaluator_that_ends_is_told(capfd):
    evaluator = Evaluator(sys.executable, 99, 2, 1)  # there is no such function, and perhaps no package
    try:
        with pytest.raises((RuntimeError, BrokenPipeError)):
            evaluator.gap({"x0": 0.0, "x1": 0.0})
    finally:
        evaluator.close()
    assert "Error" in capfd.readouterr().err

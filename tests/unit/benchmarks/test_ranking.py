"""Mean ranks and places by hand, at each count and in each group; our other samplers stand apart."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.problems.definitions import definitions
from benchmarks.ranking import groups, peer, rows, standing
from benchmarks.table import report


def told(**regrets) -> dict:
    return {name: {problem: np.array([value]) for problem in definitions()} for name, value in regrets.items()}


def test_there_is_one_group_of_all_and_one_of_each_origin():
    assert {title: len(problems) for title, problems in groups().items()} == {
        "all 21": 21,
        "hpolib": 4,
        "hpobench": 8,
        "nb201": 3,
        "synthetic": 6,
    }


def test_a_place_is_one_more_than_the_better_ones():
    regrets = {
        "a": {"p": np.array([0.1]), "q": np.array([0.3])},
        "b": {"p": np.array([0.2, 0.4]), "q": np.array([0.2])},
        "c": {"p": np.array([0.5]), "q": np.array([0.5])},
    }
    assert standing(regrets, ["p", "q"]) == {"a": (1.5, 1), "b": (1.5, 1), "c": (3.0, 3)}
    assert standing({}, ["p"]) == {}


def test_who_has_no_long_runs_is_ranked_at_the_earlier_counts():
    head, lines = rows({25: told(a=0.3, b=0.2, c=0.1), 50: told(a=0.1, b=0.2)})
    assert head == ["optimiser", "all 21", "hpolib", "hpobench", "nb201", "synthetic"]
    assert [line[0] for line in lines] == ["a", "b", "c"]
    assert lines[0][1:] == ["3.00 (3) · 1.00 (1)"] * 5
    assert lines[2][1:] == ["1.00 (1) · -"] * 5


def test_a_group_has_a_ranking_of_its_own():
    regrets = told(a=0.2, b=0.3)
    for problem, definition in definitions().items():
        if definition.group == "nb201":
            regrets["a"][problem] = np.array([0.4])
    lines = rows({100: regrets})[1]
    assert lines[0] == ["a", "1.14 (1)", "1.00 (1)", "1.00 (1)", "2.00 (2)", "1.00 (1)"]


@pytest.mark.parametrize(
    ("name", "among"), [("tunesmith", True), ("tunesmith_gp", False), ("optuna_gp", True), ("ax (published)", True)]
)
def test_our_other_samplers_are_no_peers(name, among):
    assert peer(name) is among


def test_the_report_has_both_rankings():
    names = {"tunesmith": 0.2, "tunesmith_gp": 0.1, "optuna_tpe": 0.3}
    runs = [
        {"kind": "regret", "optimiser": o, "problem": p, "seed": 0, "n": 100, "steps": [[1, r]], "cpu_s": 0.1}
        for o, r in names.items()
        for p in definitions()
    ]
    among_peers, everything = report(runs).split("## Mean rank (place)")[1:3]
    assert "| tunesmith | 1.00 (1) · 1.00 (1) · 1.00 (1) |" in among_peers
    assert "tunesmith_gp" not in among_peers
    assert "| tunesmith | 2.00 (2) · 2.00 (2) · 2.00 (2) |" in everything

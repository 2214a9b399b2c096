"""Bounds on reported metrics: how they are read, and by how much a trial breaks them."""

from __future__ import annotations

import math

import pytest

from tunesmith.core.constraint import Constraint, read_constraints, violations
from tunesmith.errors import InvalidArgumentError


@pytest.mark.parametrize(
    ("text", "upper", "bound"),
    [
        ("<= 10", True, 10.0),
        ("< 10", True, 10.0),
        (">=0.5", False, 0.5),
        (" > -.5 ", False, -0.5),
        ("<= 1.e3", True, 1000.0),
        ("<= +2E-3", True, 0.002),
    ],
)
def test_a_bound_is_a_sign_and_a_number(text: str, upper: bool, bound: float) -> None:
    assert read_constraints({"latency": text}) == (Constraint("latency", upper, bound),)


def test_they_stay_in_their_order_and_none_is_none() -> None:
    read = read_constraints({"ms": "<= 1", "accuracy": ">= 0.9"})
    assert [one.metric for one in read] == ["ms", "accuracy"]
    assert read_constraints(None) == ()


@pytest.mark.parametrize(
    ("constraints", "words"),
    [
        (["latency"], ["dict", "['latency']"]),
        ("latency <= 10", ["dict"]),
        ({"latency": 10}, ["'latency'", "'<= 10'", "got 10"]),
        ({"latency": "10"}, ["got '10'"]),
        ({"latency": "== 10"}, ["got '== 10'"]),
        ({"latency": "=> 10"}, ["got '=> 10'"]),
        ({"latency": "<= 1.2.3"}, ["got '<= 1.2.3'"]),
        ({"latency": "<= ."}, ["got '<= .'"]),
        ({"latency": "<= nan"}, ["got '<= nan'"]),
        ({"latency": "<= 1e999"}, ["got '<= 1e999'"]),
        ({"": "<= 1"}, ["names of metrics", "got ''"]),
        ({3: "<= 1"}, ["names of metrics", "got 3"]),
    ],
)
def test_what_is_no_bound_is_refused_in_words(constraints: object, words: list[str]) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        read_constraints(constraints)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("value", "upper", "excess"),
    [(12.5, True, 2.5), (10.0, True, 0.0), (3.0, True, -7.0), (3.0, False, 7.0), (math.inf, True, math.inf)],
)
def test_an_excess_is_the_signed_distance_from_the_bound(value: float, upper: bool, excess: float) -> None:
    assert Constraint("latency", upper, 10.0).excess({"latency": value, "other": 99.0}) == excess


@pytest.mark.parametrize("metrics", [{}, {"latency": math.nan}])
def test_what_was_not_measured_is_unknown(metrics: dict[str, float]) -> None:
    assert math.isnan(Constraint("latency", True, 10.0).excess(metrics))


def test_a_violation_is_what_is_positive_of_an_excess() -> None:
    broken = violations([2.5, 0.0, -2.0, math.inf, math.nan])
    assert broken[:4] == (2.5, 0.0, 0.0, math.inf)
    assert math.isnan(broken[4])

"""Neighbours: one parameter at a time, within the space, children following their parents."""

from __future__ import annotations

import numpy as np

from tunesmith.space import Categorical, Float, Int, Ordinal, Space, neighbours


def found(space: Space, config: dict, **settings) -> list[dict]:
    return neighbours(space, config, np.random.default_rng(0), **settings)


def test_categories_go_to_all_others_and_cells_to_the_next() -> None:
    space = Space(k=Categorical("x", "y", "z"), n=Int(1, 5), o=Ordinal("s", "m", "l"), one=Int(3, 3))
    configs = found(space, {"k": "x", "n": 3, "o": "s", "one": 3})
    moved = {(config["k"], config["n"], config["o"]) for config in configs}
    assert moved == {("y", 3, "s"), ("z", 3, "s"), ("x", 2, "s"), ("x", 4, "s"), ("x", 3, "m")}
    assert len(configs) == 5


def test_log_ints_go_to_the_next_value_too() -> None:
    space = Space(n=Int(1, 8, log=True))
    assert sorted(config["n"] for config in found(space, {"n": 7})) == [6, 8]
    assert [config["n"] for config in found(space, {"n": 1})] == [2]


def test_floats_take_a_few_steps_of_a_bell_and_long_ranges_too() -> None:
    space = Space(a=Float(0, 1), n=Int(1, 1000))
    configs = found(space, {"a": 0.9, "n": 500}, scale=0.1, steps=8)
    floats = [config["a"] for config in configs if config["n"] == 500]
    ints = [config["n"] for config in configs if config["n"] != 500]
    assert len(floats) == 8
    assert all(0 <= value <= 1 for value in floats)
    assert {499, 501} < set(ints)
    assert 0 < np.std(floats) < 0.3
    assert max(ints) - min(ints) < 800


def test_children_follow_their_parents_and_the_rest_stays_exactly() -> None:
    space = Space(k=Categorical("x", "y"), c=Float(0, 1, when={"k": "x"}), d=Int(1, 9, when={"k": "y"}), e=Float(0, 3))
    config = {"k": "x", "c": 0.1, "e": 1.1}
    for other in found(space, config):
        assert space.problems(other) == []
        if other["k"] == "y":
            assert set(other) == {"k", "d", "e"}
            assert other["e"] == 1.1
        else:
            assert sum(other[name] != config[name] for name in config) == 1


def test_a_float_that_does_not_move_keeps_its_last_bit() -> None:
    space = Space(a=Float(1e-7, 3.0, log=True), n=Int(1, 3))
    fragile = [
        value
        for value in np.geomspace(1e-6, 2, 99).tolist()
        if space["a"].from_unit(space["a"].to_unit(value)) != value
    ]
    assert len(fragile) > 5
    for value in fragile:
        assert {config["a"] for config in found(space, {"a": value, "n": 2}) if config["n"] != 2} == {value}


def test_rules_hold_among_neighbours_and_none_is_the_config_itself() -> None:
    space = Space(a=Int(1, 5), b=Int(1, 5), rules=["a < b"])
    assert found(space, {"a": 2, "b": 3}) == [{"a": 1, "b": 3}, {"a": 2, "b": 4}]


def test_many_categories_are_looked_at_in_part() -> None:
    space = Space(k=Categorical(*range(5000)))
    configs = found(space, {"k": 17}, most=50)
    assert len({config["k"] for config in configs}) == 50
    assert {"k": 17} not in configs


def test_an_absent_optional_parameter_stays_absent() -> None:
    space = Space(a=Int(1, 3), b=Float(0, 1, optional=True))
    assert found(space, {"a": 1}) == [{"a": 2}]


def test_a_config_from_outside_the_range_finds_its_way_back() -> None:
    space = Space(a=Float(0, 1), n=Int(1, 3))
    configs = found(space, {"a": 4.0, "n": 2})
    assert [config["a"] for config in configs if config["n"] == 2] != []
    assert all(0 <= config["a"] <= 1 for config in configs if config["n"] == 2)

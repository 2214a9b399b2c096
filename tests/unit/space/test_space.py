"""Space: belonging, draws, defaults, counting, edits, and being a value."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from tunesmith.errors import InvalidArgumentError
from tunesmith.space import Categorical, Float, Int, Near, Ordinal, Space, hull, merge_discovered


def small() -> Space:
    return Space(
        lr=Float(1e-4, 1.0, log=True),
        layers=Int(1, 3),
        opt=Categorical("sgd", "adam"),
        momentum=Float(0.0, 1.0, step=0.5, when={"opt": "sgd"}),
    )


@pytest.mark.parametrize(
    ("config", "problems"),
    [
        ({"lr": 0.1, "layers": 2, "opt": "adam"}, []),
        ({"lr": 1, "layers": 2, "opt": "sgd", "momentum": 0.5}, []),
        ({"lr": 0.1, "opt": "adam"}, ["'layers' is missing; it must be an int from 1 to 3"]),
        (
            {"lr": 0.1, "layers": 2, "opt": "sgd"},
            ["'momentum' is missing; it must be a float from 0.0 to 1.0 in steps of 0.5"],
        ),
        ({"lr": 0.1, "layers": 2.0, "opt": "adam"}, ["layers=2.0 must be an int from 1 to 3"]),
        (
            {"lr": "x", "layers": 9, "opt": "adam"},
            ["lr='x' must be a float from 0.0001 to 1.0", "layers=9 must be an int from 1 to 3"],
        ),
        ({"lr": 0.1, "layers": 2, "opt": "adam", "q": 1}, ["'q' is no parameter of the space"]),
        (
            {"lr": 0.1, "layers": 2, "opt": "adam", "momentum": 0.5},
            ["'momentum' is given, but it is active only when opt is 'sgd'"],
        ),
        ({"lr": 0.1, "layers": 2, "opt": ["sgd"]}, ["opt=['sgd'] must be one of 'sgd', 'adam'"]),
        (None, ["a config must be a dict of names and values, got NoneType"]),
        ([1], ["a config must be a dict of names and values, got list"]),
    ],
)
def test_problems_are_sentences_and_none_means_that_the_config_belongs(config, problems) -> None:
    assert small().problems(config) == problems


def test_each_parameter_is_drawn_from_its_own_coordinate_of_one_vector() -> None:
    space = small()
    u = np.random.default_rng(5).random(4)
    config = space.sample(np.random.default_rng(5))
    for index, name in enumerate(space.names):
        if name in config:
            assert config[name] == space[name].from_unit(u[index])
    longer = space.with_parameter("extra", Float(0, 1)).sample(np.random.default_rng(5))
    assert {name: longer[name] for name in config} == config


def test_many_draws_are_the_single_draws_in_a_row() -> None:
    rng = np.random.default_rng(1)
    assert small().sample_many(np.random.default_rng(1), 20) == [small().sample(rng) for _ in range(20)]


def test_draws_are_even_over_values_and_over_decades() -> None:
    configs = small().sample_many(np.random.default_rng(0), 4000)
    assert np.mean([config["opt"] == "sgd" for config in configs]) == pytest.approx(0.5, abs=0.05)
    assert np.mean([config["lr"] < 1e-2 for config in configs]) == pytest.approx(0.5, abs=0.05)
    assert np.mean([config["layers"] == 1 for config in configs]) == pytest.approx(1 / 3, abs=0.05)


def test_defaults_honour_the_conditions() -> None:
    assert small().defaults() == {"lr": pytest.approx(1e-2), "layers": 2, "opt": "sgd", "momentum": 0.5}
    space = Space(a=Categorical("x", "y", default="y"), b=Int(0, 9, default=7), c=Int(0, 1, when={"a": "x"}))
    assert space.defaults() == {"a": "y", "b": 7}
    assert small().problems(small().defaults()) == []


def test_a_finite_space_is_counted_and_listed_once_each() -> None:
    space = Space(
        kind=Categorical("u", "v", "w"), n=Int(1, 3, when={"kind": ("u", "v")}), deep=Int(0, 4, when={"n": ">= 2"}),
        free=Ordinal("s", "l"), mix=Float(0, 1, step=0.5, when={"kind": "u", "free": "l"}),
    )  # fmt: skip
    configs = list(space.configs())
    assert space.size() == len(configs) == 11 * (1 + 3) + 11 * 2 + 1 * 2
    assert len({repr(sorted(config.items())) for config in configs}) == len(configs)
    assert not any(space.problems(config) for config in configs)
    assert configs[0] == {"kind": "u", "n": 1, "free": "s"}


def test_listing_honours_rules_and_counting_is_an_upper_bound() -> None:
    space = Space(a=Int(1, 4), b=Int(1, 4), c=Categorical("x", "y"), rules=["a < b", "c == 'x' or a > 2"])
    configs = list(space.configs())
    assert [(config["a"], config["b"]) for config in configs if config["c"] == "x"] == [
        (1, 2), (1, 3), (1, 4), (2, 3), (2, 4), (3, 4),
    ]  # fmt: skip
    assert [config for config in configs if config["c"] == "y"] == [{"a": 3, "b": 4, "c": "y"}]
    assert space.size() == 32


def test_listing_goes_on_where_children_stand_before_their_parents() -> None:
    space = Space(child=Int(0, 1, when={"top": 1}), top=Int(0, 1))
    assert list(space.configs()) == [{"top": 0}, {"child": 0, "top": 1}, {"child": 1, "top": 1}]
    assert list(space.configs())[1].keys() == {"child": None, "top": None}.keys()


def test_a_continuous_space_has_no_size_and_cannot_be_listed() -> None:
    assert small().size() is None
    with pytest.raises(InvalidArgumentError, match="'lr' is continuous"):
        small().configs()


def test_a_large_conditional_space_is_counted_without_listing() -> None:
    space = Space({f"p{i}": Int(0, 9) for i in range(30)} | {"c": Int(1, 5, when={f"p{i}": ">= 5" for i in range(3)})})
    assert space.size() == 10**27 * (1000 - 125 + 125 * 5)
    big = Space(p=Int(0, 10**9), c=Int(1, 2, when={"p": ">= 5"}))
    assert big.size() == (10**9 + 1) * 3


def test_a_space_is_a_frozen_value() -> None:
    space = small()
    with pytest.raises(AttributeError, match="frozen"):
        space.rules = ()  # type: ignore[misc]
    with pytest.raises(AttributeError, match="frozen"):
        del space.parameters
    with pytest.raises(TypeError):
        space.parameters["x"] = Float(0, 1)  # type: ignore[index]
    assert space == small()
    assert hash(space) == hash(small())
    assert space != Space({name: space[name] for name in reversed(space.names)})
    assert space != "space"
    assert len({space, small()}) == 1


def test_a_space_survives_pickling() -> None:
    space = Space({**small().parameters}, rules=["layers < 3 or lr < 0.1"])
    again = pickle.loads(pickle.dumps(space))  # noqa: S301 - our own bytes
    assert again == space
    assert again.sample(np.random.default_rng(0)) == space.sample(np.random.default_rng(0))


def test_a_space_reads_like_a_mapping_and_prints_as_it_was_written() -> None:
    space = small()
    assert len(space) == 4
    assert list(space) == ["lr", "layers", "opt", "momentum"] == list(space.names)
    assert "lr" in space
    assert "q" not in space
    assert space["layers"] == Int(1, 3)
    names = {"Space": Space, "Float": Float, "Int": Int, "Categorical": Categorical, "Ordinal": Ordinal, "Near": Near}
    for shown in (space, Space({"a b": Int(0, 1)}), Space(), Space(a=Int(0, 1, prior=Near(1)), rules=["a < 1"])):
        assert eval(repr(shown), names) == shown  # noqa: S307 - the repr is what is tested


def test_an_absent_optional_parameter_is_no_problem_and_is_proposed() -> None:
    space = Space(a=Int(0, 1), b=Float(0, 1, optional=True), c=Int(0, 1, when={"b": "< 2"}))
    assert space.problems({"a": 0}) == []
    assert space.problems({"a": 0, "b": 5.0}) != []
    assert space.active({"a": 0}) == ("a",)
    assert set(space.sample(np.random.default_rng(0))) == {"a", "b", "c"}
    assert np.isnan(space.encoding.encode([{"a": 0}])).tolist() == [[False, True, True]]
    assert space.encoding.decode([[0.2, np.nan, 0.9]]) == [{"a": 0}]


def test_edits_return_new_spaces_and_leave_the_old_one() -> None:
    space = small()
    wider = space.with_parameter("layers", Int(1, 9))
    assert wider.names == space.names
    assert wider["layers"].high == 9
    assert space["layers"].high == 3
    assert space.with_parameter("new", Int(0, 1)).names == (*space.names, "new")
    assert space.without("momentum").names == ("lr", "layers", "opt")
    frozen = space.freeze("opt", "adam").freeze("layers", 2).freeze("lr", 0.5)
    assert frozen.sample(np.random.default_rng(0)) == {"lr": 0.5, "layers": 2, "opt": "adam"}
    assert space.freeze("momentum", 0.5)["momentum"].when == space["momentum"].when


def test_freezing_keeps_the_object_behind_a_label() -> None:
    space = Space(act=Categorical(np.tanh, (1, 2), "x"), size=Ordinal({"s": [1], "l": [2]}))
    assert space.freeze("act", np.tanh).realise({"act": "tanh"}) == {"act": np.tanh}
    assert space.freeze("act", (1, 2)).realise({"act": "(1, 2)"}) == {"act": (1, 2)}
    assert space.freeze("size", "l").realise({"size": "l"}) == {"size": [2]}


def test_old_configs_keep_their_place_after_an_edit() -> None:
    old = Space(a=Float(0, 10), b=Int(1, 10), c=Categorical("x", "y"), d=Int(0, 3, when={"c": "y"}))
    configs = [{"a": 9.0, "b": 9, "c": "x"}, {"a": 1.0, "b": 1, "c": "y", "d": 3}]
    new = (
        old.with_parameter("a", Float(0, 2)).with_parameter("b", Int(5, 6))
        .with_parameter("c", Categorical("y", "z")).with_parameter("e", Float(0, 4, default=1.0))
        .with_parameter("f", Int(0, 1))
    )  # fmt: skip
    x = new.encoding.encode(configs)
    assert x[:, 0].tolist() == [4.5, 0.5]
    assert x[:, 1].tolist() == [2.25, -1.75]
    assert np.isnan(x[0, 2])
    assert x[1, 2] == 0.25
    assert np.isnan(x[0, 3])
    assert x[1, 3] == 0.875
    assert x[:, 4].tolist() == [0.25, 0.25]
    assert np.isnan(x[:, 5]).all()
    assert "c='x' must be one of 'y', 'z'" in new.problems(configs[0])


def test_a_missing_parent_at_its_default_keeps_its_children_active() -> None:
    space = Space(a=Int(0, 9, when={"p": "old"}), p=Categorical("new", "old", default="old"))
    assert space.encoding.encode([{"a": 4}]).tolist() == [[0.45, 0.75]]


def test_a_parent_that_changed_its_type_leaves_old_children_without_a_place() -> None:
    space = Space(p=Int(0, 3), c=Float(0, 1, when={"p": ">= 1"}))
    assert np.isnan(space.encoding.encode([{"p": "big", "c": 0.5}])).all()


@pytest.mark.parametrize(
    ("old", "new", "both"),
    [
        (Float(0, 1), Float(2, 3), Float(0, 3)),
        (Float(0, 5), Float(2, 3), Float(0, 5)),
        (Float(1e-3, 1, log=True), Float(1e-5, 1e-2, log=True), Float(1e-5, 1, log=True)),
        (Float(0, 1, step=0.5), Float(1.5, 3, step=0.5), Float(0, 3, step=0.5)),
        (Float(0, 1, step=0.5), Float(0.3, 1.3, step=0.5), Float(0, 1.3)),
        (Float(0, 1, step=0.5), Float(0, 1), Float(0, 1)),
        (Int(1, 3), Int(5, 9), Int(1, 9)),
        (Int(0, 8, step=4), Int(2, 10, step=4), Int(0, 10, step=2)),
        (Int(0, 8, step=4), Int(4, 16, step=4), Int(0, 16, step=4)),
        (Int(3, 3), Int(3, 3), Int(3, 3)),
        (Int(1, 1), Int(3, 3), Int(1, 3)),
        (Int(1, 1, log=True), Int(3, 3, log=True), Int(1, 3, log=True)),
        (Int(1, 8, log=True), Int(4, 64, log=True), Int(1, 64, log=True)),
        (Categorical("a", "b"), Categorical("b", "c"), Categorical("a", "b", "c")),
        (Categorical("a", "b"), Categorical("b"), Categorical("a", "b")),
        (Ordinal(1, 2), Ordinal(2, 3), Ordinal(1, 2, 3)),
    ],
)
def test_the_hull_holds_both_and_a_domain_that_holds_all_comes_back_itself(old, new, both) -> None:
    found = hull("x", old, new)
    assert found == both
    assert hull("x", found, new) is found
    assert hull("x", found, old) is found


def test_a_discovered_name_joins_as_optional_and_widens() -> None:
    space = merge_discovered(Space(a=Int(0, 1)), "lr", Float(0, 1))
    assert space["lr"] == Float(0, 1, optional=True)
    assert merge_discovered(space, "lr", Float(0.2, 0.8)) is space
    assert merge_discovered(space, "lr", Float(0.5, 2))["lr"] == Float(0, 2, optional=True)
    assert merge_discovered(space, "a", Int(0, 9)) is space
    chosen = merge_discovered(space, "c", Categorical((1, 2), "x", prior=[1, 3]))
    assert chosen["c"] == Categorical((1, 2), "x", prior=[1, 3], optional=True)
    again = merge_discovered(chosen, "c", Categorical((1, 2), [3]))
    assert again["c"].choices == ("(1, 2)", "x", "[3]")
    assert again.realise({"c": "[3]"}) == {"c": [3]}

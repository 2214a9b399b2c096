"""Conditions: the truth table of activity, nesting, ranges, order of declaration."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from tunesmith.errors import InvalidSpaceError
from tunesmith.space import Categorical, Condition, Float, Int, Ordinal, Space

MODEL = Categorical("svm", "mlp", "tree")


@pytest.mark.parametrize(
    ("when", "parent", "accepted"),
    [
        ({"p": "svm"}, MODEL, ["svm"]),
        ({"p": ("svm", "mlp")}, MODEL, ["svm", "mlp"]),
        ({"p": ["tree", "mlp"]}, MODEL, ["mlp", "tree"]),
        ({"p": {"tree"}}, MODEL, ["tree"]),
        ({"p": None}, Categorical(None, "x"), [None]),
        ({"p": True}, Categorical(True, False), [True]),
        ({"p": ">= 2"}, Categorical(">= 2", "other"), [">= 2"]),
        ({"p": (1, 2)}, Categorical((1, 2), 1, 2), [1, 2]),
        ({"p": [(1, 2)]}, Categorical((1, 2), 1, 2), ["(1, 2)"]),
        ({"p": 2}, Int(1, 4), [2]),
        ({"p": (1, 4)}, Int(1, 4), [1, 4]),
        ({"p": ">= 2"}, Int(1, 4), [2, 3, 4]),
        ({"p": ">2"}, Int(1, 4), [3, 4]),
        ({"p": " <= 2 "}, Int(1, 4), [1, 2]),
        ({"p": "< 2"}, Int(1, 4), [1]),
        ({"p": "> 1, <= 3"}, Int(1, 4), [2, 3]),
        ({"p": "!= 2"}, Int(1, 4), [1, 3, 4]),
        ({"p": "== 2"}, Int(1, 4), [2]),
        ({"p": ">= 2.5e-1"}, Float(0, 0.5, step=0.25), [0.25, 0.5]),
        ({"p": 0.1 + 0.2}, Float(0, 0.5, step=0.1), [0.3]),
        ({"p": "medium"}, Ordinal("small", "medium"), ["medium"]),
    ],
)
def test_a_child_is_active_exactly_for_the_values_asked_for(when, parent, accepted) -> None:
    space = Space(p=parent, child=Float(0, 1, when=when))
    values = [parent.level(index) for index in range(parent.levels)]
    assert [value for value in values if "child" in space.active({"p": value, "child": 0.5})] == accepted
    x = np.array([[parent.to_unit(value), 0.5] for value in values])
    assert [value for value, alive in zip(values, space.encoding.active(x)[:, 1], strict=True) if alive] == accepted


def test_several_parents_must_all_hold_and_inactivity_is_inherited() -> None:
    space = Space(
        a=Int(0, 1), b=Int(0, 1), both=Int(0, 1, when={"a": 1, "b": 1}), deep=Int(0, 1, when={"both": 1}),
        deeper=Float(0, 1, when={"deep": "< 1", "a": 1}),
    )  # fmt: skip
    for a, b, both, deep in product((0, 1), repeat=4):
        config = {"a": a, "b": b, "both": both, "deep": deep, "deeper": 0.5}
        expected = ["a", "b"]
        expected += ["both"] if a and b else []
        expected += ["deep"] if a and b and both else []
        expected += ["deeper"] if a and b and both and deep == 0 else []
        assert space.active(config) == tuple(expected)
        kept = {name: config[name] for name in expected}
        assert space.problems(kept) == []
        if len(kept) < 5:
            assert any("active only when" in problem for problem in space.problems(config))
        assert space.encoding.decode(space.encoding.encode([kept])) == [kept]


def test_children_may_be_declared_before_their_parents() -> None:
    space = Space(leaf=Float(0, 1, when={"mid": 1}), mid=Int(0, 1, when={"top": "x"}), top=Categorical("x", "y"))
    rng = np.random.default_rng(0)
    configs = space.sample_many(rng, 200)
    assert {tuple(config) for config in configs} == {("leaf", "mid", "top"), ("mid", "top"), ("top",)}
    assert not any(space.problems(config) for config in configs)
    assert space.encoding.names == ("leaf", "mid", "top")


def test_an_unknown_value_of_a_parent_leaves_its_children_inactive() -> None:
    space = Space(p=Int(1, 4), child=Float(0, 1, when={"p": ">= 2"}))
    assert space.problems({"p": [3]}) == ["p=[3] must be an int from 1 to 4"]
    assert space.active({"p": "three"}) == ("p",)
    assert np.isnan(space.encoding.encode([{"p": "three", "child": 0.5}])).all()


def test_conditions_are_kept_as_values() -> None:
    domain = Float(0, 1, when={"model": ("svm", "mlp"), "layers": ">= 2"})
    assert domain.when == (Condition("model", ("svm", "mlp")), Condition("layers", (">= 2",)))
    assert Float(0, 1, when=domain.when) == domain
    assert "when={'model': ['svm', 'mlp'], 'layers': '>= 2'}" in repr(domain)


@pytest.mark.parametrize(
    ("parent", "possible", "never"),
    [
        (Int(1, 9), [">= 9", "> 2, < 4", ">= 2, <= 2", "!= 1"], ["> 2, < 3", "> 2.1, < 2.9", "> 2, < 4, != 3", "> 9"]),
        (Int(1, 97, step=4), ["> 4, < 6", "> 1, <= 5"], ["> 5, < 9", "> 93, < 97", ">= 98"]),
        (Int(0, 2**62), [f">= {2**61 + 1}, <= {2**61 + 1}"], [f"> {2**61}, < {2**61 + 1}"]),
        (Float(0, 1, step=0.25), [">= 0.25, <= 0.5"], ["> 0.25, < 0.5"]),
        (Float(0, 1), [">= 1", "<= 0", "> 0.2, < 0.3"], ["> 1", "< 0", "> 0.5, < 0.5", ">= 0.5, < 0.5"]),
    ],
)
def test_a_range_that_holds_no_value_of_the_parent_is_refused(parent, possible, never) -> None:
    for text in possible:
        Space(p=parent, child=Float(0, 1, when={"p": text}))
    for text in never:
        with pytest.raises(InvalidSpaceError, match=f"asks for p {text}, which can never be: 'p' is "):
            Space(p=parent, child=Float(0, 1, when={"p": text}))


def test_a_frozen_parent_may_have_children_that_are_never_active() -> None:
    space = Space(model=MODEL, c=Float(0, 1, when={"model": "svm"}), n=Int(1, 3), w=Int(1, 2, when={"n": ">= 2"}))
    frozen = space.freeze("model", "mlp").freeze("n", 1)
    assert frozen.sample(np.random.default_rng(0)) == {"model": "mlp", "n": 1}
    assert Space.from_dict(frozen.to_dict()) == frozen
    assert frozen.size() == 1

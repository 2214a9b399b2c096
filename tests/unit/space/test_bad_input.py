"""Everything that cannot be right is refused at definition, with the argument, the value and the way out."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest

from tunesmith.errors import InvalidSpaceError
from tunesmith.space import Categorical, Float, Int, Near, Normal, Ordinal, Space, merge_discovered

ONE = Float(0, 1)
NAN, INF = math.nan, math.inf

DOMAINS = [
    (lambda: Float(3, 1), ["Float", "low=3.0", "high=1.0"]),
    (lambda: Int(3, 1), ["Int", "low=3", "high=1"]),
    (lambda: Float(0, 1, log=True), ["low > 0", "low=0.0"]),
    (lambda: Float(-1, 1, log=True), ["low=-1.0"]),
    (lambda: Int(0, 5, log=True), ["low >= 1", "low=0"]),
    (lambda: Float(0, 1, step=0), ["step > 0"]),
    (lambda: Float(0, 1, step=-0.1), ["step=-0.1"]),
    (lambda: Int(0, 1, step=0), ["step > 0"]),
    (lambda: Int(0, 1, step=1.5), ["step=1.5"]),
    (lambda: Float(0, 1, step=NAN), ["finite step"]),
    (lambda: Float(0, 1, step=1e-300), ["2**51"]),
    (lambda: Float(1e-3, 1, log=True, step=0.1), ["log or step"]),
    (lambda: Int(1, 9, log=True, step=2), ["log or step"]),
    (lambda: Float(NAN, 1), ["low=nan"]),
    (lambda: Float(0, INF), ["high=inf"]),
    (lambda: Float(-INF, 0), ["low=-inf"]),
    (lambda: Float(0, 10**400), ["finite high"]),
    (lambda: Float("0", 1), ["low='0'"]),
    (lambda: Float(False, 1), ["low=False"]),
    (lambda: Float(None, 1), ["low=None"]),
    (lambda: Float(0, 1, log="yes"), ["log='yes'"]),
    (lambda: Float(0, 1, optional=1), ["optional=1"]),
    (lambda: Int(0, 4.0), ["high=4.0", "Float"]),
    (lambda: Int(0, NAN), ["high=nan"]),
    (lambda: Int(True, 4), ["low=True"]),
    (lambda: Int(0, 2**70), ["64 bits", str(2**70)]),
    (lambda: Int(-(2**63), 2**63 - 1), ["larger step"]),
    (lambda: Int(2**62, 2**62 + 1, log=True), ["drop log"]),
    (lambda: Float(1.0, math.nextafter(1.0, 2.0) * 1e300, log=True, step=1.0), ["log or step"]),
    (lambda: Float(1e300, math.nextafter(1e300, INF), log=True), ["drop log"]),
    (lambda: Float(0, 1, default=2), ["default=2.0", "0.0 to 1.0"]),
    (lambda: Float(0, 1, default="a"), ["default='a'"]),
    (lambda: Float(0, 1, step=0.5, default=0.3), ["default=0.3"]),
    (lambda: Int(0, 3, default=4), ["default=4"]),
    (lambda: Int(0, 3, default=1.0), ["default=1.0"]),
    (Categorical, ["at least one choice"]),
    (Ordinal, ["at least one choice"]),
    (lambda: Categorical({}), ["at least one choice"]),
    (lambda: Categorical("a", "b", "a"), ["'a' and 'a'"]),
    (lambda: Categorical(1, 1.0, True), ["1 and 1.0"]),
    (lambda: Ordinal(0, False), ["0 and False"]),
    (lambda: Categorical("[1]", [1]), ["'[1]' and '[1]'"]),
    (lambda: Categorical(["a", "b"]), ["one by one", "Categorical(*choices)"]),
    (lambda: Categorical({"a", "b"}), ["one by one"]),
    (lambda: Categorical(range(3)), ["one by one"]),
    (lambda: Categorical(np.arange(3)), ["one by one"]),
    (lambda: Ordinal(("a", "b")), ["one by one", "Ordinal(*choices)"]),
    (lambda: Categorical("a", object()), ["label", "object"]),
    (lambda: Categorical("a", lambda: 1), ["label"]),
    (lambda: Categorical("a", partial(print, 1)), ["label"]),
    (lambda: Categorical("a", [1, {2}]), ["label"]),
    (lambda: Categorical("a", {1: 2}), ["text keys"]),
    (lambda: Categorical("a", NAN), ["label", "nan"]),
    (lambda: Categorical("a", [INF]), ["inf"]),
    (lambda: Categorical("a", 2**80), ["64 bits"]),
    (lambda: Categorical("a", "b\0"), ["\\x00"]),
    (lambda: Categorical("a", "\ud800"), ["ud800"]),
    (lambda: Categorical({1: "a"}), ["texts as labels", "1"]),
    (lambda: Categorical("a", default="b"), ["default='b'"]),
    (lambda: Ordinal(1, 2, default=2.0), ["default=2.0"]),
    (lambda: Categorical("a", "b", prior=[1]), ["one prior weight", "2 choices"]),
    (lambda: Categorical("a", "b", prior=[1, -1]), ["weights >= 0"]),
    (lambda: Categorical("a", "b", prior=[0, 0]), ["positive sum"]),
    (lambda: Categorical("a", "b", prior=[1, NAN]), ["prior weight"]),
    (lambda: Categorical("a", "b", prior={"c": 1}), ["'c'"]),
    (lambda: Categorical("a", "b", prior="ab"), ["'ab'"]),
    (lambda: Categorical("a", "b", prior=Near("c")), ["'c'"]),
    (lambda: Ordinal("a", "b", prior=[1, 2]), ["Near"]),
    (lambda: Float(0, 1, prior=Near(2.0)), ["2.0"]),
    (lambda: Float(0, 1, prior=Normal(2.0, 1.0)), ["mean=2.0"]),
    (lambda: Float(0, 1, prior=0.5), ["Normal(mean, std)", "0.5"]),
    (lambda: Int(0, 5, prior=Near(2.5)), ["2.5"]),
    (lambda: Int(0, 5, prior=Normal(-1, 1)), ["mean=-1.0"]),
    (lambda: Normal(0, 0), ["std > 0"]),
    (lambda: Normal(NAN, 1), ["mean=nan"]),
    (lambda: Near(0, "sure"), ["'sure'"]),
    (lambda: Near(0, 0), ["confidence", "0"]),
    (lambda: Near(0, NAN), ["nan"]),
    (lambda: Float(0, 1, when="a"), ["when", "'a'"]),
    (lambda: Float(0, 1, when={"a": ()}), ["when", "'a'", "none"]),
    (lambda: Float(0, 1, when={"": 1}), ["empty"]),
    (lambda: Float(0, 1, when={"a": object()}), ["when"]),
]

SPACES = [
    (lambda: Space({"": ONE}), ["empty"]),
    (lambda: Space({"  ": ONE}), ["empty"]),
    (lambda: Space({1: ONE}), ["1", "int"]),
    (lambda: Space({None: ONE}), ["NoneType"]),
    (lambda: Space({"a\0": ONE}), ["control", "\\x00"]),
    (lambda: Space({"a\nb": ONE}), ["control"]),
    (lambda: Space({"\x7f": ONE}), ["control"]),
    (lambda: Space({"a\ud800": ONE}), ["ud800"]),
    (lambda: Space({"x" * 201: ONE}), ["200", "201"]),
    (lambda: Space({"a": ONE}, a=ONE), ["'a'", "twice"]),
    (lambda: Space({"é": ONE, "e\u0301": ONE}), ["twice"]),
    (lambda: Space(a=(0, 1)), ["'a'", "(0, 1)", "tuple"]),
    (lambda: Space(a=Float), ["'a'"]),
    (lambda: Space([("a", ONE)]), ["mapping", "list"]),
    (lambda: Space(a=ONE, rules="a < 1"), ["list of texts"]),
    (lambda: Space(rules=ONE), ["list of texts"]),
    (lambda: Space(a=Float(0, 1, when={"b": 1})), ["'a'", "'b'", "no parameter"]),
    (lambda: Space(a=Float(0, 1, when={"a": "> 0.5"})), ["circle", "'a'"]),
    (lambda: Space(a=Int(0, 1, when={"b": 1}), b=Int(0, 1, when={"a": 1})), ["circle", "'a'", "'b'"]),
    (lambda: Space(a=Categorical("x", "y"), b=Float(0, 1, when={"a": "z"})), ["'b'", "a='z'", "'x', 'y'"]),
    (lambda: Space(a=Categorical("x", "y"), b=Float(0, 1, when={"a": ("x", "z")})), ["a='z'"]),
    (lambda: Space(a=Categorical(True, False), b=Float(0, 1, when={"a": 1})), ["a=1"]),
    (lambda: Space(a=Int(1, 4), b=Float(0, 1, when={"a": 5})), ["a=5"]),
    (lambda: Space(a=Int(1, 4), b=Float(0, 1, when={"a": ">= 5"})), ["never"]),
    (lambda: Space(a=Int(1, 4), b=Float(0, 1, when={"a": "> 4"})), ["never"]),
    (lambda: Space(a=Int(1, 4), b=Float(0, 1, when={"a": "> 3, < 2"})), ["never"]),
    (lambda: Space(a=Int(1, 4), b=Float(0, 1, when={"a": "two"})), ["range", "'two'"]),
    (lambda: Space(a=Float(1, 4), b=Float(0, 1, when={"a": (2.0, 3.0)})), ["a=2.0", "continuous", '">= 0.2, <= 0.5"']),
    (lambda: Space(a=Float(1, 4), b=Float(0, 1, when={"a": "== 2"})), ["a='== 2'", "continuous"]),
    (lambda: Space(a=Int(1, 4), b=Float(0, 1, when={"a": (">= 2", "< 4")})), ["one text"]),
    (lambda: Space(a=ONE).without("b"), ["'b'", "there are a"]),
    (lambda: Space(a=ONE).freeze("b", 1), ["'b'"]),
    (lambda: Space(a=ONE).freeze("a", 2), ["'a'", "2"]),
    (lambda: Space(a=Categorical("x", "y")).freeze("a", "z"), ["'z'"]),
    (lambda: Space(a=Int(0, 1), b=Float(0, 1, when={"a": 1})).without("a"), ["'b'", "'a'"]),
    (lambda: Space(a=ONE, b=ONE, rules=["a < b"]).without("a"), ["'a < b'"]),
    (lambda: merge_discovered(Space(a=Float(0, 1, optional=True)), "a", Int(0, 1)), ["'a'", "two names"]),
    (lambda: merge_discovered(Space(a=Float(1, 2, optional=True)), "a", Float(1, 2, log=True)), ["'a'", "scale"]),
]


@pytest.mark.parametrize(("make", "words"), DOMAINS + SPACES)
def test_a_definition_that_cannot_be_right_is_refused_in_words(make, words) -> None:
    with pytest.raises(InvalidSpaceError) as caught:
        make()
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    "name", ["lr", "learning rate", "a.b", "größe", "学習率", "\u200fabc", "x" * 200, "class", "rules", "a`b", "log"]
)
def test_any_readable_name_is_taken(name) -> None:
    space = Space({name: ONE})
    assert space.names == (name,)
    assert Space.from_dict(space.to_dict()) == space
    assert Space.from_yaml(space.to_yaml()) == space


def test_names_are_normalised_to_form_c() -> None:
    assert Space({"e\u0301": ONE}).names == ("é",)
    space = Space({"e\u0301": Int(0, 1)}, b=Float(0, 1, when={"e\u0301": 1}), rules=["e\u0301 < 2"])
    assert space.active({"é": 1, "b": 0.5}) == ("é", "b")


def test_low_equal_to_high_is_a_constant() -> None:
    space = Space(a=Float(1, 1), b=Int(2, 2), c=Float(1, 1, log=True), d=Int(3, 3, log=True))
    config = space.sample(np.random.default_rng(0))
    assert config == {"a": 1.0, "b": 2, "c": 1.0, "d": 3}
    assert space.encoding.encode([config]).tolist() == [[0.5, 0.5, 0.5, 0.5]]
    assert space.size() == 1


def test_the_empty_space_has_one_config() -> None:
    space = Space()
    assert space.sample(np.random.default_rng(0)) == {}
    assert space.problems({}) == []
    assert list(space.configs()) == [{}]
    assert space.size() == 1
    assert space.encoding.encode([{}, {}]).shape == (2, 0)
    assert space.encoding.decode(np.empty((3, 0))) == [{}, {}, {}]
    assert Space.from_yaml(space.to_yaml()) == space

"""Laws of spaces, on random spaces: draws belong, encodings come back, texts come back, mutations are noticed."""

from __future__ import annotations

import json
import math
import pickle

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tunesmith.errors import InvalidSpaceError
from tunesmith.space import Categorical, Float, Int, Ordinal, Space, merge_discovered, neighbours
from tunesmith.space.rules import Rule

FAST = settings(max_examples=60, deadline=None)
finite = st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 6))
labels = st.one_of(
    st.integers(-50, 50), st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6), st.none(),
    st.sampled_from([0.5, 1.5, 2.5]), st.lists(st.integers(0, 3), max_size=2), st.tuples(st.integers(0, 3)),
)  # fmt: skip


@st.composite
def floats(draw, **extras) -> Float:
    low, high = sorted((draw(finite), draw(finite)))
    assume(low == high or high - low > 1e-6 * max(abs(low), abs(high)))
    kind = draw(st.sampled_from(["linear", "log", "step"]))
    if kind == "log":
        low, high = 10 ** (low / 2e5), 10 ** (high / 2e5)
        assume(low == high or high / low - 1 > 1e-6)  # narrower than that, rounding is wider than the tolerance
        return Float(low, high, log=True, **extras)
    if kind == "step":
        count, step = draw(st.integers(0, 40)), draw(st.sampled_from([0.1, 0.25, 0.003, 1.0, 7.5]))
        return (
            Float(low, low + count * step + 0.0, step=step, **extras)
            if count == 0
            else _stepped(low, count, step, extras)
        )
    return Float(low, high, **extras)


def _stepped(low: float, count: int, step: float, extras: dict) -> Float:
    return Float(low, round(low + count * step, 6), step=step, **extras)


@st.composite
def ints(draw, **extras) -> Int:
    kind = draw(st.sampled_from(["linear", "log", "step", "wide"]))
    low = draw(st.integers(-1000, 1000))
    count = draw(st.integers(0, 60))
    if kind == "log":
        low = abs(low) + 1
        return Int(low, low + count, log=True, **extras)
    if kind == "step":
        step = draw(st.integers(1, 9))
        return Int(low, low + count * step, step=step, **extras)
    return Int(low, low + (2**44 * count if kind == "wide" else count), **extras)


@st.composite
def choices(draw, **extras) -> Categorical | Ordinal:
    made = draw(st.lists(labels, min_size=1, max_size=5))
    try:
        return draw(st.sampled_from([Categorical, Ordinal]))(*made, **extras)
    except InvalidSpaceError:  # two equal choices
        return Categorical("a", "b", "c", **extras)


@st.composite
def conditions(draw, earlier: dict) -> dict | None:
    when = {}
    for name in draw(st.lists(st.sampled_from(sorted(earlier)), max_size=2, unique=True)) if earlier else []:
        domain = earlier[name]
        if isinstance(domain, (Categorical, Ordinal)):
            when[name] = list(draw(st.lists(st.sampled_from(domain.choices), min_size=1, max_size=2)))
        else:
            # not the middle itself: a default lies there, and math.exp and np.exp may differ in the last digit
            when[name] = f"{draw(st.sampled_from(['>=', '<=']))} {domain.from_unit(0.4137)!r}"
    return when or None


@st.composite
def spaces(draw, rules: bool = True) -> Space:
    parameters: dict = {}
    for index in range(draw(st.integers(0, 6))):
        extras = {"when": draw(conditions(parameters)), "optional": draw(st.sampled_from([False, False, False, True]))}
        parameters[f"p{index}"] = draw(st.one_of(floats(**extras), ints(**extras), choices(**extras)))
    order = draw(st.permutations(sorted(parameters)))
    numbers = [name for name in order if isinstance(parameters[name], (Float, Int))]
    texts = []
    if rules and numbers and draw(st.booleans()):
        name = draw(st.sampled_from(numbers))
        texts = [f"{name} >= {parameters[name].start()!r} or {numbers[0]} <= {parameters[numbers[0]].start()!r}"]
    return Space({name: parameters[name] for name in order}, rules=texts)


seeds = st.integers(0, 2**32 - 1)


def same(left: dict, right: dict) -> bool:
    """Equal, cells exactly and continuous values within rounding."""
    return left.keys() == right.keys() and all(
        left[name] == right[name]
        or (isinstance(left[name], float) and left[name] == pytest.approx(right[name], rel=1e-9, abs=1e-8))
        for name in left
    )


def rounding(domain) -> float:
    """Return how far a coordinate may move by way of its value: a few of the range's own least steps."""
    if not isinstance(domain, Float) or domain.levels:
        return 2e-7
    low, high = (math.log(domain.low), math.log(domain.high)) if domain.log else (domain.low, domain.high)
    least = math.ulp(max(abs(low), abs(high))) + (math.ulp(1.0) if domain.log else 0.0)
    return max(2e-7, 4 * least / (high - low))


@FAST
@given(spaces(), seeds)
def test_a_draw_belongs_to_its_space(space, seed) -> None:
    rng = np.random.default_rng(seed)
    for config in [space.sample(rng), *space.sample_many(rng, 5)]:
        assert space.problems(config) == []
        assert space.active(config) == tuple(config)


@FAST
@given(spaces(), seeds)
def test_decoding_undoes_encoding(space, seed) -> None:
    configs = space.sample_many(np.random.default_rng(seed), 5)
    x = space.encoding.encode(configs)
    assert ((x >= 0) & (x <= 1) | np.isnan(x)).all()
    back = space.encoding.decode(x)
    assert all(same(left, right) for left, right in zip(configs, back, strict=True))
    cells = space.encoding.levels > 0
    np.testing.assert_array_equal(space.encoding.encode(back)[:, cells], x[:, cells])


@FAST
@given(spaces(rules=False), seeds)
@example(Space(a=Float(1.0, 1.0000000001151292, log=True), b=Float(999_999.999999, 1e6)), 0)
def test_any_point_decodes_to_a_config_that_belongs_and_lies_in_its_cell(space, seed) -> None:
    rng = np.random.default_rng(seed)
    x = rng.uniform(-0.2, 1.2, (8, len(space)))
    x[rng.random(x.shape) < 0.1] = np.nan
    configs = space.encoding.decode(x)
    assert not any(space.problems(config) for config in configs)
    active = space.encoding.active(x)
    for row, config in zip(active, configs, strict=True):
        assert {name for name, alive in zip(space.names, row, strict=True) if alive} == set(config)
    again = space.encoding.encode(configs)
    where = active & ~np.isnan(x)
    narrow = space.encoding.levels < 2**40  # wider cells are finer than the tolerance
    slack = np.array([rounding(space[name]) for name in space.names])
    assert ((np.abs(again - space.encoding.snap(x)) <= slack) | ~(where & narrow)).all()
    low, high = space.encoding.cells(again)
    assert (((low - 1e-9 <= again) & (again <= high + 1e-9)) | ~active)[:, narrow].all()


@FAST
@given(spaces(), seeds)
def test_columns_and_single_configs_agree_about_the_rules(space, seed) -> None:
    x = np.random.default_rng(seed).random((8, len(space)))
    rules = [Rule(text, space.parameters) for text in space.rules]
    expected = [all(rule.holds(config) for rule in rules) for config in space.encoding.decode(x)]
    assert space.encoding.allowed(x).tolist() == expected


@FAST
@given(spaces())
def test_every_form_of_a_space_comes_back_equal(space) -> None:
    assert Space.from_dict(json.loads(json.dumps(space.to_dict()))) == space
    assert Space.from_yaml(space.to_yaml()) == space
    assert pickle.loads(pickle.dumps(space)) == space  # noqa: S301 - our own bytes
    assert hash(Space.from_dict(space.to_dict())) == hash(space)


@FAST
@given(spaces(), seeds, st.data())
def test_a_mutated_config_has_problems(space, seed, data) -> None:
    config = space.sample(np.random.default_rng(seed))
    assert space.problems({**config, "stranger": 1})
    needed = [name for name in config if not space[name].optional]
    if needed:
        name = data.draw(st.sampled_from(needed))
        assert space.problems({key: value for key, value in config.items() if key != name})
    if config:
        name = data.draw(st.sampled_from(sorted(config)))
        for wrong in (object(), [1], math.nan, "no such choice at all", 10**30, {"x": 1}):
            assert any(name in problem for problem in space.problems({**config, name: wrong}))
    for name in space.names:
        if name not in config and space[name].when:
            assert space.problems({**config, name: space[name].start()})


@FAST
@given(spaces(rules=False), seeds)
def test_a_new_parameter_at_the_end_moves_no_draw(space, seed) -> None:
    longer = space.with_parameter("zz", Float(0, 1))
    config = longer.sample(np.random.default_rng(seed))
    del config["zz"]
    assert config == space.sample(np.random.default_rng(seed))


@FAST
@given(spaces(rules=False))
def test_a_finite_space_lists_as_many_configs_as_it_counts(space) -> None:
    size = space.size()
    if size is not None and size <= 3000:
        configs = list(space.configs())
        assert len(configs) == size
        assert len({repr(sorted(config.items())) for config in configs}) == size
        assert not any(space.problems(config) for config in configs[:50])


@FAST
@given(spaces(), seeds)
def test_neighbours_belong_and_differ(space, seed) -> None:
    rng = np.random.default_rng(seed)
    config = space.sample(rng)
    for other in neighbours(space, config, rng):
        assert space.problems(other) == []
        assert other != config


@FAST
@given(spaces(), seeds, st.data())
def test_freezing_leaves_one_value_and_the_config_belonging(space, seed, data) -> None:
    config = space.sample(np.random.default_rng(seed))
    assume(config)
    name = data.draw(st.sampled_from(sorted(config)))
    try:
        frozen = space.freeze(name, config[name])
    except InvalidSpaceError as error:  # a rule about a choice that can no longer be
        assert "rule" in str(error)  # noqa: PT017
        return
    assert frozen.problems(config) == []
    assert frozen[name].levels == 1
    assert frozen.encoding.encode([config])[0, frozen.names.index(name)] == 0.5


@FAST
@given(st.one_of(st.tuples(floats(), floats()), st.tuples(ints(), ints()), st.tuples(choices(), choices())))
def test_merging_holds_what_was_met_before_and_now(pair) -> None:
    old, new = pair
    space = merge_discovered(Space(), "x", old)
    try:
        merged = merge_discovered(space, "x", new)["x"]
    except InvalidSpaceError as error:
        assert type(old) is not type(new) or getattr(old, "log", None) != getattr(new, "log", None), error  # noqa: PT017
        return
    assert merged.optional
    for domain in pair:
        assert all(merged.contains(domain.from_unit(u)) for u in (0.0, 0.3, 0.5, 0.8, 1.0))


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("ab12 ()<>=!+-*/%.,'`[]andorti\\\n"), max_size=30))
def test_any_text_is_a_rule_or_is_refused(text) -> None:
    domains = {"a": Int(0, 3), "b": Float(0, 1)}
    try:
        rule = Rule(text, domains)
    except InvalidSpaceError:
        return
    assert rule.holds({"a": 1, "b": 0.5}) in (True, False)
    assert rule.hold({"a": np.ones(2), "b": np.full(2, 0.5)}, 2).tolist() == [rule.holds({"a": 1, "b": 0.5})] * 2

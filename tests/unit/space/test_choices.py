"""Categorical and Ordinal: labels, objects, membership by type."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest

from tunesmith.errors import InvalidConfigError
from tunesmith.space import CATEGORICAL, ORDERED, Categorical, Near, Ordinal, Space


def relu(x: float) -> float:
    return max(x, 0.0)


class Widget:
    """Something that no log can hold."""


@pytest.mark.parametrize(
    ("choice", "label"),
    [
        (None, None), (True, True), (3, 3), (0.5, 0.5), ("a", "a"), ("", ""),
        ([64, 64], "[64, 64]"), ((64, 64), "(64, 64)"), ((64,), "(64,)"), ((), "()"), ([], "[]"),
        ({"a": [1, None], "b": ("x", 2.5)}, '{"a": [1, null], "b": ("x", 2.5)}'),
        (relu, "relu"), (Widget, "Widget"), (np.float64(0.25), 0.25), (np.int64(4), 4), (np.str_("s"), "s"),
    ],
)  # fmt: skip
def test_a_choice_is_stored_as_it_is_or_by_a_label_and_comes_back(choice, label) -> None:
    domain = Categorical("other", choice)
    assert domain.choices == ("other", label)
    assert type(domain.choices[1]) is type(label)
    space = Space(x=domain)
    back = space.realise({"x": label})["x"]
    assert back == choice
    assert type(back) is (type(choice) if not isinstance(choice, np.generic) else type(label))


def test_a_mapping_gives_labels_to_objects() -> None:
    thing = Widget()
    space = Space(x=Categorical({"thing": thing, "inf": math.inf}))
    assert space["x"].choices == ("thing", "inf")
    assert space.realise({"x": "thing"})["x"] is thing
    assert space.realise({"x": "inf"})["x"] == math.inf


def test_lists_tuples_and_functions_come_back_from_a_text_exactly_or_are_refused() -> None:
    space = Space(x=Categorical([64, [1]], (64, (1,)), {"a": (1,)}, relu))
    again = Space.from_dict(space.to_dict())
    assert again == space
    for label in ("[64, [1]]", "(64, (1,))", '{"a": (1,)}'):
        found = again.realise({"x": label})["x"]
        assert found == space.realise({"x": label})["x"]
        assert type(found) is type(space.realise({"x": label})["x"])
    with pytest.raises(InvalidConfigError, match="relu"):
        again.realise({"x": "relu"})


def test_a_mapping_of_objects_survives_a_text_as_labels() -> None:
    space = Space(x=Categorical({"thing": Widget(), "pair": (1, 2)}))
    again = Space.from_dict(space.to_dict())
    assert again == space
    assert again.realise({"x": "pair"}) == {"x": (1, 2)}
    with pytest.raises(InvalidConfigError, match="thing"):
        again.realise({"x": "thing"})


def test_membership_and_coordinates_tell_types_apart() -> None:
    domain = Categorical(1, "1", None)
    assert [domain.contains(value) for value in (1, "1", None, 1.0, True, [1], "2")] == [True] * 3 + [False] * 4
    assert [domain.to_unit(value) for value in (1, "1", None)] == pytest.approx([1 / 6, 1 / 2, 5 / 6])
    assert math.isnan(domain.to_unit(1.0))
    assert math.isnan(domain.to_unit({}))
    assert Categorical(1, 2) != Categorical(1.0, 2.0)


def test_choices_stand_at_the_centres_of_equal_cells() -> None:
    for domain in (Categorical("a", "b", "c", "d"), Ordinal("a", "b", "c", "d")):
        assert [domain.to_unit(choice) for choice in "abcd"] == [0.125, 0.375, 0.625, 0.875]
        assert [domain.from_unit(u) for u in (-1.0, 0.0, 0.25, 0.74, 1.0, 2.0)] == ["a", "a", "b", "c", "d", "d"]
        assert domain.column(np.array([0.0, 0.3, 1.0])).tolist() == ["a", "b", "d"]
        assert domain.snap(np.array([0.01, np.nan, 1.0])).tolist()[::2] == [0.125, 0.875]
        assert [edge.tolist() for edge in domain.cells(np.array([0.3]))] == [[0.25], [0.5]]
    assert Categorical("a").kind == CATEGORICAL
    assert Ordinal("a").kind == ORDERED


def test_one_choice_is_a_constant() -> None:
    space = Space(x=Categorical("only"))
    assert space.sample(np.random.default_rng(0)) == {"x": "only"}
    assert space.size() == 1


def test_the_first_choice_or_the_middle_stands_in_for_a_default() -> None:
    assert Categorical("a", "b").start() == "a"
    assert Ordinal("a", "b", "c").start() == "b"
    assert Ordinal("a", "b", "c", default="c").start() == "c"
    assert Categorical(1, None, default=None).start() is None
    assert Categorical(1, None, default=None).has_default
    assert Categorical(relu, "x", default=relu).start() == "relu"
    assert Categorical({"r": relu, "w": Widget}, default=Widget).start() == "w"
    assert Categorical((1, 2), (3, 4), prior=Near((3, 4))).prior == Near("(3, 4)")


def test_many_choices_are_found_by_their_label() -> None:
    domain = Categorical(*range(50_000))
    assert domain.to_unit(49_999) == pytest.approx(1 - 0.5 / 50_000)
    assert domain.from_unit(domain.to_unit(31_415)) == 31_415
    assert len(repr(domain)) < 200


def test_choices_survive_pickling_with_their_objects() -> None:
    domain = pickle.loads(pickle.dumps(Categorical(relu, (1, 2), "x", when={"a": 1})))  # noqa: S301 - our own bytes
    assert domain == Categorical(relu, (1, 2), "x", when={"a": 1})
    assert domain.table.objects[0] is relu

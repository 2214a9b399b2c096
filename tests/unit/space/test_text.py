"""The dict and YAML forms: round trips, what people write by hand, and what is refused."""

from __future__ import annotations

import json

import pytest
import yaml

from tunesmith.errors import InvalidSpaceError
from tunesmith.space import Categorical, Float, Int, Near, Normal, Ordinal, Space

FULL = Space(
    {
        "lr": Float(1e-5, 1e-1, log=True, default=1e-3, prior=Near(1e-3, "high")),
        "layers": Int(1, 9, step=2, prior=Normal(3, 1.5)),
        "odd name: [x]": Categorical("yes", True, None, 1.5, "null", "2", prior=[1, 2, 3, 4, 5, 6]),
        "net": Categorical([64, 64], (32, [16]), {"a": (1,)}, default=(32, [16]), optional=True),
        "size": Ordinal(
            "s", "m", "l", prior=Near("m", 3.5), when={"layers": ">= 3, < 9", "odd name: [x]": ("yes", None)}
        ),
        "same": Float(2, 2),
        "big": Int(2**60, 2**62, log=True),
    },
    rules=["layers * lr < 1", "`odd name: [x]` != 'yes' or lr < 0.01"],
)  # fmt: skip


def test_every_setting_survives_json_and_yaml() -> None:
    data = FULL.to_dict()
    assert Space.from_dict(json.loads(json.dumps(data, allow_nan=False))) == FULL
    assert Space.from_yaml(FULL.to_yaml()) == FULL
    again = Space.from_yaml(FULL.to_yaml())
    assert again.names == FULL.names
    assert again.to_dict() == data
    assert repr(again) == repr(FULL)


def test_the_order_of_names_does_not_lean_on_the_order_of_keys() -> None:
    data = json.loads(json.dumps(FULL.to_dict(), sort_keys=True))
    assert Space.from_dict(data).names == FULL.names


def test_yaml_is_written_to_and_read_from_a_file(tmp_path) -> None:
    path = tmp_path / "größe.yaml"
    text = FULL.to_yaml(path)
    assert path.read_text(encoding="utf-8") == text
    assert Space.from_yaml(path) == FULL
    assert Space.from_yaml(str(path)) == FULL


def test_yaml_by_hand_is_read_as_it_was_meant() -> None:
    space = Space.from_yaml(
        """
        parameters:
          lr: {type: float, low: 1e-5, high: 0.1, log: true, prior: {near: 1e-3, confidence: high}}
          layers: {type: int, low: 1, high: 4, default: 2}
          optimizer: {type: categorical, choices: [sgd, adam]}
          momentum: {type: float, low: 0.8, high: 0.99, when: {optimizer: sgd}}
          width: {type: ordinal, choices: [64, 128, 256], when: {layers: ">= 2", optimizer: [sgd, adam]}}
          net: {type: categorical, choices: {small: [8], large: [8, 8]}}
          net2: {type: categorical, choices: [[8], [8, 8]]}
        rules:
          - layers < 4 or lr < 0.01
        """
    )
    assert space == Space(
        lr=Float(1e-5, 0.1, log=True, prior=Near(1e-3, "high")), layers=Int(1, 4, default=2),
        optimizer=Categorical("sgd", "adam"), momentum=Float(0.8, 0.99, when={"optimizer": "sgd"}),
        width=Ordinal(64, 128, 256, when={"layers": ">= 2", "optimizer": ("sgd", "adam")}),
        net=Categorical({"small": [8], "large": [8, 8]}), net2=Categorical([8], [8, 8]),
        rules=["layers < 4 or lr < 0.01"],
    )  # fmt: skip
    assert space.realise({"net": "large", "net2": "[8]"}) == {"net": [8, 8], "net2": [8]}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["empty"]),
        ("[1, 2]", ["mapping"]),
        ("just a text", ["mapping"]),
        ("a: [", ["readable YAML"]),
        ("params: {}", ["'params'", "'parameters'"]),
        ("parameters: 3", ["'parameters'", "int"]),
        ("parameters: {a: 3}", ["'a'", "mapping"]),
        ("parameters: {a: {low: 0, high: 1}}", ["'a'", "type"]),
        ("parameters: {a: {type: double, low: 0, high: 1}}", ["'a'", "'double'"]),
        ("parameters: {a: {type: float, low: 0}}", ["'a'", "'high'"]),
        ("parameters: {a: {type: float, low: 0, hihg: 1}}", ["'a'", "did you mean 'high'"]),
        ("parameters: {a: {type: float, low: 2, high: 1}}", ["'a'", "low=2.0"]),
        ("parameters: {a: {type: float, low: zero, high: 1}}", ["'a'", "'zero'"]),
        ("parameters: {a: {type: float, low: .nan, high: 1}}", ["'a'", "nan"]),
        ("parameters: {a: {type: float, low: .inf, high: 1}}", ["'a'", "inf"]),
        ("parameters: {a: {type: int, low: 0, high: 1e3}}", ["'a'", "1000.0"]),
        ("parameters: {a: {type: float, low: 0, high: 1, log: 'no'}}", ["'a'", "log='no'"]),
        ("parameters: {a: {type: categorical}}", ["'a'", "'choices'"]),
        ("parameters: {a: {type: categorical, choices: abc}}", ["'a'", "'abc'"]),
        ("parameters: {a: {type: categorical, choices: []}}", ["'a'", "at least one"]),
        ("parameters: {a: {type: categorical, choices: [1, 1]}}", ["'a'", "1 and 1"]),
        ("parameters: {a: {type: categorical, choices: [{x: 1}]}}", ["'a'", "label"]),
        ("parameters: {a: {type: int, low: 0, high: 1, prior: {std: 1}}}", ["'a'", "mean"]),
        ("parameters: {a: {type: int, low: 0, high: 1, prior: {near: 1, confidenc: 2}}}", ["'a'", "'confidence'"]),
        ("parameters: {a: {type: int, low: 0, high: 1}, a: {type: int, low: 0, high: 2}}", ["'a'", "twice"]),
        ("parameters: {a: {type: int, low: 0, low: 0, high: 1}}", ["'low'", "twice"]),
        ("parameters: [{name: a, type: int, low: 0, high: 1}, {name: a, type: int}]", ["'a'", "twice"]),
        ("parameters: [{type: int, low: 0, high: 1}]", ["None"]),
        ("parameters: {1: {type: int, low: 0, high: 1}}", ["1"]),
        ("parameters: {a: {type: int, low: 0, high: 1}}\nrules: a < 1", ["'rules'", "'a < 1'"]),
        ("parameters: {a: {type: int, low: 0, high: 1}}\nrules: [1]", ["rule", "1"]),
        ("a: {type: int, low: 0, high: 1}", ["'a'", "below 'parameters:'"]),
        ("parameters: {a: !!python/object/apply:os.system ['true']}", ["readable YAML"]),
        ("parameters: &p {a: *p}", ["alias inside itself"]),
        ("parameters: {a: {type: categorical, choices: [!!int abc, 3]}}", ["readable YAML", "abc"]),
        ("parameters: {a: {type: categorical, choices: [!!bool maybe, 3]}}", ["readable YAML", "maybe"]),
        ("parameters: {a: {type: int, low: 0, high: " + "9" * 5000 + "}}", ["readable YAML", "too large"]),
        ("x: " + "[" * 600 + "]" * 600, ["readable YAML"]),
    ],
)  # fmt: skip
def test_what_is_no_space_is_refused_by_name(text, words) -> None:
    with pytest.raises(InvalidSpaceError) as caught:
        Space.from_yaml(text)
    for word in words:
        assert word in str(caught.value)


def test_aliases_that_unfold_without_end_are_refused_before_they_do() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    with pytest.raises(InvalidSpaceError, match="unfolds into more than"):
        Space.from_yaml("\n".join(lines))


def test_a_shared_alias_is_fine() -> None:
    space = Space.from_yaml(
        "parameters:\n  a: &one {type: int, low: 0, high: 1}\n  b: *one\n  c: {<<: *one, high: 3}\n"
    )
    assert space == Space(a=Int(0, 1), b=Int(0, 1), c=Int(0, 3))


@pytest.mark.parametrize("source", [None, 3, b"parameters: {}"])
def test_what_is_neither_text_nor_path_is_refused(source) -> None:
    with pytest.raises(InvalidSpaceError, match="text or a path"):
        Space.from_yaml(source)


@pytest.mark.parametrize("data", [None, [], "x", {"parameters": "x"}, {"rules": ["a < b"]}, {"parameters": [None]}])
def test_data_of_another_form_are_refused(data) -> None:
    with pytest.raises(InvalidSpaceError):
        Space.from_dict(data)


def test_a_step_that_was_shortened_once_is_not_shortened_again() -> None:
    with pytest.warns(UserWarning, match="does not divide"):
        space = Space(a=Float(0, 1, step=0.3))
    assert Space.from_yaml(space.to_yaml()) == space  # a warning here would fail the test


WORDS = ["yes", "no", "on", "off", "Yes", "OFF", "y", "n", "1:30", "1_000", "2024-01-01", "=", "0b11", "sgd"]
QUOTED = ["true", "null", "~", "1e-5", "010", "08", "0x1f", ".5", "5.", ".inf", "<<", ""]


def test_bare_words_in_yaml_are_texts() -> None:
    space = Space.from_yaml(
        f"""
        parameters:
          on: {{type: categorical, choices: [{", ".join(WORDS)}], default: off}}
          x: {{type: float, low: 0, high: 1, when: {{on: yes}}}}
          y: {{type: categorical, choices: [true, false, ~, 010, 0x1f, 0o17, 1e-5, .5, -1]}}
        """
    )
    assert space["on"].choices == tuple(WORDS)
    assert space.defaults()["on"] == "off"
    assert "x" in space.active({"on": "yes"})
    assert "x" not in space.active({"on": "no"})
    assert repr(space["y"].choices) == repr((True, False, None, 10, 31, 15, 1e-5, 0.5, -1))


def test_whole_numbers_in_quotes_or_with_underscores_are_whole() -> None:
    space = Space.from_yaml("parameters:\n  a: {type: int, low: '5', high: 1_000}")
    assert space["a"] == Int(5, 1000)


def test_texts_that_look_like_something_else_survive_yaml() -> None:
    space = Space(a=Categorical(*WORDS, *QUOTED, True, None, 1e-5, 1.5e20, -3), off=Ordinal("no", "yes"))
    again = Space.from_yaml(space.to_yaml())
    assert again == space
    assert repr(again["a"].choices) == repr(space["a"].choices)
    assert yaml.safe_load(space.to_yaml())["parameters"]["off"]["choices"] == ["no", "yes"], "older readers"

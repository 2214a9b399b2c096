"""A config of another space in this one, by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tunesmith.errors import InvalidConfigError
from tunesmith.space import Categorical, Float, Int, Ordinal, Space
from tunesmith.space.moving import Moved, completed, moved

SPACE = Space(
    lr=Float(1e-3, 1e-1, log=True),
    layers=Int(1, 4),
    size=Ordinal(16, 32, 64),
    kind=Categorical("a", "b"),
    dropout=Float(0.0, 0.5, default=0.1),
    momentum=Float(0.5, 0.9, when={"kind": "a"}),
    rate=Float(0.0, 1.0, step=0.25),
)


@pytest.mark.parametrize(
    ("given", "config", "clipped", "lost"),
    [
        ({"lr": 0.01, "gone": 3}, {"lr": 0.01}, {}, {}),  # what only the past knows is left out
        ({"lr": 0.2}, {"lr": 0.1}, {"lr": 0.2}, {}),  # log 2 / log 100 = 0.15 of the range outside
        ({"lr": 0.5}, {}, {}, {"lr": 0.5}),  # 0.35 of the range outside
        ({"lr": -1.0}, {}, {}, {"lr": -1.0}),  # has no logarithm
        ({"layers": 5, "kind": "c"}, {"layers": 4}, {"layers": 5}, {"kind": "c"}),
        ({"layers": 9}, {}, {}, {"layers": 9}),
        ({"size": 48, "kind": "b"}, {"kind": "b"}, {}, {"size": 48}),
        ({"lr": "fast"}, {}, {}, {"lr": "fast"}),
        ({"rate": 0.3}, {"rate": 0.25}, {"rate": 0.3}, {}),  # the nearest step
        ({}, {}, {}, {}),
    ],
)
def test_by_hand(given: dict[str, Any], config: dict[str, Any], clipped: dict[str, Any], lost: dict[str, Any]) -> None:
    assert moved(SPACE, given) == Moved(config, clipped, lost)


def test_completed_takes_defaults_and_draws() -> None:
    config = completed(SPACE, {"lr": 0.01, "kind": "a"}, np.random.default_rng(1))
    assert not SPACE.problems(config)
    assert (config["lr"], config["kind"], config["dropout"]) == (0.01, "a", 0.1)
    assert "momentum" in config


def test_completed_drops_what_is_not_active() -> None:
    config = completed(SPACE, {"kind": "b", "momentum": 0.7}, np.random.default_rng(1))
    assert "momentum" not in config
    assert not SPACE.problems(config)


def test_completed_leaves_optional_parameters_out() -> None:
    space = Space(a=Float(0.0, 1.0), b=Float(0.0, 1.0, optional=True))
    assert completed(space, {"a": 0.5}, np.random.default_rng(1)) == {"a": 0.5}


def test_completed_draws_anew_until_the_rules_hold_and_says_when_they_cannot() -> None:
    space = Space(low=Int(0, 9), high=Int(0, 9, default=0), rules=["low < high"])
    for seed in range(5):
        assert completed(space, {"low": 7}, np.random.default_rng(seed))["high"] > 7
    with pytest.raises(InvalidConfigError, match=r"no config around \{'low': 9\}"):
        completed(space, {"low": 9}, np.random.default_rng(1))

"""Problems for the conformance kits: small spaces of every kind, each with a cheap loss that has no randomness."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, final

from tunesmith.core.protocols import Problem
from tunesmith.space import Categorical, Float, Int, Near, Ordinal, Space

__all__ = ["ALL_CASES", "Case", "case"]

Loss: TypeAlias = Callable[[Mapping[str, Any]], float]


@final
@dataclass(frozen=True)
class Case:
    """A space and a loss.

    Attributes:
        name: what is special about it.
        space: what may vary.
        loss: config -> loss, finite, the same at every call.
        least: the smallest loss of the space, as far as known.
    """

    name: str
    space: Space
    loss: Loss
    least: float = 0.0

    @property
    def finite(self) -> bool:
        """Whether the space has finitely many configs."""
        return self.space.size() is not None

    def problem(self, seed: int = 0) -> Problem:
        """Return the problem that a sampler or pruner is told."""
        return Problem(self.space, seed=seed)


def _bowl(config: Mapping[str, Any]) -> float:
    """Sum of squared distances from 0.3 of the numbers of a config."""
    return math.fsum((value - 0.3) ** 2 for value in config.values())


def _branin(config: Mapping[str, Any]) -> float:
    """Branin's function (Dixon and Szego, 1978), three equal minima of 0.397887."""
    x, y = float(config["x"]), float(config["y"])
    bend = y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6
    return bend**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


def _training(config: Mapping[str, Any]) -> float:
    """Distance of a learning rate from 0.003 in decades, and what optimizer and momentum add."""
    loss = abs(math.log10(config["lr"] / 3e-3))
    if config["optimizer"] == "sgd":
        return loss + 0.2 + abs(float(config["momentum"]) - 0.9)
    return loss + 0.05 * float(config["warmup"])


def _network(config: Mapping[str, Any]) -> float:
    return abs(int(config["layers"]) - 3) + abs(math.log2(config["units"] / 64)) / 4


def _menu(config: Mapping[str, Any]) -> float:
    color, flag = 0.0 if config["color"] == "green" else 1.0, 0.0 if config["flag"] is True else 0.5
    return color + flag + ("s", "m", "l").index(config["size"]) / 4


def _ruled(config: Mapping[str, Any]) -> float:
    return float((config["low"] - 0.2) ** 2 + (config["high"] - 0.5) ** 2 + 0.1 * config["n"])


def _thousand(config: Mapping[str, Any]) -> float:
    return abs(int(config["choice"][1:]) - 437) / 1000


def _optional(config: Mapping[str, Any]) -> float:
    return float((config["a"] - 0.5) ** 2 + (config["b"] - 2) ** 2 / 10 if "b" in config else 1.0 + config["a"])


def _hinted(config: Mapping[str, Any]) -> float:
    return abs(math.log10(config["lr"]) + 3.2) + (0.0 if config["kind"] == "c" else 1.0)


ALL_CASES: Final[tuple[Case, ...]] = (
    Case("continuous", Space(x=Float(-5.0, 10.0), y=Float(0.0, 15.0)), _branin, 0.397887),
    Case("one-dimension", Space(x=Float(0.0, 1.0)), _bowl),
    Case("forty-dimensions", Space({f"x{i}": Float(0.0, 1.0) for i in range(40)}), _bowl),
    Case("integer", Space(layers=Int(1, 6), units=Int(16, 1024, log=True)), _network),
    Case(
        "small-finite",
        Space(color=Categorical("red", "green", "blue"), flag=Categorical(True, False), size=Ordinal("s", "m", "l")),
        _menu,
    ),
    Case(
        "conditional",
        Space(
            lr=Float(1e-5, 1e-1, log=True),
            optimizer=Categorical("sgd", "adam"),
            momentum=Float(0.5, 0.99, when={"optimizer": "sgd"}),
            warmup=Int(0, 5, when={"optimizer": "adam"}),
        ),
        _training,
    ),
    Case(
        "conditional-finite",
        Space(
            model=Categorical("tree", "net"),
            depth=Int(1, 4, when={"model": "tree"}),
            layers=Int(1, 3, when={"model": "net"}),
            skip=Categorical(True, False, when={"layers": ">= 2"}),
        ),
        lambda config: len(config) + config.get("depth", 0) / 10 + config.get("layers", 0) / 10 - 2,
    ),
    Case(
        "ruled",
        Space(low=Float(0.0, 1.0), high=Float(0.0, 1.0), n=Int(0, 3), rules=["low < high", "n < 3 or high < 0.5"]),
        _ruled,
    ),
    Case(
        "ruled-finite",
        Space(a=Int(1, 5), b=Int(1, 5), rules=["a < b"]),
        lambda config: float(config["b"] - config["a"] - 1) + config["a"] / 10,
        0.1,
    ),
    Case("constant", Space(x=Float(2.0, 2.0), n=Int(3, 3), c=Categorical("only")), lambda _: 1.0, 1.0),
    Case("thousand-choices", Space(choice=Categorical(*(f"c{i}" for i in range(1000)))), _thousand),
    Case(
        "discovered",
        Space(a=Float(0.0, 1.0, optional=True), b=Int(1, 3, optional=True)),
        lambda config: _optional({"a": 0.5, **config}),
    ),
    Case(
        "hinted",
        Space(
            lr=Float(1e-6, 1.0, log=True, prior=Near(1e-3, "high"), default=1e-2),
            kind=Categorical("a", "b", "c", prior=(1.0, 2.0, 5.0)),
        ),
        _hinted,
    ),
    Case("nothing", Space(), lambda _: 1.0, 1.0),
)


def case(name: str) -> Case:
    """Return the case of that name."""
    return next(one for one in ALL_CASES if one.name == name)

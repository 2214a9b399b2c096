"""Nevergrad through its own ask and tell; `NGOpt`, its portfolio, is told how many trials there will be."""

from __future__ import annotations

import warnings
from collections import deque
from typing import TYPE_CHECKING, Any, final

import nevergrad as ng
import numpy as np

from benchmarks.problems.draws import hangs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.problems.definitions import Config, Parameter


def branch(space: list[Parameter], parent: tuple[str, str] | None = None) -> Any:
    """Return the nested parametrisation of the parameters that hang on `parent` (name, choice), or on nothing."""
    return ng.p.Dict(**{p["name"]: node(p, space) for p in space if hangs(p, parent)})


def node(p: Parameter, space: list[Parameter]) -> Any:
    """Return one parameter; a choice carries the parameters that hang on it."""
    if p["type"] == "categorical":
        inner = [branch(space, (p["name"], choice)) for choice in p["choices"]]
        return ng.p.Choice([ng.p.Tuple(c, i) for c, i in zip(p["choices"], inner, strict=True)])
    made = ng.p.Log(lower=p["low"], upper=p["high"]) if p.get("log") else ng.p.Scalar(lower=p["low"], upper=p["high"])
    return made.set_integer_casting() if p["type"] == "int" else made


def flat(values: dict[str, Any]) -> Config:
    """Return the config that the nested values of a candidate mean."""
    config: Config = {}
    for name, value in values.items():
        if isinstance(value, tuple):
            config |= {name: value[0], **flat(value[1])}
        else:
            config[name] = value if isinstance(value, int) else float(value)
    return config


@final
class Nevergrad:
    """One optimiser, told in the order of its asks."""

    def __init__(self, space: list[Parameter], optimiser: Any) -> None:
        self._names = [p["name"] for p in space]
        self._optimiser = optimiser
        self._waiting: deque[Any] = deque()

    def ask(self) -> Config:
        self._waiting.append(self._optimiser.ask())
        config = flat(self._waiting[-1].value)
        return {name: config[name] for name in self._names if name in config}

    def tell(self, config: Config, loss: float, excesses: Sequence[float] = ()) -> None:
        del config
        violation = np.maximum(excesses, 0.0) if excesses else None
        self._optimiser.tell(self._waiting.popleft(), loss, constraint_violation=violation)


def make(space: list[Parameter], seed: int, n_trials: int, *, algorithm: str, constraints: int = 0) -> Nevergrad:
    """Return an optimiser; it takes `constraints` as they are told, by its default penalty."""
    del constraints
    warnings.simplefilter("ignore")
    parametrisation = branch(space)
    parametrisation.random_state = np.random.RandomState(seed)
    return Nevergrad(space, ng.optimizers.registry[algorithm](parametrisation, budget=n_trials, num_workers=1))

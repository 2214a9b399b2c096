"""scikit-optimize through its own ask and tell, with its defaults; it has no conditional spaces."""

from __future__ import annotations

import warnings
from collections import deque
from typing import TYPE_CHECKING, Any, final

from skopt import Optimizer
from skopt.space import Categorical, Integer, Real

from benchmarks.peers.conditions import refuse

if TYPE_CHECKING:
    from benchmarks.problems.definitions import Config, Parameter


def domain(p: Parameter) -> Any:
    """Return the dimension of one described parameter.

    Raises:
        ValueError: for a parameter with a condition.
    """
    refuse(p, "scikit-optimize")
    if p["type"] == "categorical":
        return Categorical(p["choices"], name=p["name"])
    kind = Integer if p["type"] == "int" else Real
    return kind(p["low"], p["high"], prior="log-uniform" if p.get("log") else "uniform", name=p["name"])


@final
class Skopt:
    """One optimiser, told in the order of its asks."""

    def __init__(self, space: list[Parameter], seed: int, model: str) -> None:
        self._space = space
        self._optimiser = Optimizer([domain(p) for p in space], base_estimator=model, random_state=seed)
        self._waiting: deque[Any] = deque()

    def ask(self) -> Config:
        self._waiting.append(self._optimiser.ask())
        kinds = {"categorical": str, "int": int, "float": float}
        return {p["name"]: kinds[p["type"]](v) for p, v in zip(self._space, self._waiting[-1], strict=True)}

    def tell(self, config: Config, loss: float) -> None:
        del config
        self._optimiser.tell(self._waiting.popleft(), loss)


def make(space: list[Parameter], seed: int, n_trials: int, *, model: str) -> Skopt:
    del n_trials
    warnings.simplefilter("ignore")
    return Skopt(space, seed, model)

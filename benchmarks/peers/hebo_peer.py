"""HEBO, one suggestion at a time, with its defaults; it has no conditional spaces."""

from __future__ import annotations

import warnings
from collections import deque
from typing import TYPE_CHECKING, Any, final

import numpy as np
import torch
from hebo.design_space.design_space import DesignSpace
from hebo.optimizers.hebo import HEBO

from benchmarks.peers.conditions import refuse

if TYPE_CHECKING:
    from benchmarks.problems.definitions import Config, Parameter

KINDS = {("float", False): "num", ("float", True): "pow", ("int", False): "int", ("int", True): "pow_int"}


def domain(p: Parameter) -> dict[str, Any]:
    """Return the row of HEBO's own description of one parameter.

    Raises:
        ValueError: for a parameter with a condition.
    """
    refuse(p, "HEBO")
    if p["type"] == "categorical":
        return {"name": p["name"], "type": "cat", "categories": p["choices"]}
    kind = KINDS[p["type"], bool(p.get("log"))]
    base = {"base": 10} if kind.startswith("pow") else {}
    return {"name": p["name"], "type": kind, "lb": p["low"], "ub": p["high"], **base}


@final
class Hebo:
    """One optimiser, told in the order of its asks."""

    def __init__(self, space: list[Parameter], seed: int) -> None:
        np.random.seed(seed)  # noqa: NPY002  # it draws from the global generators
        torch.manual_seed(seed)
        self._space = space
        self._optimiser = HEBO(DesignSpace().parse([domain(p) for p in space]), scramble_seed=seed)
        self._waiting: deque[Any] = deque()

    def ask(self) -> Config:
        self._waiting.append(self._optimiser.suggest(n_suggestions=1))
        row = self._waiting[-1].iloc[0]
        kinds = {"categorical": str, "int": int, "float": float}
        found: Config = {p["name"]: kinds[p["type"]](row[p["name"]]) for p in self._space}
        for p in self._space:  # 10**log10(high) may lie a rounding above
            if p["type"] != "categorical":
                found[p["name"]] = min(max(found[p["name"]], p["low"]), p["high"])
        return found

    def tell(self, config: Config, loss: float) -> None:
        del config
        self._optimiser.observe(self._waiting.popleft(), np.array([[loss]]))


def make(space: list[Parameter], seed: int, n_trials: int) -> Hebo:
    del n_trials
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    return Hebo(space, seed)

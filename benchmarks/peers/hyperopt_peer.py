"""hyperopt, driven the way its own `fmin` drives a suggestion algorithm, one trial at a time."""

from __future__ import annotations

import logging
from collections import deque
from math import log
from typing import TYPE_CHECKING, Any, final

import numpy as np
from hyperopt import STATUS_OK, Trials, anneal, hp, rand, space_eval, tpe
from hyperopt.base import JOB_STATE_DONE, JOB_STATE_RUNNING, Domain, spec_from_misc

if TYPE_CHECKING:
    from benchmarks.problems.definitions import Config, Parameter

ALGORITHMS = {"tpe": tpe.suggest, "anneal": anneal.suggest, "random": rand.suggest}


def expression(space: list[Parameter], parent: tuple[str, str] | None = None) -> dict[str, Any]:
    """Return the nested search space of the parameters that hang on `parent` (name, choice), or on nothing."""
    wanted = {} if parent is None else {parent[0]: parent[1]}
    return {p["name"]: node(p, space) for p in space if p.get("when", {}) == wanted}


def node(p: Parameter, space: list[Parameter]) -> Any:
    """Return the expression of one parameter; a choice carries the parameters that hang on it."""
    name = p["name"]
    if p["type"] == "categorical":
        options = [{"choice": choice, "inner": expression(space, (name, choice))} for choice in p["choices"]]
        return hp.choice(name, options)
    low, high = p["low"], p["high"]
    if p["type"] == "int":
        return hp.qloguniform(name, log(low), log(high), 1) if p.get("log") else hp.uniformint(name, low, high)
    return hp.loguniform(name, log(low), log(high)) if p.get("log") else hp.uniform(name, low, high)


@final
class Hyperopt:
    """A `Trials` object in memory, filled one document at a time."""

    def __init__(self, space: list[Parameter], seed: int, algorithm: str) -> None:
        logging.getLogger("hyperopt").setLevel(logging.ERROR)
        self._parameters = {p["name"]: p for p in space}
        self._expression = expression(space)
        self._domain = Domain(lambda config: config, self._expression)
        self._trials = Trials()
        self._suggest = ALGORITHMS[algorithm]
        self._rng = np.random.default_rng(seed)
        self._waiting: deque[Any] = deque()

    def ask(self) -> Config:
        identifiers = self._trials.new_trial_ids(1)
        self._trials.refresh()
        documents = self._suggest(identifiers, self._domain, self._trials, int(self._rng.integers(2**31 - 1)))
        self._trials.insert_trial_docs(documents)
        self._trials.refresh()
        document = self._trials._dynamic_trials[-1]  # noqa: SLF001  # where its own loop finds it
        document["state"] = JOB_STATE_RUNNING
        self._waiting.append(document)
        config: Config = {}
        self._flatten(space_eval(self._expression, spec_from_misc(document["misc"])), config)
        return {name: config[name] for name in self._parameters if name in config}

    def tell(self, config: Config, loss: float) -> None:
        del config
        document = self._waiting.popleft()
        document["state"] = JOB_STATE_DONE
        document["result"] = {"loss": loss, "status": STATUS_OK}
        self._trials.refresh()

    def _flatten(self, values: dict[str, Any], config: Config) -> None:
        for name, value in values.items():
            p = self._parameters[name]
            if p["type"] == "categorical":
                config[name] = value["choice"]
                self._flatten(value["inner"], config)
            else:
                inside = min(max(value, p["low"]), p["high"])  # exp(log(high)) may lie a rounding above
                config[name] = round(inside) if p["type"] == "int" else float(inside)


def make(space: list[Parameter], seed: int, n_trials: int, *, algorithm: str) -> Hyperopt:
    del n_trials
    return Hyperopt(space, seed, algorithm)

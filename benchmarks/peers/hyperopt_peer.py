"""hyperopt, driven the way its own `fmin` drives a suggestion algorithm, one trial at a time."""

from __future__ import annotations

import logging
from collections import deque
from math import log
from typing import TYPE_CHECKING, Any, final

import numpy as np
from hyperopt import STATUS_OK, Trials, anneal, hp, rand, space_eval, tpe
from hyperopt.base import JOB_STATE_DONE, JOB_STATE_RUNNING, Domain, spec_from_misc

from benchmarks.problems.draws import hangs

if TYPE_CHECKING:
    from benchmarks.problems.definitions import Config, Parameter

ALGORITHMS = {"tpe": tpe.suggest, "anneal": anneal.suggest, "random": rand.suggest}


def expression(space: list[Parameter], parent: tuple[str, str] | None, made: dict[str, Any]) -> dict[str, Any]:
    """Return the nested search space of the parameters that hang on `parent` (name, choice), or on nothing.

    `made` holds the nodes that there are already, since one that two choices share must be the same object.
    """
    return {p["name"]: node(p, space, made) for p in space if hangs(p, parent)}


def node(p: Parameter, space: list[Parameter], made: dict[str, Any]) -> Any:
    """Return the expression of one parameter; a choice carries the parameters that hang on it."""
    name = p["name"]
    if name not in made:
        made[name] = choice(p, space, made) if p["type"] == "categorical" else numeric(p)
    return made[name]


def choice(p: Parameter, space: list[Parameter], made: dict[str, Any]) -> Any:
    options = [{"choice": c, "inner": expression(space, (p["name"], c), made)} for c in p["choices"]]
    return hp.choice(p["name"], options)


def numeric(p: Parameter) -> Any:
    name, low, high = p["name"], p["low"], p["high"]
    if p["type"] == "int":
        return hp.qloguniform(name, log(low), log(high), 1) if p.get("log") else hp.uniformint(name, low, high)
    return hp.loguniform(name, log(low), log(high)) if p.get("log") else hp.uniform(name, low, high)


@final
class Hyperopt:
    """A `Trials` object in memory, filled one document at a time."""

    def __init__(self, space: list[Parameter], seed: int, algorithm: str) -> None:
        logging.getLogger("hyperopt").setLevel(logging.ERROR)
        self._parameters = {p["name"]: p for p in space}
        self._expression = expression(space, None, {})
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

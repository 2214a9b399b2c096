"""Ax (with BoTorch) through its `Client`, one suggestion at a time, with its defaults; conditional spaces are left out.

Its first suggestion is the middle of the space, which for a categorical parameter is the middle of the list of choices.
Where that happens to be the best choice it starts with an answer; `shuffled` puts the choices into an order drawn from
the seed, to see what is left without that accident.
"""

from __future__ import annotations

import logging
import warnings
from collections import deque
from typing import TYPE_CHECKING, Any, final

import numpy as np
import torch
from ax.api.client import Client
from ax.api.configs import ChoiceParameterConfig, RangeParameterConfig

from benchmarks.peers.conditions import refuse

if TYPE_CHECKING:
    from benchmarks.problems.definitions import Config, Parameter


def domain(p: Parameter) -> Any:
    """Return Ax's own description of one parameter.

    Raises:
        ValueError: for a parameter with a condition.
    """
    refuse(p, "Ax")
    if p["type"] == "categorical":
        return ChoiceParameterConfig(name=p["name"], values=list(p["choices"]), parameter_type="str", is_ordered=False)
    scaling = "log" if p.get("log") else "linear"
    return RangeParameterConfig(name=p["name"], bounds=(p["low"], p["high"]), parameter_type=p["type"], scaling=scaling)


@final
class Ax:
    """One optimiser, told in the order of its asks."""

    def __init__(self, space: list[Parameter], seed: int) -> None:
        torch.manual_seed(seed)  # its multi-start optimisation draws from the global generator
        self._client = Client(random_seed=seed)
        self._client.configure_experiment(parameters=[domain(p) for p in space])
        self._client.configure_optimization(objective="-loss")
        self._waiting: deque[int] = deque()

    def ask(self) -> Config:
        (found,) = self._client.get_next_trials(max_trials=1).items()
        self._waiting.append(found[0])
        return dict(found[1])

    def tell(self, config: Config, loss: float) -> None:
        del config
        self._client.complete_trial(self._waiting.popleft(), raw_data={"loss": loss})


def reordered(p: Parameter, rng: np.random.Generator) -> Parameter:
    """Return a parameter with its choices, if any, in another order."""
    return {**p, "choices": rng.permutation(p["choices"]).tolist()} if p["type"] == "categorical" else p


def make(space: list[Parameter], seed: int, n_trials: int, *, shuffled: bool = False) -> Ax:
    del n_trials
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)
    if shuffled:
        rng = np.random.default_rng(seed)
        space = [reordered(p, rng) for p in space]
    return Ax(space, seed)

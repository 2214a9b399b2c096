"""Optuna through its own ask and tell, samplers with their defaults."""

from __future__ import annotations

import warnings
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any, final

import optuna

from benchmarks.peers.suggest import suggest_config

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.problems.definitions import Config, Parameter

SAMPLERS = {
    "tpe": optuna.samplers.TPESampler,
    "tpe_group": partial(optuna.samplers.TPESampler, multivariate=True, group=True),
    "random": optuna.samplers.RandomSampler,
    "gp": optuna.samplers.GPSampler,
    "cma": optuna.samplers.CmaEsSampler,
    "nsga2": optuna.samplers.NSGAIISampler,
    "nsga3": optuna.samplers.NSGAIIISampler,
}


@final
class Optuna:
    """One study in memory (or in `storage`), told in the order of its asks."""

    def __init__(self, space: list[Parameter], study: optuna.Study) -> None:
        self._space = space
        self._study = study
        self._waiting: deque[Any] = deque()

    def ask(self) -> Config:
        self._waiting.append(self._study.ask())
        return suggest_config(self._waiting[-1], self._space)

    def tell(self, config: Config, loss: float | list[float], excesses: Sequence[float] = ()) -> None:
        del config
        trial = self._waiting.popleft()
        for number, excess in enumerate(excesses):
            trial.set_constraint(f"c{number}", excess)
        self._study.tell(trial, loss)


def make(
    space: list[Parameter], seed: int, n_trials: int, *, sampler: str, losses: int = 1, constraints: int = 0
) -> Optuna:
    """Return a study; its samplers take `constraints` as they are told, so that they need not be said here."""
    del n_trials, constraints
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
    return Optuna(space, optuna.create_study(directions=["minimize"] * losses, sampler=SAMPLERS[sampler](seed=seed)))

"""Rustuna, the implementation of Optuna's interface in Rust, samplers with their defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

import rustuna

from benchmarks.peers.suggest import suggest_config

if TYPE_CHECKING:
    from benchmarks.problems.definitions import Config, Parameter

SAMPLERS = {"tpe": rustuna.samplers.TPESampler, "random": rustuna.samplers.RandomSampler}


@final
class Rustuna:
    """One study in memory, asked trial by trial."""

    def __init__(self, space: list[Parameter], study: rustuna.Study) -> None:
        self._space = space
        self._study = study
        self._trial: Any = None

    def ask(self) -> Config:
        self._trial = self._study.ask()
        return suggest_config(self._trial, self._space)

    def tell(self, config: Config, loss: float) -> None:
        del config
        self._study.tell(self._trial.number, loss)


def make(space: list[Parameter], seed: int, n_trials: int, *, sampler: str) -> Rustuna:
    del n_trials
    return Rustuna(space, rustuna.create_study(direction="minimize", sampler=SAMPLERS[sampler](seed=seed)))

"""Rustuna, the implementation of Optuna's interface in Rust, samplers with their defaults."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, final

import rustuna

from benchmarks.peers.suggest import suggest_config

if TYPE_CHECKING:
    from benchmarks.problems.definitions import Config, Parameter

SAMPLERS = {"tpe": rustuna.samplers.TPESampler, "random": rustuna.samplers.RandomSampler}


@final
class Rustuna:
    """One study in memory, told in the order of its asks."""

    def __init__(self, space: list[Parameter], study: rustuna.Study) -> None:
        self._space = space
        self._study = study
        self._waiting: deque[Any] = deque()

    def ask(self) -> Config:
        self._waiting.append(self._study.ask())
        return suggest_config(self._waiting[-1], self._space)

    def tell(self, config: Config, loss: float) -> None:
        del config
        self._study.tell(self._waiting.popleft().number, loss)


def make(space: list[Parameter], seed: int, n_trials: int, *, sampler: str) -> Rustuna:
    del n_trials
    return Rustuna(space, rustuna.create_study(direction="minimize", sampler=SAMPLERS[sampler](seed=seed)))

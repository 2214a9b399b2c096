"""Uniform draws in a bare NumPy loop: the floor of cost, and of regret."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import numpy as np

from benchmarks.problems.draws import draw

if TYPE_CHECKING:
    from benchmarks.problems.definitions import Config, Parameter


@final
class NumpyRandom:
    """Draws, and forgets nothing it is told (so that its memory is a fair floor)."""

    def __init__(self, space: list[Parameter], seed: int) -> None:
        self._space = space
        self._rng = np.random.default_rng(seed)
        self._told: list[tuple[Config, float]] = []

    def ask(self) -> Config:
        return draw(self._space, self._rng)

    def tell(self, config: Config, loss: float) -> None:
        self._told.append((config, loss))


def make(space: list[Parameter], seed: int, n_trials: int) -> NumpyRandom:
    del n_trials
    return NumpyRandom(space, seed)

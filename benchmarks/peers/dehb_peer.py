"""DEHB through its own ask and tell, at full budget only: then it is differential evolution with its defaults."""

from __future__ import annotations

import tempfile
from collections import deque
from typing import TYPE_CHECKING, Any, final

from dehb import DEHB
from loguru import logger

from benchmarks.peers.configspace import config_of, space_of

if TYPE_CHECKING:
    from benchmarks.problems.definitions import Config, Parameter


@final
class Dehb:
    """One optimiser, told in the order of its asks."""

    def __init__(self, space: list[Parameter], optimiser: Any) -> None:
        self._space = space
        self._optimiser = optimiser
        self._waiting: deque[Any] = deque()

    def ask(self) -> Config:
        self._waiting.append(self._optimiser.ask())
        return config_of(self._waiting[-1]["config"], self._space)

    def tell(self, config: Config, loss: float) -> None:
        del config
        self._optimiser.tell(self._waiting.popleft(), {"fitness": loss, "cost": 1.0})


def make(space: list[Parameter], seed: int, n_trials: int) -> Dehb:
    del n_trials
    logger.remove()
    found = space_of(space, seed)
    folder = tempfile.mkdtemp()
    settings = {"min_fidelity": 1.0, "max_fidelity": 1.001, "n_workers": 1, "save_freq": None, "output_path": folder}
    return Dehb(space, DEHB(f=None, cs=found, dimensions=len(space), seed=seed, **settings))

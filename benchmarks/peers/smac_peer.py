"""SMAC3 through its own ask and tell: its facades with their defaults, each config evaluated once."""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from smac import BlackBoxFacade, HyperparameterOptimizationFacade, Scenario
from smac.runhistory.dataclasses import TrialValue

from benchmarks.peers.configspace import config_of, space_of

if TYPE_CHECKING:
    from benchmarks.problems.definitions import Config, Parameter

FACADES = {"hpo": HyperparameterOptimizationFacade, "blackbox": BlackBoxFacade}


@final
class Smac:
    """One facade, told in the order of its asks; what it writes goes with the process."""

    def __init__(self, space: list[Parameter], seed: int, n_trials: int, facade: str) -> None:
        self._space = space
        self._folder = tempfile.TemporaryDirectory()
        scenario = Scenario(
            space_of(space, seed),
            deterministic=True,
            n_trials=n_trials,
            seed=seed,
            output_directory=Path(self._folder.name),
        )
        kind = FACADES[facade]
        intensifier = kind.get_intensifier(scenario, max_config_calls=1)
        self._facade: Any = kind(scenario, unused, intensifier=intensifier, overwrite=True, logging_level=False)
        self._waiting: deque[Any] = deque()

    def ask(self) -> Config:
        self._waiting.append(self._facade.ask())
        return config_of(self._waiting[-1].config, self._space)

    def tell(self, config: Config, loss: float) -> None:
        del config
        self._facade.tell(self._waiting.popleft(), TrialValue(cost=loss))


def unused(config: Any, seed: int = 0) -> float:
    """Stand where a facade wants its target function; ask and tell never call it."""
    raise RuntimeError(f"ask and tell evaluate outside, got {config} and seed {seed}")


def make(space: list[Parameter], seed: int, n_trials: int, *, facade: str) -> Smac:
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    return Smac(space, seed, n_trials, facade)

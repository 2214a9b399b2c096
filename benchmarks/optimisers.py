"""Every optimiser the runner knows: its name, the environment it lives in, its adapter and its settings."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from typing import Any, Protocol

from benchmarks.problems.definitions import Config, Parameter


class Optimiser(Protocol):
    """What an adapter returns; `tell` is always about the first config asked that isn't told yet."""

    def ask(self) -> Config: ...

    def tell(self, config: Config, loss: float) -> None: ...


@dataclass(frozen=True)
class Entry:
    """One optimiser.

    Attributes:
        environment: a key of `benchmarks.environments.REQUIREMENTS`, or `own` for the interpreter of the runner.
        adapter: a module of `benchmarks.peers`.
        settings: keyword arguments of the adapter's `make`.
        slow: whether a hundred trials take more than a few seconds.
    """

    environment: str
    adapter: str
    settings: dict[str, Any] = field(default_factory=dict)
    slow: bool = False


OPTIMISERS: dict[str, Entry] = {
    "numpy_random": Entry("own", "numpy_random"),
    "tunesmith": Entry("own", "tunesmith_ours"),
    "tunesmith_random": Entry("own", "tunesmith_ours", {"sampler": "Random"}),
    "tunesmith_sobol": Entry("own", "tunesmith_ours", {"sampler": "Sobol"}),
    "tunesmith_gp": Entry("own", "tunesmith_ours", {"sampler": "GP"}),
    "tunesmith_straight": Entry("own", "tunesmith_ours", {"sampler": "GP", "warping": False}),
    "tunesmith_tpe": Entry("own", "tunesmith_ours", {"sampler": "TPE"}),
    "tunesmith_cmaes": Entry("own", "tunesmith_ours", {"sampler": "CMAES"}),
    "tunesmith_forest": Entry("own", "tunesmith_ours", {"sampler": "Forest"}),
    "tunesmith_genetic": Entry("own", "tunesmith_ours", {"sampler": "Genetic"}),
    "tunesmith_evolution": Entry("own", "tunesmith_ours", {"sampler": "Evolution"}),
    "tunesmith_de": Entry("own", "tunesmith_ours", {"sampler": "DE"}),
    "tunesmith_annealing": Entry("own", "tunesmith_ours", {"sampler": "Annealing"}),
    "optuna_tpe": Entry("optuna", "optuna_peer", {"sampler": "tpe"}),
    "optuna_random": Entry("optuna", "optuna_peer", {"sampler": "random"}),
    "optuna_cma": Entry("optuna", "optuna_peer", {"sampler": "cma"}),
    "optuna_gp": Entry("optuna_gp", "optuna_peer", {"sampler": "gp"}, slow=True),
    "rustuna_random": Entry("rustuna", "rustuna_peer", {"sampler": "random"}),
    "rustuna_tpe": Entry("rustuna", "rustuna_peer", {"sampler": "tpe"}),
    "optuna_tpe_group": Entry("optuna", "optuna_peer", {"sampler": "tpe_group"}),
    "hyperopt_tpe": Entry("hyperopt", "hyperopt_peer", {"algorithm": "tpe"}),
    "hyperopt_anneal": Entry("hyperopt", "hyperopt_peer", {"algorithm": "anneal"}),
    "nevergrad_ngopt": Entry("nevergrad", "nevergrad_peer", {"algorithm": "NGOpt"}),
    "dehb": Entry("dehb", "dehb_peer"),
    "smac_hpo": Entry("smac", "smac_peer", {"facade": "hpo"}, slow=True),
    "smac_bb": Entry("smac", "smac_peer", {"facade": "blackbox"}, slow=True),
    "skopt_gp": Entry("skopt", "skopt_peer", {"model": "GP"}, slow=True),
    "skopt_et": Entry("skopt", "skopt_peer", {"model": "ET"}, slow=True),
    "hebo": Entry("hebo", "hebo_peer", slow=True),
    "ax": Entry("ax", "ax_peer", slow=True),
    "ax_shuffled": Entry("ax", "ax_peer", {"shuffled": True}, slow=True),
}

REFERENCE = "optuna_tpe"
"""Ratios of regret are against this one: Optuna's default sampler."""


def make(name: str, space: list[Parameter], seed: int, n_trials: int) -> Optimiser:
    """Return a fresh optimiser; only works inside its own environment."""
    entry = OPTIMISERS[name]
    adapter = importlib.import_module(f"benchmarks.peers.{entry.adapter}")
    optimiser: Optimiser = adapter.make(space, seed, n_trials, **entry.settings)
    return optimiser

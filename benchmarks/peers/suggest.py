"""Walks a space description with `trial.suggest_*`, which Optuna and Rustuna spell alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.problems.draws import active

if TYPE_CHECKING:
    from benchmarks.problems.definitions import Config, Parameter


def suggest_config(trial: Any, space: list[Parameter]) -> Config:
    """Return the config of a define-by-run trial: each active parameter is suggested once, in order."""
    config: Config = {}
    for p in space:
        if not active(p, config):
            continue
        name, log = p["name"], bool(p.get("log"))
        if p["type"] == "categorical":
            config[name] = trial.suggest_categorical(name, p["choices"])
        elif p["type"] == "int":
            config[name] = trial.suggest_int(name, p["low"], p["high"], log=log)
        else:
            config[name] = trial.suggest_float(name, p["low"], p["high"], log=log)
    return config

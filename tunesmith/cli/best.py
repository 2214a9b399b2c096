"""`tunesmith best`: the best config of a study."""

from __future__ import annotations

import typer

from tunesmith.cli.opening import (
    DEFAULT_STORAGE,
    JsonOption,
    StorageOption,
    StudyOption,
    open_study,
    print_json,
    shown,
    trial_data,
)
from tunesmith.errors import NoCompletedTrialsError

__all__ = ["best"]


def best(storage: StorageOption = DEFAULT_STORAGE, study: StudyOption = None, json: JsonOption = False) -> None:
    """Print the best config and its value; with several objectives, the Pareto front."""
    opened = open_study(storage, study)
    front = [opened.best_trial] if len(opened.directions) == 1 else opened.best_trials
    if not front:
        raise NoCompletedTrialsError("no trial has completed with a feasible value yet")
    if json:
        print_json([trial_data(trial) for trial in front] if len(opened.directions) > 1 else trial_data(front[0]))
        return
    for trial in front:
        values = ", ".join(f"{m} = {shown(v)}" for m, v in zip(opened.metrics, trial.values or (), strict=True))
        typer.echo(f"trial {trial.number}: {values}")
        for name, value in trial.params.items():
            typer.echo(f"  {name} = {shown(value)}")

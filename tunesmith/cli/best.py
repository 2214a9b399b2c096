"""`tunesmith best`: the best config of a study, by what was observed or by what is expected."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:
    from tunesmith.study.study import Study

__all__ = ["best"]

ExpectedOption = Annotated[bool, typer.Option("--expected", help="By the expected value, for noisy ones.")]


def best(
    storage: StorageOption = DEFAULT_STORAGE,
    study: StudyOption = None,
    expected: ExpectedOption = False,
    json: JsonOption = False,
) -> None:
    """Print the best config and its value; with several objectives, the Pareto front."""
    opened = open_study(storage, study)
    if expected:
        _expected(opened, json=json)
        return
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


def _expected(study: Study, *, json: bool) -> None:
    """Print the config that is recommended, and how sure that is."""
    from tunesmith.analysis.recommendation import recommend

    found = recommend(study)
    if json:
        told = asdict(found)
        print_json({"number": told.pop("number"), "params": dict(told.pop("config")), "noisy": found.noisy, **told})
        return
    times = "one trial" if found.trials == 1 else f"{found.trials} trials"
    about = f"expected {study.metrics[0]} = {shown(found.expected)} +- {shown(found.deviation)}"
    typer.echo(f"trial {found.number}: {about}, observed {shown(found.observed)} in {times}")
    for name, value in found.config.items():
        typer.echo(f"  {name} = {shown(value)}")
    if not found.noisy:
        typer.echo("No noise was found, so this is the best observed.")
        return
    typer.echo(
        f"A single trial scatters by {shown(found.noise)}, if the value is noisy and not rough: run it again to see."
    )
    for role, number, probability in (
        ("the best observed", found.best_observed, found.over_observed),
        ("the runner-up", found.runner_up, found.over_runner_up),
    ):
        if probability is not None:
            typer.echo(f"Better than trial {number}, {role}, with probability {probability:.2f}.")

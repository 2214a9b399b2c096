"""`tunesmith run`: tunes any program that takes arguments and prints numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from tunesmith.cli.opening import DEFAULT_STORAGE, JsonOption, StorageOption, StudyOption, print_json, shown, trial_data
from tunesmith.errors import InvalidArgumentError, NoCompletedTrialsError

__all__ = ["run"]


def run(
    context: typer.Context,
    space: Annotated[Path, typer.Option("--space", help="YAML file with the space.", exists=True, dir_okay=False)],
    metric: Annotated[
        list[str], typer.Option("--metric", "-m", help="Name of the printed number; repeat for several.")
    ],
    maximize: Annotated[bool, typer.Option("--maximize/--minimize", help="Which way is better.")] = False,
    trials: Annotated[int | None, typer.Option("--trials", "-t", min=1, help="Trials of the study in all.")] = None,
    timeout: Annotated[float | None, typer.Option(help="Seconds after which no trial begins.")] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Programs at a time.")] = 1,
    trial_timeout: Annotated[float | None, typer.Option(help="Seconds after which a program is killed.")] = None,
    trial_memory: Annotated[float | None, typer.Option(help="Megabytes after which a program is killed.")] = None,
    sampler: Annotated[str, typer.Option(help="Name of the sampler.")] = "Auto",
    pruner: Annotated[str, typer.Option(help="Name of the pruner; needs lines with step=.")] = "Keep",
    seed: Annotated[int | None, typer.Option(help="Of a new study.")] = None,
    storage: StorageOption = DEFAULT_STORAGE,
    study: StudyOption = None,
    json: JsonOption = False,
) -> None:
    """Tune a program, written behind --, with its parameters as {placeholders}.

    Example: tunesmith run --space space.yaml --metric accuracy --maximize -- python train.py --lr {lr}

    The program prints accuracy=0.93 or {"accuracy": 0.93}; lines with step=3 are intermediate reports. Run the same
    command again to go on after a stop.
    """
    from tunesmith.api import create_study
    from tunesmith.integrations.program import Program, check_command
    from tunesmith.pruners import make_pruner
    from tunesmith.samplers import make_sampler
    from tunesmith.space import Space

    read = Space.from_yaml(space)
    check_command(context.args, read.names)
    if trials is None and timeout is None and read.size() is None:
        raise InvalidArgumentError("give --trials or --timeout: a continuous space has no end")
    opened: Any = create_study(
        read,
        directions=["maximize" if maximize else "minimize"] * len(metric),
        metrics=metric,
        storage=storage,
        study_name=study or space.stem,
        load_if_exists=True,
        sampler=make_sampler(sampler),
        pruner=make_pruner(pruner),
        seed=seed,
    )
    memory = None if trial_memory is None else int(trial_memory * 2**20)
    why = opened.optimize(
        Program(tuple(context.args), tuple(metric)),
        n_trials=trials,
        timeout=timeout,
        n_jobs=jobs,
        executor="processes",
        trial_timeout=trial_timeout,
        trial_memory=memory,
        progress=not json,
    )
    _show(opened, why, json=json)


def _show(study: Any, why: str, *, json: bool) -> None:
    """Print the best config(s) and their values, or JSON."""
    best = study.best_trials
    if not best:
        raise NoCompletedTrialsError(f"{why}, but no trial completed; see: tunesmith trials --state failed")
    if json:
        print_json({"study": study.name, "ended": why, "best": [trial_data(trial) for trial in best]})
        return
    for trial in best:
        typer.echo(", ".join(f"{m} = {shown(v)}" for m, v in zip(study.metrics, trial.values or (), strict=True)))
        typer.echo("  " + ", ".join(f"{name} = {shown(value)}" for name, value in trial.params.items()))

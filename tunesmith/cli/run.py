"""`tunesmith run`: tunes any program that takes arguments and prints numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from tunesmith.cli.beginning import PastOption, StartOption, beginning
from tunesmith.cli.opening import (
    DEFAULT_STORAGE,
    JsonOption,
    StorageOption,
    StudyOption,
    interruptible,
    print_json,
    shown,
    trial_data,
)
from tunesmith.cli.parts import (
    FidelityOption,
    PrunerOption,
    PrunerSettings,
    SamplerOption,
    SamplerSettings,
    parts,
)
from tunesmith.cli.terms import (
    ConstraintOption,
    GpusOption,
    LagOption,
    MaxFailuresOption,
    MaximizeOption,
    MetricOption,
    PatienceOption,
    TargetOption,
    read_constraints,
    run_limits,
    stop_rules,
)
from tunesmith.errors import InvalidArgumentError, InvalidSpaceError, NoCompletedTrialsError

if TYPE_CHECKING:
    from tunesmith.integrations.program import Program
    from tunesmith.space import Space
    from tunesmith.study.stopping import StopRule

__all__ = ["run"]

METRIC: Final = re.compile(r"[A-Za-z_][\w./-]*")


def run(
    context: typer.Context,
    space: Annotated[Path, typer.Option("--space", help="YAML file with the space.", exists=True, dir_okay=False)],
    metric: MetricOption,
    maximize: MaximizeOption = False,
    trials: Annotated[int | None, typer.Option("--trials", "-t", min=1, help="Trials of the study in all.")] = None,
    timeout: Annotated[float | None, typer.Option(help="Seconds after which no trial begins.")] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", help="Programs at a time; -1 for one a processor.")] = 1,
    trial_timeout: Annotated[float | None, typer.Option(help="Seconds after which a program is killed.")] = None,
    trial_memory: Annotated[float | None, typer.Option(help="Megabytes after which a program is killed.")] = None,
    max_failures: MaxFailuresOption = 10,
    target: TargetOption = None,
    patience: PatienceOption = None,
    constraint: ConstraintOption = None,
    gpus: GpusOption = None,
    lag: LagOption = None,
    sampler: SamplerOption = "Auto",
    sampler_option: SamplerSettings = None,
    pruner: PrunerOption = "Keep",
    pruner_option: PrunerSettings = None,
    fidelity: FidelityOption = None,
    start: StartOption = None,
    past: PastOption = None,
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

    read = _read_space(space)
    metrics, directions = _read_metrics(metric, "maximize" if maximize else "minimize")
    program = _program(context.args, metrics, read.names, quiet=json)
    rules = _rules(read, target, patience, ends=bool(trials or timeout))
    opened: Any = create_study(
        read,
        directions=directions,
        metrics=metrics,
        constraints=read_constraints(constraint) or None,
        study_name=study or space.stem,
        **parts(sampler, sampler_option, pruner, pruner_option, fidelity),
        **beginning(storage, start, past),
        seed=seed,
    )
    with interruptible():
        why = opened.optimize(
            program,
            n_trials=trials,
            timeout=timeout,
            n_jobs=jobs,
            lag=lag,
            executor="processes",
            stop=rules,
            max_failures=max_failures or None,
            progress=not json,
            **run_limits(trial_timeout, trial_memory, gpus),
        )
    _show(opened, why, json=json)


def _rules(space: Space, target: float | None, patience: int | None, *, ends: bool) -> list[StopRule]:
    """Return the rules that end the study early, or say that nothing would end it."""
    rules = stop_rules(target, patience)
    if not rules and not ends and space.size() is None:
        raise InvalidArgumentError("give --trials, --timeout, --target or --patience: a continuous space has no end")
    return rules


def _read_space(path: Path) -> Space:
    from tunesmith.space import Space

    try:
        return Space.from_yaml(path)
    except UnicodeDecodeError:
        raise InvalidArgumentError(f"{path} is no text in UTF-8; --space needs a YAML file") from None
    except InvalidSpaceError as error:
        raise InvalidSpaceError(f"{path}: {error}") from None


def _read_metrics(words: list[str], usual: str) -> tuple[list[str], list[str]]:
    """Return names and directions of metrics written as `name` or `name:direction`.

    >>> _read_metrics(["accuracy", "ms:minimize"], "maximize")
    (['accuracy', 'ms'], ['maximize', 'minimize'])
    """
    pairs = [word.partition(":")[::2] for word in words]
    for word, (name, direction) in zip(words, pairs, strict=True):
        if not METRIC.fullmatch(name) or direction not in ("", "maximize", "minimize"):
            raise InvalidArgumentError(
                f"--metric needs a name such as accuracy (letters, digits, _ . / -) or accuracy:maximize, got {word!r}"
            )
    return [name for name, _ in pairs], [direction or usual for _, direction in pairs]


def _program(command: list[str], metrics: list[str], names: Sequence[str], *, quiet: bool) -> Program:
    """Return the objective, and tell of parameters that go by environment alone; refuse a command that cannot run."""
    from tunesmith.integrations.program import Program, check_command, variable

    named = check_command(command, names)
    alone = [name for name in names if name not in named]
    if alone and not quiet:
        variables = ", ".join(variable(name) for name in alone)
        typer.echo(f"Not in the command, so passed by environment alone: {variables}", err=True)
    return Program(tuple(command), tuple(metrics))


def _show(study: Any, why: str, *, json: bool) -> None:
    """Print the best config(s) and their values, or JSON."""
    best = study.best_trials
    if not best:
        raise NoCompletedTrialsError(f"{why}, but no trial completed{_last_failure(study)}")
    if json:
        print_json({"study": study.name, "ended": why, "best": [trial_data(trial) for trial in best]})
        return
    for trial in best:
        typer.echo(", ".join(f"{m} = {shown(v)}" for m, v in zip(study.metrics, trial.values or (), strict=True)))
        typer.echo("  " + ", ".join(f"{name} = {shown(value)}" for name, value in trial.params.items()))


def _last_failure(study: Any) -> str:
    failed = [trial for trial in study.trials if trial.state == "failed"]
    return f"; the last one failed ({failed[-1].reason}): {failed[-1].message}" if failed else ""

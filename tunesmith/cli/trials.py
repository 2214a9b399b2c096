"""`tunesmith trials`: the table of trials."""

from __future__ import annotations

from typing import Annotated

import typer

from tunesmith.cli.opening import (
    DEFAULT_STORAGE,
    JsonOption,
    StorageOption,
    StudyOption,
    open_study,
    print_json,
    shown,
    text_table,
    trial_data,
)

__all__ = ["trials"]


def trials(
    storage: StorageOption = DEFAULT_STORAGE,
    study: StudyOption = None,
    state: Annotated[str | None, typer.Option(help="Only trials in this state, such as failed.")] = None,
    last: Annotated[int | None, typer.Option(min=1, help="Only the last so many.")] = None,
    json: JsonOption = False,
) -> None:
    """Print the table of trials."""
    opened = open_study(storage, study)
    states = list(opened.counts)
    if state is not None and state not in states:
        raise typer.BadParameter(f"must be one of {', '.join(states)}, got {state!r}", param_hint="--state")
    rows = [trial for trial in opened.trials if state is None or trial.state == state]
    rows = rows[-last:] if last is not None else rows
    if json:
        print_json([trial_data(trial) for trial in rows])
        return
    names = list(dict.fromkeys(name for trial in rows for name in trial.params))
    header = ["trial", "state", *opened.metrics, *names, "seconds", "reason"]
    cells = [
        [
            str(trial.number),
            str(trial.state),
            *(shown(v) for v in trial.values or (None,) * len(opened.metrics)),
            *(shown(trial.params.get(name)) for name in names),
            f"{trial.seconds:.1f}",
            "" if trial.state == "complete" else trial.reason,
        ]
        for trial in rows
    ]
    text_table(opened.name, header, cells)

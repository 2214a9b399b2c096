"""`tunesmith trials`: the table of trials."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tunesmith.cli.opening import (
    DEFAULT_STORAGE,
    JsonOption,
    StorageOption,
    StudyOption,
    fits,
    open_study,
    print_json,
    shown,
    table_width,
    text_table,
    trial_data,
)

if TYPE_CHECKING:
    from tunesmith.core.trial import Trial

__all__ = ["trials"]


def trials(
    storage: StorageOption = DEFAULT_STORAGE,
    study: StudyOption = None,
    state: Annotated[str | None, typer.Option(help="Only trials in this state, such as failed.")] = None,
    last: Annotated[int | None, typer.Option(min=1, help="Only the last so many.")] = None,
    json: JsonOption = False,
) -> None:
    """Print the table of trials; where the terminal is too narrow for it, with the parameters below each trial."""
    opened = open_study(storage, study)
    states = list(opened.counts)
    if state is not None and state not in states:
        raise typer.BadParameter(f"must be one of {', '.join(states)}, got {state!r}", param_hint="--state")
    rows = [trial for trial in opened.trials if state is None or trial.state == state]
    rows = rows[-last:] if last is not None else rows
    if json:
        print_json([trial_data(trial) for trial in rows])
        return
    header, cells = _columns(rows, opened.metrics)
    full, wide = _with_parameters(header, cells, rows)
    if fits(full, wide):
        text_table(opened.name, full, wide)
    else:
        typer.echo("\n".join([opened.name, *_stacked(header, cells, rows)]))


def _columns(rows: Sequence[Trial], metrics: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    """Return the header and the cells of the columns that every study has; reasons only where there are any."""
    reasons = ["" if trial.state in ("complete", trial.reason) else trial.reason for trial in rows]
    header = ["trial", "state", *metrics, "seconds", *(["reason"] if any(reasons) else [])]
    cells = [
        [
            str(trial.number),
            str(trial.state),
            *(shown(v) for v in trial.values or (None,) * len(metrics)),
            f"{trial.seconds:.1f}",
            *([reason] if any(reasons) else []),
        ]
        for trial, reason in zip(rows, reasons, strict=True)
    ]
    return header, cells


def _with_parameters(
    header: list[str], cells: list[list[str]], rows: Sequence[Trial]
) -> tuple[list[str], list[list[str]]]:
    """Return the table with a column for each parameter, before the seconds."""
    names = list(dict.fromkeys(name for trial in rows for name in trial.params))
    place = header.index("seconds")
    wide = [
        [*row[:place], *(shown(trial.params.get(name)) for name in names), *row[place:]]
        for row, trial in zip(cells, rows, strict=True)
    ]
    return [*header[:place], *names, *header[place:]], wide


def _stacked(header: list[str], cells: list[list[str]], rows: Sequence[Trial]) -> Iterator[str]:
    """Give the lines of a table with the parameters of each trial below it, for a narrow terminal."""
    widths = [max(len(cell) for cell in column) for column in zip(header, *cells, strict=True)]
    yield "  ".join(name.ljust(width) for name, width in zip(header, widths, strict=True)).rstrip()
    for row, trial in zip(cells, rows, strict=True):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        words = [f"{name}={_short(value)}" for name, value in trial.params.items()]
        yield from textwrap.wrap(
            ", ".join(words), table_width() - 1, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False
        )


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)

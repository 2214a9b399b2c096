"""What several commands share: where the study lies, how results are printed, and how errors end."""

from __future__ import annotations

import contextlib
import json
import math
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tunesmith.errors import StudyNotFoundError

if TYPE_CHECKING:
    from tunesmith.core.trial import Trial
    from tunesmith.study.study import Study

__all__ = [
    "DEFAULT_STORAGE",
    "JsonOption",
    "StorageOption",
    "StudyOption",
    "fits",
    "interruptible",
    "open_study",
    "print_json",
    "shown",
    "table_width",
    "text_table",
    "trial_data",
]

DEFAULT_STORAGE = "sqlite:///tunesmith.db"

StorageOption = Annotated[
    str,
    typer.Option(
        "--storage", "-s", envvar="TUNESMITH_STORAGE", help="URL or SQLite file of the studies.", show_default=True
    ),
]
StudyOption = Annotated[
    str | None, typer.Option("--study", "-n", help="Name of the study; not needed for a single one.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


def open_study(storage: str, name: str | None) -> Study:
    """Return the named study of a storage, or its only one."""
    from tunesmith.api import load_study, study_names

    names = [name] if name is not None else study_names(storage=storage)
    if len(names) != 1:
        listed = ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
        raise StudyNotFoundError(
            f"the storage holds {len(names)} studies; name one with --study: {listed}"
            if names
            else f"the storage {storage} holds no study yet"
        )
    return load_study(names[0], storage=storage)


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Turn Ctrl-C into a sentence and exit code 130."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo("Interrupted: running trials went back to the queue; the same command goes on.", err=True)
        raise typer.Exit(130) from None


def print_json(data: Any) -> None:
    """Print strict JSON; what is not finite becomes text."""
    typer.echo(json.dumps(_strict(data), ensure_ascii=False, indent=2))


def _strict(data: Any) -> Any:
    if isinstance(data, float) and not math.isfinite(data):
        return str(data)
    if isinstance(data, dict):
        return {str(key): _strict(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_strict(value) for value in data]
    if data is None or isinstance(data, (str, int, float, bool)):
        return data
    return str(data)


def trial_data(trial: Trial) -> dict[str, Any]:
    """Return a trial as plain data."""
    return {
        "number": trial.number,
        "state": str(trial.state),
        "values": None if trial.values is None else list(trial.values),
        "params": dict(trial.params),
        "metrics": dict(trial.metrics),
        "user_attrs": dict(trial.user_attrs),
        "by": trial.by,
        "replicate": trial.replicate,
        "budget": trial.budget,
        "feasible": trial.feasible,
        "reason": trial.reason,
        "message": trial.message,
        "seconds": trial.seconds,
        "started": trial.datetime_start.isoformat() if trial.datetime_start else None,
        "ended": trial.datetime_complete.isoformat() if trial.datetime_complete else None,
        "runs": len(trial.runs),
        "last_step": trial.last_step,
    }


def table_width() -> int:
    """Return how many characters wide a table may be: the terminal's width, 200 where there is none."""
    from rich.console import Console

    return Console().width if os.environ.get("COLUMNS") or os.isatty(1) else 200


def text_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; its cells are text, never markup."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left", header_style="bold")
    for name in header:
        table.add_column(Text(name), overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(width=table_width()).print(table)


def fits(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether a table has room on the terminal with no cell wrapped."""
    from rich.cells import cell_len

    widths = [
        max(cell_len(line) for cell in column for line in cell.split("\n"))
        for column in zip(header, *rows, strict=True)
    ]
    return sum(widths) + 3 * len(widths) + 1 <= table_width()


def shown(value: Any) -> str:
    """Return a value as a table shows it."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value)

"""`tunesmith report`: one HTML file that explains a study."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tunesmith.cli.opening import DEFAULT_STORAGE, JsonOption, StorageOption, StudyOption, open_study, print_json

__all__ = ["report"]


def report(
    storage: StorageOption = DEFAULT_STORAGE,
    study: StudyOption = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")] = Path("report.html"),
    json: JsonOption = False,
) -> None:
    """Write a self-contained report.html that opens offline."""
    from tunesmith.report import write_report

    path = Path(write_report(open_study(storage, study), output)).resolve()
    if json:
        print_json({"report": str(path)})
    else:
        typer.echo(f"Report: {path}")

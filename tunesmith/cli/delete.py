"""`tunesmith delete`: removes a study."""

from __future__ import annotations

from typing import Annotated

import typer

from tunesmith.cli.opening import DEFAULT_STORAGE, StorageOption, open_study

__all__ = ["delete"]


def delete(
    study: Annotated[str, typer.Argument(help="Name of the study.")],
    storage: StorageOption = DEFAULT_STORAGE,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove a study with its whole log; there is no way back."""
    from tunesmith.api import delete_study

    count = len(open_study(storage, study).trials)
    if not yes and not typer.confirm(f"Delete the study {study!r} with its {count} trials?"):
        raise typer.Exit(1)
    delete_study(study, storage=storage)
    typer.echo(f"Deleted {study} ({count} trials)")

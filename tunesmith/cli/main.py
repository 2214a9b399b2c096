"""The `tunesmith` command: names its subcommands, and turns errors into one sentence and an exit code.

Exit codes: 0 all went well; 1 it could not be done (no such study, nothing completed, too many failures); 2 the command
line was wrong; 130 interrupted, and nothing is lost.
"""

from __future__ import annotations

import sys

import typer

from tunesmith.cli.best import best
from tunesmith.cli.delete import delete
from tunesmith.cli.demo import demo
from tunesmith.cli.export import export
from tunesmith.cli.report import report
from tunesmith.cli.run import run
from tunesmith.cli.status import status
from tunesmith.cli.studies import studies
from tunesmith.cli.trials import trials
from tunesmith.errors import InvalidArgumentError, TunesmithError
from tunesmith.version import __version__

__all__ = ["app", "main"]

app = typer.Typer(
    name="tunesmith",
    help="Turn a function that trains a model into the best model it can give, and the evidence for it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (demo, status, best, trials, report, export, studies, delete):
    app.command()(command)
app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": False})(run)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"tunesmith {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Hold options that belong to no command."""


def main() -> None:
    """Run the command line; never shows a traceback for a mistake of its user."""
    try:
        app()
    except InvalidArgumentError as error:
        _fail(error, 2)
    except TunesmithError as error:
        _fail(error, 1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(1)
    except OSError as error:
        _fail(f"{error.filename}: {error.strerror}" if error.filename else error, 1)


def _fail(error: object, code: int) -> None:
    typer.echo(f"Error: {error}", err=True)
    sys.exit(code)

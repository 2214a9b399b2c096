"""What a study needs of the other rooms, handed to it by `tunesmith.api`, so that it knows none of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, final

from tunesmith.core.jobs import Executor
from tunesmith.core.protocols import Pruner, Sampler
from tunesmith.core.trial import Trial

__all__ = ["Display", "Wiring"]


class Display(Protocol):
    """Shows a running study: called a few times a second, closed at the end."""

    def __call__(self, study: Any) -> None:
        """Show the study as it stands."""
        ...

    def close(self, study: Any) -> None:
        """Show the end and give the terminal back."""
        ...


@final
@dataclass(frozen=True)
class Wiring:
    """Makers of the parts that a study is given.

    Attributes:
        make_executor: (kind or None or executor, n_jobs, needs) -> executor; `needs` names what only some can do
            (`limits`, `resources`).
        make_sampler: settings from the log -> sampler; None stands for the default.
        make_pruner: the same for pruners.
        describe: a sampler or pruner -> {"name", "settings"} as data for the log.
        tabulate: (trials, study, columns or None for all) -> table (a data frame where pandas is installed).
        open_files: opens an artifacts folder.
        make_display: (progress, n_trials, timeout) -> what shows a running study; None where nothing shall.
    """

    make_executor: Callable[[Any, int, Mapping[str, Any]], Executor]
    make_sampler: Callable[[Any], Sampler[Any]]
    make_pruner: Callable[[Any], Pruner[Any]]
    describe: Callable[[Any], dict[str, Any]]
    tabulate: Callable[[Sequence[Trial], Any, Sequence[str] | None], Any]
    open_files: Callable[[str], Any]
    make_display: Callable[[bool | None, int | None, float | None], Display | None]

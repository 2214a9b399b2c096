"""Live progress in a terminal: best so far, trials by state, time left; plain lines where there is no terminal."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, Final, Protocol, final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console, RenderableType
    from rich.live import Live

__all__ = ["Display", "duration"]

_PLAIN_EVERY: Final = 10.0
_WIDTH: Final = 40


class _Shown(Protocol):
    """What a display reads of a study."""

    @property
    def counts(self) -> dict[str, int]: ...
    @property
    def directions(self) -> Sequence[str]: ...
    @property
    def metrics(self) -> Sequence[str]: ...
    @property
    def name(self) -> str: ...


def duration(seconds: float) -> str:
    """Return a span of time as people say it.

    >>> duration(3700), duration(75), duration(9.4)
    ('1 h 01 min', '1 min 15 s', '9 s')
    """
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    if whole >= 60:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole} s"


@final
class Display:
    """Shows a running study; called with it a few times a second, and closed at the end.

    Args:
        n_trials: planned in all, None when open.
        timeout: seconds planned, None when open.
        console: where to write; the standard error by default, so that piped output stays clean.
    """

    def __init__(self, n_trials: int | None, timeout: float | None, console: Console | None = None) -> None:
        from rich.console import Console

        self._n_trials = n_trials
        self._timeout = timeout
        self._console = console or Console(file=sys.stderr)
        self._began = time.monotonic()
        self._finished_before: int | None = None
        self._live: Live | None = None
        self._said = -1e9
        self._ended = False

    def __call__(self, study: _Shown) -> None:
        """Show the study as it stands."""
        if self._finished_before is None:
            self._finished_before = self._finished(study)
        if self._console.is_terminal:
            self._draw(study)
        elif time.monotonic() - self._said >= _PLAIN_EVERY:
            self._said = time.monotonic()
            self._console.print(self._line(study), markup=False, highlight=False, soft_wrap=True)

    def close(self, study: _Shown) -> None:
        """Show the end and give the terminal back."""
        self._ended = True
        if self._live is not None:
            self._live.update(self._panel(study), refresh=True)
            self._live.stop()
            self._live = None
        elif self._finished_before is not None:
            self._console.print(self._line(study), markup=False, highlight=False, soft_wrap=True)

    def _draw(self, study: _Shown) -> None:
        from rich.live import Live

        if self._live is None:
            self._live = Live(console=self._console, auto_refresh=False, transient=False)
            self._live.start()
        self._live.update(self._panel(study), refresh=True)

    @staticmethod
    def _finished(study: _Shown) -> int:
        return sum(study.counts[state] for state in ("complete", "pruned", "failed"))

    def _left(self, study: _Shown) -> float | None:
        """Return the seconds that are left, by the pace of this call and by its limits; None when unknown or ended."""
        if self._ended:
            return None
        spent = time.monotonic() - self._began
        done = self._finished(study) - (self._finished_before or 0)
        guesses = [] if self._timeout is None else [max(0.0, self._timeout - spent)]
        if self._n_trials is not None and self._finished(study) >= self._n_trials:
            return None
        if self._n_trials is not None and done > 0:
            guesses.append(spent / done * (self._n_trials - self._finished(study)))
        return min(guesses, default=None)

    def _words(self, study: _Shown) -> dict[str, str]:
        counts = study.counts
        total = "" if self._n_trials is None else f" of {self._n_trials}"
        states = [f"{counts[s]} {s}" for s in ("complete", "pruned", "failed", "running", "paused") if counts[s]]
        left = self._left(study)
        return {
            "best": best_so_far(study),
            "trials": f"{self._finished(study)}{total} done" + (f" ({', '.join(states)})" if states else ""),
            "time": duration(time.monotonic() - self._began)
            + ("" if left is None else f", about {duration(left)} left"),
        }

    def _line(self, study: _Shown) -> str:
        return f"{study.name}: " + "; ".join(self._words(study).values())

    def _panel(self, study: _Shown) -> RenderableType:
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 2))
        if self._n_trials is not None:
            bar = ProgressBar(total=max(1, self._n_trials), completed=self._finished(study), width=_WIDTH)
            table.add_row(Text(), bar)
        for name, words in self._words(study).items():
            table.add_row(Text(name, style="dim"), Text(words.removeprefix(f"{name} ")))
        return Group(Text(study.name, style="bold"), table)


def best_so_far(study: Any) -> str:
    """Return the best value in words; with several objectives the size of the front."""
    if len(study.directions) > 1:
        count = len(study.best_trials)
        return f"{count} trial{'' if count == 1 else 's'} on the Pareto front"
    try:
        trial = study.best_trial
    except ValueError:
        return "none yet"
    return f"best {study.metrics[0]} {trial.value:.6g} (trial {trial.number})"

"""Progress of a running study: a live display, plain lines where there is no terminal, or a line for each new best."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import TYPE_CHECKING, Any, Final, Protocol, TextIO, final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console, RenderableType
    from rich.live import Live

__all__ = ["Display", "NewBest", "duration", "on_terminal"]

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
class _Tally:
    """Counts what one call of `optimize` has done, and says it in words.

    Args:
        n_trials: planned in all, None when open.
        timeout: seconds planned, None when open.
    """

    def __init__(self, n_trials: int | None, timeout: float | None) -> None:
        self.n_trials = n_trials
        self._timeout = timeout
        self._began = time.monotonic()
        self.finished_before: int | None = None
        self.ended = False

    def begin(self, study: _Shown) -> None:
        """Keep in mind what was done before; call it at each sight of the study."""
        if self.finished_before is None:
            self.finished_before = self.finished(study)

    @staticmethod
    def finished(study: _Shown) -> int:
        """Count the trials that have ended."""
        return sum(study.counts[state] for state in ("complete", "pruned", "failed"))

    def _left(self, study: _Shown) -> float | None:
        """Return the seconds that are left, by the pace of this call and by its limits; None when unknown or ended."""
        if self.ended:
            return None
        spent = time.monotonic() - self._began
        done = self.finished(study) - (self.finished_before or 0)
        guesses = [] if self._timeout is None else [max(0.0, self._timeout - spent)]
        if self.n_trials is not None and self.finished(study) >= self.n_trials:
            return None
        if self.n_trials is not None and done > 0:
            guesses.append(spent / done * (self.n_trials - self.finished(study)))
        return min(guesses, default=None)

    def words(self, study: _Shown) -> dict[str, str]:
        """Return what there is to say: the best, the trials, the time."""
        counts = study.counts
        total = "" if self.n_trials is None else f" of {self.n_trials}"
        states = [f"{counts[s]} {s}" for s in ("complete", "pruned", "failed", "running", "paused") if counts[s]]
        left = self._left(study)
        return {
            "best": best_so_far(study),
            "trials": f"{self.finished(study)}{total} done" + (f" ({', '.join(states)})" if states else ""),
            "time": duration(time.monotonic() - self._began)
            + ("" if left is None else f", about {duration(left)} left"),
        }

    def line(self, study: _Shown) -> str:
        """Return all of it on one line."""
        return f"{study.name}: " + "; ".join(self.words(study).values())


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

        self._tally = _Tally(n_trials, timeout)
        self._console = console or Console(file=sys.stderr)
        self._live: Live | None = None
        self._said = -1e9

    def __call__(self, study: _Shown) -> None:
        """Show the study as it stands."""
        self._tally.begin(study)
        if self._console.is_terminal:
            self._draw(study)
        elif time.monotonic() - self._said >= _PLAIN_EVERY:
            self._said = time.monotonic()
            self._print(study)

    def close(self, study: _Shown) -> None:
        """Show the end and give the terminal back."""
        self._tally.ended = True
        if self._live is not None:
            self._live.update(self._panel(study), refresh=True)
            self._live.stop()
            self._live = None
        elif self._tally.finished_before is not None:
            self._print(study)

    def _print(self, study: _Shown) -> None:
        self._console.print(self._tally.line(study), markup=False, highlight=False, soft_wrap=True)

    def _draw(self, study: _Shown) -> None:
        from rich.live import Live

        if self._live is None:
            self._live = Live(console=self._console, auto_refresh=False, transient=False)
            self._live.start()
        self._live.update(self._panel(study), refresh=True)

    def _panel(self, study: _Shown) -> RenderableType:
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 2))
        total = self._tally.n_trials
        if total is not None:
            bar = ProgressBar(total=max(1, total), completed=self._tally.finished(study), width=_WIDTH)
            table.add_row(Text(), bar)
        for name, words in self._tally.words(study).items():
            table.add_row(Text(name, style="dim"), Text(words.removeprefix(f"{name} ")))
        return Group(Text(study.name, style="bold"), table)


@final
class NewBest:
    """Writes a line at the start, for each new best, and at the end.

    With several objectives, where nearly every trial may join the Pareto front, a line at most every ten seconds.

    Args:
        n_trials: planned in all, None when open.
        timeout: seconds planned, None when open.
        stream: where to write; the standard error by default.
    """

    def __init__(self, n_trials: int | None, timeout: float | None, stream: TextIO | None = None) -> None:
        self._tally = _Tally(n_trials, timeout)
        self._stream = stream or sys.stderr
        self._best = ""
        self._said = -1e9

    def __call__(self, study: _Shown) -> None:
        """Write a line if there is something new."""
        self._tally.begin(study)
        now = time.monotonic()
        if len(study.directions) > 1 and now - self._said < _PLAIN_EVERY:
            return
        best = best_so_far(study)
        if best != self._best:
            self._best, self._said = best, now
            self._write(study)

    def close(self, study: _Shown) -> None:
        """Say how it ended."""
        self._tally.ended = True
        self._write(study)

    def _write(self, study: _Shown) -> None:
        with contextlib.suppress(OSError, ValueError):  # the terminal is gone
            self._stream.write(f"{self._tally.line(study)}\n")
            self._stream.flush()


def on_terminal() -> bool:
    """Whether somebody sees what is written to the standard error."""
    return sys.stderr is not None and sys.stderr.isatty()


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

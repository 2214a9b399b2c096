"""Any program as an objective: parameters go out as arguments and environment, metrics come back as printed lines."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import signal
import string
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from queue import Empty, Queue
from typing import Any, Final, final

from tunesmith.errors import InvalidArgumentError, TrialPruned, TunesmithError

__all__ = ["Program", "ProgramFailedError", "arguments", "check_command", "read_line", "variable"]

_PAIR: Final = re.compile(
    r"([A-Za-z_][\w./-]*)\s*=\s*([-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|nan|inf))\b", re.IGNORECASE
)
_TAIL: Final = 12
_GRACE: Final = 5.0
_LAST_WORDS: Final = 1.0
_AHEAD: Final = 1000  # lines that a program may be ahead of us, beside what its pipe holds


class ProgramFailedError(TunesmithError, RuntimeError):
    """The program ended with another exit code than 0, or without its metric; the message has its last lines."""

    plain = True  # the message says all; our own stack would only bury it


def read_line(line: str) -> dict[str, float]:
    """Return the named numbers of a printed line: a JSON object, or `name=value` pairs; empty when there are none.

    >>> read_line("epoch done: step=3 val_loss=0.25")
    {'step': 3.0, 'val_loss': 0.25}
    >>> read_line('{"accuracy": 0.9, "note": "good"}')
    {'accuracy': 0.9}
    """
    text = line.strip()
    if text.startswith("{") and text.endswith("}"):
        try:
            found = json.loads(text)
            return {k: float(v) for k, v in found.items() if isinstance(v, (int, float)) and not isinstance(v, bool)}
        except (ValueError, OverflowError, RecursionError):
            return {}
    return {name: float(value) for name, value in _PAIR.findall(text)}


def check_command(command: Sequence[str], names: Sequence[str]) -> set[str]:
    """Refuse a command without a program, or with a placeholder that is no parameter; return those it has."""
    if not command:
        raise InvalidArgumentError("the command is empty; write it behind --, such as: -- python train.py --lr {lr}")
    named = {name for word in command for name in _placeholders(word)}
    for name in sorted(named.difference(names)):
        known = ", ".join(f"{{{n}}}" for n in names) or "none"
        raise InvalidArgumentError(
            f"the command has the placeholder {{{name}}}; parameters are {known}; "
            "write {{ and }} for braces that mean themselves"
        )
    if not _placeholders(command[0]) and shutil.which(command[0]) is None:
        raise InvalidArgumentError(f"there is no program {command[0]!r} that can be run; check its name and the PATH")
    return named


def _placeholders(word: str) -> list[str]:
    return [name for _, name, _, _ in _parsed(word) if name is not None]


def _parsed(word: str) -> list[tuple[str, str | None, str | None, str | None]]:
    try:
        return list(string.Formatter().parse(word))
    except ValueError as error:
        raise InvalidArgumentError(f"cannot read {word!r}: {error}; write {{{{ and }}}} for plain braces") from None


def arguments(command: Sequence[str], params: Mapping[str, Any]) -> list[str]:
    """Return the command with its placeholders filled.

    A word whose parameter is inactive is left out, together with a bare option before it.

    >>> arguments(["train", "--lr", "{lr}", "--momentum", "{m}", "--wd={wd}"], {"lr": 0.1})
    ['train', '--lr', '0.1']
    """
    filled: list[str] = []
    for word in command:
        names = _placeholders(word)
        if all(name in params for name in names):
            filled.append(_fill(word, params))
        elif filled and filled[-1].startswith("-") and "=" not in filled[-1] and word.startswith("{"):
            filled.pop()
    return filled


def _fill(word: str, params: Mapping[str, Any]) -> str:
    """Fill placeholders by whole names, so that `{optimizer.lr}` is a name too; a format such as `{lr:.3g}` counts."""
    text = ""
    for literal, name, form, conversion in _parsed(word):
        text += literal
        if name is not None:
            text += format(string.Formatter().convert_field(params[name], conversion), form or "")
    return text


def variable(name: str) -> str:
    """Return the environment variable that holds a parameter.

    >>> variable("optimizer.lr")
    'TUNESMITH_PARAM_optimizer_lr'
    """
    return "TUNESMITH_PARAM_" + re.sub(r"\W", "_", name, flags=re.ASCII)


def _whole(step: float) -> int:
    if step < 0 or step % 1:  # NaN and infinity leave NaN
        raise ProgramFailedError(f"the program printed step={step:g}; a step is a whole number, 0 or more")
    return int(step)


@final
@dataclass(frozen=True)
class Program:
    """An objective that runs a program once a trial.

    The program gets its parameters by placeholders in its arguments and by environment variables
    (`TUNESMITH_PARAM_<name>`, with `_` for what is no letter or digit; all of them as JSON in `TUNESMITH_PARAMS`;
    further `TUNESMITH_TRIAL`, `TUNESMITH_SEED`, `TUNESMITH_BUDGET`). It prints `name=value` or JSON lines; a line with
    `step` is an intermediate report, the last value of each metric is the result. Any exit code but 0 fails the trial.

    A program that is to be pruned is ended, unless that was its last step: where it comes to its own end within a
    second, without a further step, its result counts.

    Attributes:
        command: its words, never split or read by a shell.
        metrics: the objectives' names.
    """

    command: tuple[str, ...]
    metrics: tuple[str, ...]

    def __call__(self, trial: Any) -> dict[str, float]:
        """Run the program and return the last value of each metric that it printed."""
        process = _start(arguments(self.command, trial.params), _environment(trial))
        lines = _Lines(process)
        last: dict[str, float] = {}
        tail: list[str] = []
        stopped = False
        try:
            while (line := lines.next(_LAST_WORDS if stopped else None)) is not None:
                print(line, end="", flush=True)  # noqa: T201 - the run's output is kept with the trial
                tail = [*tail[1 - _TAIL :], line.rstrip()]
                found = read_line(line)
                step = found.pop("step", None)
                if stopped and step is not None:
                    raise TrialPruned
                last.update(found)
                if step is not None and found:
                    trial.report(found, step=_whole(step))
                    stopped = trial.should_prune()
            code = process.wait(_LAST_WORDS if stopped else None)
            return self._result(code, last, tail)
        except (Empty, subprocess.TimeoutExpired, ProgramFailedError):
            if stopped:
                raise TrialPruned from None
            raise
        finally:
            _end(process)
            lines.close()

    def _result(self, code: int, last: dict[str, float], tail: list[str]) -> dict[str, float]:
        said = "\n".join(["its last lines:", *tail]) if tail else "it printed nothing"
        if code != 0:
            ended = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
            raise ProgramFailedError(f"the program ended with {ended}; {said}")
        missing = [name for name in self.metrics if name not in last]
        if missing:
            raise ProgramFailedError(
                f"the program printed no {' and no '.join(missing)}; print a line such as {missing[0]}=0.5; {said}"
            )
        return last


def _start(words: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(
            words,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise ProgramFailedError(f"the program {words[0]!r} cannot be started: {why}") from error


@final
class _Lines:
    """The lines of a program as they are printed, read by a thread so that waiting for one can end.

    Args:
        process: the program; this alone reads and closes its standard output.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._stream = process.stdout or io.StringIO()
        self._queue: Queue[str | None] = Queue(_AHEAD)
        self._thread = threading.Thread(target=self._pump, daemon=True)
        self._thread.start()

    def _pump(self) -> None:
        with self._stream as stream:
            for line in stream:
                self._queue.put(line)
        self._queue.put(None)

    def next(self, seconds: float | None) -> str | None:
        """Return the next line, None at the end; raise `Empty` when there is none within so many seconds."""
        return self._queue.get(timeout=seconds)

    def close(self) -> None:
        """Let the thread come to its end; where a child of the ended program still holds the pipe, leave it be."""
        until = time.monotonic() + _LAST_WORDS
        while self._thread.is_alive() and time.monotonic() < until:
            with contextlib.suppress(Empty):
                self._queue.get(timeout=0.01)


def _environment(trial: Any) -> dict[str, str]:
    named = {variable(name): str(value) for name, value in trial.params.items()}
    ours = {name: text for name, text in os.environ.items() if not name.startswith("TUNESMITH_PARAM")}
    return {
        **ours,
        **named,
        "TUNESMITH_PARAMS": json.dumps(dict(trial.params), default=str),
        "TUNESMITH_TRIAL": str(trial.number),
        "TUNESMITH_SEED": str(trial.seed),
        "TUNESMITH_BUDGET": "" if trial.budget is None else f"{trial.budget:g}",
        "PYTHONUNBUFFERED": os.environ.get("PYTHONUNBUFFERED", "1"),
    }


def _end(process: subprocess.Popen[str]) -> None:
    """Make sure the program has ended: ask, then insist."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

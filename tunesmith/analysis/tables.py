"""Trials as a table: a dict of columns of equal length, for data frames, CSV files and the report.

Columns come in a fixed order: `number`, `state`, `value` (or `values_NAME` with several objectives), `params_NAME`,
`metrics_NAME`, `user_attrs_NAME`, then what is known about the computing. An empty cell is None: an inactive parameter,
a value that never came.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunesmith.errors import InvalidArgumentError

if TYPE_CHECKING:
    from tunesmith.core.trial import Trial

__all__ = ["csv_text", "select", "trial_table", "write_csv"]

_GROUPS = ("params", "metrics", "user_attrs", "values")
_ALIKE = {"value": "values", "values": "value", "duration": "seconds"}  # what is asked for, and the column that has it
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def trial_table(trials: Sequence[Trial], metrics: Sequence[str] = ()) -> dict[str, list[Any]]:
    """Return the trials (n) as columns, each a list of n cells, None where there is nothing.

    Args:
        trials: the records, in the order of the rows.
        metrics: names of the objectives; with several, each has its column `values_NAME`.

    >>> from tunesmith.core.trial import Trial, TrialState
    >>> table = trial_table([Trial(0, TrialState.COMPLETE, {"lr": 0.1}, values=(0.5,))])
    >>> table["value"], table["params_lr"]
    ([0.5], [0.1])
    """
    table: dict[str, list[Any]] = {
        "number": [trial.number for trial in trials],
        "state": [str(trial.state) for trial in trials],
    }
    table |= _values(trials, metrics)
    table |= _spread("params", trials, lambda trial: trial.params)
    table |= _spread("metrics", trials, lambda trial: trial.metrics)
    table |= _spread("user_attrs", trials, lambda trial: trial.user_attrs)
    if any(trial.violations for trial in trials):
        table["feasible"] = [trial.feasible for trial in trials]
    table |= {
        "datetime_start": [trial.datetime_start for trial in trials],
        "datetime_complete": [trial.datetime_complete for trial in trials],
        "seconds": [trial.seconds for trial in trials],
        "cpu_seconds": [cpu_seconds(trial) for trial in trials],
        "runs": [len(trial.runs) for trial in trials],
        "budget": [trial.budget for trial in trials],
        "last_step": [trial.last_step for trial in trials],
        "replicate": [trial.replicate for trial in trials],
        "by": [trial.by for trial in trials],
        "reason": [trial.reason for trial in trials],
        "message": [trial.message for trial in trials],
    }
    return table


def select(table: Mapping[str, list[Any]], attrs: Sequence[str]) -> dict[str, list[Any]]:
    """Return some columns of a table, in the order asked for; `params` stands for all `params_NAME`, and so on.

    Raises:
        InvalidArgumentError: there is no such column.

    >>> select({"number": [0], "params_x": [0.5], "params_y": [1], "by": ["sobol"]}, ["params", "number"])
    {'params_x': [0.5], 'params_y': [1], 'number': [0]}
    """
    if isinstance(attrs, str):
        raise InvalidArgumentError(f"attrs must be a list of columns, such as ['number', 'params'], got {attrs!r}")
    chosen: dict[str, list[Any]] = {}
    for attr in attrs:
        names = [attr, _ALIKE.get(attr, attr)]
        found = [c for c in table if c in names or any(c.startswith(f"{name}_") for name in names if name in _GROUPS)]
        if not found and attr not in _GROUPS:
            raise InvalidArgumentError(f"attrs: there is no column {attr!r}; there are {', '.join(table)}")
        chosen |= {column: table[column] for column in found}
    return chosen


def cpu_seconds(trial: Trial) -> float | None:
    """Return the seconds of processor time of all runs, None when no executor measured any."""
    known = [float(run.usage["cpu"]) for run in trial.runs if isinstance(run.usage.get("cpu"), (int, float))]
    return sum(known) if known else None


def csv_text(table: Mapping[str, Sequence[Any]]) -> str:
    r"""Return a table as CSV text (RFC 4180, lines end in CRLF).

    A text that a spreadsheet would run as a formula (it begins with `=`, `+`, `-`, `@`, a tab or a carriage return) is
    written behind an apostrophe; numbers stay as they are. Lists and dicts are written as JSON, dates in ISO 8601.

    >>> csv_text({"x": [-1, "=1+1"]})
    "x\r\n-1\r\n'=1+1\r\n"
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_cell(name) for name in table])
    writer.writerows([_cell(value) for value in row] for row in zip(*table.values(), strict=True))
    return out.getvalue()


def write_csv(table: Mapping[str, Sequence[Any]], path: str | Path) -> Path:
    """Write a table as a CSV file (UTF-8) and return its path; see `csv_text`."""
    path = Path(path)
    path.write_bytes(csv_text(table).encode("utf-8"))
    return path


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, (bool, int, float)):
        return value
    if hasattr(value, "isoformat"):
        return value.isoformat()
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _values(trials: Sequence[Trial], metrics: Sequence[str]) -> dict[str, list[Any]]:
    count = max([len(metrics), *(len(trial.values) for trial in trials if trial.values is not None)], default=1)
    if count <= 1:
        return {"value": [trial.values[0] if trial.values else None for trial in trials]}
    names = list(metrics) if len(metrics) == count else [str(i) for i in range(count)]
    return {
        f"values_{name}": [trial.values[i] if trial.values is not None else None for trial in trials]
        for i, name in enumerate(names)
    }


def _spread(prefix: str, trials: Sequence[Trial], read: Callable[[Trial], Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Return one column for each name that any trial has, in the order of first appearance."""
    names: Iterable[str] = dict.fromkeys(name for trial in trials for name in read(trial))
    return {f"{prefix}_{name}": [read(trial).get(name) for trial in trials] for name in names}

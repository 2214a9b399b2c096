"""Parameters and trials as columns of plain JSON values: what all figures and the table of the page are drawn from."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from tunesmith.analysis.tables import cpu_seconds

if TYPE_CHECKING:
    from tunesmith.analysis.importance import ImportanceTable
    from tunesmith.core.trial import Trial
    from tunesmith.space import Space

__all__ = ["STATES", "clipped", "parameter_rows", "plain", "rounded", "trial_columns"]

STATES: Final = ("complete", "pruned", "failed", "running", "paused", "waiting")
_TEXT = 120
_MOST_ATTRS = 12
_MANY = 2000


def rounded(value: float | None, digits: int) -> float | int | None:
    """Return a number with so many significant digits, an int where that is exact; None for NaN and infinities.

    >>> rounded(0.123456789, 4), rounded(3.0, 4), rounded(float("nan"), 4)
    (0.1235, 3, None)
    """
    if value is None or not math.isfinite(value):
        return None
    short = float(f"{value:.{digits}g}")
    return int(short) if short.is_integer() and abs(short) < 1e15 else short


def clipped(text: str, most: int = _TEXT) -> str:
    """Return the text, cut with an ellipsis when it is longer than `most` characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def plain(value: Any, digits: int) -> Any:
    """Return any value as a short JSON scalar: numbers rounded, anything else as clipped text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**53 else str(value)
    if isinstance(value, float):
        return rounded(value, digits) if math.isfinite(value) else str(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return clipped(text)


def parameter_rows(space: Space, table: ImportanceTable, trials: Sequence[Trial]) -> list[dict[str, Any]]:
    """Return one record a parameter, most important first: its axis, and what is known about it.

    Parameters that trials have and the space no longer does come last.
    """
    rank = {one.name: i for i, one in enumerate(table.parameters)}
    shares = {one.name: one for one in table.parameters}
    names = sorted(space.names, key=lambda name: rank.get(name, len(rank)))
    gone = sorted({name for trial in trials for name in trial.params} - set(names))
    rows = []
    for name in [*names, *gone]:
        values = [trial.params[name] for trial in trials if name in trial.params]
        row = _axis(space[name], values) if name in space else _guessed_axis(values)
        found = shares.get(name)
        row |= {"name": name, "active": len(values), "share": rounded(found.share, 4) if found else 0}
        row["clear"] = bool(found and found.clear and found.share > 0)
        rows.append(row)
    return rows


def _axis(domain: Any, values: Sequence[Any]) -> dict[str, Any]:
    if hasattr(domain, "choices"):
        known = list(domain.choices)
        known += [value for value in _distinct(values) if _key(value) not in {_key(one) for one in known}]
        return {"kind": "choice", "choices": known, "describe": type(domain).__name__.lower()}
    numbers = [value for value in values if isinstance(value, (int, float)) and math.isfinite(value)]
    low, high = min([domain.low, *numbers]), max([domain.high, *numbers])
    log = bool(domain.log) and low > 0
    whole = all(isinstance(number, int) for number in (domain.low, domain.high, *numbers))
    return {"kind": "number", "low": low, "high": high, "log": log, "whole": whole, "describe": domain.describe()}


def _guessed_axis(values: Sequence[Any]) -> dict[str, Any]:
    numbers = [v for v in values if isinstance(v, (int, float)) and not isinstance(v, bool) and math.isfinite(v)]
    if len(numbers) < len(values):
        return {"kind": "choice", "choices": _distinct(values), "describe": "no longer in the space"}
    return {
        "kind": "number", "low": min(numbers), "high": max(numbers), "log": False, "describe": "no longer in the space",
    }  # fmt: skip


def _key(value: Any) -> str:
    """Return what tells choices apart: 1, 1.0, True and "1" are four."""
    return repr(value)


def _distinct(values: Iterable[Any]) -> list[Any]:
    return list({_key(value): value for value in values}.values())


def trial_columns(trials: Sequence[Trial], parameters: Sequence[Mapping[str, Any]], objectives: int) -> dict[str, Any]:
    """Return the trials (n) as columns of n JSON values; a choice stands as its index, None as "nothing"."""
    digits = 10 if len(trials) <= _MANY else 6
    columns: dict[str, Any] = {
        "number": [trial.number for trial in trials],
        "state": [STATES.index(str(trial.state)) for trial in trials],
        "values": [[_value(trial, i, digits) for trial in trials] for i in range(objectives)],
        "params": [_param_column(trials, row, digits) for row in parameters],
        "seconds": [rounded(trial.seconds, 4) for trial in trials],
        "attrs": _attr_columns(trials, min(digits, 6)),
    }
    optional: dict[str, list[Any]] = {
        "cpu": [rounded(cpu_seconds(trial), 4) for trial in trials],
        "budget": [rounded(trial.budget, 6) for trial in trials],
        "last_step": [trial.last_step for trial in trials],
        "replicate": [trial.replicate or None for trial in trials],
        "runs": [len(trial.runs) if len(trial.runs) > 1 else None for trial in trials],
        "infeasible": [1 if not trial.feasible else None for trial in trials],
        "message": [clipped(trial.message) or None for trial in trials] if len(trials) <= _MANY else [],
    }
    columns |= {name: column for name, column in optional.items() if any(cell is not None for cell in column)}
    columns["by"] = _coded(trial.by for trial in trials)
    columns["reason"] = _coded(trial.reason for trial in trials)
    return columns


def _value(trial: Trial, objective: int, digits: int) -> float | int | None:
    if trial.values is None or len(trial.values) <= objective:
        return None
    return rounded(trial.values[objective], digits)


def _param_column(trials: Sequence[Trial], row: Mapping[str, Any], digits: int) -> list[Any]:
    name = row["name"]
    if row["kind"] == "choice":
        index = {_key(choice): i for i, choice in enumerate(row["choices"])}
        return [index.get(_key(trial.params[name])) if name in trial.params else None for trial in trials]
    read: Callable[[Any], Any] = lambda value: rounded(value, digits) if isinstance(value, (int, float)) else None  # noqa: E731
    return [read(trial.params.get(name)) for trial in trials]


def _attr_columns(trials: Sequence[Trial], digits: int) -> dict[str, list[Any]]:
    """Return metrics and user attributes by name, the first dozen that are met."""
    names: dict[str, None] = {}
    for trial in trials:
        names |= dict.fromkeys([*trial.metrics, *trial.user_attrs])
    shown = list(names)[:_MOST_ATTRS]
    return {
        name: [plain(trial.user_attrs.get(name, trial.metrics.get(name)), digits) for trial in trials] for name in shown
    }


def _coded(words: Iterable[str]) -> dict[str, list[Any]]:
    """Return repeated words as {"words": distinct ones, "index": one number a row}."""
    index: dict[str, int] = {}
    column = [index.setdefault(clipped(word), len(index)) for word in words]
    return {"words": list(index), "index": column}

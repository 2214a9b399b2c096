"""How to run a study again: its seed, the surroundings of each session, and the program in a few lines."""

from __future__ import annotations

import keyword
import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tunesmith.core.events import Created, Session
from tunesmith.report.columns import clipped

if TYPE_CHECKING:
    from tunesmith.report.study_view import StudyView
    from tunesmith.space import Space

__all__ = ["rerun_record"]

_MOST_SESSIONS = 20
_LEFT_OUT = ("git_diff", "git_diff_cut", "pid")


def rerun_record(study: StudyView) -> dict[str, Any]:
    """Return {"seed", "facts": [[name, text]], "sessions": [...], "program": text} for the last part of the page."""
    stamped = study.events()
    created = next((one.event for one in stamped if isinstance(one.event, Created)), None)
    sessions = [(one.time, one.event) for one in stamped if isinstance(one.event, Session)]
    record = {**(created.record if created else {}), **(sessions[-1][1].record if sessions else {})}
    facts = {"seed": str(study.seed), **_surroundings(record)}
    return {
        "facts": [[name, text] for name, text in facts.items()],
        "sessions": [_session(time, event) for time, event in sessions[-_MOST_SESSIONS:]],
        "session_count": len(sessions),
        "program": _program(study, sessions[-1][1] if sessions else None),
    }


def _surroundings(record: Mapping[str, Any]) -> dict[str, str]:
    """Return what to compare on another machine, in words; the diff of uncommitted changes stays in the log."""
    record = {name: value for name, value in record.items() if name not in _LEFT_OUT}
    facts: dict[str, str] = {}
    if isinstance(command := record.pop("command", None), (list, tuple)):
        facts["command"] = shlex.join(str(word) for word in command)
    if commit := record.pop("git_commit", None):
        changed = ", with uncommitted changes (the log keeps them)" if record.pop("git_dirty", False) else ""
        facts["git commit"] = f"{commit}{changed}"
    record.pop("git_dirty", None)
    if isinstance(libraries := record.get("libraries"), Mapping):
        record["libraries"] = [f"{name} {version}" for name, version in libraries.items()]
    if isinstance(memory := record.get("memory"), int):
        record["memory"] = f"{memory / 2**30:.1f} GiB"
    return {name: clipped(text, 400) for name, text in {**facts, **dict(_flat(record))}.items()}


def _session(time: float, event: Session) -> dict[str, Any]:
    return {
        "time": time,
        "worker": event.worker,
        "sampler": _named(event.sampler),
        "pruner": _named(event.pruner),
        "limits": ", ".join(f"{name} {text}" for name, text in _flat(event.limits)),
        "executor": ", ".join(f"{name} {text}" for name, text in _flat(event.executor)),
    }


def _flat(record: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Return a nested record as (dotted name, text), without what is None or empty."""
    found: list[tuple[str, str]] = []
    for name, value in record.items():
        if isinstance(value, Mapping):
            found += _flat(value, f"{prefix}{name}.")
        elif isinstance(value, (list, tuple)):
            found += [(f"{prefix}{name}", ", ".join(str(one) for one in value))] if value else []
        elif value is not None and value != "":
            found.append((f"{prefix}{name}", str(value)))
    return found


def _named(data: Mapping[str, Any]) -> str:
    """Return a sampler or pruner as it is written in a program: `TPE(gamma=0.1)`; empty when none is recorded."""
    name = data.get("name")
    if not name:
        return ""
    settings = data.get("settings") or {}
    return f"{name}({', '.join(f'{key}={value!r}' for key, value in settings.items())})"


def _program(study: StudyView, session: Session | None) -> str:
    """Return the lines that create and run the study; the objective is the user's own."""
    directions = list(study.directions)
    way = f"direction={directions[0]!r}" if len(directions) == 1 else f"directions={directions!r}"
    arguments = ["space", way, f"seed={study.seed}"]
    arguments += [f"sampler=ts.{_named(session.sampler)}"] if session and _named(session.sampler) else []
    arguments += [f"pruner=ts.{_named(session.pruner)}"] if session and _named(session.pruner) else []
    finished = sum(trial.state.is_finished for trial in study.trials)
    return (
        "import tunesmith as ts\n\n"
        f"{_space(study.space)}\n\n"
        f"study = ts.create_study(\n    {_lines(arguments)},\n)\n"
        f"study.optimize(objective, n_trials={finished})\n"
    )


def _space(space: Space) -> str:
    domains = {name: f"ts.{space[name]!r}" for name in space.names}
    if all(name.isidentifier() and not keyword.iskeyword(name) for name in domains):
        rows = [f"{name}={domain}" for name, domain in domains.items()]
        return f"space = ts.Space(\n    {_lines(rows)},\n)" if rows else "space = ts.Space()"
    rows = [f"{name!r}: {domain}" for name, domain in domains.items()]
    return f"space = ts.Space({{\n    {_lines(rows)},\n}})"


def _lines(arguments: Sequence[str]) -> str:
    return ",\n    ".join(arguments)

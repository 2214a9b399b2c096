"""The ledger's working copy of a trial, and its frozen picture for everybody else."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, final

from tunesmith.core import events as ev
from tunesmith.core.attributes import read_only
from tunesmith.core.constraint import violations
from tunesmith.core.trial import Run, Trial, TrialState
from tunesmith.seeding import derive

__all__ = ["ARTIFACT", "Record", "read_metrics", "write_metrics"]

ARTIFACT: Final = "artifact:"
"""How the name of a note begins that is the record of an artifact."""

_LONGEST_OUTPUT = 65536
_NOTHING: Mapping[Any, Any] = MappingProxyType({})
_NONE: frozenset[str] = frozenset()


def read_metrics(metrics: Mapping[str, float | str]) -> dict[str, float]:
    """Return metrics as floats; "nan", "inf" and "-inf" stand in the log for what JSON cannot write."""
    return {name: float(value) for name, value in metrics.items()}


def write_metrics(metrics: Mapping[str, float]) -> dict[str, float | str]:
    """Return metrics as the log keeps them; the inverse of `read_metrics`."""
    return {k: v if v - v == 0 else str(float(v)) for k, v in metrics.items()}


def _frozen_reports(reports: dict[int, dict[str, float]]) -> Mapping[int, Mapping[str, float]]:
    return MappingProxyType({s: MappingProxyType(dict(m)) for s, m in reports.items()}) if reports else _NOTHING


@functools.lru_cache(maxsize=4096)
def trial_seed(study_seed: int, replicate: int) -> int:
    """Return what the objective should seed training with: the same for equal replicates of any two configs."""
    return derive(study_seed, "replicate", replicate) % 2**32


@final
class Record:
    """One trial, as the fold of the log changes it."""

    __slots__ = (
        "artifacts",
        "attrs",
        "budget",
        "by",
        "config",
        "decision",
        "excesses",
        "frozen_copy",
        "last_seconds",
        "losses",
        "memo",
        "message",
        "met",
        "metrics",
        "number",
        "output",
        "parent",
        "proposed",
        "reason",
        "reasons",
        "replicate",
        "reports",
        "run",
        "runs",
        "state",
        "traceback",
        "values",
        "whole",
    )

    def __init__(self, number: int, config: dict[str, Any], replicate: int) -> None:
        self.number = number
        self.state = TrialState.WAITING
        self.config = self.proposed = config
        self.replicate = replicate
        self.values: tuple[float, ...] | None = None
        self.losses: tuple[float, ...] = ()
        self.excesses: tuple[float, ...] = ()
        self.reports: dict[int, dict[str, float]] = {}
        self.metrics: dict[str, float] = {}
        self.runs: list[Run] = []
        self.run = 0
        self.decision = -1
        self.attrs: dict[str, Any] = {}
        self.artifacts: dict[str, dict[str, Any]] = {}
        self.by = ""
        self.reasons: Mapping[str, Any] = {}
        self.memo: Mapping[str, Any] | None = None
        self.budget: float | None = None
        self.parent: int | None = None
        self.reason = ""
        self.message = ""
        self.traceback = ""
        self.output = ""
        self.last_seconds = 0.0
        self.whole = True
        self.met: frozenset[str] = _NONE
        self.frozen_copy: Trial | None = None

    def changed(self) -> None:
        """Forget the frozen picture."""
        self.frozen_copy = None

    def open(self, event: ev.Proposed, decision: int, time: float) -> None:
        """Begin a run."""
        self.config = self.proposed = event.config
        self.whole = True
        self.run, self.decision = event.run, decision
        self.met = _NONE
        self.replicate = event.replicate
        self.budget = event.budget
        if event.run == 1:
            self.by, self.reasons, self.memo, self.parent = event.by, event.reasons, event.memo, event.parent
        elif event.reasons:
            self.reasons = {**self.reasons, **event.reasons}
        self.runs.append(Run(event.run, decision, event.worker, event.budget, time))

    def report(self, step: int, metrics: dict[str, float]) -> dict[str, float]:
        """Add a report and return all metrics of its step; the last report of a name stands."""
        self.changed()
        held = self.reports.get(step)
        if held is None:
            self.reports[step] = metrics
            return metrics
        held.update(metrics)
        return held

    def close(self, event: ev.Closed, time: float, objectives: tuple[str, ...]) -> None:
        """End the open run; `objectives` are the names of its values."""
        last = self.runs[-1]
        self.runs[-1] = Run(
            last.number,
            last.decision,
            last.worker,
            last.budget,
            last.opened,
            time,
            event.reason,
            event.message,
            event.usage,
        )
        self.reason, self.message, self.traceback = event.reason, event.message, event.traceback
        self.last_seconds = event.seconds or (time - last.opened)
        if event.values is not None:
            self.values = event.values
        last_report = self.reports[max(self.reports)] if self.reports else {}
        if last_report or event.metrics:
            named = dict(zip(objectives, event.values or (), strict=False))
            self.metrics = {**self.metrics, **last_report, **read_metrics(event.metrics), **named}
        if event.drawn or event.dropped:
            kept = {k: v for k, v in self.config.items() if k not in event.dropped}
            self.config = {**kept, **event.drawn}
        if event.output:
            self.output = event.output[-_LONGEST_OUTPUT:]

    def note(self, event: ev.Noted) -> None:
        """Take a user attribute, the record of an artifact, or a value that an asked trial has met by its name."""
        if event.met:
            if event.run == self.run:
                self.config = {**self.config, event.key: event.value}
                self.met |= {event.key}
        elif event.key.startswith(ARTIFACT):
            self.artifacts[event.key.removeprefix(ARTIFACT)] = event.value
        else:
            self.attrs[event.key] = event.value
        self.changed()

    def judged(self, study_seed: int) -> Trial:
        """Return the running trial as a pruner judges it; its reports are a live view, so this costs no copy."""
        return Trial(
            number=self.number,
            state=self.state,
            params=self.config,
            reports=MappingProxyType(self.reports),
            runs=tuple(self.runs),
            replicate=self.replicate,
            seed=trial_seed(study_seed, self.replicate),
            by=self.by,
            reasons=self.reasons,
            memo=self.memo,
            budget=self.budget,
            parent=self.parent,
        )

    def pending(self, *, proposed: bool = False) -> Trial:
        """Return what may be seen of the trial while its result is open; `proposed`: with the values it began with."""
        return Trial(
            number=self.number,
            state=TrialState.RUNNING,
            params=self.proposed if proposed else self.config,
            by=self.by,
            reasons=self.reasons,
            memo=self.memo,
            budget=self.budget,
            replicate=self.replicate,
            parent=self.parent,
        )

    def frozen(self, study_seed: int) -> Trial:
        """Return the frozen picture of the trial as it stands now."""
        if self.frozen_copy is None:
            self.frozen_copy = Trial(
                number=self.number,
                state=self.state,
                params=MappingProxyType(self.config),
                values=self.values,
                losses=self.losses,
                reports=_frozen_reports(self.reports),
                metrics=MappingProxyType(self.metrics),
                violations=violations(self.excesses),
                runs=tuple(self.runs),
                replicate=self.replicate,
                seed=trial_seed(study_seed, self.replicate),
                user_attrs=read_only(self.attrs) if self.attrs else _NOTHING,
                by=self.by,
                reasons=read_only(self.reasons) if self.reasons else _NOTHING,
                memo=None if self.memo is None else read_only(self.memo),
                budget=self.budget,
                parent=self.parent,
                reason=self.reason,
                message=self.message,
                traceback=self.traceback,
                output=self.output,
                artifacts=MappingProxyType(dict(self.artifacts)) if self.artifacts else _NOTHING,
            )
        return self.frozen_copy

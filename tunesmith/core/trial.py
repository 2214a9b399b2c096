"""Trial and run: frozen records of one configuration and all that happened to it."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, final

__all__ = ["FINISHED", "Run", "Trial", "TrialState"]

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class TrialState(StrEnum):
    """Where a trial stands: waiting, running, paused, complete, pruned or failed."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETE = "complete"
    PRUNED = "pruned"
    FAILED = "failed"

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will happen to a trial in this state."""
        return self in FINISHED


FINISHED = frozenset({TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED})


@final
@dataclass(frozen=True, slots=True)
class Run:
    """One stretch of computing on a trial.

    Attributes:
        number: 1, 2, ... within the trial.
        decision: the number of the decision that opened it (-1 for a trial added from outside).
        worker: who held it.
        budget: how much it may spend, in the study's unit; None means all.
        opened: seconds since 1970.
        closed: seconds since 1970, None while it runs.
        reason: how it ended (`returned`, `pruned`, `paused`, `exception`, `nan`, `timeout`, `memory`, `lost`, ...).
        message: one sentence about the end, for a person.
        usage: seconds of processor time, peak memory, host, pid, exit code: what the executor could measure.
    """

    number: int
    decision: int
    worker: str
    budget: float | None
    opened: float
    closed: float | None = None
    reason: str = ""
    message: str = ""
    usage: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)


@final
@dataclass(frozen=True, slots=True)
class Trial:
    """A frozen record of one configuration and all that happened to it.

    Attributes:
        number: 0, 1, 2, ... in the study.
        state: where it stands.
        params: the values of the active parameters, as the log keeps them (labels for choices that are objects).
        values: one value an objective, in the user's direction; None unless it completed (or was pruned after reports).
        losses: the same as losses, always minimised; NaN where there is no value.
        reports: metrics by step, the last report of a step stands.
        metrics: named numbers that came with the result (constraints are read here).
        violations: by how much each constraint is broken; 0 where it holds, NaN where its metric is missing.
        runs: its runs, first to last.
        replicate: 0 for the first trial of this config, 1, 2, ... for further ones.
        seed: what the objective should seed its training with; equal for equal replicates of any two configs.
        user_attrs: what the user noted on it.
        by: which model or rule proposed it (`sobol`, `gp`, `queue`, ...); `reasons` says more.
        reasons: small JSON by the sampler and the pruner (generation, bracket, ...).
        memo: what a sampler paid for and reads again (fitted length-scales), small JSON.
        budget: the budget of its last run.
        parent: the trial whose checkpoint its first run began from.
        reason: how its last closed run ended.
        message: one sentence about that, for a person.
        traceback: of the exception, when there was one.
        output: the tail of what its last run printed.
        artifacts: name -> {"size", "sha256", "run"} of what it saved.
    """

    number: int
    state: TrialState
    params: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    values: tuple[float, ...] | None = None
    losses: tuple[float, ...] = ()
    reports: Mapping[int, Mapping[str, float]] = field(default_factory=lambda: MappingProxyType({}))
    metrics: Mapping[str, float] = field(default_factory=lambda: _NOTHING)
    violations: tuple[float, ...] = ()
    runs: tuple[Run, ...] = ()
    replicate: int = 0
    seed: int = 0
    user_attrs: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    by: str = ""
    reasons: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    memo: Mapping[str, Any] | None = None
    budget: float | None = None
    parent: int | None = None
    reason: str = ""
    message: str = ""
    traceback: str = ""
    output: str = ""
    artifacts: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: _NOTHING)

    @property
    def value(self) -> float | None:
        """The value of the single objective, None without one."""
        return self.values[0] if self.values is not None and len(self.values) == 1 else None

    @property
    def config(self) -> Mapping[str, Any]:
        """The same as `params`."""
        return self.params

    @property
    def feasible(self) -> bool:
        """Whether every constraint is known to hold."""
        return all(v <= 0 for v in self.violations)

    @property
    def datetime_start(self) -> dt.datetime | None:
        """When its first run was opened (UTC)."""
        return dt.datetime.fromtimestamp(self.runs[0].opened, dt.UTC) if self.runs else None

    @property
    def datetime_complete(self) -> dt.datetime | None:
        """When it finished (UTC), None while it has not."""
        if not self.state.is_finished or not self.runs or self.runs[-1].closed is None:
            return None
        return dt.datetime.fromtimestamp(self.runs[-1].closed, dt.UTC)

    @property
    def seconds(self) -> float:
        """Wall time of all its closed runs together."""
        return math.fsum(run.closed - run.opened for run in self.runs if run.closed is not None)

    @property
    def last_step(self) -> int | None:
        """The largest step reported, None without reports."""
        return max(self.reports, default=None)

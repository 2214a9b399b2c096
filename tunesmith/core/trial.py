"""Trial and run: frozen records of one configuration and all that happened to it."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Never, final

from tunesmith.core.spelling import no_such
from tunesmith.errors import InvalidArgumentError

__all__ = ["FINISHED", "Run", "Trial", "TrialState", "config_words", "read_states"]

_NOTHING: Mapping[str, Any] = MappingProxyType({})
_LONGEST_CONFIG: Final = 100
_AGAIN: Final = "a record is not run; call the objective with ts.FixedTrial(trial.params)"
_INSTEAD: Final = {
    "intermediate_values": "its reports by step are trial.reports, such as {1: {'loss': 0.5}}",
    "system_attrs": "notes are in user_attrs, what a sampler or pruner wrote down in reasons",
    "set_user_attr": "a record does not change; write study.set_user_attr(key, value, trial=trial.number)",
    "distributions": "what may vary is study.space",
    "constraints": "constrained metrics are in metrics, by how much they are broken in violations",
    **dict.fromkeys(("suggest_float", "suggest_int", "suggest_categorical", "report", "should_prune"), _AGAIN),
}
"""What to write for attributes that trials of Optuna have."""


class TrialState(StrEnum):
    """Where a trial stands: waiting, running, paused, complete, pruned or failed."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETE = "complete"
    PRUNED = "pruned"
    FAILED = "failed"
    FAIL = "failed"  # the same state, as Optuna spells it

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will happen to a trial in this state."""
        return self in FINISHED


def read_states(given: Collection[object] | None) -> frozenset[TrialState]:
    """Return states from their names in any case, or from another library's states by their names; None means all.

    Raises:
        InvalidArgumentError: there is no such state.

    >>> read_states(["COMPLETE"])
    frozenset({<TrialState.COMPLETE: 'complete'>})
    """
    if given is None:
        return frozenset(TrialState)
    states = (given,) if isinstance(given, str) else given
    words = {state: str(getattr(state, "name", state)).upper() for state in states}
    for state, word in words.items():
        if word not in TrialState.__members__:
            raise InvalidArgumentError(f"a state must be one of {', '.join(TrialState)}, got {state!r}")
    return frozenset(TrialState[word] for word in words.values())


def config_words(params: Mapping[str, Any], longest: int = _LONGEST_CONFIG) -> str:
    """Return a config on one line of about `longest` characters.

    >>> config_words({"lr": 0.00123456789, "optimizer": "adam", "layers": 2}, longest=25)
    "lr=0.00123457, optimizer='adam', 1 more"
    """
    words: list[str] = []
    for name, value in params.items():
        if sum(map(len, words)) >= longest:
            words.append(f"{len(params) - len(words)} more")
            break
        word = f"{name}={value:.6g}" if isinstance(value, float) else f"{name}={value!r}"
        words.append(word if len(word) <= longest else f"{word[:longest]}...")
    return ", ".join(words)


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

    def __reduce__(self) -> tuple[Any, ...]:
        """Let a run be copied and pickled."""
        return _thaw, _melt(self)


@final
@dataclass(frozen=True, slots=True, repr=False)
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

    def __repr__(self) -> str:
        """Return number, state, values and config on one line; the attributes tell the rest."""
        reason = f" ({self.reason})" if self.state is TrialState.FAILED and self.reason else ""
        values = ", ".join(f"{value:.6g}" for value in self.values or ())
        told = f", value{'s' if len(self.values or ()) > 1 else ''} {values}" if values else ""
        return f"<Trial {self.number}, {self.state}{reason}{told}: {config_words(self.params)}>"

    def __hash__(self) -> int:
        """Return the same for equal records, so that they may stand in sets."""
        return hash((self.number, self.state, self.values))

    def __reduce__(self) -> tuple[Any, ...]:
        """Let a record be copied and pickled, into an equal and as frozen one."""
        return _thaw, _melt(self)

    if not TYPE_CHECKING:  # a type checker finds what does not exist by itself

        def __getattr__(self, name: str) -> Never:
            raise no_such("Trial", name, dir(type(self)), _INSTEAD)

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
    def duration(self) -> dt.timedelta | None:
        """From its start to its end, with all that lay between its runs; None while it has not finished."""
        start, end = self.datetime_start, self.datetime_complete
        return None if start is None or end is None else end - start

    @property
    def seconds(self) -> float:
        """Wall time of all its closed runs together."""
        return math.fsum(run.closed - run.opened for run in self.runs if run.closed is not None)

    @property
    def last_step(self) -> int | None:
        """The largest step reported, None without reports."""
        return max(self.reports, default=None)


def _melt(record: Run | Trial) -> tuple[Any, ...]:
    """Return a record as its class and plain values, in the order of its fields."""
    return type(record), tuple(_plain(getattr(record, field.name)) for field in fields(record))


def _thaw(kind: type[Run | Trial], values: tuple[Any, ...]) -> Run | Trial:
    """Return the record that `_melt` took apart."""
    return kind(*map(_frozen, values))


def _plain(value: Any) -> Any:
    """Return a value without read-only views, which cannot be pickled."""
    return {key: _plain(item) for key, item in value.items()} if isinstance(value, Mapping) else value


def _frozen(value: Any) -> Any:
    """Return a dict as a read-only view; within it, those by step (reports) are views too."""
    if not isinstance(value, dict):
        return value
    return MappingProxyType({key: _frozen(item) if isinstance(key, int) else item for key, item in value.items()})

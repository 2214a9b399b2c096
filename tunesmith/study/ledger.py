"""The ledger: the rules of a trial's life, as the fold of the log.

Applying the same events gives the same ledger, in any process. Nothing here reads a clock, a store or a random number;
every decision that shaped the study is found in the events. k new events cost O(k).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final, final

import msgspec

from tunesmith.core import events as ev
from tunesmith.core.constraint import Constraint, read_constraints
from tunesmith.core.curves import CurveTable
from tunesmith.core.history import STATE_CODES, Columns, History, Row
from tunesmith.core.objective import Direction, check_directions, to_losses
from tunesmith.core.trial import Trial, TrialState
from tunesmith.errors import StudyNotFoundError
from tunesmith.space import Space
from tunesmith.study.names import holds
from tunesmith.study.record import Record, read_metrics
from tunesmith.study.rows import Rows

__all__ = ["ASKING", "Ledger"]

ASKING: Final = "ask"
"""What stands for the executor in the session of a program that asks and tells."""

_SORTED: Final = msgspec.json.Encoder(order="sorted")
_WAITING: Final = TrialState.WAITING
_RUNNING: Final = TrialState.RUNNING
_STATES: Final = {state.value: state for state in TrialState}


@final
class Ledger:
    """All that is known of a study at one position of its log.

    Attributes:
        position: of the last event applied.
        base: the space that the study was created with, or that a person made of it last.
        edited: the space as data, None unless a person has edited it.
        met: decision -> what its run has asked for since, beyond the space that it knew, as data.
        records: one per trial, in order of numbers.
        waiting: trials that any free worker may run, oldest first.
        again: those of them that have run before: they take no new place among the trials that `n_trials` counts.
        begun: how many trials have begun.
        running: trial -> number of its open run.
        paused: trials that only a pruner resumes.
        tickets: open tickets: position of the `Claimed` event -> (decision, worker).
        askers: workers whose runs a program of its own carries, by ask and tell; nobody knows for how long.
        requests: what people asked for, oldest first.
        asked: trial -> what was asked of it last, until a run of it ends.
        closings: how many runs have been closed so far.
        last_run: the latest decision that opened a run.
        rows_of: decision -> rows of `columns` that it settled (trials from outside: the last decision before them).
        excluded: rows that models may not see, after a choice of theirs was removed.
    """

    def __init__(self) -> None:
        self.position = 0
        self.created: ev.Created | None = None
        self.space = self.base = Space()
        self.space_version = 0
        self.met: dict[int, list[dict[str, Any]]] = {}
        self.edited: dict[str, Any] | None = None
        self.directions: tuple[Direction, ...] = ()
        self.metrics: tuple[str, ...] = ()
        self.constraints: tuple[Constraint, ...] = ()
        self.seed = 0
        self.records: list[Record] = []
        self.waiting: dict[int, None] = {}
        self.again: dict[int, None] = {}
        self.begun = 0
        self.running: dict[int, int] = {}
        self.paused: dict[int, None] = {}
        self.tickets: dict[int, tuple[int, str]] = {}
        self.askers: set[str] = set()
        self.decisions = 0
        self.last_run = -1
        self.decision_of: dict[int, int] = {}
        self.made: dict[int, tuple[int, int] | None] = {}
        self.rows_of: dict[int, list[int]] = {}
        self.closed: set[int] = set()
        self.closings = 0
        self.columns = Columns(1, 0, self.space)
        self.table = CurveTable()
        self.excluded: set[int] = set()
        self.kept: Rows | None = None
        self.best: int | None = None
        self.best_loss = math.inf
        self.attrs: dict[str, Any] = {}
        self.requests: list[ev.Requested] = []
        self.asked: dict[int, ev.Requested] = {}
        self.sessions: list[tuple[float, ev.Session]] = []
        self.counts: dict[str, int] = dict.fromkeys((s.value for s in TrialState), 0)
        self.replicates: dict[str, int] = {}
        self._made_up_to = -1
        self._closed_up_to = -1
        self._rules: dict[type, Callable[[Any, float], None]] = {
            ev.Created: self._created,
            ev.Session: self._session,
            ev.SpaceChanged: self._space_changed,
            ev.Queued: self._queued,
            ev.Claimed: self._claimed,
            ev.Passed: self._passed,
            ev.Proposed: self._proposed,
            ev.Reported: self._reported,
            ev.Closed: self._closed,
            ev.Requested: self._requested,
            ev.Noted: self._noted,
        }

    def apply(self, stamped: ev.Stamped) -> None:
        """Take one event into account; events must come in order of their positions."""
        self.position = stamped.position
        self._rules[type(stamped.event)](stamped.event, stamped.time)

    # ------------------------------------------------------------------ the study

    def _created(self, event: ev.Created, _time: float) -> None:
        self.created = event
        self.space = self.base = Space.from_dict(event.space)
        self.directions = check_directions(event.directions)
        self.metrics = event.metrics
        self.constraints = read_constraints(event.constraints)
        self.seed = event.seed
        self.columns = Columns(len(self.directions), len(self.constraints), self.space)

    def _session(self, event: ev.Session, time: float) -> None:
        self.sessions.append((time, event))
        if event.executor.get("name") == ASKING:
            self.askers |= {event.worker, event.executor.get("holder", event.worker)}

    def _space_changed(self, event: ev.SpaceChanged, _time: float) -> None:
        self.space_version = event.version
        if event.trial is None or self.edited is not None:
            self.edited = event.space
        if event.met and event.trial is not None:
            self.met.setdefault(self.records[event.trial].decision, []).append(event.met)
        space = Space.from_dict(event.space)
        if not event.met:
            self.base, self.met = space, {}
        elif space == self.space:
            return  # known from other trials; only decisions under a lag may learn it here
        self.space = space
        self.columns.respace(space)
        self.excluded = {i for i, row in enumerate(self.columns.rows) if not holds(space, row.config)}
        self.kept = self._without_excluded()

    def _without_excluded(self) -> Rows | None:
        """Return the rows that models may see; None stands for all."""
        return Rows(i for i in range(len(self.columns.rows)) if i not in self.excluded) if self.excluded else None

    def _requested(self, event: ev.Requested, _time: float) -> None:
        self.requests.append(event)
        if event.trial is None:
            return
        if event.action != "resume":
            self.asked[event.trial] = event
            return
        self.asked.pop(event.trial, None)
        if event.trial in self.paused:
            self._move(self.records[event.trial], _WAITING)

    def _noted(self, event: ev.Noted, _time: float) -> None:
        if event.trial is None:
            self.attrs[event.key] = event.value
        elif event.trial < len(self.records):
            self.records[event.trial].note(event)

    # ------------------------------------------------------------------ decisions

    def _claimed(self, event: ev.Claimed, _time: float) -> None:
        self.tickets[self.position] = (self.decisions, event.worker)
        self.decision_of[self.position] = self.decisions
        self.decisions += 1

    def _passed(self, event: ev.Passed, _time: float) -> None:
        decision, _ = self.tickets.pop(event.ticket)
        self.made[decision] = None
        self.closed.add(decision)

    def _queued(self, event: ev.Queued, _time: float) -> None:
        record = self._new_record(event.trial, event.config, event.replicate)
        record.attrs.update(event.attrs)
        record.by, record.whole = "queue", event.whole
        self._move(record, _WAITING)

    def _new_record(self, number: int, config: dict[str, Any], replicate: int) -> Record:
        if number != len(self.records):
            raise StudyNotFoundError(f"trial {number} stands in the log where trial {len(self.records)} was due")
        record = Record(number, config, replicate)
        self.records.append(record)
        self.counts[_WAITING] += 1
        return record

    def _proposed(self, event: ev.Proposed, time: float) -> None:
        if event.run == 1 and not event.queued:
            record = self._new_record(event.trial, event.config, event.replicate)
            record.attrs.update(event.attrs)
        record = self.records[event.trial]
        decision = -1
        if event.ticket is not None:
            decision, _ = self.tickets.pop(event.ticket)
            self.made[decision] = (event.trial, event.run)
            self.last_run = max(self.last_run, decision)
        if event.run == 1:
            self.begun += 1
            key = self.config_key(event.config)
            self.replicates[key] = max(self.replicates.get(key, 0), event.replicate + 1)
        record.open(event, decision, time)
        self.running[event.trial] = event.run
        self._move(record, _RUNNING)

    def _move(self, record: Record, state: TrialState) -> None:
        self.counts[record.state] -= 1
        self.counts[state] += 1
        if record.state is _WAITING:
            self.waiting.pop(record.number, None)
            self.again.pop(record.number, None)
        elif record.state is TrialState.PAUSED:
            self.paused.pop(record.number, None)
        record.state = state
        record.changed()
        if state is _WAITING:
            self.waiting[record.number] = None
            if record.run:
                self.again[record.number] = None
        elif state is TrialState.PAUSED:
            self.paused[record.number] = None

    # ------------------------------------------------------------------ what a run tells

    def _reported(self, event: ev.Reported, _time: float) -> None:
        if self.running.get(event.trial) != event.run:
            return  # the run was closed before; DESIGN: reports behind a closing are ignored
        record = self.records[event.trial]
        decision = record.decision if record.decision >= 0 else self.decisions - 1
        for step, metrics in event.points:
            loss = self.monitored(record.report(step, read_metrics(metrics)))
            self.table.append(event.trial, decision, step, loss)

    def monitored(self, metrics: dict[str, float]) -> float:
        """Return the loss that a report stands for: the first objective's metric, else the first that it holds."""
        if not metrics:
            return math.nan
        value = metrics.get(self.metrics[0])
        if value is None:
            value = next(iter(metrics.values()))
        return to_losses((value,), self.directions[:1])[0]

    def _closed(self, event: ev.Closed, time: float) -> None:
        if self.running.get(event.trial) != event.run:
            return
        record = self.records[event.trial]
        del self.running[event.trial]
        state = _STATES[event.state]
        record.close(event, time, self.metrics)
        self.closings += 1
        if record.decision >= 0:
            self.closed.add(record.decision)
        if state is _WAITING:
            self._move(record, state)
            return
        self.asked.pop(event.trial, None)
        record.losses = self._losses(record, event)
        if self.constraints:
            named = {**record.metrics, **dict(zip(self.metrics, event.values or (), strict=False))}
            record.excesses = tuple(c.excess(named) for c in self.constraints)
        self._move(record, state)
        self._add_row(record, STATE_CODES[state])
        if state is TrialState.COMPLETE:
            self._compare(record)

    def _losses(self, record: Record, event: ev.Closed) -> tuple[float, ...]:
        if event.values is not None:
            return to_losses(event.values, self.directions)
        if event.state in ("pruned", "paused") and record.reports:
            last = record.reports[max(record.reports)]
            if len(self.directions) == 1:
                loss = self.monitored(last)
                value = to_losses((loss,), self.directions)[0]
                record.values = (value,) if math.isfinite(loss) else None
                return (loss,)
            named = tuple(last.get(name, math.nan) for name in self.metrics)
            return to_losses(named, self.directions)
        return (math.nan,) * len(self.directions)

    def _add_row(self, record: Record, code: int) -> None:
        index = len(self.columns.rows)
        row = Row(
            record.number,
            record.run,
            record.decision,
            code,
            record.losses,
            record.excesses,
            math.nan if record.budget is None else record.budget,
            float(max(record.reports)) if record.reports else math.nan,
            record.last_seconds,
            record.replicate,
            record.config,
            record.memo,
            record.by,
            record.reasons,
        )
        self.columns.append(row)
        seen_from = record.decision if record.decision >= 0 else self.decisions - 1
        self.rows_of.setdefault(seen_from, []).append(index)
        if self.space_version and not holds(self.space, row.config):
            self.excluded.add(index)
            self.kept = self.kept or self._without_excluded()
        elif self.kept is not None:
            self.kept.append(index)

    def _compare(self, record: Record) -> None:
        feasible = all(excess <= 0 for excess in record.excesses)
        if len(self.directions) == 1 and feasible and record.losses[0] < self.best_loss:
            self.best, self.best_loss = record.number, record.losses[0]

    # ------------------------------------------------------------------ views

    @staticmethod
    def config_key(config: Mapping[str, Any]) -> str:
        """Return a text that is equal for equal configs, whatever the order of names."""
        return _SORTED.encode(config).decode()

    def trial(self, number: int) -> Trial:
        """Return the frozen record of a trial as it stands now."""
        return self.records[number].frozen(self.seed)

    def settings(self) -> ev.Session | ev.Created:
        """Return what holds the sampler, pruner and limits that the study had last: a session, else its beginning."""
        if self.sessions:
            return self.sessions[-1][1]
        if self.created is None:
            raise StudyNotFoundError("the log is empty")
        return self.created

    def history(self) -> History:
        """Return the closed runs that models may see as columns, in the order of the log."""
        rows = slice(0, len(self.columns.rows)) if self.kept is None else self.kept.first(len(self.kept))
        running, paused = tuple(self.running), tuple(self.paused)
        return History(self.columns, rows, self.table, None, None, self.trial, running, paused)

    def next_waiting(self, n_trials: int | None) -> int | None:
        """Return the waiting trial that runs next; one that has not begun waits once `n_trials` have."""
        full = n_trials is not None and self.begun >= n_trials
        return next(iter(self.again if full else self.waiting), None)

    def asked_runs(self) -> list[int]:
        """Return the trials that were asked for and not told yet."""
        return [n for n in self.running if self.records[n].runs[-1].worker in self.askers] if self.askers else []

    def busy(self) -> bool:
        """Whether a worker that will come to an end by itself is at something."""
        return bool(self.tickets) or len(self.running) > len(self.asked_runs())

    def ready(self, decision: int, lag: int) -> bool:
        """Whether a decision may be made under a lag: all before it are made, those `lag` before it are closed."""
        while (self._made_up_to + 1) in self.made:
            self._made_up_to += 1
        while (self._closed_up_to + 1) in self.closed:
            self._closed_up_to += 1
        return self._made_up_to >= decision - 1 and self._closed_up_to >= decision - lag

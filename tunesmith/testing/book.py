"""A small ledger for the conformance kits: trials as a study would show them to a sampler or pruner, and no more.

The real columns and curves are behind it, so what a law sees is what a study shows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, final

from tunesmith.core.constraint import violations
from tunesmith.core.curves import CurveTable
from tunesmith.core.history import STATE_CODES, Columns, History, Row
from tunesmith.core.protocols import Problem, Proposal
from tunesmith.core.trial import Run, Trial, TrialState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tunesmith.testing.problems import Case

__all__ = ["Book", "book_of"]


@final
@dataclass
class Book:
    """Trials, their runs and reports, in memory.

    Attributes:
        problem: what the study is about.
        columns: the closed runs.
        table: the learning curves.
        trials: records, one a trial, in order of numbers.
        decisions: how many runs have been opened.
        running: trials with an open run, oldest first.
        paused: trials that wait for a resume.
    """

    problem: Problem
    columns: Columns
    table: CurveTable
    trials: list[Trial]
    decisions: int = 0
    running: dict[int, None] = field(default_factory=dict)
    paused: dict[int, None] = field(default_factory=dict)

    @classmethod
    def of(cls, problem: Problem) -> Book:
        """Return an empty book."""
        return cls(problem, Columns(problem.n_losses, len(problem.constraints), problem.space), CurveTable(), [])

    def begin(self, proposal: Proposal, budget: float | None = None, reasons: Mapping[str, Any] | None = None) -> int:
        """Open the first run of a new trial and return its number."""
        number = len(self.trials)
        self.trials.append(
            Trial(
                number,
                TrialState.RUNNING,
                params=dict(proposal.config),
                by=proposal.by,
                reasons={**proposal.reasons, **(reasons or {})},
                memo=proposal.memo,
                budget=budget,
                runs=(self._run(1, budget),),
            )
        )
        self.running[number] = None
        return number

    def resume(self, number: int, budget: float | None, reasons: Mapping[str, Any] | None = None) -> None:
        """Open the next run of a paused trial."""
        trial = self.trials[number]
        assert trial.state is TrialState.PAUSED, f"trial {number} was resumed while it was {trial.state}"
        runs = (*trial.runs, self._run(len(trial.runs) + 1, budget))
        del self.paused[number]
        self.running[number] = None
        merged = {**trial.reasons, **(reasons or {})}
        self.trials[number] = replace(trial, state=TrialState.RUNNING, runs=runs, budget=budget, reasons=merged)

    def _run(self, number: int, budget: float | None) -> Run:
        self.decisions += 1
        return Run(number, self.decisions - 1, "kit", budget, float(self.decisions))

    def report(self, number: int, step: int, loss: float) -> None:
        """Add a point to the learning curve of a running trial."""
        trial = self.trials[number]
        self.table.append(number, trial.runs[-1].decision, step, loss)
        self.trials[number] = replace(trial, reports={**trial.reports, step: {"loss": loss}})

    def close(
        self,
        number: int,
        losses: float | Sequence[float] = math.nan,
        state: str = "complete",
        excesses: Sequence[float] | None = None,
    ) -> None:
        """End the open run of a trial; a pruned or paused one's loss is its last reported one."""
        trial = self.trials[number]
        del self.running[number]
        if state == "paused":
            self.paused[number] = None
        given = (losses,) * self.problem.n_losses if isinstance(losses, (int, float)) else tuple(losses)
        if state in ("pruned", "paused") and trial.reports:
            given = (trial.reports[max(trial.reports)]["loss"],) * self.problem.n_losses
        beyond = (0.0,) * len(self.problem.constraints) if excesses is None else tuple(excesses)
        self.trials[number] = replace(
            trial,
            state=TrialState(state),
            losses=given,
            violations=violations(beyond),
        )
        self.columns.append(
            Row(
                number,
                len(trial.runs),
                trial.runs[-1].decision,
                STATE_CODES[state],
                given,
                beyond,
                math.nan if trial.budget is None else trial.budget,
                float(max(trial.reports)) if trial.reports else math.nan,
                1.0,
                0,
                trial.params,
                trial.memo,
                trial.by,
                trial.reasons,
            )
        )

    def add(self, config: Mapping[str, Any], losses: float | Sequence[float], state: str = "complete") -> int:
        """Open and close a trial at once and return its number."""
        number = self.begin(Proposal(dict(config), by="kit"))
        self.close(number, losses, state)
        return number

    def numbers(self, state: TrialState) -> list[int]:
        """Return the numbers of the trials in a state."""
        return [trial.number for trial in self.trials if trial.state is state]

    def pending(self) -> list[Trial]:
        """Return the running trials."""
        return [self.trials[number] for number in self.running]

    def history(self, start: int = 0, stop: int | None = None) -> History:
        """Return the closed runs from one row to another."""
        total = len(self.columns.rows)
        return History(
            self.columns,
            slice(start, total if stop is None else stop),
            self.table,
            lookup=lambda number: self.trials[number],
            running=tuple(self.running),
            paused=tuple(self.paused),
        )


def book_of(case: Case, configs: Iterable[Mapping[str, Any]], seed: int = 0) -> Book:
    """Return a book in which these configs have been run on the case's loss, and have completed."""
    book = Book.of(case.problem(seed))
    for config in configs:
        book.add(config, case.loss(config))
    return book

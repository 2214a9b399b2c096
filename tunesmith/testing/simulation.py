"""A small simulated study in virtual time: workers that train by steps, report, and obey a pruner.

No clock, no process, no store: an event queue over the `Book`, so that a pruner's decisions can be watched and compared
at equal cost. A paused run keeps its checkpoint: resumed, it goes on at the next step.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, final

from tunesmith.core.protocols import Begin, Exhausted, Finish, Problem, Proposal, Resume, Verdict, Wait
from tunesmith.core.trial import TrialState
from tunesmith.seeding import stream
from tunesmith.testing.book import Book

__all__ = ["Curve", "Outcome", "simulate"]

Curve: TypeAlias = Callable[[Mapping[str, Any], int], float]


@final
@dataclass
class Outcome:
    """What a simulated study came to.

    Attributes:
        book: trials and curves.
        decisions: what the pruner decided, in order.
        verdicts: (trial, step, verdict) in order.
        spent: steps computed in all.
        best: the least loss reported, infinite for none.
        ended: the `Finish` that ended it, None when steps or trials ran out.
    """

    book: Book
    decisions: list[Begin | Resume | Wait | Finish] = field(default_factory=list)
    verdicts: list[tuple[int, int, Verdict]] = field(default_factory=list)
    spent: int = 0
    best: float = math.inf
    ended: Finish | None = None


@final
@dataclass
class _Study:
    sampler: Any
    pruner: Any
    curve: Curve
    last_step: int
    n_trials: int
    seed: int
    out: Outcome
    sampling: Any
    pruning: Any
    told: int = 0

    def tell(self) -> None:
        fresh = self.out.book.history(self.told)
        self.sampling = self.sampler.tell(self.sampling, fresh)
        self.pruning = self.pruner.tell(self.pruning, fresh)
        self.told = len(self.out.book.columns.rows)

    def offer(self) -> Proposal | Exhausted:
        book = self.out.book
        if len(book.trials) >= self.n_trials:
            return Exhausted(f"all {self.n_trials} trials have begun")
        found: Proposal | Exhausted = self.sampler.ask(
            self.sampling, book.pending(), stream(self.seed, len(book.trials), "ask")
        )
        return found

    def decide(self) -> int | None:
        """Let the pruner decide for a free worker; return the trial whose run it opened."""
        book = self.out.book
        decision = self.pruner.assign(self.pruning, book.history(), self.offer)
        self.out.decisions.append(decision)
        if isinstance(decision, Begin):
            assert isinstance(decision.proposal, Proposal), (
                f"Begin needs a Proposal, got {decision.proposal!r}; when Exhausted is offered, answer Wait or Finish"
            )
            return book.begin(decision.proposal, decision.budget, decision.reasons)
        if isinstance(decision, Resume):
            book.resume(decision.trial, decision.budget, decision.reasons)
            return decision.trial
        if isinstance(decision, Finish):
            self.out.ended = decision
        assert isinstance(decision, (Wait, Finish)), f"assign returned {decision!r}"
        return None

    def step(self, number: int) -> bool:
        """Compute one step of a running trial, report and judge it; return whether the run goes on."""
        book, out = self.out.book, self.out
        step = (book.trials[number].last_step or 0) + 1
        loss = self.curve(book.trials[number].params, step)
        out.spent += 1
        out.best = min(out.best, loss)
        book.report(number, step, loss)
        verdict = self.pruner.judge(self.pruning, book.trials[number], book.history())
        out.verdicts.append((number, step, verdict))
        if verdict is Verdict.GO_ON and step < self.last_step:
            return True
        if verdict is Verdict.GO_ON and math.isfinite(loss):
            book.close(number, loss)
        elif verdict is Verdict.GO_ON:
            book.close(number, state="failed")
        else:
            book.close(number, state="paused" if verdict is Verdict.PAUSE else "pruned")
        self.tell()
        return False


def simulate(
    sampler: Any,
    pruner: Any,
    problem: Problem,
    curve: Curve,
    *,
    last_step: int,
    n_trials: int = 1_000_000,
    steps: int = 1_000_000,
    workers: int = 1,
    seed: int = 0,
    pace: Callable[[Mapping[str, Any]], float] = lambda _: 1.0,
) -> Outcome:
    """Run a study in virtual time until the pruner finishes, or the steps are spent.

    Args:
        sampler: proposes configs.
        pruner: hands out budget.
        problem: what both are told.
        curve: (config, step) -> loss, steps from 1; NaN or an infinite loss at the last step fails the trial.
        last_step: the step at which the objective returns.
        n_trials: how many trials may begin.
        steps: how many steps may be computed in all.
        workers: how many runs are open at once.
        seed: of the sampler's randomness.
        pace: config -> virtual time a step takes.
    """
    out = Outcome(Book.of(problem))
    study = _Study(sampler, pruner, curve, last_step, n_trials, seed, out, sampler.init(problem), pruner.init(problem))
    queue: list[tuple[float, int, int | None]] = [(0.0, worker, None) for worker in range(workers)]
    idle: list[int] = []
    while queue and out.spent < steps:
        now, worker, number = heapq.heappop(queue)
        if number is not None and not study.step(number):
            number = None
            for waiting in idle:
                heapq.heappush(queue, (now, waiting, None))
            idle.clear()
        if number is None:
            number = study.decide()
        if number is None:
            idle.append(worker)
            continue
        heapq.heappush(queue, (now + pace(out.book.trials[number].params), worker, number))
    stuck = not queue and out.ended is None and not out.book.numbers(TrialState.RUNNING)
    assert not stuck, "every worker waits and nothing runs: the pruner should have finished"
    return out

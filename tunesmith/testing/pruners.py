"""The laws of pruners: what every pruner must keep, whatever its rule.

A law is called as `law(make)`, where `make()` returns the pruner with its settings; steps run from 1 to `LAST`. It
raises AssertionError with a sentence. `ALL_PRUNER_LAWS` holds them all.

Example:
    >>> from tunesmith.pruners import Median
    >>> a_lone_trial_goes_on(Median)
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from tunesmith.core.protocols import Begin, Exhausted, Finish, Problem, Proposal, Resume, Verdict, Wait
from tunesmith.core.trial import TrialState
from tunesmith.pruners import PRUNERS, describe, make_pruner
from tunesmith.samplers.random import Random
from tunesmith.space import Float, Space
from tunesmith.testing.book import Book
from tunesmith.testing.simulation import simulate

if TYPE_CHECKING:
    from tunesmith.testing.simulation import Curve, Outcome

__all__ = ["ALL_PRUNER_LAWS", "LAST", "MakePruner", "PrunerLaw"]

MakePruner: TypeAlias = Callable[[], Any]
PrunerLaw: TypeAlias = Callable[[MakePruner], None]

LAST: Final = 30
_PROBLEM: Final = Problem(Space(x=Float(0.0, 1.0)))


def _falling(config: Mapping[str, Any], step: int) -> float:
    """A learning curve that falls from 2 + x to x; curves of different x never cross."""
    return float(config["x"] + 2.0 / step)


def _offer(x: float = 0.5) -> Callable[[], Proposal]:
    return lambda: Proposal({"x": x}, "kit")


def _none() -> Exhausted:
    return Exhausted("the kit has no more configs")


def _study(make: MakePruner, curve: Curve = _falling, *, workers: int = 1, n_trials: int = 40) -> Outcome:
    return simulate(Random(), make(), _PROBLEM, curve, last_step=LAST, n_trials=n_trials, workers=workers, seed=1)


def _told(pruner: Any, book: Book, *cuts: int) -> Any:
    """Return the pruner's state after telling the book's rows, cut into parts."""
    state, edges = pruner.init(book.problem), [0, *cuts, len(book.columns.rows)]
    for start, stop in pairwise(edges):
        state = pruner.tell(state, book.history(start, stop))
    return state


def _asked(pruner: Any, state: Any, book: Book) -> list[Any]:
    """Return a decision and the verdicts on all trials with reports."""
    history = book.history()
    verdicts = [pruner.judge(state, trial, history.seen_by(trial.number)) for trial in book.trials if trial.reports]
    return [pruner.assign(state, history, _offer()), *verdicts]


# ---------------------------------------------------------------------------------------------------------- the laws


def begins_when_nothing_is_known(make: MakePruner) -> None:
    """The first decision begins what is offered, with a positive budget or none, and reasons that are JSON."""
    pruner, book = make(), Book.of(_PROBLEM)
    decision = pruner.assign(pruner.init(_PROBLEM), book.history(), _offer(0.25))
    assert isinstance(decision, Begin), f"the first decision is {decision!r}"
    assert decision.proposal.config == {"x": 0.25}, "the offered config was changed"
    assert decision.budget is None or decision.budget > 0, f"a budget of {decision.budget}"
    assert json.loads(json.dumps(dict(decision.reasons), allow_nan=False)) == dict(decision.reasons)


def ends_when_nothing_is_offered(make: MakePruner) -> None:
    """An exhausted sampler leads to Finish when nothing runs, to Wait while something does."""
    pruner, book = make(), Book.of(_PROBLEM)
    state = pruner.init(_PROBLEM)
    decision = pruner.assign(state, book.history(), _none)
    assert isinstance(decision, Finish), f"nothing runs, nothing is offered: {decision!r}"
    begun = pruner.assign(state, book.history(), _offer())
    book.begin(begun.proposal, begun.budget, begun.reasons)
    decision = pruner.assign(state, book.history(), _none)
    assert isinstance(decision, Wait), f"a run is open, nothing is offered: {decision!r}"


def a_study_comes_to_its_end(make: MakePruner) -> None:
    """With one worker or five, every trial begun is closed once the pruner finishes, and nobody waits for nothing."""
    for workers in (1, 5):
        out = _study(make, workers=workers)
        assert out.ended is not None, "the study never finished"
        assert not out.book.numbers(TrialState.RUNNING), "a run was left open"
        assert len(out.book.trials) == 40, f"{len(out.book.trials)} of 40 trials have begun"
        assert out.spent <= 40 * LAST, "more steps than without a pruner"


def promotes_once_and_upwards(make: MakePruner) -> None:
    """Only paused trials are resumed, each time with a larger budget, and never one that was stopped."""
    out = _study(make, workers=3)
    budgets: dict[int, float] = {}
    number = 0
    for decision in out.decisions:
        if isinstance(decision, Begin):
            budgets[number] = decision.budget or math.inf
            number += 1
        elif isinstance(decision, Resume):  # the book refuses to resume what is not paused
            budget = decision.budget or math.inf
            assert budget > budgets[decision.trial], f"trial {decision.trial} was resumed with no larger budget"
            budgets[decision.trial] = budget


def a_pause_keeps_to_the_budget(make: MakePruner) -> None:
    """A run pauses only at its budget or later, and one with a budget never passes it without a verdict."""
    out = _study(make, workers=2)
    for row in out.book.columns.rows:
        if row.state == 3:
            assert row.step >= row.budget, f"paused at step {row.step} of a budget of {row.budget}"


def the_best_is_never_stopped(make: MakePruner) -> None:
    """A trial that is better than all others at every step reaches the end."""
    for workers in (1, 4):
        out = _study(make, workers=workers)
        best = min(out.book.trials, key=lambda trial: trial.params["x"])
        assert best.state is TrialState.COMPLETE, f"the best of all trials is {best.state} at step {best.last_step}"


def a_lone_trial_goes_on(make: MakePruner) -> None:
    """With nothing to compare with, a trial is never stopped."""
    out = _study(make, n_trials=1)
    assert all(verdict is not Verdict.STOP for _, _, verdict in out.verdicts), "a lone trial was stopped"


def nothing_reported_nothing_judged(make: MakePruner) -> None:
    """A trial without reports, or without reports that may be seen, goes on."""
    pruner, book = make(), _study(make).book
    number = book.begin(Proposal({"x": 0.9}, "kit"))
    verdict = pruner.judge(_told(pruner, book), book.trials[number], book.history().seen_by(number))
    assert verdict is Verdict.GO_ON, f"a trial without reports got {verdict}"


def same_log_same_decision(make: MakePruner) -> None:
    """Decisions and verdicts depend on the log only, and looking changes nothing."""
    book = _study(make, workers=4).book
    pruner, other = make(), make()
    state = _told(pruner, book)
    first = _asked(pruner, state, book)
    assert first == _asked(pruner, state, book), "asked twice, answered otherwise"
    assert first == _asked(other, _told(other, book), book), "another instance decides otherwise"
    assert _study(make, workers=4).decisions == _study(make, workers=4).decisions, "the same study runs otherwise"


def telling_in_parts(make: MakePruner) -> None:
    """Fold law: tell(a + b) and tell(tell(a), b) decide alike."""
    book = _study(make, workers=3).book
    pruner, total = make(), len(book.columns.rows)
    whole = _asked(pruner, _told(pruner, book), book)
    assert whole == _asked(pruner, _told(pruner, book, total // 3, total // 2), book), (
        "told in parts, decides otherwise"
    )
    assert whole == _asked(pruner, _told(pruner, book, *range(1, total)), book), "told one by one, decides otherwise"


def losses_have_no_unit(make: MakePruner) -> None:
    """Losses times four, or times 1/1024, lead to the same verdicts."""
    plain = _study(make, workers=2).verdicts
    for factor in (4.0, 2.0**-10):
        scaled = _study(make, lambda config, step, f=factor: _falling(config, step) * f, workers=2).verdicts  # type: ignore[misc]
        assert plain == scaled, f"losses times {factor} change the verdicts"


def nan_is_worst(make: MakePruner) -> None:
    """A third of the trials report NaN or infinities: no warning, no error, and the best finite one still completes."""

    def curve(config: Mapping[str, Any], step: int) -> float:
        kind = int(config["x"] * 1e6) % 6
        return {0: math.nan, 1: math.inf, 2: math.nan if step > 2 else 1.0}.get(kind, _falling(config, step))

    out = _study(make, curve, workers=3)
    sound = [trial for trial in out.book.trials if int(trial.params["x"] * 1e6) % 6 > 2]
    best = min(sound, key=lambda trial: trial.params["x"])
    assert best.state is TrialState.COMPLETE, f"the best sound trial is {best.state}"
    nothing_but = _study(make, lambda _config, _step: math.nan, n_trials=12)
    assert not any(isinstance(d, Resume) for d in nothing_but.decisions), "a trial that reports only NaN was promoted"


def bears_failed_and_silent_trials(make: MakePruner) -> None:
    """Failed runs, and runs that return without any report, are told like any other."""
    pruner, book = make(), Book.of(_PROBLEM)
    state, told = pruner.init(_PROBLEM), 0
    for i in range(12):
        decision = pruner.assign(state, book.history(), _offer(i / 12))
        if isinstance(decision, Resume):
            number = decision.trial
            book.resume(number, decision.budget, decision.reasons)
        else:
            assert isinstance(decision, Begin), f"with {i} trials behind: {decision!r}"
            number = book.begin(decision.proposal, decision.budget, decision.reasons)
        book.close(number, *((math.nan, "failed") if i % 2 else (i / 12, "complete")))
        state, told = pruner.tell(state, book.history(told)), len(book.columns.rows)
    assert not book.numbers(TrialState.PAUSED)


def bears_late_and_repeated_reports(make: MakePruner) -> None:
    """Steps that come out of order, twice, or with jumps, get a verdict."""
    pruner, book = make(), _study(make).book
    state = _told(pruner, book)
    begun = pruner.assign(pruner.init(_PROBLEM), Book.of(_PROBLEM).history(), _offer(0.0))
    number = book.begin(begun.proposal, begun.budget, begun.reasons)
    for step in (1, 5, 3, 3, 12, 2, 12, 100, 0):
        book.report(number, step, -1.0)
        verdict = pruner.judge(state, book.trials[number], book.history().seen_by(number))
        assert isinstance(verdict, Verdict), f"judge returned {verdict!r}"
        assert verdict is not Verdict.STOP, f"the best trial by far was stopped at step {step}"


def settings_make_it_again(make: MakePruner) -> None:
    """A frozen dataclass; one of ours comes back equal from its name and settings in JSON."""
    pruner = make()
    assert is_dataclass(pruner), f"{pruner!r} is no dataclass"
    assert type(pruner).__setattr__ is not object.__setattr__, f"{pruner!r} is not frozen"
    text = json.dumps(describe(pruner), allow_nan=False)
    if type(pruner).__name__ in PRUNERS:
        assert make_pruner(**json.loads(text)) == pruner, f"{text} does not make {pruner!r} again"


ALL_PRUNER_LAWS: Final[tuple[PrunerLaw, ...]] = (
    begins_when_nothing_is_known,
    ends_when_nothing_is_offered,
    a_study_comes_to_its_end,
    promotes_once_and_upwards,
    a_pause_keeps_to_the_budget,
    the_best_is_never_stopped,
    a_lone_trial_goes_on,
    nothing_reported_nothing_judged,
    same_log_same_decision,
    telling_in_parts,
    losses_have_no_unit,
    nan_is_worst,
    bears_failed_and_silent_trials,
    bears_late_and_repeated_reports,
    settings_make_it_again,
)

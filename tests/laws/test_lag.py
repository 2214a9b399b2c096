"""With a lag, whatever an algorithm looks at is the same for any number of workers, however their ends fall in time."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass

import pytest

import tunesmith as ts
from tunesmith.core.protocols import Begin, Exhausted, Proposal, Resume, Verdict, Wait
from tunesmith.samplers import Random
from tunesmith.seeding import derive
from tunesmith.study.mind import Limits, Mind
from tunesmith.study.sight import Sight

SPACE = ts.Space(x=ts.Float(-1, 1), c=ts.Categorical("a", "b", "c"))


def digest(history) -> int:
    """Return a number that depends on everything that a history shows."""
    seen = [
        history.numbers.tolist(),
        history.loss.tolist(),
        sorted(history.running),
        list(history.paused),
        history.curves.steps(),
        history.curves.trials(),
        [history.curves.of(n)[1].tolist() for n in history.curves.trials()],
    ]
    return derive(0, repr(seen))


@dataclass(frozen=True)
class Nosy:
    """Pauses, resumes and stops by the digest of all that it sees."""

    def init(self, problem):
        return None

    def tell(self, state, runs):
        return None

    def assign(self, state, history, offer):
        seen = digest(history)
        if history.paused and seen % 3 == 0:
            return Resume(history.paused[seen % len(history.paused)], reasons={"seen": str(seen)})
        offered = offer()
        if isinstance(offered, Exhausted):
            return Wait(offered.why)
        return Begin(offered, reasons={"seen": str(seen)})

    def judge(self, state, trial, history):
        choice = derive(trial.number, str(digest(history)), len(trial.runs)) % 8
        return {0: Verdict.PAUSE, 1: Verdict.STOP}.get(choice, Verdict.GO_ON)


def run(jobs: int, noise: int) -> list:
    clock = random.Random(noise)  # shakes the timing only
    study = ts.create_study(SPACE, sampler=Random(), pruner=Nosy(), seed=3)
    study.add_trial({"x": 0.5, "c": "a"}, 0.25, reports={1: 0.5})

    def train(trial):
        for step in range((trial.last_step or 0) + 1, 6):
            if jobs > 1:
                time.sleep(clock.random() * 0.004)
            trial.report(trial.params["x"] ** 2 + 1 / step, step=step)
            if trial.should_prune():
                raise ts.TrialPruned
        return trial.params["x"] ** 2

    study.optimize(train, n_trials=25, n_jobs=jobs, lag=6, executor="inline" if jobs == 1 else "threads")
    return [(t.number, dict(t.params), str(t.state), t.value, dict(t.reasons), len(t.runs)) for t in study.trials]


def test_an_algorithm_that_looks_at_everything_sees_the_same_with_any_number_of_workers():
    alone = run(1, 0)
    assert {state for _, _, state, *_ in alone} >= {"complete", "pruned"}
    assert any(runs > 1 for *_, runs in alone), "no trial was resumed"
    for jobs, noise in ((2, 1), (4, 2), (6, 3)):
        assert run(jobs, noise) == alone


@dataclass(frozen=True)
class Counting:
    """Says in its reasons how many runs it was told, and their losses."""

    def init(self, problem):
        return problem.space, []

    def tell(self, state, runs):
        return state[0], state[1] + runs.loss.tolist()

    def ask(self, state, pending, rng):
        return Proposal(state[0].sample(rng), "counting", {"told": state[1]})


def test_trials_from_elsewhere_are_told_under_a_lag_too():
    study = ts.create_study(SPACE, sampler=Counting(), seed=3)
    study.add_trial({"x": 0.5, "c": "a"}, 7.0)
    study.optimize(lambda trial: 1.0, n_trials=4, lag=2)
    study.add_trial({"x": 0.5, "c": "a"}, 8.0)
    study.optimize(lambda trial: 1.0, n_trials=9, lag=2)
    told = [t.reasons["told"] for t in study.trials if t.by == "counting"]
    assert told == [[7], [7], [7, 1], [7, 1, 1], [7, 1, 1, 1, 8], [7, 1, 1, 1, 8, 1], [7, 1, 1, 1, 8, 1, 1]]


@pytest.mark.parametrize("lag", [1, 2, 5])
def test_sight_equals_a_plain_reading_of_the_columns_after_edits_and_additions(lag):
    study = ts.create_study(SPACE, sampler=Random(), seed=3)
    ledger, sight = study._log.ledger, Sight()
    for upto in range(5, 60, 5):
        if upto % 20 == 0:
            study.add_trial({"x": 0.5, "c": "b"}, 0.25)
        if upto == 30:
            study.edit_space(SPACE.without("c").with_parameter("c", ts.Categorical("b", "c")))
        study.optimize(lambda trial: trial.params["x"], n_trials=upto, max_failures=None)
        cutoff = max(-1, ledger.decisions - 1 - lag)
        rows = sight.rows(ledger, cutoff).tolist()
        assert rows == Sight().rows(ledger, cutoff).tolist(), "growing and reading at once differ"
        records = [ledger.columns.rows[i] for i in rows]
        decisions = [row.decision for row in records if row.decision >= 0]
        gone = {"a"} if upto >= 30 else set()
        assert not gone & {row.config["c"] for row in records}
        every = [row.decision for row in ledger.columns.rows if 0 <= row.decision <= cutoff]
        assert decisions == [d for d in sorted(every) if ledger.records[trial_of(ledger, d)].config["c"] not in gone]


def trial_of(ledger, decision):
    return ledger.made[decision][0]


def test_verdicts_under_a_lag_reuse_states_of_ended_runs_only_where_they_knew_no_more():
    study = ts.create_study(SPACE, sampler=Random(), seed=3)
    study.optimize(lambda trial: 1.0, n_trials=3)
    mind = Mind(Random(), Nosy(), Limits(lag=2))
    later = mind._judge_of(7, 7, 3)
    later.rows = 3
    mind.forget(7)
    assert mind._judge_of(5, 5, 2) is not later
    assert mind._judge_of(9, 9, 4) is later

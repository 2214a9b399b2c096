"""With a lag, names met by define-by-run join at a fixed decision, so any number of workers gives the same study."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass

import pytest

import tunesmith as ts
from tunesmith.core import events as ev
from tunesmith.core.protocols import Begin, Verdict
from tunesmith.pruners import Median
from tunesmith.samplers import GP, Random, Sobol

LAG = 6


def asking(clock, *, slow):
    """Return an objective with conditional names, a range that moves, and ends that come in any order."""

    def objective(trial):
        def pause():
            if slow:
                time.sleep(clock.random() * 0.006)

        pause()
        kind = trial.suggest_categorical("kind", ["a", "b", "c"][: 2 + (trial.number > 9)])
        pause()
        x = trial.suggest_float("x", -1, 1 + trial.number % 3)
        if kind == "a":
            x += trial.suggest_int("n", 1, 4 + trial.number % 2)
        pause()
        if x > 0.5:
            x += trial.suggest_float("y", 1e-3, 1.0, log=True)
        for step in range(1, 4):
            trial.report(x**2 + 1 / step, step=step)
            pause()
            if trial.should_prune():
                raise ts.TrialPruned
        return x**2

    return objective


def run(sampler, jobs, noise, n_trials=30, space=None):
    study = ts.create_study(space, sampler=sampler, pruner=Median(startup=4), seed=3, discover=True)
    slow = jobs > 1
    executor = "threads" if slow else "inline"
    study.optimize(asking(random.Random(noise), slow=slow), n_trials=n_trials, n_jobs=jobs, lag=LAG, executor=executor)
    return study


def signature(study):
    return [(t.number, dict(t.params), str(t.state), t.value, t.by, dict(t.reasons)) for t in study.trials]


@pytest.mark.parametrize("sampler", [Random(), Sobol(), GP()], ids=lambda s: type(s).__name__)
def test_define_by_run_is_the_same_for_any_number_of_workers(sampler):
    alone = run(sampler, 1, 0)
    assert {state for _, _, state, *_ in signature(alone)} >= {"complete", "pruned"}
    assert {"n", "y"} <= set(alone.space.names)
    for jobs, noise in ((2, 1), (4, 2), (LAG, 3)):
        other = run(sampler, jobs, noise)
        assert signature(other) == signature(alone)
        assert other.replay() == []


def test_names_join_a_declared_space_at_a_fixed_decision_too():
    space = ts.Space(x=ts.Float(-1, 3), z=ts.Float(0, 1))
    alone = run(Random(), 1, 0, space=space)
    assert signature(run(Random(), LAG, 5, space=space)) == signature(alone)


def test_a_name_met_by_decision_m_is_proposed_from_decision_m_plus_the_lag_on():
    study = ts.create_study(sampler=Random(), seed=3)

    def objective(trial):
        return trial.suggest_float("x", 0, 1) + (trial.suggest_float("y", 0, 1) if trial.number >= 5 else 0.0)

    study.optimize(objective, n_trials=20, lag=4)
    proposed = {s.event.trial: set(s.event.config) for s in study.events() if isinstance(s.event, ev.Proposed)}
    assert [proposed[n] for n in range(4)] == [set()] * 4
    assert [proposed[n] for n in range(4, 9)] == [{"x"}] * 5
    assert [proposed[n] for n in range(9, 20)] == [{"x", "y"}] * 11


def test_an_edit_in_the_middle_begins_anew_from_what_the_person_wrote():
    studies = []
    for jobs in (1, 4):
        study = run(Random(), jobs, jobs, n_trials=15)
        study.edit_space(ts.Space(x=ts.Float(-1, 3), kind=ts.Categorical("a", "b", "c"), n=ts.Int(1, 5)))
        slow = jobs > 1
        objective = asking(random.Random(7), slow=slow)
        study.optimize(objective, n_trials=30, n_jobs=jobs, lag=LAG, executor="threads" if slow else "inline")
        studies.append(signature(study))
        proposed = {s.event.trial: set(s.event.config) for s in study.events() if isinstance(s.event, ev.Proposed)}
        assert all("y" not in proposed[n] for n in range(15, 15 + LAG)), "met before the edit, and left out by it"
        assert any("y" in proposed[n] for n in range(15 + LAG, 30))
        assert study.replay() == []
    assert studies[0] == studies[1]


@dataclass(frozen=True)
class Looking:
    """Writes down what it sees of the trials that run."""

    def init(self, problem):
        return None

    def tell(self, state, runs):
        return None

    def assign(self, state, history, offer):
        seen = {str(n): dict(history.trial(n).params) for n in history.running}
        return Begin(offer(), reasons={"seen": seen, "names": list(history.space.names), "x": history.x.shape[1]})

    def judge(self, state, trial, history):
        return Verdict.GO_ON


def test_a_decision_sees_running_trials_as_they_were_proposed_and_columns_of_the_names_it_knows():
    def looked(jobs):
        study = ts.create_study(sampler=Random(), pruner=Looking(), seed=3)
        objective = asking(random.Random(jobs), slow=jobs > 1)
        study.optimize(objective, n_trials=20, n_jobs=jobs, lag=LAG, executor="threads" if jobs > 1 else "inline")
        return signature(study)

    alone = looked(1)
    assert alone == looked(5)
    for *_, reasons in alone:
        assert len(reasons["names"]) == reasons["x"]
    assert alone[LAG][-1]["seen"]["1"] == {}, "run 1 has asked for names since, but decision 6 may not know"


def test_what_is_queued_in_part_is_filled_as_its_decision_knows_the_space():
    def queued(jobs):
        study = ts.create_study(sampler=Random(), seed=3)
        for _ in range(LAG):
            study.enqueue_trial({"x": 0.25})
        objective = asking(random.Random(jobs), slow=jobs > 1)
        study.optimize(objective, n_trials=14, n_jobs=jobs, lag=LAG, executor="threads" if jobs > 1 else "inline")
        study.enqueue_trial({"x": 2.5, "n": 5})  # known by now, and to the next decision too or not
        study.optimize(objective, n_trials=18, n_jobs=jobs, lag=LAG, executor="threads" if jobs > 1 else "inline")
        assert "failed" not in {str(t.state) for t in study.trials}
        return signature(study)

    assert queued(1) == queued(4)

"""Seams carry what comes later: a pruner that weighs offers against resuming, and one that begins from a parent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import tunesmith as ts
from tunesmith.core.history import History
from tunesmith.core.protocols import Begin, Exhausted, Finish, Problem, Proposal, Resume, Verdict, Wait
from tunesmith.samplers import Random

SPACE = ts.Space(x=ts.Float(-1, 1))


@dataclass(frozen=True)
class Weighing:
    """Resumes the best paused trial when its curve promises more than the better of two offers, else begins that."""

    top: int = 9

    def init(self, problem: Problem) -> dict[str, Any]:
        return {}

    def tell(self, state: dict[str, Any], runs: History) -> dict[str, Any]:
        return state

    def assign(self, state: Any, history: History, offer: Callable[[], Proposal | Exhausted]) -> Any:
        paused = {n: history.curves.of(n)[1][-1] for n in history.paused}
        first, second = offer(), offer()
        offers = [o for o in (first, second) if isinstance(o, Proposal)]
        best_paused = min(paused, key=paused.__getitem__, default=None)
        if best_paused is not None and (not offers or paused[best_paused] < 0.2):
            budget = history.trial(best_paused).budget
            return Resume(best_paused, min(self.top, 3 * (budget or 1)), {"weighed": len(offers)})
        if offers:
            promise = [abs(o.config["x"]) for o in offers]
            return Begin(offers[int(np.argmin(promise))], budget=1, reasons={"offers": len(offers)})
        return Wait() if history.running else Finish("nothing left to weigh")

    def judge(self, state: Any, trial: Any, history: History) -> Verdict:
        step = int(history.curves.of(trial.number)[0][-1])
        return Verdict.PAUSE if trial.budget < self.top and step >= trial.budget else Verdict.GO_ON


def curve(trial):
    start = trial.last_step or 0
    for step in range(start + 1, 10):
        trial.report(trial.params["x"] ** 2 + 0.1 / step, step)
        if trial.should_prune():
            raise ts.TrialPruned
    return trial.params["x"] ** 2


def test_a_pruner_weighs_offers_against_resuming_a_paused_trial():
    study = ts.create_study(SPACE, sampler=Random(), pruner=Weighing(), seed=5)
    study.optimize(curve, n_trials=20)
    trials = study.trials
    assert len(trials) == 20
    resumed = [t for t in trials if len(t.runs) > 1]
    assert resumed, "no paused trial was ever resumed"
    assert all(t.reasons["offers"] == 2 for t in trials)
    assert all(t.state != "running" for t in trials)
    for trial in trials:
        assert sorted(trial.reports) == list(range(1, len(trial.reports) + 1)), "a resumed run repeated or lost a step"
        assert [run.number for run in trial.runs] == list(range(1, len(trial.runs) + 1))
    assert {t.number for t in trials if t.state == "complete"} <= {t.number for t in resumed}


@dataclass(frozen=True)
class FromParent:
    """Population-based: every trial after the first four begins from the checkpoint of the best one so far."""

    def init(self, problem: Problem) -> None:
        return None

    def tell(self, state: None, runs: History) -> None:
        return None

    def assign(self, state: None, history: History, offer: Callable[[], Proposal | Exhausted]) -> Any:
        offered = offer()
        if isinstance(offered, Exhausted):
            return Wait() if history.running else Finish(offered.why)
        parent = int(history.numbers[np.argmin(history.loss)]) if len(history) >= 4 else None
        return Begin(offered, budget=1, parent=parent)

    def judge(self, state: None, trial: Any, history: History) -> Verdict:
        return Verdict.GO_ON


def inherit(trial):
    before = trial.load("weights")
    steps = int(before or b"0") + 1
    trial.set_user_attr("steps", steps)
    trial.save("weights", str(steps).encode())
    return 1.0 / steps + 0.001 * abs(trial.params["x"])


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_run_begins_from_the_checkpoint_of_another_trial(tmp_path, jobs):
    study = ts.create_study(SPACE, sampler=Random(), pruner=FromParent(), seed=1, storage=f"sqlite:///{tmp_path}/s.db")
    study.optimize(inherit, n_trials=10, n_jobs=jobs, executor="inline" if jobs == 1 else "processes")
    trials = study.trials
    for trial in trials:
        expected = 1 if trial.parent is None else trials[trial.parent].user_attrs["steps"] + 1
        assert trial.user_attrs["steps"] == expected
        assert trial.artifacts["weights"]["trial"] == trial.number
    assert max(t.user_attrs["steps"] for t in trials) >= 3
    assert sum(t.parent is not None for t in trials) >= 5


def test_an_altered_checkpoint_makes_the_run_start_over(tmp_path):
    study = ts.create_study(SPACE, sampler=Random(), pruner=FromParent(), seed=1, storage=f"sqlite:///{tmp_path}/s.db")
    study.optimize(inherit, n_trials=4)
    for file in tmp_path.glob("s.db.artifacts/*/*/1/weights"):
        file.write_bytes(b"999")
    study.optimize(inherit, n_trials=5)
    assert study.trials[4].parent is not None
    assert study.trials[4].user_attrs["steps"] == 1


def test_saving_needs_an_artifacts_folder():
    study = ts.create_study(SPACE, sampler=Random(), seed=1)
    study.optimize(inherit, n_trials=1)
    assert study.trials[0].state == "failed"
    assert "artifacts" in study.trials[0].message


@pytest.mark.parametrize("sampler", [ts.samplers.Grid(), ts.samplers.Sobol()], ids=["grid", "sobol"])
def test_two_offers_for_one_decision_differ(sampler):
    offers = []

    @dataclass(frozen=True)
    class Choosy:
        def init(self, problem):
            return None

        def tell(self, state, runs):
            return None

        def assign(self, state, history, offer):
            first, second = offer(), offer()
            if isinstance(first, Exhausted):
                return Finish(first.why)
            if isinstance(second, Proposal):
                offers.append((first.config["x"], second.config["x"]))
            return Begin(first)

        def judge(self, state, trial, history):
            return Verdict.GO_ON

    study = ts.create_study(ts.Space(x=ts.Int(1, 12)), sampler=sampler, pruner=Choosy(), seed=1)
    study.optimize(lambda t: t.params["x"])
    assert len(study.trials) == 12
    assert len(offers) >= 10
    assert all(first != second for first, second in offers)

"""Replay derives each decision anew, also what came to nothing: the waits and ends of sampler and pruner."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import pytest

import tunesmith as ts
from tunesmith.core import events as ev
from tunesmith.core.protocols import Begin, Exhausted, Finish, Verdict, Wait
from tunesmith.pruners import ASHA, Median
from tunesmith.samplers import Grid, Random
from tunesmith.study.replay import replay

SPACE = ts.Space(n=ts.Int(1, 4))
BRANCHED = ts.Space(x=ts.Float(-1, 1), n=ts.Int(1, 5), m=ts.Float(0, 1, when={"n": ">= 3"}))


@dataclass(frozen=True)
class Turns:
    """Lets two trials run at a time, and waits for both to end before the next two; ends after six."""

    at_a_time: int = 2

    def init(self, problem):
        return 0

    def tell(self, state, runs):
        return state + len(runs)

    def assign(self, state, history, offer):
        if state >= 6:
            return Finish("six are enough")
        offered = offer()
        if len(history.running) >= self.at_a_time or isinstance(offered, Exhausted):
            return Wait("both must end first")
        return Begin(offered)

    def judge(self, state, trial, history):
        return Verdict.GO_ON


def turns():
    """Return a study with waits, and an end that its pruner decided."""
    study = ts.create_study(SPACE, sampler=Random(), pruner=Turns(), seed=1)
    for _ in range(3):
        pair = [study.ask(), study.ask()]
        with pytest.raises(ts.errors.SpaceExhaustedError, match="both must end"):
            study.ask()
        for trial in pair:
            study.tell(trial, 1.0)
    assert study.optimize(lambda trial: 1.0, n_trials=9) == "six are enough"
    return study


def passed(study):
    return [(s.event.decided, s.event.why) for s in study.events() if isinstance(s.event, ev.Passed)]


def test_waits_and_ends_are_recorded_as_such_and_derived_anew():
    study = turns()
    assert passed(study) == [("wait", "both must end first")] * 3 + [("finish", "six are enough")]
    assert study.replay() == []


@pytest.mark.parametrize(("index", "other"), [(1, "finish"), (-1, "wait")])
def test_a_changed_wait_or_end_is_found(index, other):
    study = turns()
    log = study.events()
    at = [i for i, s in enumerate(log) if isinstance(s.event, ev.Passed)][index]
    log[at] = msgspec.structs.replace(log[at], event=msgspec.structs.replace(log[at].event, decided=other))
    (found,) = replay(log, study._wiring, (study._sampler, study._pruner))
    assert found.position == log[at].position
    assert found.decision >= 0
    assert {found.what.split()[2].strip(","), found.what.split()[-1]} == {"waited", "finished"}


def test_a_wait_where_the_replay_would_begin_a_trial_is_found():
    study = turns()
    lenient = Turns(at_a_time=3)
    spoilt = [
        msgspec.structs.replace(s, event=msgspec.structs.replace(s.event, pruner=study._wiring.describe(lenient)))
        if isinstance(s.event, ev.Session)
        else s
        for s in study.events()
    ]
    found = replay(spoilt, study._wiring, (study._sampler, lenient))
    assert [d.what for d in found] == ["the log waited, the replay began a trial"] * 3


def test_tickets_that_nobody_was_asked_about_are_no_decisions():
    study = ts.create_study(SPACE, sampler=Random(), seed=1)
    study.optimize(lambda trial: 1.0, n_trials=9, stop=ts.MaxTrials(2))

    def broken(trial):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        study.optimize(broken, n_trials=9)
    assert {decided for decided, _ in passed(study)} == {""}
    assert study.replay() == []


@pytest.mark.parametrize("lag", [None, 3])
@pytest.mark.parametrize("jobs", [1, 3])
def test_the_ends_of_real_studies_come_out_the_same(lag, jobs):
    study = ts.create_study(SPACE, sampler=Grid(), pruner=ASHA(1, 9, pausing=True), seed=1)

    def train(trial):
        for step in range((trial.last_step or 0) + 1, 10):
            trial.report(trial.params["n"] + 1 / step, step=step)
            if trial.should_prune():
                raise ts.TrialPruned
        return trial.params["n"]

    study.optimize(train, n_trials=20, n_jobs=jobs, lag=lag, executor="threads")
    assert any(decided for decided, _ in passed(study))
    assert study.replay() == []


@pytest.mark.parametrize("pruner", [Median(startup=3), ASHA(1, 9), ASHA(1, 9, pausing=True)], ids=str)
def test_replay_finds_no_difference_and_sees_every_change(pruner):
    study = ts.create_study(BRANCHED, pruner=pruner, seed=5)

    def objective(trial):
        for step in range((trial.last_step or 0) + 1, 10):
            trial.report(trial.params["x"] ** 2 + 1 / step, step)
            if trial.should_prune():
                raise ts.TrialPruned
        return trial.params["x"] ** 2

    study.optimize(objective, n_trials=14)
    log = study.events()
    assert replay(log, study._wiring) == []

    def change(kind, spoil):
        at = [i for i, s in enumerate(log) if isinstance(s.event, kind) and spoil(s.event) is not None][-1]
        spoilt = list(log)
        spoilt[at] = msgspec.structs.replace(log[at], event=spoil(log[at].event))
        return replay(spoilt, study._wiring)

    def move(event):
        return msgspec.structs.replace(event, config={**event.config, "x": 0.123}) if event.run == 1 else None

    def other_end(event):
        if event.by != "pruner":
            return None
        return msgspec.structs.replace(event, state="paused" if event.state == "pruned" else "pruned")

    assert any("config was" in d.what for d in change(ev.Proposed, move))
    assert change(ev.Closed, other_end)

"""What people ask of a running study: stops of the whole and of one trial, obeyed at the next report."""

from __future__ import annotations

import pytest

import tunesmith as ts
from tunesmith.core import events as ev
from tunesmith.core.protocols import Problem
from tunesmith.pruners import ASHA
from tunesmith.samplers import Random

SPACE = ts.Space(x=ts.Float(-1, 1))


def reporting(study, ask):
    """Return an objective whose trial 1 is asked to end at its second report, by `ask`."""

    def objective(trial):
        for step in range(1, 6):
            if trial.number == 1 and step == 2:
                ask(study)
            trial.report(trial.params["x"], step=step)
            if trial.should_prune():
                raise ts.TrialPruned
        return trial.params["x"]

    return objective


def test_one_trial_is_stopped_at_its_next_report_and_replay_holds_no_pruner_to_account():
    study = ts.create_study(SPACE, sampler=Random(), seed=1)
    study.optimize(reporting(study, lambda s: s.stop("looks bad", trial=1)), n_trials=3)
    assert [t.state for t in study.trials] == ["complete", "pruned", "complete"]
    assert study.trials[1].last_step == 2
    assert study.trials[1].message == "looks bad"
    assert study.replay() == []


def test_one_trial_is_paused_and_nothing_but_a_pruner_resumes_it():
    study = ts.create_study(SPACE, sampler=Random(), seed=1)
    pause = ev.Requested(action="pause", trial=1)
    study.optimize(reporting(study, lambda s: s._log.append(pause)), n_trials=3)
    assert [t.state for t in study.trials] == ["complete", "paused", "complete"]
    assert study.replay() == []


def test_an_asked_trial_obeys_too():
    study = ts.create_study(SPACE, sampler=Random(), seed=1)
    trial = study.ask()
    trial.report(1.0, step=1)
    assert not trial.should_prune()
    study.stop(trial=0)
    trial.report(1.0, step=2)
    assert trial.should_prune()
    assert study.tell(trial, state="pruned").state == "pruned"
    assert study.replay() == []


def test_a_request_outlives_a_lost_run():
    study = ts.create_study(SPACE, sampler=Random(), seed=1)
    interrupted = []

    def ask(study):
        study.stop(trial=1)
        if not interrupted:
            interrupted.append(True)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        study.optimize(reporting(study, ask), n_trials=3)
    study.optimize(reporting(study, lambda _: None), n_trials=3)
    assert [t.state for t in study.trials] == ["complete", "pruned", "complete"]
    assert len(study.trials[1].runs) == 2


def test_a_stop_of_an_unknown_trial_is_refused():
    study = ts.create_study(SPACE, sampler=Random(), seed=1)
    with pytest.raises(ts.errors.InvalidArgumentError, match="no trial 3"):
        study.stop(trial=3)


def paused(pruner=None, **more):
    """Return a study whose trial 1 was paused by a person at its second report."""
    study = ts.create_study(SPACE, sampler=Random(), pruner=pruner, seed=1, **more)
    study.optimize(reporting(study, lambda s: s.pause_trial(1, "let me look")), n_trials=3)
    assert [t.state for t in study.trials] == ["complete", "paused", "complete"]
    return study


def test_a_paused_trial_is_resumed_by_a_person_before_anything_new_begins():
    study = paused()
    with pytest.raises(ts.errors.InvalidArgumentError, match="trial 0 is complete; only a paused or running trial"):
        study.resume_trial(0)
    study.resume_trial(1)
    assert study.trials[1].state == "waiting"
    begun = []
    study.optimize(lambda trial: begun.append((trial.number, trial.run)) or 1.0, n_trials=4)
    assert begun == [(1, 2), (3, 1)]
    assert [t.state for t in study.trials] == ["complete"] * 4
    assert [r.reason for r in study.trials[1].runs] == ["paused", "returned"]
    assert study.replay() == []


def test_a_resumed_trial_runs_although_the_study_has_all_its_trials():
    study = paused()
    study.resume_trial(1)
    study.optimize(reporting(study, lambda _: None), n_trials=3)
    assert study.counts["complete"] == 3


def test_a_resume_is_obeyed_by_a_loop_that_runs_and_whose_pruner_waits():
    study = ts.create_study(SPACE, sampler=Random(), seed=1)

    def objective(trial):
        if trial.number == 3:
            study.resume_trial(1)
        return reporting(study, lambda s: s.pause_trial(1) if trial.run == 1 else None)(trial)

    study.optimize(objective, n_trials=6)
    assert [t.state for t in study.trials] == ["complete"] * 6
    opened = [s.event.trial for s in study.events() if isinstance(s.event, ev.Proposed)]
    assert opened == [0, 1, 2, 3, 1, 4, 5]


def test_a_resume_takes_back_a_pause_that_was_not_obeyed_yet():
    study = ts.create_study(SPACE, sampler=Random(), seed=1)

    def ask(study):
        study.pause_trial(1)
        study.resume_trial(1)

    study.optimize(reporting(study, ask), n_trials=2)
    assert [t.state for t in study.trials] == ["complete"] * 2


def test_an_asked_trial_is_paused_and_asked_for_again():
    study = ts.create_study(SPACE, sampler=Random(), seed=1)
    trial = study.ask()
    study.pause_trial(0)
    trial.report(1.0, step=1)
    assert trial.should_prune()
    assert study.tell(trial, 1.0).state == "paused"
    study.resume_trial(0)
    again = study.ask()
    assert (again.number, again.run, again.last_step) == (0, 2, 1)
    assert study.tell(again, 0.5).state == "complete"
    assert study.replay() == []


def rungs(study, pause_at=None):
    """Return an objective of nine steps for a pruner that pauses; trial 1 may be paused by a person at a step."""

    def train(trial):
        for step in range((trial.last_step or 0) + 1, 10):
            if (trial.number, step) == (1, pause_at):
                study.pause_trial(1)
            trial.report(abs(trial.params["x"]) + 1 / step, step=step)
            if trial.should_prune():
                raise ts.TrialPruned
        return abs(trial.params["x"])

    return train


def test_a_trial_that_a_pruner_paused_goes_on_without_a_limit():
    study = ts.create_study(SPACE, sampler=Random(), pruner=ASHA(1, 9, pausing=True), seed=1)
    study.optimize(rungs(study), n_trials=8)
    number = next(t.number for t in study.trials if t.state == "paused")
    study.resume_trial(number)
    study.optimize(rungs(study), n_trials=8)
    resumed = study.trials[number]
    assert (resumed.state, resumed.runs[-1].budget, resumed.last_step) == ("complete", None, 9)
    assert study.replay() == []


def test_a_trial_paused_by_a_person_goes_on_with_the_rest_of_its_budget():
    study = ts.create_study(SPACE, sampler=Random(), pruner=ASHA(3, 9, pausing=True), seed=1)
    study.optimize(rungs(study, pause_at=2), n_trials=2)
    assert study.trials[1].last_step == 2
    study.resume_trial(1)
    trial = study.ask()
    assert (trial.number, trial.run, trial.budget, trial.last_step) == (1, 2, 3, 2)


def test_the_end_says_of_a_paused_trial_how_it_goes_on():
    study = ts.create_study(ts.Space(x=ts.Int(0, 2)), sampler=ts.samplers.Grid(), seed=1)
    why = study.optimize(reporting(study, lambda s: s.pause_trial(1)), n_trials=10)
    assert why.endswith("; 1 trial stays paused, until resume_trial puts it back")


def test_a_trial_resumed_past_its_rung_counts_once_there():
    pruner = ASHA(min_budget=1, max_budget=9, pausing=True)
    study = ts.create_study(SPACE, sampler=Random(), pruner=pruner, seed=1)

    def objective(trial):
        for step in range((trial.last_step or 0) + 1, 10):
            trial.report(trial.params["x"], step=step)
            if trial.should_prune():
                raise ts.TrialPruned
        return trial.params["x"]

    study.optimize(objective, n_trials=2)
    (paused,) = study.get_trials(states=["paused"])
    study.resume_trial(paused.number)
    study.optimize(objective, n_trials=2)
    assert study.counts["complete"] == 2
    state = pruner.tell(pruner.init(Problem(SPACE)), study.history)
    assert sorted(number for _, number in state.rungs[0].results) == [0, 1]
    assert study.replay() == []

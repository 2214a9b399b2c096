"""What people ask of a running study: stops of the whole and of one trial, obeyed at the next report."""

from __future__ import annotations

import pytest

import tunesmith as ts
from tunesmith.core import events as ev
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

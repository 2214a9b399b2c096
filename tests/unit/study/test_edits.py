"""A space edited while a study runs: what objectives get, what becomes of queued configs and objects."""

from __future__ import annotations

import math

import pytest

import tunesmith as ts
from tunesmith.samplers import Random
from tunesmith.study.discovery import with_objects

SPACE = ts.Space(x=ts.Float(-1, 1), n=ts.Int(1, 5))


def adding_z(study, trial):
    if trial.number == 2:
        study.edit_space(study.space.with_parameter("z", ts.Float(0, 1, default=0.5)))


@pytest.mark.parametrize("executor", ["inline", "threads"])
def test_a_running_objective_gets_the_parameters_of_the_edited_space(executor):
    study = ts.create_study(SPACE, sampler=Random(), seed=1)
    seen = []

    def objective(trial):
        seen.append(sorted(trial.params))
        return trial.params["x"]

    study.optimize(objective, n_trials=6, callbacks=[adding_z], executor=executor)
    assert seen == [sorted(t.params) for t in study.trials]
    assert seen[2] == ["n", "x"]
    assert seen[-1] == ["n", "x", "z"]
    assert study.replay() == []


def test_an_edit_by_another_program_reaches_this_one_ask_and_tell_too(tmp_path):
    storage = str(tmp_path / "study.db")
    study = ts.create_study(SPACE, storage=storage, sampler=Random(), seed=1)
    study.tell(study.ask(), 1.0)
    other = ts.load_study(storage=storage)
    other.edit_space(other.space.with_parameter("z", ts.Float(0, 1, default=0.5)).without("n"))
    trial = study.ask()
    assert sorted(trial.params) == ["x", "z"] == sorted(study.trials[1].params)
    assert 0 <= trial.suggest_float("z", 0, 1) <= 1
    study.tell(trial, 1.0)
    assert study.replay() == []


def test_objects_stay_behind_their_labels_and_an_unknown_one_fails_its_trial_by_name(tmp_path):
    storage = str(tmp_path / "study.db")
    space = ts.Space(act=ts.Categorical({"sin": math.sin, "cos": math.cos}))
    study = ts.create_study(space, storage=storage, sampler=Random(), seed=1)
    wider = ts.Categorical({"sin": math.sin, "cos": math.cos, "tan": math.tan})
    ts.load_study(storage=storage, space=space).edit_space(ts.Space(act=wider))
    study.optimize(lambda trial: trial.params["act"](1.0), n_trials=12, max_failures=None)
    by_label = {trial.params["act"]: trial for trial in study.trials}
    assert by_label["sin"].value == math.sin(1.0)
    assert by_label["cos"].value == math.cos(1.0)
    assert "'tan' is known to the program only" in by_label["tan"].message


def test_the_settings_of_a_domain_survive_its_objects():
    logged = ts.Space.from_dict(
        ts.Space(
            k=ts.Categorical("a"),
            act=ts.Categorical({"b": 2, "c": 3}, default="c", prior=[1, 3], when={"k": "a"}),
        ).to_dict()
    )
    given = ts.Space(k=ts.Categorical("a"), act=ts.Categorical({"a": 1, "b": 20}))
    found = with_objects(logged, given)
    assert found == logged
    assert found["act"].table.objects[0] == 20


def test_a_queued_config_that_left_the_space_fails_and_the_study_goes_on():
    study = ts.create_study(SPACE, sampler=Random(), seed=1)
    study.enqueue_trial({"x": 0.9})
    study.enqueue_trial({"x": 0.9, "n": 1})
    study.enqueue_trial({"x": 0.25, "n": 1})
    study.edit_space(ts.Space(x=ts.Float(-1, 0.5), n=ts.Int(1, 5), z=ts.Float(0, 1)))
    study.optimize(lambda trial: trial.params["x"] + trial.params["z"], n_trials=5)
    assert [t.state for t in study.trials] == ["failed", "failed", "complete", "complete", "complete"]
    assert [t.reason for t in study.trials[:2]] == ["invalid", "invalid"]
    assert "x=0.9" in study.trials[0].message
    assert study.trials[2].params["x"] == 0.25
    assert study.replay() == []


def test_asking_skips_a_queued_config_that_left_the_space():
    study = ts.create_study(SPACE, sampler=Random(), seed=1)
    study.enqueue_trial({"x": 0.9})
    study.edit_space(ts.Space(x=ts.Float(-1, 0.5), n=ts.Int(1, 5)))
    assert study.ask().number == 1
    assert study.trials[0].state == "failed"


def test_what_is_no_space_is_refused():
    study = ts.create_study(ts.Space(x=ts.Float(0, 1)))
    with pytest.raises(ts.errors.InvalidArgumentError, match=r"edit_space needs a Space, .*got 'x'"):
        study.edit_space("x")

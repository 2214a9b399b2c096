"""What people pass to `create_study` and `optimize`: taken as it is meant, or refused with the way out."""

from __future__ import annotations

import numpy as np
import pytest

import tunesmith as ts
from tunesmith.errors import InvalidArgumentError, TooManyFailuresError
from tunesmith.pruners import Median
from tunesmith.samplers import Random

SPACE = ts.Space(x=ts.Float(0, 1))


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ({"sampler": Random}, r"sampler must be an object, got the class; write Random\(\)"),
        ({"sampler": "Random"}, r"sampler must be an object such as samplers.Random\(\), got 'Random'"),
        ({"pruner": Median}, r"write Median\(\)"),
        ({"pruner": Random()}, r"pruner must be an object such as pruners.Median\(\), got Random"),
    ],
)
def test_a_class_or_a_name_is_no_part(argument, said, tmp_path):
    with pytest.raises(InvalidArgumentError, match=said):
        ts.create_study(SPACE, **argument)
    path = str(tmp_path / "a.db")
    ts.create_study(SPACE, storage=path, study_name="a")
    with pytest.raises(InvalidArgumentError, match=said):
        ts.load_study("a", storage=path, **argument)


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ({"callbacks": 3}, "callbacks must be a function or a list of them, got 3"),
        ({"callbacks": [None]}, "got None"),
        ({"stop": 3}, "stop must be a function"),
        ({"catch": "ValueError"}, "catch must be a class of exceptions such as ValueError, got 'ValueError'"),
        ({"catch": (ValueError, 3)}, "got 3"),
        ({"stop": ts.MaxTrials}, r"stop got the class MaxTrials; write MaxTrials\(...\)"),
        ({"max_failures": 0}, "max_failures must be an integer of 1 or more, or None for no limit, got 0"),
        ({"max_failures": "10"}, "got '10'"),
    ],
)
def test_what_is_no_function_and_no_exception_is_refused(argument, said):
    study = ts.create_study(SPACE)
    with pytest.raises(InvalidArgumentError, match=said):
        study.optimize(lambda trial: 1.0, n_trials=1, **argument)
    assert not study.trials


def test_one_callback_and_one_exception_may_stand_without_a_list():
    seen = []

    def fail(trial):
        raise ValueError("always")

    study = ts.create_study(SPACE, sampler=Random(), seed=1)
    study.optimize(
        fail, n_trials=5, callbacks=lambda _, trial: seen.append(trial.number), catch=ValueError, max_failures=2
    )
    assert seen == list(range(5))
    with pytest.raises(TooManyFailuresError):
        study.optimize(fail, n_trials=10, catch=[KeyError], max_failures=2)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda s: s.tell("0", 1.0), "tell needs the trial that ask returned, or its number, got '0'"),
        (lambda s: s.tell(False, 1.0), "got False"),
        (lambda s: s.set_user_attr("a", 1, trial=99), "set_user_attr: there is no trial 99 in the study; it has 1"),
        (lambda s: s.set_user_attr("a", 1, trial=-1), "there is no trial -1"),
        (lambda s: s.set_user_attr("artifact:a", 1, trial=0), "must not begin with 'artifact:'"),
        (lambda s: s.ask().set_user_attr("artifact:a", 1), "must not begin with 'artifact:'"),
        (lambda s: s.pause_trial(True), "pause: there is no trial True"),
        (lambda s: s.stop(trial=5), "stop: there is no trial 5"),
        (lambda s: s.stop(trial=0), "trial 0 is complete; only a waiting, running or paused trial can stop"),
        (lambda s: s.replicate_trial(0, 0), "replicate_trial: times must be an integer of 1 or more, got 0"),
        (lambda s: s.replicate_trial(7), "replicate_trial: there is no trial 7"),
        (lambda s: s.enqueue_trial({"x": 0.5}, replicate=-1), "replicate must be an integer of 0 or more, got -1"),
        (lambda s: s.add_trial({"x": 0.5}, 1.0, state="pruned"), "a pruned trial has no value, got 1.0"),
        (lambda s: s.add_trial({"x": 0.5}, 1.0, reports={1.5: 1.0}), "integer step, got 1.5"),
        (lambda s: s.add_trial({"x": 0.5}, 1.0, reports={-1: 1.0}), "report needs a step from 0"),
        (lambda s: s.add_trial({"x": 0.5}, 1.0, reports={1: "low"}), "report got value='low'"),
    ],
)
def test_what_names_no_trial_or_measures_nothing_is_refused_and_leaves_no_trace(wrong, said):
    study = ts.create_study(SPACE, sampler=Random(), seed=1)
    study.optimize(lambda trial: trial.params["x"], n_trials=1)
    with pytest.raises(InvalidArgumentError, match=said):
        wrong(study)
    assert study.trials[0].user_attrs == {}
    assert study.trials[0].artifacts == {}
    assert sum(study.counts.values()) - study.counts["running"] == 1


def test_numbers_of_numpy_name_trials_and_steps():
    study = ts.create_study(SPACE, sampler=Random(), seed=1)
    study.ask()
    assert study.tell(np.int64(0), 1.0).value == 1.0
    study.set_user_attr("a", 1, trial=np.int32(0))
    assert study.trials[0].user_attrs == {"a": 1}
    number = study.add_trial({"x": 0.5}, 1.0, reports={np.int64(2): np.float32(0.5)})
    assert study.trials[number].reports == {2: {"value": 0.5}}


@pytest.mark.parametrize("executor", ["inline", "threads"])
def test_optimize_within_its_own_objective_is_refused_and_another_study_may_run_there(executor):
    study = ts.create_study(SPACE, sampler=Random(), seed=1)

    def objective(trial):
        if trial.number == 0:
            study.optimize(lambda trial: 1.0, n_trials=3)  # would wait for trial 0
        inner = ts.create_study(SPACE, sampler=Random(), seed=trial.seed)
        inner.optimize(lambda trial: trial.params["x"], n_trials=2)
        return inner.best_value

    study.optimize(objective, n_trials=3, executor=executor)
    assert [t.state for t in study.trials] == ["failed", "complete", "complete"]
    assert "called inside an objective of the same study" in study.trials[0].message
    study.optimize(lambda trial: 1.0, n_trials=4)
    assert len(study.trials) == 4


def test_a_callback_may_optimize():
    study = ts.create_study(SPACE, sampler=Random(), seed=1)

    def more(study, trial):
        if trial.number == 1:
            study.optimize(lambda trial: 1.0, n_trials=5)

    study.optimize(lambda trial: 0.0, n_trials=3, callbacks=more)
    assert [t.value for t in study.trials] == [0.0, 0.0, 1.0, 1.0, 1.0]
    assert study.replay() == []


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda trial: trial.report(), r"^Trial.report\(\) missing 2 required positional arguments"),
        (lambda trial: trial.suggest_float("x"), r"^Trial.suggest_float\(\) missing 2"),
        (lambda trial: trial.set_user_attr("a", 1, 2), r"^Trial.set_user_attr\(\) takes 3"),
    ],
)
def test_wrong_arguments_of_a_trial_name_it_as_people_know_it(call, said):
    for trial in (ts.create_study(SPACE, sampler=Random()).ask(), ts.FixedTrial({"y": 1.0})):
        if not (isinstance(trial, ts.FixedTrial) and "suggest" in said):
            with pytest.raises(TypeError, match=said):
                call(trial)

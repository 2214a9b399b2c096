"""Habits from Optuna: what people type runs, or is answered with what to write; its trials move over."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any

import pytest

import tunesmith as ts
from tunesmith.errors import InvalidArgumentError, InvalidConfigError
from tunesmith.samplers import Random

SPACE = ts.Space(x=ts.Float(-5, 5), n=ts.Int(1, 4))


def square(trial):
    return trial.suggest_float("x", -5, 5) ** 2


def run(objective=square, **more):
    study = ts.create_study(sampler=Random(), seed=1)
    study.optimize(objective, **{"n_trials": 3, **more})
    return study


class TrialState(enum.IntEnum):
    """As Optuna numbers its states."""

    RUNNING = 0
    COMPLETE = 1
    PRUNED = 2
    FAIL = 3


@dataclass
class FrozenTrial:
    """As Optuna's finished trials look."""

    params: dict[str, Any]
    state: TrialState = TrialState.COMPLETE
    values: list[float] | None = None
    intermediate_values: dict[int, float] = field(default_factory=dict)
    user_attrs: dict[str, Any] = field(default_factory=dict)


# --- optimize --------------------------------------------------------------------------------------------------------


def test_the_arguments_of_optimize_that_optuna_has(capsys, monkeypatch):
    collected = []
    monkeypatch.setattr("gc.collect", lambda *_: collected.append(1))
    study = run(n_jobs=1, callbacks=None, catch=(), gc_after_trial=True, show_progress_bar=True)
    assert study.counts["complete"] == 3
    assert len(collected) == 3
    assert "3 of 3 done" in capsys.readouterr().err


def test_without_an_end_a_callback_may_stop_the_study_and_nothing_else_does():
    study = run(n_trials=None, callbacks=[lambda study, trial: study.stop() if trial.number == 4 else None])
    assert len(study.trials) == 5
    for space in (None, SPACE):
        study = ts.create_study(space)
        with pytest.raises(InvalidArgumentError, match="optimize needs an end"):
            study.optimize(square)
        assert not study.trials


def test_an_exception_in_the_place_of_callbacks_is_refused():
    with pytest.raises(InvalidArgumentError, match="callbacks must be a function"):
        run(callbacks=(ValueError,))


# --- inside the objective --------------------------------------------------------------------------------------------


def test_older_spellings_and_whole_floats_in_an_objective():
    def objective(trial):
        assert 1e-3 <= trial.suggest_loguniform("log", 1e-3, 1) <= 1
        assert trial.suggest_discrete_uniform("steps", 0, 1, 0.25) in (0, 0.25, 0.5, 0.75, 1)
        n = trial.suggest_int("n", 1, 1e3, step=1)
        assert type(n) is int
        trial.report(value=0.5, step=1.0)
        return trial.suggest_uniform("x", 0, 1)

    study = run(objective)
    assert study.counts["complete"] == 3, study.trials[0]
    assert "log=True" in repr(study.space["log"])
    assert "step=0.25" in repr(study.space["steps"])
    assert study.trials[0].reports == {1: {"value": 0.5}}
    values = dict(study.trials[0].params)
    assert objective(ts.FixedTrial(values)) == values["x"]


@pytest.mark.parametrize(
    ("use", "said"),
    [
        (lambda trial: trial.study.stop(), "trial has no 'study'; it may run in another process .* stop rule"),
        (lambda trial: trial.set_system_attr("a", 1), r"write trial.set_user_attr\(key, value\)"),
        (lambda trial: trial.sugest_float("x", 0, 1), "trial has no 'sugest_float'; did you mean 'suggest_float'"),
        (lambda trial: trial.set_constraint("ms", 1.0), "create_study"),
        (lambda trial: trial.suggest_int("n", 0.5, 3), "Int needs a whole number"),
        (lambda trial: trial.suggest_categorical("c", {"a", "b"}), "which has no order"),
        (
            lambda trial: trial.report("x", 1),
            "^InvalidArgumentError: report got value='x', which is text; report float",
        ),
        (lambda trial: trial.report({"a": None}, 1), "report got a=None; report a number"),
        (lambda trial: trial.report([1, 2], 1), r"report got value=\[1, 2\] of type list; report a number"),
        (lambda trial: trial.report(1.0, step=True), "report needs an integer step, got True"),
        (lambda trial: trial.report(1.0, step=0.5), "report needs an integer step, got 0.5"),
    ],
)
def test_what_an_objective_cannot_have_is_answered_with_what_to_write(use, said):
    [trial] = run(use, n_trials=1).trials
    assert trial.reason == "exception"
    with pytest.raises(AssertionError, match=said):
        raise AssertionError(trial.message)


def test_a_run_shows_its_number_and_config():
    shown = []

    def objective(trial):
        x = square(trial)
        shown.append(repr(trial))
        return x

    study = run(objective, n_trials=1)
    assert shown == [f"<running trial 0: x={study.trials[0].params['x']:.6g}>"]


# --- the study -------------------------------------------------------------------------------------------------------


def test_trials_by_state():
    study = run(lambda trial: 1 / trial.number)
    assert [trial.number for trial in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))] == [1, 2]
    assert [trial.number for trial in study.get_trials(states=["failed"])] == [0]
    assert study.get_trials() == study.trials
    assert study.study_name == study.name


def test_columns_of_the_data_frame():
    study = run()
    assert list(study.trials_dataframe(attrs=("number", "params", "values", "state"))) == [
        *("number", "params_x", "value", "state"),
    ]
    with pytest.raises(InvalidArgumentError, match="there is no column 'system_attrs'; there are number, state, value"):
        study.trials_dataframe(attrs=["system_attrs"])


@pytest.mark.parametrize("name", ["optimise", "sampler", "set_metric_names", "add_trials", "system_attrs"])
def test_a_study_answers_what_it_does_not_have(name):
    study = ts.create_study(SPACE)
    with pytest.raises(AttributeError, match=f"^Study has no '{name}'; "):
        getattr(study, name)


@pytest.mark.parametrize("word", ["MAXIMIZE", "Maximize", TrialState])
def test_directions_in_any_case(word):
    class StudyDirection(enum.IntEnum):
        MAXIMIZE = 2

    given = StudyDirection.MAXIMIZE if word is TrialState else word
    assert ts.create_study(direction=given).direction == "maximize"
    assert ts.create_study(directions=["MINIMIZE", given]).directions == ("minimize", "maximize")
    for wrong in ("max", 1, ""):
        with pytest.raises(InvalidArgumentError, match="direction must be 'minimize' or 'maximize'"):
            ts.create_study(direction=wrong)


class TPESampler:
    """Named as Optuna's."""


class MedianPruner:
    """Named as Optuna's."""


def test_parts_of_optuna_are_answered_with_ours():
    for given in (TPESampler, TPESampler()):
        with pytest.raises(InvalidArgumentError, match=r"sampler is TPESampler of Optuna; .* samplers.Auto\(\)"):
            ts.create_study(sampler=given)
    with pytest.raises(InvalidArgumentError, match=r"the nearest is pruners.Median\("):
        ts.create_study(pruner=MedianPruner())
    with pytest.raises(InvalidArgumentError, match=r"got 'sqlite:///a.db'; all else is given by name"):
        ts.create_study("sqlite:///a.db")


@pytest.mark.parametrize("wrong", [3, ts.Fidelity("epochs", 9, 1), ts.Fidelity("epochs", 0, 1)])
def test_a_fidelity_that_cannot_be_is_refused(wrong):
    with pytest.raises(InvalidArgumentError, match="fidelity "):
        ts.create_study(SPACE, fidelity=wrong)


# --- queued, and from elsewhere --------------------------------------------------------------------------------------


def test_a_config_is_queued_once_however_often_the_program_begins():
    study = ts.create_study(SPACE, sampler=Random(), seed=1)
    numbers = [study.enqueue_trial(config, skip_if_exists=True) for config in ({"x": 1.0, "n": 2}, {"x": 2.0}) * 2]
    assert numbers == [0, 1, 0, 1]
    study.optimize(square, n_trials=4)
    assert study.enqueue_trial({"n": 2, "x": 1.0}, skip_if_exists=True) == 0
    assert study.enqueue_trial({"x": 2.0}, skip_if_exists=True) == 1
    drawn = dict(study.trials[3].params)
    assert study.enqueue_trial(drawn, skip_if_exists=True) == 3
    assert study.enqueue_trial({"n": drawn["n"]}, skip_if_exists=True) == 4, "a drawn value was nobody's wish"
    assert study.enqueue_trial({"x": 1.0, "n": 2}) == 5


def test_in_define_by_run_a_queued_config_is_known_again_with_what_was_met_since():
    study = ts.create_study(sampler=Random(), seed=1)

    def objective(trial):
        return square(trial) + trial.suggest_float("y", 0, 1)

    for n_trials in (1, 2, 4):
        assert study.enqueue_trial({"x": 1.0}, skip_if_exists=True) == 0
        study.optimize(objective, n_trials=n_trials)
    assert set(study.trials[0].params) == {"x", "y"}


def test_trials_of_optuna_move_over():
    study = ts.create_study(SPACE, metrics="loss")
    for trial in (
        FrozenTrial({"x": 0.5, "n": 1}, values=[0.25], intermediate_values={1: 0.5, 2: 0.25}, user_attrs={"a": 1}),
        FrozenTrial({"x": 0.5, "n": 2}, TrialState.PRUNED, None, {1: 3.0}),
        FrozenTrial({"x": 0.5, "n": 3}, TrialState.FAIL),
    ):
        study.add_trial(trial)
    first, second, third = study.trials
    assert (first.value, first.user_attrs) == (0.25, {"a": 1})
    assert first.reports == {1: {"loss": 0.5}, 2: {"loss": 0.25}}
    assert [str(trial.state) for trial in study.trials] == ["complete", "pruned", "failed"]
    assert second.reports == {1: {"loss": 3.0}}
    assert third.params["n"] == 3


def test_trials_of_another_study_move_over_with_their_metrics():
    old = ts.create_study(
        SPACE, directions=["minimize", "maximize"], metrics=["loss", "speed"], sampler=Random(), seed=1
    )

    def objective(trial):
        trial.report({"loss": 2.0}, step=3)
        return {"loss": 1.0, "speed": 2.0, "memory": 3.0}

    old.optimize(objective, n_trials=1)
    new = ts.create_study(
        SPACE, directions=["minimize", "maximize"], metrics=["loss", "rate"], constraints={"memory": "<= 2"}
    )
    new.add_trial(old.trials[0])
    [trial] = new.trials
    assert (trial.values, trial.reports) == ((1.0, 2.0), {3: {"loss": 2.0}})
    assert trial.metrics["memory"] == 3.0
    assert not trial.feasible


def test_what_is_no_finished_trial_does_not_move_over():
    study = ts.create_study(SPACE)
    for wrong in (3, FrozenTrial({"x": 1.0, "n": 1}, TrialState.RUNNING)):
        with pytest.raises(InvalidArgumentError, match="add_trial needs a dict of parameters, or a finished trial"):
            study.add_trial(wrong)
    with pytest.raises(InvalidArgumentError, match="brings its own values"):
        study.add_trial(FrozenTrial({"x": 1.0, "n": 1}, values=[1.0]), 2.0)
    with pytest.raises(InvalidConfigError, match=r"declare what may vary: create_study\(space\)"):
        ts.create_study().add_trial({"x": 1.0}, 1.0)
    assert not study.trials

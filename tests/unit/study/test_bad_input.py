"""Whatever an objective returns or does: a recorded outcome with a reason, and the study goes on."""

from __future__ import annotations

import datetime as dt
import decimal
import fractions
import math
import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tunesmith as ts
from tunesmith.core.objective import read_returned
from tunesmith.samplers import Random

SPACE = ts.Space(x=ts.Float(-1, 1))


class Hostile:
    """Raises wherever it is looked at."""

    def __getattr__(self, name):
        raise RuntimeError("do not look")

    def __repr__(self):
        raise RuntimeError("do not print")

    def __float__(self):
        raise RuntimeError("do not read")


FAILS = [
    ("nan", lambda: math.nan, "nan"),
    ("inf", lambda: math.inf, "infinite"),
    ("-inf", lambda: -math.inf, "infinite"),
    ("None", lambda: None, "missing"),
    ("complex", lambda: 1 + 2j, "not-a-number"),
    ("number as text", lambda: "3.5", "not-a-number"),
    ("text", lambda: "abc", "not-a-number"),
    ("empty dict", dict, "missing"),
    ("dict without the objective", lambda: {"accuracy": 1.0}, "missing"),
    ("datetime", lambda: dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "not-a-number"),
    ("bytes", lambda: b"1", "not-a-number"),
    ("array of 2", lambda: np.array([1.0, 2.0]), "wrong-length"),
    ("tuple of 2", lambda: (1.0, 2.0), "wrong-length"),
    ("empty tuple", lambda: (), "wrong-length"),
    ("huge integer", lambda: 10**400, "infinite"),
    ("hostile object", Hostile, "not-a-number"),
    ("numpy nan", lambda: np.float32("nan"), "nan"),
    ("decimal nan", lambda: decimal.Decimal("nan"), "nan"),
    ("signalling nan", lambda: decimal.Decimal("snan"), "infinite"),
]

COMPLETES = [
    ("bool", lambda: True, 1.0),
    ("numpy bool", lambda: np.bool_(True), 1.0),
    ("numpy scalar", lambda: np.float32(0.5), 0.5),
    ("0-d array", lambda: np.array(2.0), 2.0),
    ("Decimal", lambda: decimal.Decimal("1.5"), 1.5),
    ("Fraction", lambda: fractions.Fraction(1, 4), 0.25),
    ("list of 1", lambda: [1.0], 1.0),
    ("1e308", lambda: 1e308, 1e308),
    ("-0.0", lambda: -0.0, 0.0),
    ("dict with value", lambda: {"value": 3, "note": "x", "latency": 2}, 3.0),
]


@pytest.fixture(params=["memory", "sqlite"])
def study(request, tmp_path):
    storage = None if request.param == "memory" else f"sqlite:///{tmp_path}/s.db"
    return ts.create_study(SPACE, sampler=Random(), seed=0, storage=storage)


@pytest.mark.parametrize(("make", "reason"), [row[1:] for row in FAILS], ids=[row[0] for row in FAILS])
def test_what_is_no_number_fails_the_trial_with_a_reason_and_the_study_goes_on(study, make, reason):
    study.optimize(lambda t: make() if t.number == 0 else 1.0, n_trials=2)
    bad, good = study.trials
    assert (bad.state, bad.reason, bad.values) == ("failed", reason, None)
    assert bad.message
    assert good.value == 1.0
    assert study.best_trial.number == 1


@pytest.mark.parametrize(("make", "value"), [row[1:] for row in COMPLETES], ids=[row[0] for row in COMPLETES])
def test_what_is_a_number_completes_the_trial(study, make, value):
    study.optimize(lambda _: make(), n_trials=1)
    assert study.trials[0].state == "complete"
    assert study.best_value == value


def test_a_bool_is_taken_with_a_warning_on_the_trial(study):
    study.optimize(lambda _: True, n_trials=1)
    assert "bool" in study.trials[0].message


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), GeneratorExit(), MemoryError("all of it")])
def test_whatever_is_raised_fails_the_trial_and_the_study_goes_on(study, error):
    def objective(trial):
        if trial.number == 1:
            raise error
        return trial.params["x"]

    study.optimize(objective, n_trials=3)
    bad = study.trials[1]
    assert bad.state == "failed"
    assert bad.reason == ("memory" if isinstance(error, MemoryError) else "exception")
    assert type(error).__name__ in bad.message
    assert "in objective" in bad.traceback
    assert [t.state for t in study.trials] == ["complete", "failed", "complete"]


def test_an_interrupt_gives_the_trial_back_and_the_next_call_runs_it_again(study):
    seen = []

    def objective(trial):
        seen.append((trial.number, trial.params["x"]))
        if len(seen) == 2:
            raise KeyboardInterrupt
        return trial.params["x"]

    with pytest.raises(KeyboardInterrupt):
        study.optimize(objective, n_trials=4)
    assert study.trials[1].state == "waiting"
    assert study.trials[1].reason == "released"
    study.optimize(objective, n_trials=4)
    assert [t.state for t in study.trials] == ["complete"] * 4
    assert seen[1] == seen[2]
    assert len(study.trials[1].runs) == 2


def test_alternating_extremes_and_constant_values_complete(study):
    study.optimize(lambda t: (-1.0) ** t.number * 1e308, n_trials=6)
    assert study.best_value == -1e308
    constant = ts.create_study(SPACE, seed=0)
    constant.optimize(lambda _: 0.5, n_trials=15)
    assert constant.counts["complete"] == 15


def test_the_best_of_nothing_is_a_clear_error(study):
    with pytest.raises(ts.errors.NoCompletedTrialsError, match="no trials"):
        _ = study.best_trial
    study.optimize(lambda _: math.nan, n_trials=2)
    with pytest.raises(ts.errors.NoCompletedTrialsError, match="2 failed"):
        _ = study.best_value
    assert study.best_trials == []


def test_ten_failures_in_a_row_stop_the_study_which_can_go_on(study):
    def objective(trial):
        raise FileNotFoundError("data.csv")

    with pytest.raises(ts.errors.TooManyFailuresError, match=r"10 trials failed in a row.*data\.csv"):
        study.optimize(objective, n_trials=50)
    assert study.counts["failed"] == 10
    study.optimize(lambda t: t.params["x"], n_trials=20)
    assert study.counts == {"waiting": 0, "running": 0, "paused": 0, "complete": 10, "pruned": 0, "failed": 10}


def test_failures_that_are_caught_do_not_count(study):
    def objective(trial):
        raise ZeroDivisionError

    study.optimize(objective, n_trials=15, catch=(ZeroDivisionError,))
    assert study.counts["failed"] == 15


def test_the_first_traceback_is_shown_at_once_and_only_the_first(study, caplog):
    study.optimize(lambda t: 1 / 0 if t.number < 3 else 1.0, n_trials=4)
    warnings = [r for r in caplog.records if r.levelname == "WARNING"]
    assert len(warnings) == 1
    assert "ZeroDivisionError" in warnings[0].getMessage()


BAD_REPORTS = [
    ("text", {"value": "high", "step": 1}, "text"),
    ("None", {"value": None, "step": 1}, "None"),
    ("step 1.5", {"value": 1.0, "step": 1.5}, "integer step"),
    ("step -1", {"value": 1.0, "step": -1}, "step from 0"),
    ("step beyond 64 bits", {"value": 1.0, "step": 2**63}, "step from 0"),
    ("empty dict", {"value": {}, "step": 1}, "at least one"),
    ("empty name", {"value": {"": 1.0}, "step": 1}, "name"),
    ("NUL in a name", {"value": {"a\0b": 1.0}, "step": 1}, "control characters"),
]


@pytest.mark.parametrize(("call", "says"), [row[1:] for row in BAD_REPORTS], ids=[row[0] for row in BAD_REPORTS])
def test_a_bad_report_is_a_clear_error_at_the_call(study, call, says):
    study.optimize(lambda t: t.report(**call), n_trials=1)
    assert study.trials[0].reason == "exception"
    assert says in study.trials[0].message


def test_reports_of_nan_large_steps_and_repeated_steps_are_kept(study):
    def objective(trial):
        trial.report(math.nan, 1)
        trial.report({"loss": -math.inf, "acc": 0.5}, 2)
        trial.report(1.0, 2**40)
        trial.report(2.0, 2**40)
        return 0.0

    study.optimize(objective, n_trials=1)
    reports = study.trials[0].reports
    assert math.isnan(reports[1]["value"])
    assert reports[2] == {"loss": -math.inf, "acc": 0.5}
    assert reports[2**40] == {"value": 2.0}


@pytest.mark.parametrize("value", [math.nan, math.inf, object(), {1: 2}, {"a": {1, 2}}, 2**70], ids=repr)
def test_an_attribute_that_json_cannot_hold_is_refused_at_the_call(study, value):
    study.optimize(lambda t: t.set_user_attr("note", value), n_trials=1)
    assert "user attribute 'note'" in study.trials[0].message
    with pytest.raises(ts.errors.InvalidArgumentError, match="user attribute 'note'"):
        study.set_user_attr("note", value)


def test_attributes_of_numpy_numbers_and_nested_values_are_kept(study):
    study.optimize(lambda t: t.set_user_attr("a", {"n": np.int64(3), "l": (1, 2.5, None)}) or 1.0, n_trials=1)
    assert study.trials[0].user_attrs["a"] == {"n": 3, "l": [1, 2.5, None]}


def test_several_objectives_need_as_many_values(study):
    both = ts.create_study(SPACE, directions=["minimize", "maximize"], sampler=Random(), seed=0)
    both.optimize(lambda t: (1.0, 2.0) if t.number else 1.0, n_trials=2)
    assert both.trials[0].reason == "wrong-length"
    assert "expected 2 values" in both.trials[0].message
    assert both.trials[1].values == (1.0, 2.0)
    assert both.trials[1].losses == (1.0, -2.0)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.from_type(object))
def test_reading_a_returned_object_is_total(returned):
    read = read_returned(returned, ("value",))
    assert (read.values is None) == bool(read.reason)
    if read.values is not None:
        assert all(math.isfinite(v) and type(v) is float for v in read.values)


CALLS = [
    (lambda s: s.optimize(3, n_trials=1), "objective must be a function"),
    (lambda s: s.optimize(len), "needs an end"),
    (lambda s: s.optimize(len, n_trials=-1), "n_trials must be an integer of 0"),
    (lambda s: s.optimize(len, n_trials=2.5), "n_trials must be an integer"),
    (lambda s: s.optimize(len, n_trials=1, n_jobs=0), "n_jobs must be an integer of 1"),
    (lambda s: s.optimize(len, n_trials=1, timeout=-3), "timeout must be a positive number"),
    (lambda s: s.optimize(len, n_trials=1, executor="rocket"), "executor must be"),
    (lambda s: s.optimize(len, n_trials=1, trial_timeout=1, executor="threads"), "use executor='processes'"),
    (lambda s: s.enqueue_trial({"y": 1}), "'y' is not in the space"),
    (lambda s: s.enqueue_trial({"x": 7}), "outside"),
    (lambda s: s.add_trial({"x": 0.5}, "3.5"), "text"),
    (lambda s: s.add_trial({"x": 7}, 1.0), "add_trial got"),
    (lambda s: s.tell(0, 1.0), "there is no trial 0"),
    (lambda s: s.replicate_trial(3), "there is no trial 3"),
    (lambda s: s.set_user_attr("", 1), "must be a text"),
]


@pytest.mark.parametrize(("call", "says"), CALLS, ids=[says for _, says in CALLS])
def test_a_wrong_call_names_the_argument_and_changes_nothing(study, call, says):
    before = len(study.events())
    with pytest.raises(ts.TunesmithError, match=says):
        call(study)
    assert len(study.events()) == before


CREATIONS = [
    ({"direction": "up"}, "direction must be"),
    ({"direction": "minimize", "directions": ["minimize"]}, "not both"),
    ({"directions": []}, "directions needs"),
    ({"metrics": ["a", "b"]}, "metrics needs 1"),
    ({"constraints": {"latency": "at most 10"}}, "must look like"),
    ({"seed": 1.5}, "seed must be an integer"),
    ({"storage": "notes.txt"}, "storage must be"),
    ({"study_name": ""}, "study_name must be"),
    ({"study_name": "a\0b"}, "control characters"),
    ({"study_name": "n" * 201}, "200 characters"),
    ({"max_attempts": 0}, "max_attempts must be"),
]


@pytest.mark.parametrize(("arguments", "says"), CREATIONS, ids=[says for _, says in CREATIONS])
def test_a_study_that_cannot_be_meant_is_refused(arguments, says):
    with pytest.raises(ts.TunesmithError, match=says):
        ts.create_study(SPACE, **arguments)


def test_an_empty_space_runs_once_and_is_exhausted():
    study = ts.create_study(ts.Space(), seed=0)
    study.optimize(lambda _: 1.0, n_trials=5)
    assert study.counts["complete"] == 1


def test_choices_that_are_objects_come_back_as_objects(tmp_path):
    space = ts.Space(f=ts.Categorical({"sine": math.sin, "cosine": math.cos}))
    study = ts.create_study(space, storage=f"sqlite:///{tmp_path}/s.db", seed=0)
    study.optimize(lambda t: t.params["f"](0.0), n_trials=2)
    assert {t.params["f"] for t in study.trials} == {"sine", "cosine"}
    assert study.best_params == {"f": math.sin}


def raise_a_name(trial):
    raise FileNotFoundError(f"no such file: caf\udce9 {trial.number}")


def note_a_name(trial):
    trial.set_user_attr("file", "caf\udce9")
    return 1.0


def measure_a_name(trial):
    return {"value": 1.0, "caf\udce9": 2.0}


@pytest.mark.parametrize("executor", ["inline", "threads", "processes"])
@pytest.mark.parametrize("objective", [raise_a_name, note_a_name, measure_a_name])
def test_text_that_utf8_cannot_carry_fails_the_trial_and_not_the_study(objective, executor, tmp_path):
    study = ts.create_study(SPACE, storage=f"sqlite:///{tmp_path}/a.db", sampler=Random(), seed=1)
    study.optimize(objective, n_trials=2, executor=executor)
    assert [trial.state for trial in study.trials] == ["failed", "failed"]
    assert "caf\\udce9" in study.trials[1].message
    assert study.replay() == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("executor", ["inline", "threads", "processes"])
def test_a_fork_that_the_objective_forgot_speaks_for_nobody_and_ends(executor, tmp_path):
    def forks(trial):
        child = os.fork()
        if not child:
            return 5.0
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status) / 10

    study = ts.create_study(SPACE, storage=f"sqlite:///{tmp_path}/a.db", sampler=Random(), seed=1)
    study.optimize(forks, n_trials=2, executor=executor)
    assert [trial.value for trial in study.trials] == [0.1, 0.1], "the value is the parent's, not the fork's"

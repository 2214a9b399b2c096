"""What was noted cannot be changed through what is shown of it."""

from __future__ import annotations

import pytest

import tunesmith as ts

GIVEN = {"folds": [0.5, 0.7], "deep": {"list": [[1]]}}


def spoil(attrs) -> None:
    attrs["folds"].append(9)
    attrs["deep"]["list"][0].append(9)
    attrs["deep"]["more"] = 9


def test_notes_keep_what_they_were_given() -> None:
    study = ts.create_study(ts.Space(x=ts.Float(0, 1)), sampler=ts.samplers.Random(), seed=1)
    shown = []

    def objective(trial: ts.Trial) -> float:
        given = {"folds": [0.5, 0.7], "deep": {"list": [[1]]}}
        for key, value in given.items():
            trial.set_user_attr(key, value)
        spoil(given)
        spoil(trial.user_attrs)
        shown.append(trial.user_attrs)
        return 1.0

    study.optimize(objective, n_trials=1)
    for key, value in GIVEN.items():
        study.set_user_attr(key, value)
    for read in (lambda: study.user_attrs, lambda: study.trials[0].user_attrs, lambda: study.best_trial.user_attrs):
        spoil(read())
        assert read() == GIVEN
        assert dict(read()) == GIVEN
        assert repr(read()) == repr(GIVEN)
    assert shown == [GIVEN]
    noted = {e.event.key: e.event.value for e in study.events() if type(e.event).__name__ == "Noted"}
    assert noted == GIVEN
    assert ts.create_study(study.space).add_trial(study.trials[0]) == 0


def test_a_trial_of_a_record_is_read_only() -> None:
    study = ts.create_study(ts.Space(x=ts.Float(0, 1)))
    for attrs in (GIVEN, {"one": 1}):
        study.add_trial({"x": 0.5}, 1.0, user_attrs=attrs)
        record = study.trials[-1].user_attrs
        with pytest.raises(TypeError):
            record["one"] = 2
        assert len(record) == len(attrs)

"""Define by run: names are met inside the objective, join the space, and are proposed from then on."""

from __future__ import annotations

import pytest

import tunesmith as ts
from tunesmith.samplers import Random

SPACE = ts.Space(x=ts.Float(-1, 1), n=ts.Int(1, 5), m=ts.Float(0, 1, when={"n": ">= 3"}))


@pytest.fixture
def study():
    return ts.create_study(SPACE, sampler=Random(), seed=7)


def test_define_by_run_discovers_names_and_proposes_them_from_then_on():
    study = ts.create_study(seed=3)

    def objective(trial):
        x = trial.suggest_float("x", -5, 5)
        kind = trial.suggest_categorical("kind", ["a", "b"])
        n = trial.suggest_int("n", 1, 4) if kind == "a" else 0
        assert trial.suggest_float("x", -5, 5) == x
        return x**2 + n

    study.optimize(objective, n_trials=25)
    assert set(study.space.names) == {"x", "kind", "n"}
    for trial in study.trials:
        assert ("n" in trial.params) == (trial.params["kind"] == "a"), "a value nobody asked for was kept"
    assert {t.by for t in study.trials[12:]} == {"gp"}
    assert study.replay() == []


def test_a_value_outside_the_range_asked_for_is_drawn_anew_and_recorded():
    study = ts.create_study(seed=3, sampler=Random())

    def objective(trial):
        top = 10 if trial.number < 5 else 2
        n = trial.suggest_int("n", 1, top)
        assert 1 <= n <= top
        return n

    study.optimize(objective, n_trials=15)
    assert study.counts["complete"] == 15
    assert all(t.params["n"] <= 2 for t in study.trials[5:])
    assert (study.space["n"].low, study.space["n"].high) == (1, 10)


def test_a_repeated_run_draws_the_same_values():
    study = ts.create_study(seed=3, sampler=Random())
    seen = []

    def objective(trial):
        seen.append(trial.suggest_float("x", 0, 1))
        if len(seen) == 1:
            raise KeyboardInterrupt
        return seen[-1]

    with pytest.raises(KeyboardInterrupt):
        study.optimize(objective, n_trials=2)
    study.optimize(objective, n_trials=2)
    assert seen[0] == seen[1]


def test_an_undeclared_name_is_an_error_unless_discovery_is_on(study):
    study.optimize(lambda t: t.suggest_float("z", 0, 1), n_trials=1)
    assert "'z' is not in the declared space" in study.trials[0].message
    study.optimize(lambda t: t.suggest_float("m", 0, 1) if "m" not in t.params else 1.0, n_trials=8, max_failures=None)
    assert any("not active" in t.message for t in study.trials)
    more = ts.create_study(SPACE, sampler=Random(), seed=7, discover=True)
    more.optimize(lambda t: t.suggest_float("z", 0, 1) + t.params["x"], n_trials=5)
    assert more.space.names == ("x", "n", "m", "z")
    assert more.space["z"].optional
    assert more.counts["complete"] == 5


def test_a_queued_name_that_was_never_met_is_used_when_it_is():
    study = ts.create_study(seed=3, sampler=Random())
    study.enqueue_trial({"x": 0.25})
    study.optimize(lambda t: t.suggest_float("x", 0, 1) + t.suggest_int("n", 1, 3), n_trials=2)
    assert study.trials[0].params["x"] == 0.25
    assert study.trials[1].params["x"] != 0.25


@pytest.mark.parametrize("lag", [None, 2])
def test_a_range_that_grows_is_searched_though_the_proposed_values_fit_the_old_one(lag):
    study = ts.create_study(seed=1)

    def objective(trial):
        grown = trial.number >= 5
        kind = trial.suggest_categorical("kind", ["a", "b", "c"] if grown else ["a", "b"])
        n = trial.suggest_int("n", 1, 20 if grown else 3)
        return (kind != "c") + abs(n - 15)

    study.optimize(objective, n_trials=30, lag=lag)
    assert study.space["kind"].choices == ("a", "b", "c")
    assert (study.space["n"].low, study.space["n"].high) == (1, 20)
    assert study.best_params == {"kind": "c", "n": 15}
    assert study.replay() == []


def test_the_same_range_again_is_no_event():
    study = ts.create_study(seed=1, sampler=Random())
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1) + trial.suggest_int("n", 1, 3), n_trials=10, lag=2)
    kinds = [type(stamped.event).__name__ for stamped in study.events()]
    assert kinds.count("SpaceChanged") == 4, "only the two trials that knew no name yet write them down"


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_range_that_contradicts_the_declared_one_is_told_once_and_noted(n_jobs, caplog):
    study = ts.create_study(ts.Space(x=ts.Float(0, 1), n=ts.Int(1, 4)), sampler=Random(), seed=1)

    def objective(trial):
        return trial.suggest_float("x", 5, 10) + trial.suggest_int("n", 1, 9) + trial.suggest_float("x", 5, 10)

    study.optimize(objective, n_trials=4, n_jobs=n_jobs)
    said = [record.getMessage() for record in caplog.records if "declared" in record.getMessage()]
    assert len(said) == 1
    assert "asks for 'x' in Float(5.0, 10.0), but it was declared as Float(0.0, 1.0)" in said[0]
    assert "or read trial.params['x']" in said[0]
    assert [trial.message for trial in study.trials] == said * 4
    assert all(5 <= trial.params["x"] <= 10 for trial in study.trials)


def test_a_range_that_the_proposed_value_fits_is_no_matter(caplog):
    study = ts.create_study(ts.Space(x=ts.Float(0, 1)), sampler=Random(), seed=1)
    study.optimize(lambda trial: trial.suggest_float("x", -1, 2), n_trials=3)
    asked = study.ask()
    study.tell(asked, asked.suggest_float("x", 0, 1))
    assert not caplog.records
    asked = study.ask()
    study.tell(asked, asked.suggest_float("x", 3, 4))
    assert len(caplog.records) == 1
    assert "'x' in Float(3.0, 4.0)" in study.trials[-1].message

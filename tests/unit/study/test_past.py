"""Past studies and known configs at the making of a study: what is read, kept, and refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tunesmith as ts
from tunesmith.errors import InvalidArgumentError, InvalidConfigError, StudyNotFoundError
from tunesmith.samplers import Sobol, Stateless, Transfer

SPACE = ts.Space(x=ts.Float(-1, 1), n=ts.Int(1, 4))
FEW = {"study": "few", "configs": [{"x": 0.5, "n": 2}, {"x": -0.5, "n": 3}], "losses": [1, 2.0]}


def loss(trial) -> float:
    return (trial.params["x"] - 0.3) ** 2 + trial.params["n"]


def old(n: int = 8, **settings: Any) -> ts.Study:
    study = ts.create_study(SPACE, study_name="old", sampler=Sobol(), seed=3, **settings)
    study.optimize(loss, n_trials=n)
    return study


def past_of(study: ts.Study) -> Any:
    return study._log.ledger.created.past


def test_a_study_becomes_a_record_in_the_log() -> None:
    source = old(4)
    study = ts.create_study(SPACE, past=[source], seed=1)
    (record,) = past_of(study)
    assert record == {
        "study": "old",
        "trials": [0, 1, 2, 3],
        "configs": [dict(trial.params) for trial in source.trials],
        "losses": [[trial.value] for trial in source.trials],
    }


def test_maximised_values_are_kept_as_losses() -> None:
    source = old(4, direction="maximize")
    (record,) = past_of(ts.create_study(SPACE, direction="maximize", past=source))
    assert record["losses"] == [[-trial.value] for trial in source.trials]


def test_resume_and_replay_need_no_other_file(tmp_path: Path) -> None:
    old(8, storage=str(tmp_path / "old.db"))
    kept = str(tmp_path / "new.db")
    settings = {"storage": kept, "study_name": "new", "load_if_exists": True, "seed": 1, "sampler": Sobol()}
    address = (str(tmp_path / "old.db"), "old")
    ts.create_study(SPACE, past=[address], **settings).optimize(loss, n_trials=3)
    (tmp_path / "old.db").unlink()
    again = ts.create_study(SPACE, past=[address], **settings)
    again.optimize(loss, n_trials=6)
    assert [trial.by for trial in again.trials[:4]] == ["transfer", "sobol", "transfer", "sobol"]
    assert again.replay() == []
    loaded = ts.load_study("new", storage=kept)
    assert loaded.replay() == []
    assert loaded.optimize(loss, n_trials=7)
    whole = ts.create_study(SPACE, past=past_of(loaded), seed=1, sampler=Sobol())
    whole.optimize(loss, n_trials=7)
    assert [t.params for t in whole.trials] == [t.params for t in loaded.trials]


def test_the_sampler_is_asked_in_turn_and_its_settings_return(tmp_path: Path) -> None:
    kept = str(tmp_path / "new.db")
    own = Transfer(then=Sobol(), most=1, until=0)
    ts.create_study(SPACE, past=[FEW], storage=kept, sampler=own, seed=1).optimize(loss, n_trials=5)
    study = ts.load_study(storage=kept)
    study.optimize(loss, n_trials=8)
    assert [trial.by for trial in study.trials] == ["transfer"] + ["sobol"] * 7


def test_a_function_as_a_sampler_must_be_passed_again(tmp_path: Path) -> None:
    kept = str(tmp_path / "new.db")
    draw = Stateless(lambda problem, closed, pending, rng: problem.space.sample(rng), by="draw")
    ts.create_study(SPACE, past=[FEW], storage=kept, sampler=draw, seed=1).optimize(loss, n_trials=2)
    lost = ts.load_study(storage=kept)
    assert len(lost.trials) == 2
    with pytest.raises(InvalidArgumentError, match="pass it again"):
        lost.optimize(loss, n_trials=3)
    again = ts.load_study(storage=kept, sampler=draw)
    again.optimize(loss, n_trials=4)
    assert [trial.by for trial in again.trials[:2]] == ["transfer", "draw"]
    assert len(again.trials) == 4


def test_workers_up_to_the_lag_give_the_same_study() -> None:
    def configs(jobs: int) -> list[dict[str, Any]]:
        study = ts.create_study(SPACE, past=[old(8)], seed=1, sampler=Sobol())
        study.optimize(loss, n_trials=8, n_jobs=jobs, lag=3, executor="threads" if jobs > 1 else None)
        return [dict(trial.params) for trial in study.trials]

    assert configs(1) == configs(3)


def test_equal_configs_are_one_with_the_mean_of_their_losses() -> None:
    source = ts.create_study(SPACE, study_name="noisy")
    for x, value in ((0.1, 1.0), (0.2, 5.0), (0.1, 2.0), (0.3, 1e308), (0.3, 1e308)):
        source.add_trial({"x": x, "n": 1}, value)
    (record,) = past_of(ts.create_study(SPACE, past=[source]))
    assert record["configs"] == [{"x": 0.1, "n": 1}, {"x": 0.2, "n": 1}, {"x": 0.3, "n": 1}]
    assert record["losses"] == [[1.5], [5.0], [1e308]]
    assert record["trials"] == [0, 1, 3]


def test_of_a_long_table_300_are_kept_too() -> None:
    long = {"configs": [{"x": i / 400} for i in range(400)], "losses": list(range(400)), "feasible": [True] * 400}
    (record,) = past_of(ts.create_study(SPACE, past=[long]))
    assert [len(record[name]) for name in ("trials", "configs", "losses", "feasible")] == [300] * 4
    assert record["trials"][:150] == list(range(150))
    assert record["configs"] == [{"x": number / 400} for number in record["trials"]]
    assert record["losses"] == [[number] for number in record["trials"]]


def test_numbers_of_numpy_are_numbers() -> None:
    table = {"configs": [{"x": np.float64(0.5)}, {"n": np.int64(2)}], "losses": [np.int64(1), np.float32(0.5)]}
    (record,) = past_of(ts.create_study(SPACE, past=[table]))
    assert record["losses"] == [[1.0], [0.5]]
    assert record["configs"] == [{"x": 0.5}, {"n": 2}]


def test_of_many_trials_300_are_kept_half_of_them_the_best() -> None:
    source = ts.create_study(SPACE, study_name="many")
    for i in range(400):
        source.add_trial({"x": i / 400, "n": 1}, float(i))
    (record,) = past_of(ts.create_study(SPACE, past=[source]))
    kept = [row[0] for row in record["losses"]]
    assert len(kept) == 300
    assert kept[:150] == list(range(150))
    assert kept[-1] == 399.0


def test_constraints_are_judged_by_the_bounds_of_the_new_study() -> None:
    source = ts.create_study(SPACE, study_name="slow", metrics="loss")
    for x, latency in ((0.1, 30.0), (0.2, 12.0), (0.3, None)):
        source.add_trial({"x": x, "n": 1}, {"loss": x} if latency is None else {"loss": x, "latency": latency})
    study = ts.create_study(SPACE, metrics="loss", constraints={"latency": "<= 20"}, past=[source], sampler=Sobol())
    assert past_of(study)[0]["feasible"] == [False, True, True]
    study.optimize(lambda trial: {"loss": trial.params["x"], "latency": 1.0}, n_trials=1)
    assert study.trials[0].params["x"] == 0.2


def test_several_metrics_are_matched_by_name() -> None:
    source = ts.create_study(SPACE, study_name="two", metrics=["a", "b"], directions=["minimize", "maximize"])
    source.add_trial({"x": 0.1, "n": 1}, {"a": 1.0, "b": 2.0})
    study = ts.create_study(SPACE, metrics=["b", "a"], directions=["maximize", "minimize"], past=[source])
    assert past_of(study)[0]["losses"] == [[-2.0, 1.0]]


def empty() -> ts.Study:
    return ts.create_study(SPACE, study_name="empty")


def failing() -> ts.Study:
    study = ts.create_study(SPACE, study_name="failing")
    study.add_trial({"x": 0.0, "n": 1}, state="failed")
    return study


def named(metric: str, direction: str = "minimize") -> ts.Study:
    study = ts.create_study(SPACE, study_name="named", metrics=metric, direction=direction)
    study.add_trial({"x": 0.0, "n": 1}, 1.0)
    return study


def elsewhere(space: ts.Space, config: dict[str, Any]) -> ts.Study:
    study = ts.create_study(space, study_name="elsewhere")
    study.add_trial(config, 1.0)
    return study


@pytest.mark.parametrize(
    ("past", "words"),
    [
        (lambda: [empty()], r"past\[0\]: the study 'empty' has no complete trial"),
        (lambda: [FEW, failing()], r"past\[1\]: the study 'failing' has no complete trial"),
        (lambda: [named("accuracy", "maximize")], r"'named' was told to maximize 'accuracy', this one to minimize 'v"),
        (lambda: [elsewhere(ts.Space(y=ts.Float(0, 1)), {"y": 0.5})], r"varies y, and shares no parameter .*\(x, n\)"),
        (lambda: [elsewhere(ts.Space(x=ts.Float(5, 9)), {"x": 7.0})], r"no config .* has a place .*first: x=7.0"),
        (lambda: [3], r"past\[0\] must be a study, the address .* got 3"),
        (lambda: 3, r"past needs a list"),
        (lambda: [("a", "b", "c")], r"past\[0\] must be a study"),
        (lambda: [{"configs": [{"x": 0.5}]}], r"past\[0\] as plain data needs 'configs' and 'losses'"),
        (lambda: [{**FEW, "trials": ["a", "b"]}], r"past\[0\]: trials must be a list of whole numbers, got"),
        (lambda: [{**FEW, "losses": [1, 10**400]}], r"past\[0\]: losses\[1\] must be 1 finite number"),
        (lambda: [{**FEW, "feasible": None}], r"past\[0\]: feasible must be a list of True or False, got None"),
        (lambda: [{**FEW, "feasible": [True]}], r"past\[0\] has 2 configs, but 1 feasible"),
        (lambda: [{**FEW, "values": []}], r"past\[0\] as plain data needs .* got .*'values'"),
        (lambda: [{**FEW, "losses": [1.0]}], r"2 configs and 1 losses"),
        (lambda: [{"configs": [], "losses": []}], r"at least one, got 0 configs"),
        (lambda: [{**FEW, "losses": [1.0, float("nan")]}], r"losses\[1\] must be 1 finite number\(s\), got \[nan\]"),
        (lambda: [{**FEW, "losses": [[1.0, 2.0], [1.0]]}], r"losses\[0\] must be 1 finite number"),
        (lambda: [{**FEW, "configs": [{"x": 0.5}, 3]}], r"configs\[1\] must be a dict, got 3"),
        (lambda: [{**FEW, "trials": [1]}], r"2 configs, but 1 trials"),
    ],
)
def test_bad_pasts_are_refused_by_place_and_reason(past, words: str) -> None:
    with pytest.raises(InvalidArgumentError, match=words):
        ts.create_study(SPACE, past=past())


def test_a_past_about_other_metrics_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="'named' is about 'loss', this one about 'accuracy'"):
        ts.create_study(SPACE, metrics="accuracy", past=[named("loss")])
    ts.create_study(SPACE, past=[named("loss")])  # a metric without a name of its own says nothing


def test_a_past_that_does_not_exist_is_said_so(tmp_path: Path) -> None:
    missing = str(tmp_path / "gone.db")
    with pytest.raises(StudyNotFoundError, match=r"past\[0\]: there is no file .*gone.db"):
        ts.create_study(SPACE, past=[missing])
    old(2, storage=str(tmp_path / "old.db"))
    with pytest.raises(StudyNotFoundError, match=r"past\[0\]: no study is named 'new'; the storage holds \['old'\]"):
        ts.create_study(SPACE, past=[(str(tmp_path / "old.db"), "new")])


def test_a_study_is_not_its_own_past(tmp_path: Path) -> None:
    kept = str(tmp_path / "old.db")
    study = old(3, storage=kept)
    with pytest.raises(InvalidArgumentError, match="was made without past studies"):
        ts.create_study(SPACE, storage=kept, study_name="old", load_if_exists=True, past=[study])
    with pytest.raises(StudyNotFoundError, match="no study is named 'new'"):
        ts.create_study(SPACE, storage=kept, study_name="new", past=[(kept, "new")])


def test_another_past_is_refused_when_a_study_goes_on(tmp_path: Path) -> None:
    data = {"configs": [{"x": 0.5, "n": 2}], "losses": [1.0]}
    first, kept = old(4, storage=str(tmp_path / "old.db")), str(tmp_path / "new.db")

    def again(*past):
        return ts.create_study(SPACE, storage=kept, study_name="new", load_if_exists=True, past=list(past))

    made = [event.event for event in again(first, data).events()]
    same = [(first, data), ((str(tmp_path / "old.db"), "old"), data), (str(tmp_path / "old.db"), dict(data)), ()]
    for past in (*same, (str(tmp_path / "gone.db"), data)):
        assert [event.event for event in again(*past).events()] == made
    for past in ((first,), (data, first), (first, {**data, "losses": [2.0]}), (named("loss"), data)):
        with pytest.raises(InvalidArgumentError, match="was made from the past studies old, past; leave past out"):
            again(*past)


def test_one_past_may_stand_alone_also_as_a_pair(tmp_path: Path) -> None:
    place, kept = str(tmp_path / "old.db"), str(tmp_path / "new.db")
    old(4, storage=place)
    for past in ((place, "old"), [(place, "old")], place):
        study = ts.create_study(SPACE, storage=kept, study_name="new", load_if_exists=True, past=past)
        assert [record["study"] for record in past_of(study)] == ["old"]
    with pytest.raises(InvalidArgumentError, match=r"past needs a list; each item is .*, got 5"):
        ts.create_study(SPACE, storage=kept, study_name="new", load_if_exists=True, past=5)


def test_names_met_later_find_their_past() -> None:
    study = ts.create_study(past=[old(8)], seed=1, sampler=Sobol())
    study.optimize(
        lambda trial: (trial.suggest_float("x", -1, 1) - 0.3) ** 2 + trial.suggest_int("n", 1, 4), n_trials=4
    )
    assert [trial.by for trial in study.trials].count("transfer") == 2


# ------------------------------------------------------------------ start


def test_start_is_tried_first_and_filled() -> None:
    study = ts.create_study(SPACE, start=[{"x": 0.5, "n": 2}, {"n": 4}, {"x": 0.5, "n": 2}], seed=1)
    study.optimize(loss, n_trials=4)
    assert [trial.by for trial in study.trials[:3]] == ["queue"] * 3
    assert study.trials[0].params == study.trials[2].params == {"x": 0.5, "n": 2}
    assert study.trials[1].params["n"] == 4
    assert [trial.replicate for trial in study.trials[:3]] == [0, 0, 1]
    assert study.replay() == []


def test_start_counts_once_however_often_the_program_runs(tmp_path: Path) -> None:
    settings = {"storage": str(tmp_path / "a.db"), "study_name": "a", "load_if_exists": True, "start": [{"x": 0.5}]}
    for total in (2, 4):
        ts.create_study(SPACE, **settings).optimize(loss, n_trials=total)
    study = ts.load_study(storage=str(tmp_path / "a.db"))
    assert [trial.by for trial in study.trials].count("queue") == 1


@pytest.mark.parametrize(
    ("start", "words"),
    [
        ([{"x": 0.0}, {"x": 3.0}], r"start\[1\] is \{'x': 3.0\}; x=3.0 is outside"),
        ([{"y": 1}], r"start\[0\] is .* 'y' is not in the space"),
        ([{"n": "two"}], r"start\[0\] .*n='two'"),
    ],
)
def test_a_config_that_does_not_fit_makes_no_study(start: list[Any], words: str, tmp_path: Path) -> None:
    kept = str(tmp_path / "a.db")
    with pytest.raises(InvalidConfigError, match=words):
        ts.create_study(SPACE, storage=kept, study_name="a", start=start)
    assert ts.study_names(storage=ts.open_store(kept)) == []


@pytest.mark.parametrize(
    ("start", "words"),
    [({"x": 0.5}, "start needs a list"), ([3], r"start\[0\] must be a config"), ("x", "start needs a list")],
)
def test_a_start_that_is_no_list_of_configs_is_refused(start: Any, words: str) -> None:
    with pytest.raises(InvalidArgumentError, match=words):
        ts.create_study(SPACE, start=start)


def test_what_is_given_at_the_start_goes_before_the_past() -> None:
    study = ts.create_study(SPACE, start=[{"x": -1.0, "n": 4}], past=[old(8)], sampler=Sobol(), seed=1)
    study.optimize(loss, n_trials=4)
    assert [trial.by for trial in study.trials] == ["queue", "transfer", "sobol", "transfer"]

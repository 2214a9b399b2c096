"""The commands that read a study: what they print, as text and as JSON, and how they end."""

from __future__ import annotations

import csv
import json

import msgspec
import pytest

import tunesmith as ts
from tunesmith.core.events import Created, decode
from tunesmith.samplers import Random


def test_status_says_how_far_the_study_is(cli, stored):
    ended = cli("status")
    assert ended.code == 0
    assert "first: 6 trials (5 complete, 1 failed)" in ended.out
    assert "best accuracy: 0.5 (trial 5)" in ended.out
    assert "failed, exception: 1" in ended.out
    data = json.loads(cli("status", "--json").out)
    assert data["counts"]["complete"] == 5
    assert (data["best_values"], data["best_trials"]) == ([0.5], [5])
    assert data["failures"] == {"exception": 1}
    assert data["seed"] == 3


def test_best_prints_the_best_config(cli, stored):
    assert cli("best").out.startswith("trial 5: accuracy = 0.5\n")
    data = json.loads(cli("best", "--json").out)
    assert data["params"] == dict(stored.best_params)
    assert data["values"] == [0.5]


def test_best_by_the_expected_value_under_noise(cli, tmp_path):
    values = {"a": [0.0, 3.1, 2.9, 3.0], "b": [1.0, 1.1, 0.9, 1.0]}
    study = ts.create_study(ts.Space(letter=ts.Categorical("a", "b")), storage=str(tmp_path / "tunesmith.db"))
    for letter, value in ((k, v) for i in range(4) for k, v in ((k, values[k][i]) for k in "ab")):
        study.add_trial({"letter": letter}, value)
    said, data = cli("best", "--expected").out, json.loads(cli("best", "--expected", "--json").out)
    assert said.startswith("trial 5: expected value = ")
    assert "observed 1 in 4 trials" in said
    assert "Better than trial 0, the best observed, with probability 0." in said
    assert (data["number"], data["params"], data["trials"], data["noisy"]) == (5, {"letter": "b"}, 4, True)
    assert data["best_observed"] == data["runner_up"] == 0


def test_best_by_the_expected_value_says_that_there_is_no_noise(cli, stored):
    said, data = cli("best", "--expected").out, json.loads(cli("best", "--expected", "--json").out)
    assert said.startswith(f"trial {stored.best_trial.number}: expected accuracy = 0.5 +- 0, observed 0.5 in ")
    assert "No noise was found" in said
    assert (data["noise"], data["expected"], data["noisy"]) == (0.0, 0.5, False)


def test_best_of_nothing_is_an_error(cli, tmp_path):
    ts.create_study(ts.Space(x=ts.Int(0, 3)), storage=str(tmp_path / "tunesmith.db"))
    ended = cli("best")
    assert ended.code == 1
    assert "no trial has completed" in ended.err


def test_the_front_of_several_objectives(cli, tmp_path):
    study = ts.create_study(
        ts.Space(x=ts.Float(0, 1)), directions=["minimize", "maximize"], storage=str(tmp_path / "tunesmith.db")
    )
    for x, values in ((0.1, (1.0, 1.0)), (0.2, (2.0, 2.0)), (0.3, (3.0, 0.5))):
        study.add_trial({"x": x}, values)
    assert [trial["number"] for trial in json.loads(cli("best", "--json").out)] == [0, 1]
    assert "trial 0: value_0 = 1, value_1 = 1" in cli("best").out
    assert "2 trials on the Pareto front" in cli("status").out


def test_trials_are_listed_whole_by_state_and_from_the_end(cli, stored):
    whole = cli("trials")
    assert whole.code == 0
    assert "│ 2     │ failed   │" in whole.out
    rows = json.loads(cli("trials", "--json").out)
    assert [row["number"] for row in rows] == list(range(6))
    assert [dict(trial.params) for trial in stored.trials] == [row["params"] for row in rows]
    assert [row["number"] for row in json.loads(cli("trials", "--json", "--state", "failed").out)] == [2]
    assert [row["number"] for row in json.loads(cli("trials", "--json", "--last", 2).out)] == [4, 5]
    assert cli("trials", "--state", "weird").code == 2


def wide_study(tmp_path):
    space = {f"parameter_{i}": ts.Float(1e-4, 1, log=True) for i in range(12)} | {"kind": ts.Categorical(None, "[b]x")}
    study = ts.create_study(space, storage=str(tmp_path / "tunesmith.db"), study_name="wide", sampler=Random(), seed=2)
    study.optimize(lambda trial: 1 / trial.number, n_trials=6)  # the first one fails
    return study


def test_trials_stay_readable_on_a_narrow_terminal(cli, tmp_path, monkeypatch):
    study = wide_study(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    lines = cli("trials").out.splitlines()
    assert max(map(len, lines)) < 80
    assert lines[:3] == [
        "wide",
        "trial  state     value     seconds  reason",
        "0      failed              0.0      exception",
    ]
    assert "3      complete  0.333333  0.0" in lines
    words = " ".join(line.strip() for line in lines)
    for trial in study.trials:
        shown = [f"{n}={v:.4g}" if isinstance(v, float) else f"{n}={v}" for n, v in trial.params.items()]
        assert ", ".join(shown) in words
    monkeypatch.setenv("COLUMNS", "300")
    table = cli("trials").out
    assert "┃ parameter_11 ┃ kind ┃ seconds ┃ reason    ┃" in table
    assert max(map(len, table.splitlines())) < 300


def test_a_reason_that_tells_no_more_than_the_state_is_left_out(cli, tmp_path):
    study = wide_study(tmp_path)
    assert "reason" in cli("trials", "--state", "failed").out
    assert "reason" not in cli("trials", "--state", "complete").out
    study.add_trial(study.trials[1].params, state="pruned")
    study.tell(study.ask(), state="pruned")
    shown = cli("trials", "--state", "pruned").out
    assert "added" in shown
    assert shown.count("pruned") == 2


def test_text_in_a_table_is_never_markup(cli, tmp_path):
    study = ts.create_study(
        ts.Space(c=ts.Categorical("[red]x[/red]", "[link=file:///]")), storage=str(tmp_path / "tunesmith.db")
    )
    study.optimize(lambda trial: 1.0, n_trials=2)
    assert "[red]x[/red]" in cli("trials").out


def test_json_is_strict_where_a_value_is_not_finite(cli, tmp_path):
    study = ts.create_study(ts.Space(x=ts.Int(0, 3)), storage=str(tmp_path / "tunesmith.db"), sampler=Random())

    def objective(trial):
        trial.report({"value": float("nan"), "other": float("inf")}, step=0)
        return 1.0

    study.optimize(objective, n_trials=1)

    def refuse(text):
        raise AssertionError(text)

    [row] = json.loads(cli("trials", "--json").out, parse_constant=refuse)
    assert row["metrics"]["other"] == "inf"


def test_studies_lists_the_storage_and_names_are_asked_for(cli, stored, tmp_path):
    ts.create_study(ts.Space(x=ts.Int(0, 3)), storage=str(tmp_path / "tunesmith.db"), study_name="second")
    rows = json.loads(cli("studies", "--json").out)
    assert [(row["study"], row["trials"], row["best"]) for row in rows] == [("first", 6, 0.5), ("second", 0, None)]
    assert "second" in cli("studies").out
    ended = cli("status")
    assert ended.code == 1
    assert "--study: first, second" in ended.err
    assert cli("status", "--study", "second").code == 0


def test_export_holds_everything(cli, stored, tmp_path):
    assert json.loads(cli("export", "--json", "-o", "all").out)["trials"] == 6
    lines = (tmp_path / "all" / "events.jsonl").read_bytes().splitlines()
    rows = [msgspec.json.decode(line) for line in lines]
    events = [decode(msgspec.json.encode(row["event"])) for row in rows]
    assert events == [stamped.event for stamped in stored.events()]
    assert [row["position"] for row in rows] == [stamped.position for stamped in stored.events()]
    assert isinstance(events[0], Created)
    with (tmp_path / "all" / "trials.csv").open(newline="") as file:
        trials = list(csv.DictReader(file))
    assert [row["state"] for row in trials].count("failed") == 1
    assert float(trials[1]["params_lr"]) == stored.trials[1].params["lr"]
    cells = [cell for row in trials for cell in row.values()]
    assert "'=1+1" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]
    reports = (tmp_path / "all" / "reports.csv").read_text().splitlines()
    assert reports[:3] == ["trial,step,metric,value", "0,1,accuracy,0.25", "0,1,loss,2.0"]


def test_report_writes_one_file(cli, stored, tmp_path):
    path = tmp_path / "here.html"
    assert json.loads(cli("report", "-o", path, "--json").out) == {"report": str(path)}
    assert "first" in path.read_text()


def test_delete_asks_and_removes(cli, stored, monkeypatch):
    import io
    import sys

    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    assert cli("delete", "first").code == 1
    assert cli("status").code == 0
    assert "Deleted first (6 trials)" in cli("delete", "first", "--yes").out
    assert json.loads(cli("studies", "--json").out) == []
    assert "holds no study yet" in cli("status").err


@pytest.mark.parametrize("command", ["status", "best", "trials", "report", "export"])
def test_a_study_that_is_not_there_is_an_error_in_one_line(cli, stored, command):
    ended = cli(command, "--study", "nope")
    assert ended.code == 1
    assert ended.err == "Error: no study is named 'nope'; the storage holds ['first']\n"
    assert not ended.out


@pytest.mark.parametrize("command", ["status", "best", "trials", "report", "export", "studies"])
def test_a_missing_storage_is_an_error_and_makes_no_file(cli, tmp_path, command):
    ended = cli(command, "--storage", "nowhere.db")
    assert ended.code == 1
    assert "there is no file 'nowhere.db'" in ended.err
    assert not (tmp_path / "nowhere.db").exists()


def test_a_file_that_is_no_storage(cli, tmp_path):
    (tmp_path / "junk.db").write_text("junk, and more of it")
    ended = cli("status", "-s", "junk.db")
    assert ended.code == 1
    assert "is not a SQLite database" in ended.err
    assert cli("status", "-s", "mysql://x").code == 2


def test_a_file_that_cannot_be_written(cli, stored):
    for words in (("export", "-o", "space.yaml"), ("report", "-o", "space.yaml/report.html")):
        ended = cli(*words)
        assert ended.code == 1
        assert ended.err.startswith("Error: ")
        assert "Traceback" not in ended.err


def test_the_storage_may_come_from_the_environment(cli, stored, tmp_path, monkeypatch):
    monkeypatch.setenv("TUNESMITH_STORAGE", f"sqlite:///{tmp_path / 'tunesmith.db'}")
    monkeypatch.chdir(tmp_path.parent)
    assert json.loads(cli("status", "--json").out)["study"] == "first"


def test_version_help_and_unknown_commands(cli):
    assert cli("--version").out == f"tunesmith {ts.__version__}\n"
    assert "run" in cli("--help").out
    assert cli("frobnicate").code == 2

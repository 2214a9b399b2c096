"""Trials as columns, and CSV that a spreadsheet doesn't run."""

from __future__ import annotations

import csv
import io

import pytest

from tunesmith.analysis.tables import csv_text, select, trial_table, write_csv
from tunesmith.core.trial import Run, Trial, TrialState
from tunesmith.errors import InvalidArgumentError

RUN = Run(1, 0, "w", None, 10.0, 12.5, "returned", usage={"cpu": 2.0})


def three() -> list[Trial]:
    return [
        Trial(
            0,
            TrialState.COMPLETE,
            {"lr": 0.1, "opt": "sgd"},
            (0.5,),
            (0.5,),
            runs=(RUN,),
            by="sobol",
            reason="returned",
        ),
        Trial(1, TrialState.FAILED, {"lr": 0.2}, user_attrs={"note": "=1+1"}, reason="nan", message="loss was NaN"),
        Trial(2, TrialState.RUNNING, {"opt": "adam"}, runs=(Run(1, 2, "w", 9.0, 20.0),), budget=9.0),
    ]


def test_columns_have_a_cell_for_each_trial_and_none_where_there_is_nothing() -> None:
    table = trial_table(three())
    assert {len(column) for column in table.values()} == {3}
    assert table["number"] == [0, 1, 2]
    assert table["state"] == ["complete", "failed", "running"]
    assert table["value"] == [0.5, None, None]
    assert table["params_lr"] == [0.1, 0.2, None]
    assert table["params_opt"] == ["sgd", None, "adam"]
    assert table["user_attrs_note"] == [None, "=1+1", None]
    assert table["seconds"] == [2.5, 0.0, 0.0]
    assert table["cpu_seconds"] == [2.0, None, None]
    assert table["budget"] == [None, None, 9.0]
    assert table["reason"] == ["returned", "nan", ""]
    assert table["datetime_start"][0].isoformat() == "1970-01-01T00:00:10+00:00"


def test_several_objectives_have_a_column_each() -> None:
    trials = [Trial(0, TrialState.COMPLETE, values=(1.0, 2.0)), Trial(1, TrialState.FAILED)]
    assert trial_table(trials, ["error", "size"])["values_size"] == [2.0, None]
    assert trial_table(trials)["values_1"] == [2.0, None]
    assert "value" not in trial_table(trials)


def test_no_trials_make_empty_columns() -> None:
    table = trial_table([])
    assert table["number"] == []
    assert table["value"] == []


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_what_a_spreadsheet_would_run_stands_behind_an_apostrophe(text: str) -> None:
    rows = list(csv.reader(io.StringIO(csv_text({"cell": [text], text: ["plain"]}), newline="")))
    assert rows == [["cell", f"'{text}"], [f"'{text}", "plain"]]


def test_numbers_stay_numbers_and_everything_can_be_read_back(tmp_path) -> None:
    table = {"x": [-1.5, None, True], "y": ["a,b", 'say "hi"\nthere', {"k": [1]}]}
    path = write_csv(table, tmp_path / "trials.csv")
    rows = list(csv.DictReader(io.StringIO(path.read_bytes().decode(), newline="")))
    assert [row["x"] for row in rows] == ["-1.5", "", "True"]
    assert [row["y"] for row in rows] == ["a,b", 'say "hi"\nthere', '{"k": [1]}']


def test_columns_are_chosen_by_name_and_by_group() -> None:
    table = trial_table(three())
    assert list(select(table, ["params", "number"])) == ["params_lr", "params_opt", "number"]
    assert list(select(table, ("values", "duration"))) == ["value", "seconds"]
    assert select(table, ["value"])["value"] == table["value"]
    assert select(table, ["metrics"]) == select(table, []) == {}, "no trial has metrics"
    both = trial_table([Trial(0, TrialState.COMPLETE, {}, (0.5, 2.0))], ("loss", "ms"))
    assert list(select(both, ["value"])) == list(select(both, ["values"])) == ["values_loss", "values_ms"]
    with pytest.raises(InvalidArgumentError, match="there is no column 'datetime'; there are number, state"):
        select(table, ["datetime"])
    with pytest.raises(InvalidArgumentError, match="attrs must be a list"):
        select(table, "number")

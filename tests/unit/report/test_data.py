"""What the page is told: columns that agree with the trials, and what was computed from them."""

from __future__ import annotations

import dataclasses
import math

import pytest

from tunesmith.analysis.comparison import paired_gain
from tunesmith.core.trial import Trial, TrialState
from tunesmith.report.columns import rounded
from tunesmith.report.data import report_data
from tunesmith.seeding import stream
from tunesmith.space import Categorical, Float, Int, Space


def complete(number: int, value: float, **params: object) -> Trial:
    return Trial(number, TrialState.COMPLETE, params, (value,), (value,))


def test_columns_say_what_the_trials_say(realistic) -> None:
    study = realistic(60)
    data = report_data(study)
    columns = data["trials"]
    for i, trial in enumerate(study.trials):
        assert columns["number"][i] == trial.number
        assert data["states"][columns["state"][i]] == trial.state
        assert columns["values"][0][i] == (None if trial.values is None else pytest.approx(trial.value, rel=1e-9))
        for parameter, column in zip(data["parameters"], columns["params"], strict=True):
            shown = column[i]
            if parameter["kind"] == "choice" and shown is not None:
                shown = parameter["choices"][shown]
            meant = trial.params.get(parameter["name"])
            meant = str(meant) if parameter["kind"] == "choice" and meant is not None else meant
            assert shown == (pytest.approx(meant) if isinstance(meant, float) else meant)
    assert sum(data["counts"].values()) == 60
    assert data["counts"]["failed"] == sum(one["count"] for one in data["failures"])


def test_the_best_has_its_config_in_full(realistic) -> None:
    study = realistic(60)
    best = max((t for t in study.trials if t.state is TrialState.COMPLETE), key=lambda t: t.value)
    told = report_data(study)["best"]
    assert told["number"] == best.number
    assert dict(told["params"]) == dict(best.params)


def test_the_most_important_parameter_comes_first(realistic) -> None:
    data = report_data(realistic(300, 3))
    assert data["parameters"][0]["name"] in {"learning_rate", "optimizer"}
    shares = [row["share"] for row in data["importance"]["rows"]]
    assert shares == sorted(shares, reverse=True)
    assert [row["name"] for row in data["parameters"]] == [row["name"] for row in data["importance"]["rows"]]


def test_choices_that_look_alike_stay_apart(simple) -> None:
    space = Space(flag=Categorical("True", True, "1", 1.5))
    trials = [complete(0, 1.0, flag="True"), complete(1, 2.0, flag=True), complete(2, 3.0, flag="1")]
    assert report_data(simple(trials, space))["trials"]["params"] == [[0, 1, 2]]


def test_values_from_before_an_edit_of_the_space_are_shown(simple) -> None:
    space = Space(x=Float(0, 1), kind=Categorical("a"))
    trials = [complete(0, 1.0, x=3.0, kind="b", old=7), complete(1, 1.0, x=0.5, kind="a", older="q")]
    data = report_data(simple(trials, space))
    rows = {row["name"]: row for row in data["parameters"]}
    assert rows["x"]["high"] == 3.0
    assert rows["kind"]["choices"] == ["a", "b"]
    assert rows["old"]["low"] == 7
    assert rows["older"]["choices"] == ["q"]


def test_curves_are_thinned_and_keep_the_best(realistic) -> None:
    study = realistic(400, 120)
    curves = report_data(study)["curves"]
    assert curves["total"] == sum(bool(t.reports) for t in study.trials)
    assert len(curves["curves"]) == 160
    assert all(len(one["steps"]) <= 80 for one in curves["curves"])
    best = report_data(study)["best"]["row"]
    shown = next(one for one in curves["curves"] if one["row"] == best)
    assert (shown["steps"][0], shown["steps"][-1]) == (0, 119)
    assert curves["metrics"] == ["accuracy", "loss"]


def test_the_front_is_given_by_rows(two_objectives) -> None:
    study = two_objectives(40)
    front = report_data(study)["front"]
    for i in front:
        a = study.trials[i].losses
        assert not any(b.losses[0] <= a[0] and b.losses[1] <= a[1] and b.losses != a for b in study.trials)
    assert report_data(study)["best"] is None


def test_failures_are_grouped_with_the_first_traceback(simple) -> None:
    trials = [
        Trial(
            i,
            TrialState.FAILED,
            {"x": 0.5},
            reason="nan" if i % 3 else "memory",
            traceback=f"trace {i}",
            message=f"m{i}",
        )
        for i in range(7)
    ]
    first, second = report_data(simple(trials))["failures"]
    assert (first["reason"], first["count"], first["first"], first["traceback"]) == ("nan", 4, 1, "trace 1")
    assert (second["reason"], second["numbers"]) == ("memory", [0, 3, 6])


def test_the_gain_is_taken_from_the_argument_or_the_notes(realistic) -> None:
    gain = paired_gain(
        [True] * 90 + [False] * 10, [True] * 70 + [False] * 30, metric="test accuracy", rng=stream(1, "t")
    )
    assert report_data(realistic(20))["gain"] is None
    for data in (report_data(realistic(20), gain), report_data(realistic(20, user_attrs={"gain": gain.to_dict()}))):
        assert data["gain"]["difference"] == pytest.approx(0.2)
        assert data["gain"]["clear"] is True
        assert "looks better than it is" not in str(data["findings"])


def test_marked_defaults_stand_for_the_defaults(simple) -> None:
    trials = [complete(i, 5.0 - i, x=0.5) for i in range(3)]
    marked = [dataclasses.replace(t, number=3 + i, user_attrs={"default": True}) for i, t in enumerate(trials[:2])]
    assert report_data(simple(trials))["defaults"]["number"] == 0
    assert report_data(simple(trials + marked))["defaults"]["number"] == 4


def test_times_add_up(realistic) -> None:
    study = realistic(30)
    time = report_data(study)["time"]
    runs = [run for trial in study.trials for run in trial.runs]
    assert time["elapsed"] == max(run.closed for run in runs) - min(run.opened for run in runs)
    assert time["computing"] == pytest.approx(sum(run.closed - run.opened for run in runs))
    assert time["cpu"] == pytest.approx(sum(run.usage["cpu"] for run in runs))


def test_the_program_can_be_run_up_to_the_objective(realistic) -> None:
    import tunesmith.space as ts

    study = realistic(12)
    rerun = report_data(study)["rerun"]
    facts = dict(rerun["facts"])
    assert facts["seed"] == "7"
    assert facts["git commit"] == "4f2c9e1d0b7a, with uncommitted changes (the log keeps them)"
    assert facts["libraries"] == "numpy 2.1.0, scipy 1.14.1"
    assert facts["command"] == "train.py --epochs 20"
    assert facts["memory"] == "16.0 GiB"
    assert "pid" not in facts
    assert "secret" not in str(rerun)
    assert "sampler=ts.TPE(startup=16)" in rerun["program"]
    assert "n_trials=12" in rerun["program"]
    lines = rerun["program"].split("study = ")[0].replace("import tunesmith as ts", "")
    scope = {"ts": ts}
    exec(lines, scope)  # noqa: S102 - the program is our own text
    assert scope["space"] == study.space


def test_awkward_names_make_a_program_that_runs(simple) -> None:
    import tunesmith.space as ts

    space = Space({"learning rate": Float(0, 1), "class": Int(1, 3), "it's": Categorical("a'b", 'c"d')})
    scope = {"ts": ts}
    lines = report_data(simple([], space))["rerun"]["program"].split("study = ")[0]
    exec(lines.replace("import tunesmith as ts", ""), scope)  # noqa: S102 - the program is our own text
    assert scope["space"] == space


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1 / 3, 0.33333),
        (2.0, 2),
        (-0.0, 0),
        (math.nan, None),
        (math.inf, None),
        (None, None),
        (1e300, 1e300),
        (12345678.9, 12346000),
    ],
)
def test_rounding(value: float | None, shown: float | None) -> None:
    assert rounded(value, 5) == shown

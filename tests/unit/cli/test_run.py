"""`tunesmith run`: what is refused before anything begins, and one small study from end to end."""

from __future__ import annotations

import json
import sys

import pytest

import tunesmith as ts
from tunesmith.cli.parts import read_value

TRAIN = 'import sys; print(sys.argv[1:]); print("accuracy=0.5")'


def refused(cli, *words):
    """Run with a metric and two trials; return the message of a command that must be refused before it begins."""
    ended = cli("run", "--space", "space.yaml", "-m", "accuracy", "-t", "2", *words)
    assert ended.code == 2, ended
    assert "Traceback" not in ended.err
    return " ".join(ended.err.replace("│", " ").split())


def test_mistakes_in_the_command(cli, tmp_path):
    assert "{learning}; parameters are {lr}, {optimizer}, {momentum}" in refused(cli, "--", "python", "{learning}")
    assert "the command is empty" in refused(cli, "--")
    assert "there is no program 'no-such-program'" in refused(cli, "--", "no-such-program", "{lr}")
    assert "write {{ and }} for plain braces" in refused(cli, "--", sys.executable, "{lr")
    assert not (tmp_path / "tunesmith.db").exists()


def test_mistakes_in_the_options(cli):
    command = ("--", sys.executable, "-c", TRAIN, "{lr}")
    assert "sampler must be one of Annealing" in refused(cli, "--sampler", "Foo", *command)
    assert "pruner must be one of" in refused(cli, "--pruner", "Foo", *command)
    assert "2 different name(s)" in refused(cli, "-m", "accuracy", *command)
    assert "got 'a b'" in refused(cli, "-m", "a b", *command)
    assert "got 'ms:up'" in refused(cli, "-m", "ms:up", *command)
    assert "trial_timeout must be a positive number" in refused(cli, "--trial-timeout", "-1", *command)
    ended = cli("run", "--space", "space.yaml", "-m", "accuracy", *command)
    assert ended.code == 2
    assert "give --trials, --timeout, --target or --patience" in ended.err


def test_mistakes_in_settings(cli):
    command = ("--", sys.executable, "-c", TRAIN, "{lr}")
    median = ("--pruner", "median", "--pruner-option")
    assert "Median has no setting 'start'; it has startup, warmup" in refused(cli, *median, "start=3", *command)
    assert "--pruner-option needs a setting such as startup=10, got 'startup'" in refused(
        cli, *median, "startup", *command
    )
    assert "startup as a whole number >= 0, got startup='many'" in refused(cli, *median, "startup=many", *command)
    asha = ("--pruner", "ASHA", "--pruner-option", "eta=three")
    assert "--pruner-option eta=three: '>' not supported" in refused(cli, *asha, *command)
    assert "Random has no setting 'x'" in refused(cli, "--sampler", "random", "--sampler-option", "x=1", *command)
    for wrong in ("epochs", "epochs:1", "epochs:1:many", "epochs:1:2:3"):
        said = refused(cli, "--fidelity", wrong, *command)
        assert f"such as epochs:1:27, got '{wrong}'" in said
    assert "low=9.0, high=1.0" in refused(cli, "--fidelity", "epochs:9:1", *command)
    assert "n_jobs must be an integer of 1 or more, or -1 for one a processor, got 0" in refused(
        cli, "--jobs", 0, *command
    )


STEPS = """
import os
good = int(os.environ["TUNESMITH_TRIAL"]) < 2
for step in range(1, 4):
    print(f"step={step} accuracy={0.9 if good else 0.1}", flush=True)
"""


def test_samplers_pruners_and_their_settings_are_named_in_any_case(cli, tmp_path):
    words = ("run", "--space", "space.yaml", "-m", "accuracy", "--maximize", "--seed", 1, "-t", 4, "--json")
    ended = cli(
        *(*words, "--sampler", "random", "--sampler-option", "use-priors=yes", "--fidelity", "epochs:1:27"),
        *("--pruner", "median", "--pruner-option", "startup=2", "--pruner-option", "against=averages"),
        *("--", sys.executable, "-c", STEPS.replace("{", "{{").replace("}", "}}")),
    )
    assert ended.code == 0, ended.err
    study = ts.load_study("space", storage=str(tmp_path / "tunesmith.db"))
    assert [str(trial.state) for trial in study.trials] == ["complete", "complete", "pruned", "pruned"]
    [session] = [stamped.event for stamped in study.events() if type(stamped.event).__name__ == "Session"]
    assert session.sampler == {"name": "Random", "settings": {"use_priors": True, "n": None, "patience": None}}
    assert session.pruner["name"] == "Median"
    assert session.pruner["settings"] | {"startup": 2, "against": "averages"} == session.pruner["settings"]
    assert session.limits["fidelity"] == ["epochs", 1.0, 27.0]


@pytest.mark.parametrize(
    ("word", "value"),
    [("3", 3), ("0.5", 0.5), ("1e-3", 0.001), ("True", True), ("no", False), ("None", None), ("values", "values")],
)
def test_the_value_of_a_setting_is_read_as_what_it_is(word, value):
    assert type(read_value(word)) is type(value)
    assert read_value(word) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("parameters: {lr: {type: float, low: 3, high: 1}}", "bad.yaml: 'lr': Float needs low <= high"),
        ("parameters: {lr: {type: flot, low: 3, high: 1}}", "'lr' needs a type of float, int"),
        ("parameters: [", "no readable YAML"),
        ("lr: {type: float, low: 0, high: 1}", "'lr' stands beside 'parameters'"),
        ("", "empty"),
        (b"\xff\xfe\x00", "no text in UTF-8"),
    ],
)
def test_mistakes_in_the_space(cli, tmp_path, text, said):
    (tmp_path / "bad.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    assert said in refused(cli, "--space", "bad.yaml", "--", sys.executable, "-c", TRAIN)


def test_a_space_file_that_is_missing(cli):
    assert "does not exist" in refused(cli, "--space", "nope.yaml", "--", sys.executable)


def test_a_study_is_run_and_gone_on_with_by_the_same_command(cli, tmp_path):
    words = ("run", "--space", "space.yaml", "-m", "accuracy", "--maximize", "--seed", 1, "--sampler", "Random")
    command = ("--", sys.executable, "-c", TRAIN, "--lr={lr:.3e}", "--momentum", "{momentum}")
    first = cli(*words, "-t", 2, "--json", *command)
    assert first.code == 0, first.err
    assert json.loads(first.out)["best"][0]["values"] == [0.5]
    second = cli(*words, "-t", 3, *command)
    assert second.code == 0
    assert "TUNESMITH_PARAM_optimizer" in second.err
    assert "accuracy = 0.5" in second.out
    study = ts.load_study("space", storage=str(tmp_path / "tunesmith.db"))
    assert [str(trial.state) for trial in study.trials] == ["complete"] * 3
    for trial in study.trials:
        expected = [f"--lr={trial.params['lr']:.3e}"]
        if "momentum" in trial.params:
            expected += ["--momentum", str(trial.params["momentum"])]
        assert trial.output.splitlines()[0] == str(expected)
    assert {"momentum" in trial.params for trial in study.trials} == {True, False}


def test_when_nothing_completes_the_last_failure_is_told(cli):
    ended = cli(
        *("run", "--space", "space.yaml", "-m", "accuracy", "-t", 1, "--", sys.executable, "-c"),
        'print("boo {{}}"); raise SystemExit(3)',
    )
    assert ended.code == 1
    assert "no trial completed; the last one failed (exception)" in ended.err
    assert "exit code 3; its last lines:\nboo {}" in ended.err


FAIL = 'raise SystemExit("no luck")'
OPEN = ("run", "--space", "space.yaml", "--sampler", "Random", "--seed", 1, "-m", "accuracy", "--maximize", "--json")


def test_failures_in_a_row_end_the_study_when_they_are_too_many(cli, tmp_path):
    command = ("--", sys.executable, "-c", FAIL)
    assert cli(*OPEN, "-t", 12, "--max-failures", 2, *command).code == 1
    study = ts.load_study("space", storage=str(tmp_path / "tunesmith.db"))
    assert len(study.trials) == 2
    assert cli(*OPEN, "-t", 4, "--max-failures", 0, *command).code == 1
    assert len(study.trials) == 4
    assert "--max-failures" in cli(*OPEN, "-t", 2, "--max-failures", -1, *command).err


def test_a_target_or_patience_ends_the_study(cli):
    command = ("--", sys.executable, "-c", TRAIN)
    assert json.loads(cli(*OPEN, "--target", 0.5, *command).out)["ended"] == "the target value 0.5 was reached"
    ended = json.loads(cli(*OPEN, "-n", "other", "--patience", 2, *command).out)["ended"]
    assert "has not improved by more than 0.0 in 2 trials" in ended


def test_bounds_lag_and_devices_reach_the_study(cli, tmp_path):
    command = ("--", sys.executable, "-c", TRAIN + '; print("ms=20")')
    assert cli(*OPEN, "-t", 2, "--constraint", "ms<=10", "--lag", 2, *command).code == 1
    study = ts.load_study("space", storage=str(tmp_path / "tunesmith.db"))
    assert [trial.feasible for trial in study.trials] == [False, False]
    [session] = [stamped.event for stamped in study.events() if type(stamped.event).__name__ == "Session"]
    assert session.lag == 2
    assert "such as 'ms<=10', got 'ms'" in refused(cli, "--constraint", "ms", *command)
    assert "one bound a metric" in refused(cli, "--constraint", "ms<1", "--constraint", "ms>0", *command)
    assert "resources={'gpu': 1.5}" in refused(cli, "-n", "devices", "--gpus", 1.5, *command)


def test_a_study_begins_from_a_past_one_and_from_known_configs(cli):
    command = ("--", sys.executable, "-c", TRAIN, "{lr}")
    words = ("run", "--space", "space.yaml", "-m", "accuracy", "--maximize", "--sampler", "random")
    assert cli(*words, "--study", "old", "-t", "3", *command).code == 0
    start = ("--start", '{"lr": 0.01, "optimizer": "adam"}')
    assert cli(*words, "--study", "new", "-t", "4", *start, "--past", "old", *command).code == 0
    study = ts.load_study("new", storage="tunesmith.db")
    assert [trial.by for trial in study.trials[:3]] == ["queue", "transfer", "random"]
    assert study.trials[0].params == {"lr": 0.01, "optimizer": "adam"}
    assert study.trials[1].reasons["study"] == "old"


def test_mistakes_in_what_a_study_begins_with(cli):
    command = ("--", sys.executable, "-c", TRAIN, "{lr}")
    assert "--start needs a config as JSON" in refused(cli, "--start", "lr=0.1", *command)
    assert "start[0] is {'lr': 7}" in refused(cli, "--start", '{"lr": 7}', *command)
    assert "--past needs STUDY or STORAGE::STUDY" in refused(cli, "--past", "::old", *command)
    assert cli("run", "--space", "space.yaml", "-m", "a", "-t", "2", "--past", "gone.db::old", *command).code != 0

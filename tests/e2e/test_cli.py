"""The command line from outside: programs that hang, fail, report and are pruned; interrupts; every reading command."""

from __future__ import annotations

import json
import signal
import sys

import psutil
import pytest

import tunesmith as ts
from tests.e2e.conftest import TUNESMITH, all_gone, check_whole, counts, descendants, until
from tunesmith.core.events import decode

pytestmark = pytest.mark.e2e

SPACE = """
parameters:
  lr: {type: float, low: 1.0e-5, high: 0.1, log: true}
  optimizer: {type: categorical, choices: [sgd, adam]}
  momentum: {type: float, low: 0.8, high: 0.99, when: {optimizer: sgd}}
"""
TRAIN = """
import argparse, json, os
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, required=True)
parser.add_argument("--optimizer", required=True)
parser.add_argument("--momentum", type=float)
options = parser.parse_args()
assert (options.momentum is None) == (options.optimizer == "adam")
assert json.loads(os.environ["TUNESMITH_PARAMS"])["lr"] == options.lr == float(os.environ["TUNESMITH_PARAM_lr"])
print("training", options)
for step in range(3):
    print(json.dumps({"step": step, "accuracy": options.lr * step}))
print("accuracy =", options.lr)
"""
ARGUMENTS = ("--lr", "{lr}", "--optimizer={optimizer}", "--momentum", "{momentum}")


@pytest.fixture
def program(shell):
    """Write a program; returns the words of `tunesmith run` for it."""

    def write(code, *options, arguments=ARGUMENTS):
        (shell.folder / "space.yaml").write_text(SPACE)
        (shell.folder / "train.py").write_text(code)
        what = ("--space", "space.yaml", "--metric", "accuracy", "--maximize", "--seed", 3)
        return ("run", *what, *options, "--", sys.executable, "train.py", *arguments)

    return write


def test_a_study_by_the_shell_alone(shell, program):
    words = program(TRAIN, "--trials", 8, "--jobs", 2)
    ended = shell.tunesmith(*words)
    assert ended.returncode == 0, ended.stderr
    assert "8 of 8 done (8 complete)" in ended.stderr
    assert ended.stdout.startswith("accuracy = ")
    study = ts.load_study(storage=str(shell.folder / "tunesmith.db"))
    check_whole(study, 8)
    for trial in study.trials:
        assert trial.value == trial.params["lr"]
        assert sorted(trial.reports) == [0, 1, 2]
        assert "training Namespace" in trial.output

    again = shell.tunesmith(*words)
    assert again.returncode == 0
    assert len(ts.load_study(storage=str(shell.folder / "tunesmith.db")).trials) == 8


def test_every_reading_command_prints_json(shell, program):
    assert shell.tunesmith(*program(TRAIN, "--trials", 3, "--json")).returncode == 0
    for command in ("status", "best", "trials", "studies", "export", "report"):
        ended = shell.tunesmith(command, "--json")
        assert ended.returncode == 0, ended.stderr
        assert json.loads(ended.stdout)
        assert not ended.stderr
        assert shell.tunesmith(command).returncode == 0
    lines = (shell.folder / "export" / "events.jsonl").read_text().splitlines()
    kinds = [type(decode(json.dumps(json.loads(line)["event"]).encode())).__name__ for line in lines]
    assert kinds[:2] == ["Created", "Session"]
    assert kinds.count("Closed") == 3
    assert (shell.folder / "report.html").read_text().startswith("<!doctype html>")
    assert shell.tunesmith("delete", "space").returncode == 1
    assert shell.tunesmith("delete", "space", "--yes").returncode == 0
    assert json.loads(shell.tunesmith("studies", "--json").stdout) == []


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("status",), 1, "there is no file 'tunesmith.db'"),
        (("run",), 2, "Missing option '--space'"),
        (("run", "--space", "no.yaml", "-m", "a", "-t", 1, "--", "true"), 2, "does not exist"),
        (("trials", "--last", "0"), 2, "greater than or equal"),
    ],
)
def test_mistakes_end_with_their_code_and_a_sentence(shell, words, code, said):
    ended = shell.tunesmith(*words)
    assert ended.returncode == code
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not ended.stdout


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ('print("hello")', "printed no accuracy; print a line such as accuracy=0.5; its last lines:\nhello"),
        ("raise SystemExit(3)", "ended with exit code 3"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "ended with signal SIGSEGV"),
    ],
)
def test_programs_that_fail_say_why(shell, program, code, said):
    ended = shell.tunesmith(*program(code, "--trials", 2))
    assert ended.returncode == 1
    assert said in ended.stderr
    assert "no trial completed" in ended.stderr
    assert json.loads(shell.tunesmith("status", "--json").stdout)["counts"]["failed"] == 2


def test_many_failures_in_a_row_stop_the_study(shell, program):
    ended = shell.tunesmith(*program("raise SystemExit(3)", "--trials", 40))
    assert ended.returncode == 1
    assert "10 trials failed in a row" in ended.stderr
    assert counts(shell.folder / "tunesmith.db")["failed"] == 10


HANGING = """
import os, subprocess, sys, time
inner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
with open("pids", "a") as file:
    file.write(f"{os.getpid()} {inner.pid} ")
print("accuracy=1", flush=True)
time.sleep(600)
"""


def test_a_program_that_hangs_is_ended_with_all_that_it_started(shell, program):
    ended = shell.tunesmith(*program(HANGING, "--trials", 2, "--jobs", 2, "--trial-timeout", 2))
    assert ended.returncode == 1
    assert "(timeout)" in ended.stderr
    pids = [int(pid) for pid in (shell.folder / "pids").read_text().split()]
    assert len(pids) == 4
    assert all_gone([psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)])


REPORTING = """
import os, time
trial = int(os.environ["TUNESMITH_TRIAL"])
good = trial < 5
for step in range(8):
    print(f"step={step} accuracy={0.5 + 0.01 * step + trial / 1000 if good else 0.1}", flush=True)
    time.sleep(0 if good else 0.2)
if not good:
    time.sleep(600)
open(f"ended-{trial}", "w").close()
"""


def test_pruning_stops_the_program_itself(shell, program):
    ended = shell.tunesmith(*program(REPORTING, "--trials", 8, "--pruner", "Median", arguments=()))
    assert ended.returncode == 0, ended.stderr
    study = ts.load_study(storage=str(shell.folder / "tunesmith.db"))
    assert [str(trial.state) for trial in study.trials] == ["complete"] * 5 + ["pruned"] * 3
    assert sorted(path.name for path in shell.folder.glob("ended-*")) == [f"ended-{i}" for i in range(5)]
    assert all(trial.by and trial.last_step < 7 for trial in study.trials[5:])


SLOW = """
import os, time
with open("begun", "a") as file:
    file.write(os.environ["TUNESMITH_TRIAL"] + " ")
time.sleep(0.2 if int(os.environ["TUNESMITH_TRIAL"]) < 2 or os.path.exists("quick") else 600)
print("accuracy=0.5")
"""


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [(signal.SIGINT, 130, "Interrupted: running trials went back to the queue"), (signal.SIGTERM, -signal.SIGTERM, "")],
)
def test_an_interrupted_study_gives_its_trials_back_and_goes_on(shell, program, number, code, said):
    words = program(SLOW, "--trials", 5, "--jobs", 2)
    storage = shell.folder / "tunesmith.db"
    process = shell.start(*TUNESMITH, *words)
    until(lambda: counts(storage)["complete"] == 2 and counts(storage)["running"] == 2, process)
    until(lambda: len((shell.folder / "begun").read_text().split()) == 4, process)
    family = process.children(recursive=True)
    assert len(family) >= 4
    process.send_signal(number)
    assert process.wait() == code
    assert said in shell.output()
    assert "Traceback" not in shell.output()
    assert all_gone(family)
    assert counts(storage)["waiting"] == 2
    assert counts(storage)["running"] == 0

    (shell.folder / "quick").touch()
    ended = shell.tunesmith(*words)
    assert ended.returncode == 0, ended.stderr
    study = ts.load_study(storage=str(storage))
    check_whole(study, 5)
    assert [len(trial.runs) for trial in study.trials] == [1, 1, 2, 2, 1]
    assert {trial.runs[0].reason for trial in study.trials[2:4]} == {"released"}


def test_after_kill_9_the_same_command_goes_on_at_once(shell, program):
    words = program(SLOW, "--trials", 5, "--jobs", 2)
    storage = shell.folder / "tunesmith.db"
    process = shell.start(*TUNESMITH, *words)
    until(lambda: counts(storage)["complete"] == 2 and counts(storage)["running"] == 2, process)
    children = descendants(process)
    process.kill()
    process.wait()
    assert all_gone(children)

    (shell.folder / "quick").touch()
    assert shell.tunesmith(*words).returncode == 0
    study = ts.load_study(storage=str(storage))
    check_whole(study, 5)
    assert {trial.runs[0].reason for trial in study.trials if len(trial.runs) > 1} == {"lost"}

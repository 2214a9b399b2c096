"""The design's example, word for word: a script without a `__main__` guard, four children, no child runs the script."""

from __future__ import annotations

import signal
import sys

import pytest

import tunesmith as ts
from tests.e2e.conftest import all_gone, check_whole, until

pytestmark = pytest.mark.e2e

HEAD = """
import functools, math, os

with open("began", "a") as file:
    file.write("x")  # once for each process that runs this script

offset = 0.5
double = lambda x: 2 * x


@functools.cache
def data():
    return [i / 10 for i in range(10)]


@functools.lru_cache(maxsize=None)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


class Model:
    made = 0

    def __init__(self, **params):
        type(self).made += 1
        self.params, self.loss = params, 2.0

    @functools.cached_property
    def distance(self):
        return abs(math.log10(self.params["lr"]) + 3) + self.params.get("momentum", 0.9) - 0.9


def build(**params):
    return Model(**params)


def train_one_epoch(model):
    model.loss = 0.9 * model.loss + 0.1 * double(model.distance) / 2
    return model.loss


def scaled_by(factor):
    def scale(value):
        return factor * value + offset - 0.5 + fib(10) - 55 + sum(data()) - 4.5

    return scale


scale = scaled_by(1.0)


def evaluate(model):
    return scale(model.distance)

"""

EXAMPLE = """
import tunesmith as ts

space = ts.Space(
    lr=ts.Float(1e-5, 1e-1, log=True),
    layers=ts.Int(1, 4),
    optimizer=ts.Categorical("sgd", "adam"),
    momentum=ts.Float(0.8, 0.99, when={"optimizer": "sgd"}),
)

def objective(trial):
    model = build(**trial.params)
    for epoch in range(20):
        trial.report({"val_loss": train_one_epoch(model)}, step=epoch)
        if trial.should_prune():
            raise ts.TrialPruned
    return evaluate(model)

study = ts.create_study(space, direction="minimize", storage="sqlite:///tune.db", seed=7)
study.optimize(objective, n_trials=100, n_jobs=4)     # processes; n_trials is the study's total
print(study.best_params, study.best_value)
"""


def test_the_example_runs_word_for_word_without_a_guard(shell):
    (shell.folder / "tune.py").write_text(HEAD + EXAMPLE)
    ended = shell.run(sys.executable, "-W", "error", "tune.py")
    assert ended.returncode == 0, ended.stderr
    assert (shell.folder / "began").read_text() == "x"
    assert not ended.stderr
    study = ts.load_study(storage=str(shell.folder / "tune.db"))
    check_whole(study, 100)
    assert study.counts["complete"] == 100
    assert all(len(trial.reports) == 20 for trial in study.trials)
    assert {trial.runs[0].usage["pid"] for trial in study.trials} > {study.trials[0].runs[0].usage["pid"]}
    assert ended.stdout == f"{study.best_params} {study.best_value}\n"
    assert study.best_value < 0.1
    for trial in study.trials:
        assert abs(trial.value) < 4.1


DEFINE_BY_RUN = """
import sys
import tunesmith as ts


def objective(trial):
    depth = trial.suggest_int("depth", 1, 3)
    widths = [trial.suggest_int(f"width_{i}", 8, 64, log=True) for i in range(depth)]
    if trial.suggest_categorical("regularise", [True, False]):
        trial.suggest_float("alpha", 1e-6, 1e-1, log=True)
    return sum(widths)


study = ts.create_study(storage="tune.db", seed=1)
study.optimize(objective, n_trials=24, n_jobs=3)
print(*sorted(study.space.names))
"""


def test_define_by_run_in_children(shell):
    (shell.folder / "tune.py").write_text(DEFINE_BY_RUN)
    ended = shell.run(sys.executable, "tune.py")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.split() == ["alpha", "depth", "regularise", "width_0", "width_1", "width_2"]
    study = ts.load_study(storage=str(shell.folder / "tune.db"))
    check_whole(study, 24)
    for trial in study.trials:
        assert ("alpha" in trial.params) == trial.params["regularise"]
        assert sum(name.startswith("width") for name in trial.params) == trial.params["depth"]


INTERRUPTED = """
import threading, time
import tunesmith as ts


def objective(trial):
    open("begun", "w").close()
    time.sleep(600)
    return 0.0


def stubborn(trial):
    open("begun", "w").close()
    try:
        time.sleep(600)
    except KeyboardInterrupt:
        open("first", "w").close()
        time.sleep(600)


study = ts.create_study(ts.Space(x=ts.Float(0, 1)), storage="tune.db", sampler=ts.samplers.Random(), seed=1)
try:
    study.optimize(OBJECTIVE, n_trials=3, n_jobs=JOBS)
finally:
    print("finally", study.counts["waiting"], flush=True)
"""


def interrupted(shell, objective, jobs):
    code = INTERRUPTED.replace("OBJECTIVE", objective).replace("JOBS", str(jobs))
    (shell.folder / "tune.py").write_text(code)
    process = shell.start(sys.executable, "tune.py")
    until((shell.folder / "begun").exists, process)
    return process


@pytest.mark.parametrize("jobs", [1, 2])
def test_ctrl_c_raises_keyboard_interrupt_once_trials_are_given_back(shell, jobs):
    process = interrupted(shell, "objective", jobs)
    process.send_signal(signal.SIGINT)
    assert process.wait() == -signal.SIGINT
    assert shell.output().startswith(f"finally {jobs}\n")
    assert shell.output().rstrip().endswith("KeyboardInterrupt")


@pytest.mark.parametrize("jobs", [1, 2])
def test_sigterm_ends_the_process_by_the_signal_once_trials_are_given_back(shell, jobs):
    process = interrupted(shell, "objective", jobs)
    family = process.children(recursive=True)
    process.terminate()
    assert process.wait() == -signal.SIGTERM
    assert not shell.output()
    assert all_gone(family)
    study = ts.load_study(storage=str(shell.folder / "tune.db"))
    assert study.counts["waiting"] == len(study.trials) == jobs
    assert {trial.reason for trial in study.trials} == {"released"}


def test_a_second_ctrl_c_ends_at_once(shell):
    process = interrupted(shell, "stubborn", 1)
    process.send_signal(signal.SIGINT)
    until((shell.folder / "first").exists, process)
    process.send_signal(signal.SIGINT)
    assert process.wait() == -signal.SIGINT
    assert not shell.output()
    study = ts.load_study(storage=str(shell.folder / "tune.db"))
    assert study.optimize(lambda trial: 1.0, n_trials=3) == "all 3 trials are done"
    check_whole(study, 3)

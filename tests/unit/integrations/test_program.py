"""Programs as objectives: their lines, their arguments, their environment, and how they end."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import dataclass, field

import psutil
import pytest

import tunesmith as ts
from tunesmith.errors import InvalidArgumentError
from tunesmith.integrations.program import Program, ProgramFailedError, arguments, check_command, read_line


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("accuracy=0.93", {"accuracy": 0.93}),
        ("epoch 3: val/acc = 9e-1, val.loss=.5", {"val/acc": 0.9, "val.loss": 0.5}),
        ("loss=-1.5E+3 done", {"loss": -1500.0}),
        ("loss=inf other=-INF", {"loss": math.inf, "other": -math.inf}),
        ("note=good lr = high", {}),
        ("x=1abc", {}),
        ('{"accuracy": 0.5, "step": 2, "name": "a=1", "flag": true}', {"accuracy": 0.5, "step": 2.0}),
        ('{"broken": 0.5', {}),
        ('{"big": 1' + "0" * 400 + "}", {}),
        ("", {}),
    ],
)
def test_numbers_are_read_from_lines(line, found):
    assert read_line(line) == found


def test_nan_is_a_number_too():
    assert math.isnan(read_line("loss=nan")["loss"])
    assert math.isnan(read_line('{"loss": NaN}')["loss"])


@pytest.mark.parametrize(
    ("word", "filled"),
    [
        ("{lr}", "0.001234"),
        ("--lr={lr:.1e}", "--lr=1.2e-03"),
        ("{optimizer.lr}", "2"),
        ("{a b}{a b!r}", "xy'xy'"),
        ("{{lr}}", "{lr}"),
        ("plain", "plain"),
    ],
)
def test_placeholders_are_filled_by_whole_names(word, filled):
    params = {"lr": 0.001234, "optimizer.lr": 2, "a b": "xy"}
    assert arguments(["run", word], params) == ["run", filled]


def test_inactive_parameters_are_left_out_with_their_option():
    words = ["run", "-m", "{m}", "--mom={m}", "--keep", "{lr}", "{m}", "-n=1", "{m}", "{lr}/{m}"]
    assert arguments(words, {"lr": 0.5}) == ["run", "--keep", "0.5", "-n=1"]


def test_a_command_names_its_parameters():
    assert check_command([sys.executable, "{a}", "--b={b:.2f}"], ["a", "b", "c"]) == {"a", "b"}
    with pytest.raises(InvalidArgumentError, match=r"placeholder \{d\}; parameters are \{a\}"):
        check_command([sys.executable, "{d}"], ["a"])
    with pytest.raises(InvalidArgumentError, match="there is no program"):
        check_command(["no-such-program-anywhere"], [])


def run(code, params=None, metrics=("accuracy",)):
    return Program((sys.executable, "-c", code.replace("{", "{{").replace("}", "}}")), metrics)(
        ts.FixedTrial(params or {}, number=4, seed=9)
    )


def test_the_last_value_of_each_metric_is_the_result():
    assert run('print("accuracy=0.1 loss=3"); print("accuracy=0.2")') == {"accuracy": 0.2, "loss": 3.0}


def test_parameters_are_in_the_environment(monkeypatch):
    monkeypatch.setenv("TUNESMITH_PARAM_outer", "from an outer study")
    code = """
import json, os
found = {k: v for k, v in os.environ.items() if k.startswith("TUNESMITH_")}
assert "TUNESMITH_PARAM_outer" not in found
assert found["TUNESMITH_PARAM_a_b"] == "1.5"
assert json.loads(found["TUNESMITH_PARAMS"]) == {"a.b": 1.5, "c": "x"}
assert (found["TUNESMITH_TRIAL"], found["TUNESMITH_SEED"], found["TUNESMITH_BUDGET"]) == ("4", "9", "")
print("accuracy=1")
"""
    assert run(code, {"a.b": 1.5, "c": "x"}) == {"accuracy": 1.0}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ('print("boo"); raise SystemExit(3)', "exit code 3; its last lines:\nboo"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "signal SIGKILL; it printed nothing"),
        ('print("loss=3")', "printed no accuracy; print a line such as accuracy=0.5; its last lines:\nloss=3"),
        ('print("step=1.5 accuracy=1")', "step=1.5; a step is a whole number"),
        ('print("step=nan accuracy=1")', "step=nan"),
        ('print("step=-1 accuracy=1")', "step=-1"),
    ],
)
def test_a_failed_program_says_why(code, said):
    with pytest.raises(ProgramFailedError) as caught:
        run(code)
    assert said in str(caught.value)


def test_a_program_that_cannot_be_started():
    with pytest.raises(ProgramFailedError, match="'no-such-program' cannot be started: No such file"):
        Program(("no-such-program",), ("a",))(ts.FixedTrial({}))


def test_the_end_of_a_long_output_is_kept_in_the_message():
    with pytest.raises(ProgramFailedError) as caught:
        run('print("\\n".join(map(str, range(1000)))); raise SystemExit(1)')
    assert str(caught.value).endswith("\n".join(["its last lines:", *map(str, range(988, 1000))]))


@dataclass
class Judged:
    """A trial whose reports are kept and whose pruner says stop at one of them."""

    stop_at: int
    reports: list = field(default_factory=list)
    params: dict = field(default_factory=dict)
    number: int = 0
    seed: int = 0
    budget: None = None

    def report(self, metrics, step):
        self.reports.append((step, metrics))

    def should_prune(self):
        return self.reports[-1][0] == self.stop_at


def run_judged(code, stop_at):
    trial = Judged(stop_at)
    program = Program((sys.executable, "-c", code.replace("{", "{{").replace("}", "}}")), ("accuracy",))
    try:
        return program(trial), trial.reports
    except ts.TrialPruned:
        return "pruned", trial.reports


def test_a_pruned_program_is_ended(tmp_path):
    beyond = tmp_path / "beyond"
    code = f"""
import time
for i in range(1000):
    print(f"step={{i}} accuracy={{i / 10}}", flush=True)
    if i == 1:
        time.sleep(60)
        open({json.dumps(str(beyond))}, "w")
"""
    assert run_judged(code, stop_at=1) == ("pruned", [(0, {"accuracy": 0.0}), (1, {"accuracy": 0.1})])
    assert not beyond.exists()


@pytest.fixture
def patient(monkeypatch):
    """However slow the machine is, a program that ends by itself has the time for it."""
    monkeypatch.setattr("tunesmith.integrations.program._LAST_WORDS", 60.0)


STEPS = """
for i in range(3):
    print(f"step={i} accuracy={i / 10}", flush=True)
"""


def test_a_program_stopped_at_its_last_step_has_a_result_when_it_ends_by_itself(patient):
    result, reports = run_judged(STEPS + "print('accuracy=0.9')", stop_at=2)
    assert result == {"accuracy": 0.9}
    assert [step for step, _ in reports] == [0, 1, 2]
    assert run_judged(STEPS, stop_at=2)[0] == {"accuracy": 0.2}


def test_a_program_with_further_steps_is_pruned_however_quick_they_are(patient):
    result, reports = run_judged(STEPS, stop_at=1)
    assert result == "pruned"
    assert [step for step, _ in reports] == [0, 1]


@pytest.mark.parametrize("end", ["raise SystemExit(3)", "import time; time.sleep(60)", "import os; os.abort()"])
def test_a_program_stopped_at_its_last_step_is_pruned_when_it_does_not_end_well(end):
    assert run_judged(STEPS + end, stop_at=2)[0] == "pruned"


def test_a_program_stopped_before_its_metric_is_known_is_pruned(patient):
    assert run_judged("print('step=0 loss=1')", stop_at=0)[0] == "pruned"


def test_a_child_of_the_program_that_holds_its_output_does_not_hold_up_the_end():
    child = "import time; time.sleep(60)"
    code = f"""
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", {child!r}])
print(f"step=0 accuracy=1 pid={{child.pid}}", flush=True)
time.sleep(60)
"""
    result, reports = run_judged(code, stop_at=0)
    psutil.Process(int(reports[0][1]["pid"])).kill()
    assert result == "pruned"


def test_a_long_output_is_read_to_its_end():
    assert run("for i in range(50_000): print(f'accuracy={i}')") == {"accuracy": 49_999.0}

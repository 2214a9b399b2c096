"""Ctrl-C, SIGTERM and kill -9 of a program with running children: no process stays, no trial is lost."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

import tunesmith as ts

pytestmark = pytest.mark.e2e

SCRIPT = """
import subprocess, time
from pathlib import Path
import tunesmith as ts

def objective(trial):
    x = trial.suggest_float("x", 0, 1)
    if trial.number >= 2 and not Path("go").exists():
        subprocess.Popen(["sleep", "600"])
        Path(f"running-{trial.number}").touch()
        while True:
            pass
    return x

study = ts.create_study(storage="sqlite:///s.db", study_name="s", seed=1, load_if_exists=True)
study.optimize(objective, n_trials=6, n_jobs=2)
"""


def wait_for(condition, what: str) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until, f"waited in vain until {what}"
        time.sleep(0.02)


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_stays_and_nothing_is_lost(tmp_path: Path, number: signal.Signals) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    program = subprocess.Popen([sys.executable, str(script)], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    with program:
        wait_for(lambda: len(list(tmp_path.glob("running-*"))) == 2, "two runs are under way")
        family = psutil.Process(program.pid).children(recursive=True)
        assert len(family) >= 5, "two children, what they started, and the guard"
        program.send_signal(number)
        program.wait(timeout=60)
        assert program.returncode != 0
        wait_for(lambda: not any(map(is_alive, family)), "all children are gone")
    (tmp_path / "go").touch()
    subprocess.run([sys.executable, str(script)], cwd=tmp_path, check=True, timeout=120)
    study = ts.load_study("s", storage=f"sqlite:///{tmp_path}/s.db")
    assert [str(trial.state) for trial in study.trials] == ["complete"] * 6
    assert [trial.number for trial in study.trials] == list(range(6))

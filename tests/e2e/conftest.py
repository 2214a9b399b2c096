"""Whole programs in processes of their own: started, watched from outside, interrupted and killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

import tunesmith as ts
from tunesmith.core import events as ev

TUNESMITH = (sys.executable, "-m", "tunesmith")
PATIENCE = 240.0
FINAL = ("complete", "pruned", "failed")


class Shell:
    """Runs programs in one folder, with the package of this checkout and nothing else from outside."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[psutil.Popen] = []
        root = str(Path(ts.__file__).parents[1])
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("TUNESMITH", "PYTEST"))}
        self.environment = {**kept, "PYTHONPATH": root, "COLUMNS": "200", "OMP_NUM_THREADS": "1"}

    def run(self, *words: object) -> subprocess.CompletedProcess[str]:
        """Run a program to its end."""
        return subprocess.run(
            [str(word) for word in words],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    def tunesmith(self, *words: object) -> subprocess.CompletedProcess[str]:
        return self.run(*TUNESMITH, *words)

    def start(self, *words: object) -> psutil.Popen:
        """Start a program whose output goes to the file `output`."""
        with (self.folder / "output").open("ab") as output:
            process = psutil.Popen(
                [str(word) for word in words],
                cwd=self.folder,
                env=self.environment,
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
            )
        self.started.append(process)
        return process

    def output(self) -> str:
        return (self.folder / "output").read_text()


def until(seen: Callable[[], object], process: psutil.Popen) -> None:
    """Wait for something to be seen from outside while a program runs."""
    end = time.monotonic() + PATIENCE
    while not seen():
        assert process.poll() is None, f"the program has ended with {process.returncode}"
        assert time.monotonic() < end, "it was never seen"
        time.sleep(0.05)


def counts(storage: Path) -> dict[str, int]:
    """Return the trials by state as another process sees them, nothing while there is no study."""
    try:
        return ts.load_study(storage=str(storage)).counts
    except ts.TunesmithError:
        return dict.fromkeys((*FINAL, "running", "waiting"), 0)


def descendants(process: psutil.Process) -> list[psutil.Process]:
    """Return the children that carry runs."""
    return [p for p in process.children(recursive=True) if "tunesmith.executors.child" in " ".join(p.cmdline())]


def all_gone(processes: list[psutil.Process]) -> bool:
    """Wait for processes to be gone."""
    _, alive = psutil.wait_procs(processes, timeout=30)
    return not [p for p in alive if p.status() != psutil.STATUS_ZOMBIE]


def check_whole(study: ts.Study, n_trials: int) -> None:
    """Check that every trial ended exactly once, that nothing ran after its end, and that nothing is left open."""
    trials = study.trials
    assert [trial.number for trial in trials] == list(range(n_trials))
    assert {str(trial.state) for trial in trials} <= set(FINAL)
    ended: dict[int, str] = {}
    for stamped in study.events():
        event = stamped.event
        if isinstance(event, ev.Proposed):
            assert event.trial not in ended, f"trial {event.trial} was begun again after its end"
        elif isinstance(event, ev.Closed) and event.state in FINAL:
            assert event.trial not in ended
            ended[event.trial] = event.state
    assert sorted(ended) == list(range(n_trials))


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    shell = Shell(tmp_path)
    yield shell
    for process in shell.started:
        if process.poll() is None:
            process.kill()
            process.wait()

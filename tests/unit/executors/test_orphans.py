"""When the parent is killed, all that it started goes with it: children, their children, and those that hide."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

PARENT = """
import os, subprocess, sys, threading, time
from tunesmith.core.jobs import Job, Noticed, Task
from tunesmith.executors import Processes

def target(task, channel):
    inner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    apart = subprocess.Popen(["sleep", "600"], start_new_session=True)
    channel.send(Noticed(handle=task.handle, key="pids", value=[os.getpid(), inner.pid, apart.pid]))
    while True:  # under the interpreter lock nearly all the time
        pass

def main():
    executor = Processes(3)  # the third is idle
    for number in range(2):
        executor.start(Job(task=Task(handle=f"{number}/1", trial=number, run=1, config={}), target=target))
    pids = []
    while len(pids) < 6:
        for message in executor.receive(60):
            pids += message.value
    print(*pids, flush=True)
    LAST

if sys.argv[1] == "thread":
    thread = threading.Thread(target=main)
    thread.start()
    thread.join()
else:
    main()
"""


def start_parent(tmp_path: Path, where: str, last: str) -> tuple[subprocess.Popen[str], list[int]]:
    script = tmp_path / "parent.py"
    script.write_text(PARENT.replace("LAST", last))
    parent = subprocess.Popen([sys.executable, str(script), where], stdout=subprocess.PIPE, text=True)
    pids = [int(word) for word in parent.stdout.readline().split()]
    guards = [child.pid for child in psutil.Process(parent.pid).children() if child.pid not in pids]
    return parent, pids + guards


def alive(pids: list[int]) -> list[int]:
    found = []
    for pid in pids:
        try:
            if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                found.append(pid)
        except psutil.NoSuchProcess:
            continue
    return found


def wait_gone(pids: list[int], seconds: float) -> list[int]:
    until = time.monotonic() + seconds
    while alive(pids) and time.monotonic() < until:
        time.sleep(0.02)
    return alive(pids)


@pytest.mark.skipif(sys.platform != "linux", reason="processes that hide are found through /proc")
@pytest.mark.parametrize("where", ["main", pytest.param("thread", marks=pytest.mark.slow)])
def test_nothing_outlives_a_killed_parent(tmp_path, where) -> None:
    parent, pids = start_parent(tmp_path, where, "time.sleep(600)")
    try:
        assert len(pids) >= 7, "six of the runs, and the guard"
        assert alive(pids) == pids
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        left = wait_gone(pids, 20.0)
        assert not left, f"still alive: {left}"
    finally:
        parent.stdout.close()
        for pid in alive(pids):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.parametrize("last", ["os._exit(0)", "os.kill(os.getpid(), 11)", "sys.exit(0)", "1 / 0"])
def test_nothing_outlives_a_parent_that_ends_without_shutdown(tmp_path, last) -> None:
    parent, pids = start_parent(tmp_path, "main", last)
    try:
        parent.wait(timeout=60)
        left = wait_gone(pids, 20.0)
        assert not left, f"still alive: {left}"
    finally:
        parent.stdout.close()
        for pid in alive(pids):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.slow
def test_killing_the_parent_takes_two_seconds_at_most(tmp_path) -> None:
    """The promise in seconds, on an idle machine; the best of three, since this one may be busy."""
    times = []
    for _ in range(3):
        parent, pids = start_parent(tmp_path, "main", "time.sleep(600)")
        began = time.monotonic()
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        assert not wait_gone(pids, 20.0)
        times.append(time.monotonic() - began)
        parent.stdout.close()
    assert min(times) <= 2.0

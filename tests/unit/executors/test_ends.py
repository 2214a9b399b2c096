"""Every way in which a run can end: the right reason, no harm to a neighbour, no process left, the slot free again."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from tunesmith.core.jobs import Finished, Limits, Lost, Noticed, Output, Report
from tunesmith.core.protocols import Verdict
from tunesmith.executors import Processes
from tunesmith.testing.executor_runs import Record, begin, carry, listen, until_ended

MIB = 1 << 20


def finish(task, channel, value=1.0, **usage):
    channel.send(Finished(handle=task.handle, reason="returned", values=(value,), usage=usage))


def fine(task, channel):
    finish(task, channel)


def by_exit(task, channel):
    os._exit(3)


def by_exit_zero(task, channel):
    os._exit(0)


def by_segfault(task, channel):
    ctypes.string_at(0)


def by_sigkill(task, channel):
    os.kill(os.getpid(), signal.SIGKILL)


def by_abort(task, channel):
    os.abort()


def by_system_exit(task, channel):
    sys.exit("enough")


def by_memory_error(task, channel):
    raise MemoryError("planted")


def by_recursion(task, channel):
    by_recursion(task, channel)


@pytest.mark.parametrize(
    ("target", "code", "words"),
    [
        (by_exit, 3, "exit code 3"),
        (by_exit_zero, 0, "exit code 0"),
        (by_segfault, -11, "killed by signal 11 (SIGSEGV)"),
        (by_sigkill, -9, "killed by signal 9 (SIGKILL)"),
        (by_abort, -6, "killed by signal 6 (SIGABRT)"),
    ],
)
def test_a_crash_is_named_by_code_or_signal(run, executor, target, code, words) -> None:
    messages = run(target)
    last = messages[-1]
    assert isinstance(last, Lost)
    assert last.reason == "crashed"
    assert words in last.message
    assert last.usage["exit"] == code
    assert last.usage["seconds"] >= 0
    assert not psutil.pid_exists(last.usage["pid"])
    assert isinstance(run(fine)[-1], Finished)


def test_the_stack_of_a_segfault_is_in_the_output(run) -> None:
    text = "".join(message.text for message in run(by_segfault) if isinstance(message, Output))
    assert "Segmentation fault" in text
    assert "by_segfault" in text


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (by_system_exit, "SystemExit: enough"),
        (by_memory_error, "MemoryError: planted"),
        (by_recursion, "RecursionError: maximum recursion"),
    ],
)
def test_what_escapes_a_target_is_a_loss_and_the_child_lives_on(run, target, words) -> None:
    before = run(fine)[-1].usage["pid"]
    last = run(target)[-1]
    assert isinstance(last, Lost)
    assert last.reason == "crashed"
    assert words in last.message
    assert "Traceback" in last.usage["traceback"]
    assert run(fine)[-1].usage["pid"] == before


def test_a_child_that_met_a_memory_error_is_replaced(run) -> None:
    def out_of_memory(task, channel):
        channel.send(Finished(handle=task.handle, reason="memory", message="planted"))

    before = run(fine)[-1].usage["pid"]
    assert run(out_of_memory)[-1].reason == "memory"
    assert run(fine)[-1].usage["pid"] != before


def test_a_run_beyond_its_time_is_killed_with_its_children(executor, make_job, tmp_path) -> None:
    def forever(task, channel):
        inner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        apart = subprocess.Popen(["sleep", "600"], start_new_session=True)
        channel.send(Noticed(handle=task.handle, key="pids", value=[inner.pid, apart.pid, os.getpid()]))
        while True:
            pass

    one = make_job(forever, limits=Limits(seconds=0.5))
    messages = carry(executor, [one])[one.task.handle]
    last = messages[-1]
    assert isinstance(last, Lost)
    assert last.reason == "timeout"
    assert "0.5 s" in last.message
    assert last.usage["seconds"] >= 0.5
    assert_gone(messages[0].value)


def assert_gone(pids: list[int]) -> None:
    """Wait for the kernel to have done what it was told; a zombie that nobody reaps counts as gone."""
    until = time.monotonic() + 20
    while alive := [pid for pid in pids if is_alive(pid)]:
        assert time.monotonic() < until, f"still alive: {alive}"
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.slow
def test_the_clock_starts_when_the_target_is_called(make_job) -> None:
    """Loading what the target needs is slow here, and is not counted."""

    class Slow:
        def __reduce__(self):
            return (time.sleep, (1.0,))

    def closure(slow):
        return lambda task, channel: finish(task, channel, float(slow is None))

    executor = Processes(1)
    one = make_job(closure(Slow()), limits=Limits(seconds=0.8))
    assert carry(executor, [one])[one.task.handle][-1].values == (1.0,)
    executor.shutdown()


def test_memory_is_that_of_the_whole_tree(run) -> None:
    grower = "held = b'1' * (300 << 20)\nimport time\ntime.sleep(600)"

    def delegate(task, channel):
        subprocess.run([sys.executable, "-c", grower], check=False)

    last = run(delegate, limits=Limits(memory=250 * MIB))[-1]
    assert isinstance(last, Lost)
    assert last.reason == "memory"
    assert "250 MiB" in last.message
    assert last.usage["max_rss"] > 250 * MIB


@pytest.mark.slow
def test_shared_pages_count_once(run) -> None:
    """Three forks share 150 MiB: their resident sizes add up to far more than the limit, and the run is fine."""

    def share(task, channel):
        held = b"1" * (150 * MIB)
        children = []
        for _ in range(3):
            child = os.fork()
            if child == 0:
                time.sleep(0.5)
                os._exit(0)
            children.append(child)
        for child in children:
            os.waitpid(child, 0)
        finish(task, channel, float(len(held)))

    last = run(share, limits=Limits(memory=350 * MIB))[-1]
    assert isinstance(last, Finished), last


@pytest.mark.slow
def test_a_child_that_keeps_much_of_the_allowance_is_replaced(run) -> None:
    def hoard(task, channel):
        sys.hoard = b"1" * (120 * MIB)
        finish(task, channel)

    limits = Limits(memory=200 * MIB)
    first = run(hoard, limits=limits)[-1]
    assert isinstance(first, Finished)
    assert run(fine)[-1].usage["pid"] != first.usage["pid"]


def test_a_thread_left_over_does_no_harm(run) -> None:
    def leave(task, channel):
        threading.Thread(target=time.sleep, args=(0.5,)).start()
        finish(task, channel)

    first = run(leave)[-1]
    assert isinstance(first, Finished)
    assert isinstance(run(fine)[-1], Finished)


def test_a_process_left_behind_is_ended_and_said(run) -> None:
    def leave(task, channel):
        child = subprocess.Popen(["sh", "-c", "sleep 600 & wait"])
        deadline = time.monotonic() + 10
        while not psutil.Process(child.pid).children() and time.monotonic() < deadline:
            time.sleep(0.01)
        pids = [child.pid, *(inner.pid for inner in psutil.Process(child.pid).children())]
        finish(task, channel, pids=pids)

    messages = run(leave)
    last = messages[-1]
    assert isinstance(last, Finished)
    assert len(last.usage["pids"]) == 2
    assert_gone(last.usage["pids"])
    text = "".join(message.text for message in messages if isinstance(message, Output))
    assert "left behind" in text
    assert "sleep 600" in text
    assert run(fine)[-1].usage["pid"] == last.usage["pid"], "the child itself is fine"


def test_a_daemon_is_ended_at_shutdown(make_job) -> None:
    """A process that was orphaned on purpose, in a session of its own, is found by its mark."""

    def leave(task, channel):
        script = "import os\nif os.fork(): os._exit(0)\nos.setsid()\nprint(os.getpid(), flush=True)\nos.close(1)\n"
        script += "import time\ntime.sleep(600)"
        done = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, check=True)
        finish(task, channel, daemon=int(done.stdout))

    executor = Processes(1)
    one = make_job(leave)
    daemon = carry(executor, [one])[one.task.handle][-1].usage["daemon"]
    assert is_alive(daemon)
    executor.shutdown()
    assert_gone([daemon])


@pytest.mark.slow
def test_a_neighbour_finishes_whatever_happens(executor, make_job) -> None:
    def patient(task, channel):
        step = 0
        while True:
            channel.send(Report(handle=task.handle, step=step, metrics={}))
            if channel.verdict() is Verdict.STOP:
                return finish(task, channel, float(os.getpid()))
            step += 1

    crashes = [make_job(target) for target in (by_exit, by_segfault, by_sigkill)]
    crashes.append(make_job(lambda task, channel: time.sleep(600), limits=Limits(seconds=0.2)))
    neighbour = make_job(patient)
    record = Record(lambda _report: Verdict.STOP if record.has_ended(crashes[-1].task.handle) else Verdict.GO_ON)
    begin(executor, neighbour, record)
    for crash in crashes:
        begin(executor, crash, record)
        until_ended(executor, record, crash.task.handle)
        assert isinstance(record.heard[crash.task.handle][-1], Lost)
        assert not record.has_ended(neighbour.task.handle)
    until_ended(executor, record, neighbour.task.handle)
    assert isinstance(record.heard[neighbour.task.handle][-1], Finished)


def test_a_result_that_came_before_the_kill_stands(executor, make_job, tmp_path) -> None:
    mark = tmp_path / "done"

    def quick(task, channel):
        finish(task, channel, 4.0)
        Path(task.config["mark"]).touch()

    one = make_job(quick, mark=str(mark))
    executor.start(one)
    while not mark.exists():
        time.sleep(0.005)
    executor.kill(one.task.handle)
    record = Record(lambda _report: None)
    listen(executor, record, 5.0)
    assert [type(m) for m in record.heard[one.task.handle]] == [Finished]


def test_a_run_that_closes_its_wire_is_lost(run, monkeypatch) -> None:
    monkeypatch.setattr("tunesmith.executors.processes._GOING", 0.1)

    def close_all(task, channel):
        os.closerange(3, 256)
        time.sleep(600)

    last = run(close_all)[-1]
    assert isinstance(last, Lost)
    assert "closed the socket" in last.message


@pytest.mark.slow
def test_fresh_children_serve_one_run_each(make_job) -> None:
    executor = Processes(1, fresh=True)
    jobs = [make_job(fine) for _ in range(3)]
    heard = carry(executor, jobs)
    executor.shutdown()
    assert len({messages[-1].usage["pid"] for messages in heard.values()}) == 3


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="counts descriptors in /proc")
def test_crashes_and_shutdown_leak_no_descriptor_and_no_zombie(make_job) -> None:
    def descriptors():
        return len(list(Path("/proc/self/fd").iterdir()))

    before = descriptors()
    executor = Processes(1)
    carry(executor, [make_job(fine)])
    steady = descriptors()
    for target in (by_exit, by_sigkill):
        carry(executor, [make_job(target)])
        carry(executor, [make_job(fine)])
        assert descriptors() == steady
        zombies = [p for p in psutil.Process().children() if p.status() == psutil.STATUS_ZOMBIE]
        assert not zombies
    executor.shutdown()
    assert descriptors() == before

"""Each means of ending processes works alone, so that one may fail: the family, the mark, the guard, the kernel."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tunesmith.core.jobs import Finished
from tunesmith.errors import InvalidArgumentError
from tunesmith.executors import guard as guard_file
from tunesmith.executors.guard import MARK, carries, is_mark
from tunesmith.executors.supervised import new_mark
from tunesmith.executors.tree import descendants, end_marked, end_tree, marked, memory
from tunesmith.testing.executor_runs import Record, listen

FIXED = "00112233445566aa."  # for looking at only; what is ended carries marks of this very process
OURS, OTHER, NOBODY = (f"{secrets.token_hex(8)}." for _ in range(3))

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

FAMILY = """
import subprocess, sys, time
inner = subprocess.Popen([sys.executable, "-c", "import time; print(flush=True); time.sleep(600)"],
                         stdout=subprocess.PIPE, start_new_session=True)
inner.stdout.readline()
print(inner.pid, flush=True)
time.sleep(600)
"""


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def assert_gone(*pids: int) -> None:
    until = time.monotonic() + 20
    while alive := [pid for pid in pids if is_alive(pid)]:
        assert time.monotonic() < until, f"still alive: {alive}"
        time.sleep(0.01)


@pytest.fixture
def family(request) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process that leads a group, and its child in another session; the parameter ends their mark."""
    environment = {**os.environ, **({MARK: OURS + request.param} if request.param else {})}
    head = subprocess.Popen(
        [sys.executable, "-c", FAMILY], stdout=subprocess.PIPE, text=True, start_new_session=True, env=environment
    )
    inner = int(head.stdout.readline())
    yield head, inner
    for pid in (head.pid, inner):
        if is_alive(pid):
            os.kill(pid, signal.SIGKILL)
    head.stdout.close()
    head.wait()


@pytest.mark.parametrize("family", [""], indirect=True)
def test_a_family_is_found_and_ended_without_a_mark(family) -> None:
    head, inner = family
    assert descendants(head.pid) == [inner]
    assert memory([head.pid, inner], 1 << 40) > memory([inner], 1 << 40) > 1 << 20
    end_tree(head.pid, NOBODY)
    assert_gone(head.pid, inner)


@pytest.mark.parametrize("family", ["1."], indirect=True)
def test_marks_find_processes_by_their_beginning(family) -> None:
    head, inner = family
    assert set(marked(OURS + "1.")) == set(marked(OURS)) == {head.pid, inner}
    assert marked(OURS + "11.") == marked(OTHER) == []
    end_marked(OURS + "11.")
    assert is_alive(head.pid)
    os.kill(head.pid, signal.SIGKILL)  # an orphan keeps its mark
    head.wait(timeout=30)
    assert marked(OURS + "1.") == [inner]
    end_marked(OURS + "1.")
    assert_gone(head.pid, inner)


def test_marks_inside_a_child_begin_with_its_own(monkeypatch) -> None:
    monkeypatch.setenv(MARK, OURS + "3.")
    assert new_mark().startswith(OURS + "3.")
    assert new_mark() != new_mark()
    monkeypatch.delenv(MARK)
    assert new_mark().count(".") == 1
    monkeypatch.setenv(MARK, "something else")
    assert is_mark(new_mark())
    assert new_mark().count(".") == 1


@pytest.mark.parametrize(
    "text", ["", ".", "1.", "X=y", "yes", "abc.", FIXED[1:], FIXED[:-1], "x" + FIXED, FIXED + "x."]
)
def test_what_could_be_met_by_chance_is_no_mark(text) -> None:
    """Whatever carries the mark is killed, so nothing but our own kind of mark is ever looked for."""
    assert not is_mark(text)
    with pytest.raises(InvalidArgumentError, match="mark must come from new_mark"):
        marked(text)


def test_a_mark_counts_only_at_the_beginning_of_our_own_variable() -> None:
    mine = f"{MARK}={OURS}4."
    assert carries(mine.encode(), OURS)
    assert carries(f"A=b\0{mine}\0C=d".encode(), OURS)
    for other in (f"OLD_{mine}", f"NOTE={mine}", f"NOTE={OURS}4.", f"{MARK}=x{OURS}", f"A={MARK}\0B={OURS}", ""):
        assert not carries(other.encode(), OURS)


def start_guard(mark: str) -> subprocess.Popen[bytes]:
    path = guard_file.__file__
    command = [sys.executable, "-I", "-S", path, mark, str(os.getpid())]
    return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)


@pytest.mark.parametrize("family", [""], indirect=True)
def test_the_guard_ends_the_groups_on_its_last_list(family) -> None:
    head, inner = family
    with start_guard(NOBODY) as guard:
        guard.stdin.write(b"999999999\n%d" % head.pid)
        guard.stdin.flush()
        guard.stdin.write(b"\n")
        guard.stdin.close()
        assert guard.wait(timeout=60) == 0
    assert_gone(head.pid)
    assert is_alive(inner), "in another session, and without a mark"


@pytest.mark.parametrize("family", ["2."], indirect=True)
def test_the_guard_ends_all_with_the_mark(family) -> None:
    head, inner = family
    with start_guard(OURS) as guard:
        guard.stdin.write(b"\n")
        guard.stdin.close()
        assert guard.wait(timeout=60) == 0
    assert_gone(head.pid, inner)


@pytest.mark.parametrize("family", ["3."], indirect=True)
def test_an_orderly_end_leaves_the_guard_nothing_to_do(family) -> None:
    head, inner = family
    with start_guard(OTHER) as guard:
        guard.stdin.write(b"%d\n\n" % head.pid)
        guard.stdin.close()
        assert guard.wait(timeout=60) == 0
    assert is_alive(head.pid)
    assert is_alive(inner)


def test_the_kernel_ends_children_when_the_guard_is_gone_too(tmp_path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import time\n"
        "from tunesmith.core.jobs import Job, Task\n"
        "from tunesmith.executors import Processes\n"
        "executor = Processes(1)\n"
        "def target(task, channel):\n    print('begun')\n    time.sleep(600)\n"
        "executor.start(Job(task=Task(handle='0/1', trial=0, run=1, config={}), target=target))\n"
        "executor.receive(60)\nprint(flush=True)\ntime.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE) as parent:
        parent.stdout.readline()
        guard, child = sorted(psutil.Process(parent.pid).children(), key=lambda p: "guard" not in " ".join(p.cmdline()))
        assert "guard.py" in " ".join(guard.cmdline())
        guard.kill()
        parent.kill()
        assert_gone(child.pid)


def test_a_run_can_print_much_while_its_parent_thinks(executor, make_job, tmp_path) -> None:
    mark = tmp_path / "printed"

    def talk(task, channel):
        print("x" * 500_000)
        Path(task.config["mark"]).touch()
        channel.send(Finished(handle=task.handle, reason="returned", values=(1.0,)))

    one = make_job(talk, mark=str(mark))
    executor.start(one)
    until = time.monotonic() + 60
    while not mark.exists():  # nobody receives
        assert time.monotonic() < until
        time.sleep(0.01)
    record = Record(lambda _report: None)
    while not record.has_ended(one.task.handle):
        listen(executor, record, 1.0)


BORN = """
import subprocess
from tunesmith.executors.tree import end_leftovers
for _ in range(20):
    child = subprocess.Popen(["sleep", "600"])
    found = end_leftovers()
    assert [line.split()[0] for line in found] == [str(child.pid)], found
ended = subprocess.Popen(["true"], stdout=subprocess.PIPE)
ended.stdout.read()
assert end_leftovers() == []
"""


def test_a_process_that_was_left_behind_as_soon_as_it_began_is_named_and_ended() -> None:
    subprocess.run([sys.executable, "-c", BORN], check=True)

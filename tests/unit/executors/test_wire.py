"""What passes between a child and its parent survives what objectives do to streams, forks, signals and threads."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tunesmith.core.jobs import Finished, Lost, Output, Report
from tunesmith.core.protocols import Verdict
from tunesmith.errors import InvalidArgumentError
from tunesmith.executors import Processes
from tunesmith.executors.frames import FrameReader, Kind, pack
from tunesmith.executors.supervised import TAIL, Tail, said_by_exit
from tunesmith.testing.executor_runs import carry


def finish(task, channel, message=""):
    channel.send(Finished(handle=task.handle, reason="returned", values=(1.0,), message=message))


def text_of(messages) -> str:
    return "".join(message.text for message in messages if isinstance(message, Output))


def test_everything_printed_comes_before_the_end(run) -> None:
    def talk(task, channel):
        print("from python")
        print("to stderr", file=sys.stderr)
        os.write(1, b"from the descriptor\n")
        import ctypes

        ctypes.CDLL(None).puts(b"from C")
        subprocess.run(["echo", "from a child"], check=True)
        print("Übergröße 学習率", end="")
        finish(task, channel)

    messages = run(talk)
    text = text_of(messages)
    for words in ("from python", "to stderr", "from the descriptor", "from C", "from a child", "Übergröße 学習率"):
        assert words in text
    assert isinstance(messages[-1], Finished)


def test_ten_megabytes_of_output_neither_block_nor_pile_up(run) -> None:
    def shout(task, channel):
        line = "x" * 99
        for _ in range(100_000):
            print(line)
        print("the end")
        finish(task, channel)

    messages = run(shout)
    assert isinstance(messages[-1], Finished)
    pieces = [message.text for message in messages if isinstance(message, Output)]
    assert pieces[-1].endswith("the end\n")
    assert max(map(len, pieces)) <= TAIL + 100
    assert sum(map(len, pieces)) < 10_000_000


def test_what_was_printed_before_a_crash_is_kept(run) -> None:
    def crash(task, channel):
        print("last words")
        os._exit(1)

    messages = run(crash)
    assert "last words" in text_of(messages)
    assert isinstance(messages[-1], Lost)


def test_a_silent_run_has_no_output(run) -> None:
    assert [type(m) for m in run(finish)] == [Finished]


def test_the_tail_keeps_the_end_and_whole_characters() -> None:
    tail = Tail()
    tail.feed("ü".encode()[:1])
    assert tail.take(last=False) == ""
    tail.feed("ü".encode()[1:])
    assert tail.take(last=False) == "ü"
    tail.feed(b"a" * TAIL + b"the end")
    text = tail.take(last=True)
    assert text.startswith("[... 7 bytes left out ...]\n")
    assert text.endswith("athe end")
    assert tail.take(last=True) == ""


def test_streams_are_whole_again_in_the_next_run(make_job) -> None:
    def vandal(task, channel):
        os.close(1)
        os.close(2)
        sys.stdout.close()
        sys.stderr = io.StringIO()
        finish(task, channel)

    def redirect(task, channel):
        contextlib.redirect_stdout(io.StringIO()).__enter__()
        os.chdir("/")
        finish(task, channel)

    def speak(task, channel):
        print("heard", Path.cwd())
        print("heard, too", file=sys.stderr)
        finish(task, channel)

    executor = Processes(1)
    for damage in (vandal, redirect):
        hurt, after = make_job(damage), make_job(speak)
        assert isinstance(carry(executor, [hurt])[hurt.task.handle][-1], Finished)
        text = text_of(carry(executor, [after])[after.task.handle])
        assert f"heard {Path.cwd()}" in text
        assert "heard, too" in text
    executor.shutdown()


def test_a_fork_can_neither_report_nor_go_on_in_our_place(run) -> None:
    def fork(task, channel):
        child = os.fork()
        if child == 0:
            channel.send(Report(handle=task.handle, step=0, metrics={}))  # raises, and falls out of the target
        _, status = os.waitpid(child, 0)
        finish(task, channel, message=str(os.waitstatus_to_exitcode(status)))

    messages = run(fork)
    assert [type(m) for m in messages if not isinstance(m, Output)] == [Finished]
    assert messages[-1].message == "1"


def test_a_fork_may_print(run) -> None:
    def fork(task, channel):
        child = os.fork()
        if child == 0:
            os.write(1, b"from the fork")
            os._exit(0)
        os.waitpid(child, 0)
        finish(task, channel)

    assert "from the fork" in text_of(run(fork))


def test_signal_handlers_that_raise_cut_no_frame(run) -> None:
    """A timer interrupts reports of 200 kB, more than the socket holds, hundreds of times."""

    def harassed(task, channel):
        class Rang(Exception):  # noqa: N818
            pass

        def ring(number, frame):
            raise Rang

        signal.signal(signal.SIGALRM, ring)
        rung = 0
        name = "n" * 200_000
        for step in range(300):
            signal.setitimer(signal.ITIMER_REAL, 0.0005)
            try:
                channel.send(Report(handle=task.handle, step=step, metrics={name: 1.0}))
                while True:
                    time.sleep(0.01)
            except Rang:
                rung += 1
        finish(task, channel, message=str(rung))

    messages = run(harassed)
    last = messages[-1]
    assert isinstance(last, Finished), last
    assert last.message == "300"
    steps = [m.step for m in messages if isinstance(m, Report)]
    assert steps == sorted(set(steps))


def test_an_alarm_does_not_ring_in_the_next_run(run) -> None:
    def wind_up(task, channel):
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        finish(task, channel)

    def wait(task, channel):
        time.sleep(0.3)
        finish(task, channel)

    first = run(wind_up)[-1]
    last = run(wait)[-1]
    assert isinstance(last, Finished)
    assert first.usage["pid"] == last.usage["pid"]


def test_several_threads_may_report(run) -> None:
    def crowd(task, channel):
        def talk(part):
            for step in range(50):
                channel.send(Report(handle=task.handle, step=part * 50 + step, metrics={"m" * 1000: 1.0}))
                channel.verdict()

        threads = [threading.Thread(target=talk, args=(part,)) for part in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        finish(task, channel)

    messages = run(crowd)
    assert sorted(m.step for m in messages if isinstance(m, Report)) == list(range(200))
    assert isinstance(messages[-1], Finished)


def test_many_unread_answers_block_nobody(executor, make_job) -> None:
    """The parent answers 20,000 reports of a child that reads no answer before the end."""

    def chatter(task, channel):
        for step in range(20_000):
            channel.send(Report(handle=task.handle, step=step, metrics={}))
        finish(task, channel, message=channel.verdict().value)

    one = make_job(chatter)
    last = carry(executor, [one], lambda r: Verdict.STOP if r.step == 19_999 else Verdict.GO_ON)[one.task.handle][-1]
    assert last.message == "stop"


def test_a_child_looks_like_its_parent(run) -> None:
    def look(task, channel):
        facts = {"path": sys.path, "argv": sys.argv, "cwd": str(Path.cwd()), "stdin": sys.stdin.read()}
        channel.send(Finished(handle=task.handle, reason="returned", usage=facts))

    usage = run(look)[-1].usage
    assert usage["path"] == sys.path
    assert usage["argv"] == sys.argv
    assert usage["cwd"] == str(Path.cwd())
    assert usage["stdin"] == ""


def test_usage_is_measured_in_the_child(run) -> None:
    def work(task, channel):
        held = b"1" * (100 << 20)
        until = time.process_time() + 0.05
        while time.process_time() < until:
            pass
        finish(task, channel, message=str(len(held)))

    heavy, light = run(work)[-1].usage, run(finish)[-1].usage
    assert heavy["pid"] == light["pid"] != os.getpid()
    assert heavy["cpu"] >= 0.05 > light["cpu"]
    assert heavy["max_rss"] > 100 << 20
    if sys.platform == "linux":
        assert light["max_rss"] < heavy["max_rss"] - (50 << 20), "the peak belongs to the run, not to the child"


def test_frames_come_whole_however_they_are_cut() -> None:
    stream = pack(Kind.MESSAGE, b"abc") + pack(Kind.BEGUN) + pack(Kind.ANSWER, b"x" * 1000)
    for size in (1, 2, 7, 100, len(stream)):
        reader, found = FrameReader(), []
        for start in range(0, len(stream), size):
            reader.feed(stream[start : start + size])
            while (frame := reader.take()) is not None:
                found.append(frame)
        assert found == [(Kind.MESSAGE, b"abc"), (Kind.BEGUN, b""), (Kind.ANSWER, b"x" * 1000)]


def test_what_is_no_frame_is_an_error() -> None:
    reader = FrameReader()
    reader.feed(b"\0" * 8 + b"\xff")
    with pytest.raises(ValueError, match="255"):
        reader.take()


def test_a_child_that_garbles_the_wire_is_ended(run) -> None:
    def garble(task, channel):
        for number in range(3, 64):
            with contextlib.suppress(OSError):
                if Path(f"/proc/self/fd/{number}").readlink().name.startswith("socket:"):
                    os.write(number, b"\xff" * 64)
        time.sleep(600)

    last = run(garble)[-1]
    assert isinstance(last, Lost)
    assert last.reason == "crashed"
    assert "used by somebody else" in last.message


@pytest.mark.parametrize("slots", [0, -1, 1.5, "2"])
def test_slots_are_checked(slots) -> None:
    with pytest.raises(InvalidArgumentError, match="slots"):
        Processes(slots)


def test_a_full_executor_and_a_closed_one_refuse(make_job) -> None:
    executor = Processes(1)
    executor.start(make_job(lambda task, channel: time.sleep(600)))
    with pytest.raises(InvalidArgumentError, match="all 1 are taken"):
        executor.start(make_job(finish))
    executor.shutdown()
    with pytest.raises(InvalidArgumentError, match="after shutdown"):
        executor.start(make_job(finish))


def test_exit_codes_in_words() -> None:
    assert said_by_exit(3) == "exit code 3"
    assert said_by_exit(-11) == "killed by signal 11 (SIGSEGV)"
    assert said_by_exit(-200) == "killed by signal 200 (unknown)"
    assert "memory runs out" in said_by_exit(-9)

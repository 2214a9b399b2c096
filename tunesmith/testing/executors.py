"""The laws that every executor keeps, as functions that raise AssertionError; no test framework is needed.

A law takes a `Subject`: how to make a new executor with so many slots, and what this kind can do beyond carrying. An
executor that cannot take verdicts, kill, or shield runs from each other has to say so, and the laws check that it does.

Example:
    >>> from tunesmith.executors.threads import Threads
    >>> subject = Subject(Threads, kills=False, isolates=False)
    >>> for law in ALL_EXECUTOR_LAWS:
    ...     law(subject)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeAlias

import psutil

from tunesmith.core.jobs import (
    Finished,
    Job,
    Limits,
    Lost,
    Noticed,
    Report,
    Task,
)
from tunesmith.core.protocols import Verdict
from tunesmith.errors import InvalidArgumentError
from tunesmith.testing.executor_runs import Record, Subject, begin, carry, job, listen, said, until_ended, value_of
from tunesmith.testing.executor_targets import behave

__all__ = ["ALL_EXECUTOR_LAWS", "ExecutorLaw", "Subject", "carry", "job"]

ExecutorLaw: TypeAlias = Callable[[Subject], None]


def _slots(subject: Subject, wanted: int) -> int:
    return min(subject.most, wanted)


# --- carrying --------------------------------------------------------------------------------------------------------


def law_every_run_ends_once(subject: Subject) -> None:
    """Many runs on few slots: each has its own value, one last message, and nothing behind it."""
    executor = subject.make(_slots(subject, 3))
    heard = carry(executor, [job(i, "square", x=float(i)) for i in range(40)])
    assert len(heard) == 40
    for handle, messages in heard.items():
        ends = [i for i, message in enumerate(messages) if isinstance(message, (Finished, Lost))]
        assert ends == [len(messages) - 1], f"{handle}: last messages at {ends} of {len(messages)}"
        assert value_of(messages) == float(handle.split("/")[0]) ** 2, f"{handle} has the value of another run"
    executor.shutdown()


def law_messages_keep_their_order(subject: Subject) -> None:
    """What a run sends arrives complete and in order."""
    executor = subject.make(_slots(subject, 2))
    heard = carry(executor, [job(i, "talk", count=100) for i in range(3)], answer=lambda _report: None)
    for handle, messages in heard.items():
        words = said(messages)[:-1]
        steps = [m.step if isinstance(m, Report) else m.value for m in words if isinstance(m, (Report, Noticed))]
        assert steps == [step for step in range(100) for _ in range(2)], f"{handle}: out of order"
        assert [type(m) for m in words] == [Report, Noticed] * 100
        assert all(m.handle == handle for m in words)
    executor.shutdown()


def law_the_task_arrives_whole(subject: Subject) -> None:
    """Config, attributes and a megabyte in either direction come over unchanged."""
    executor = subject.make(1)
    config = {"habit": "echo", "size": 1_000_000, "text": "Ü学\n'\"\\", "int": 2**63 - 1, "none": None, "yes": True}
    attrs = {"large": "y" * 1_000_000, "nested": {"list": [1, 2.5, [None]]}}
    task = Task(handle="7/2", trial=7, run=2, config=config, budget=0.1 + 0.2, seed=2**62, attrs=attrs)
    messages = said(carry(executor, [Job(task=task, target=behave)])["7/2"])
    assert isinstance(messages[0], Noticed)
    assert messages[0].value == "x" * 1_000_000
    last = messages[-1]
    assert isinstance(last, Finished)
    want = {"config": config, "attrs": attrs, "budget": 0.1 + 0.2, "seed": 2**62}
    assert {name: last.usage[name] for name in want} == want
    executor.shutdown()


def law_odd_numbers_survive(subject: Subject) -> None:
    """NaN, infinities and the smallest float arrive as they are."""
    executor = subject.make(1)
    report = said(carry(executor, [job(0, "odd-numbers")])["0/1"])[0]
    assert isinstance(report, Report)
    assert math.isnan(report.metrics["nan"])
    assert {k: v for k, v in report.metrics.items() if k != "nan"} == {
        "inf": math.inf,
        "-inf": -math.inf,
        "tiny": 5e-324,
    }
    executor.shutdown()


# --- verdicts --------------------------------------------------------------------------------------------------------


def law_reports_are_answered(subject: Subject) -> None:
    """Each question gets the answer to the last report before it; where no answers pass, GO_ON."""
    executor = subject.make(1)
    verdicts = [Verdict.GO_ON, Verdict.PAUSE, Verdict.GO_ON, Verdict.STOP, Verdict.GO_ON, Verdict.PAUSE]
    for number, burst in ((0, 1), (1, 3)):
        count = len(verdicts) // burst
        one = job(number, "ask", count=count, burst=burst)
        last = carry(executor, [one], answer=lambda report: verdicts[report.step])[f"{number}/1"][-1]
        assert isinstance(last, Finished), last
        expected = verdicts[burst - 1 :: burst] if subject.answers else [Verdict.GO_ON] * count
        assert last.message.split() == [verdict.value for verdict in expected]
    executor.shutdown()


def law_a_run_without_a_judge_does_not_wait(subject: Subject) -> None:
    """A task with `judged=False` hears GO_ON at once, with no answer given."""
    executor = subject.make(1)
    task = Task(handle="0/1", trial=0, run=1, config={"habit": "ask", "count": 3}, judged=False)
    last = carry(executor, [Job(task=task, target=behave)], answer=lambda _report: None)["0/1"][-1]
    assert isinstance(last, Finished)
    assert last.message == "go-on go-on go-on"
    executor.shutdown()


def law_a_waiting_run_holds_up_nobody(subject: Subject) -> None:
    """While one run waits for its verdict, others begin and end."""
    if _slots(subject, 2) < 2 or not subject.answers:
        return
    executor = subject.make(2)
    record = Record(lambda _report: None)
    begin(executor, job(0, "ask", count=1), record)
    while not record.heard.get("0/1"):
        listen(executor, record, 1.0)
    for number in range(1, 6):
        begin(executor, job(number, "square", x=1.0), record)
        until_ended(executor, record, f"{number}/1")
    assert not record.has_ended("0/1")
    executor.send("0/1", Verdict.STOP)
    until_ended(executor, record, "0/1")
    assert record.heard["0/1"][-1].message == "stop"  # type: ignore[union-attr]
    executor.shutdown()


def law_strange_handles_are_ignored(subject: Subject) -> None:
    """Verdicts and kills for runs that are unknown, or have ended, do nothing."""
    executor = subject.make(1)
    carry(executor, [job(0, "square")])
    for handle in ("0/1", "99/1"):
        answered, killed = executor.send(handle, Verdict.STOP), executor.kill(handle)
        assert answered is None or answered.why
        assert killed is None or killed.why
    assert not [m for m in executor.receive(0.0) if m.handle == "0/1"], "something came behind a last message"
    assert value_of(carry(executor, [job(1, "square", x=3.0)])["1/1"]) == 9.0
    executor.shutdown()


# --- bad ends --------------------------------------------------------------------------------------------------------


def law_an_escaped_exception_is_a_loss(subject: Subject) -> None:
    """A target that raises is lost with the exception's name and text, and the slot works again."""
    executor = subject.make(1)
    last = carry(executor, [job(0, "raise")])["0/1"][-1]
    assert isinstance(last, Lost)
    assert last.reason == "crashed"
    assert "ZeroDivisionError" in last.message
    assert "a planted mistake" in last.message
    assert value_of(carry(executor, [job(1, "square", x=2.0)])["1/1"]) == 4.0
    executor.shutdown()


def law_silence_is_a_loss(subject: Subject) -> None:
    """A target that returns without a last message gets one."""
    executor = subject.make(1)
    last = carry(executor, [job(0, "say-nothing")])["0/1"][-1]
    assert isinstance(last, Lost)
    assert last.reason == "crashed"
    assert last.message
    executor.shutdown()


def law_nothing_comes_behind_the_end(subject: Subject) -> None:
    """A thread that a run leaves behind cannot speak for it any more."""
    executor = subject.make(1)
    messages = said(carry(executor, [job(0, "late-thread")])["0/1"])
    more = carry(executor, [job(1, "square", x=1.0)])
    assert isinstance(messages[-1], Finished), f"behind the last message came {messages[-1]}"
    assert set(more) == {"1/1"}, f"messages of an ended run: {more.get('0/1')}"
    executor.shutdown()


def law_a_crash_takes_one_run(subject: Subject) -> None:
    """A process that exits loses its run with the code; a neighbour goes on, and the slot works again."""
    if not subject.isolates:
        return
    executor = subject.make(_slots(subject, 2))
    record = Record(lambda _report: Verdict.STOP if record.has_ended("0/1") else Verdict.GO_ON)
    begin(executor, job(0, "exit", code=3), record)
    if executor.slots > 1:
        begin(executor, job(1, "until-stopped", x=5.0), record)
    until_ended(executor, record, "0/1")
    lost = record.heard["0/1"][-1]
    assert isinstance(lost, Lost), lost
    assert (lost.reason, lost.usage["exit"]) == ("crashed", 3), lost
    assert "3" in lost.message
    if executor.slots > 1:
        until_ended(executor, record, "1/1")
        assert value_of(record.heard["1/1"]) == 25.0, "a neighbour's crash hurt a run"
    assert value_of(carry(executor, [job(2, "square", x=2.0)])["2/1"]) == 4.0
    executor.shutdown()


# --- force -----------------------------------------------------------------------------------------------------------


def law_a_run_is_killed_or_the_executor_says_why_not(subject: Subject) -> None:
    """`kill` gives `Lost` with the reason asked for and frees the slot; or it is refused in words, and the run ends."""
    executor = subject.make(1)
    record = Record(lambda _report: Verdict.STOP)
    begin(executor, job(0, "sleep" if subject.kills else "ask", seconds=600, count=1), record)
    while subject.kills and not record.heard.get("0/1"):
        listen(executor, record, 1.0)
    refused = executor.kill("0/1", "released")
    assert not (subject.kills and refused), f"kill was refused: {refused}"
    assert refused is None or refused.why
    until_ended(executor, record, "0/1")
    last = record.heard["0/1"][-1]
    if refused is None:
        assert isinstance(last, Lost)
        assert last.reason == "released"
    else:
        assert isinstance(last, Finished)
    assert value_of(carry(executor, [job(1, "square", x=2.0)])["1/1"]) == 4.0
    executor.shutdown()


def law_limits_are_enforced_or_refused(subject: Subject) -> None:
    """A run beyond its seconds or its memory is lost for that reason; who cannot enforce that refuses the job."""
    executor = subject.make(1)
    if subject.kills:
        slow = job(0, "sleep", Limits(seconds=0.2), seconds=600)
        large = job(1, "grow", Limits(memory=400 << 20))
        for one, reason in ((slow, "timeout"), (large, "memory")):
            last = carry(executor, [one])[one.task.handle][-1]
            assert isinstance(last, Lost), last
            assert last.reason == reason, last
            assert last.message
    else:
        for limits in (Limits(seconds=0.2), Limits(memory=400 << 20)):  # a short run: nobody hangs here
            _must_raise(InvalidArgumentError, partial(executor.start, job(0, "square", limits, x=1.0)))
    quick = job(2, "square", Limits(seconds=60.0, memory=2 << 30) if subject.kills else None, x=2.0)
    assert value_of(carry(executor, [quick])["2/1"]) == 4.0
    executor.shutdown()


def _must_raise(kind: type[Exception], call: Callable[[], object]) -> None:
    try:
        call()
    except kind:
        return
    raise AssertionError(f"{kind.__name__} was not raised: start took a job with limits, and this kind cannot kill")


def law_shutdown_leaves_nothing(subject: Subject) -> None:
    """Shutdown ends what runs, may be called twice, and leaves no process of its own behind."""
    before = _offspring()
    executor = subject.make(_slots(subject, 2))
    carry(executor, [job(i, "square") for i in range(4)])
    record = Record(lambda _report: None)
    if subject.kills:
        begin(executor, job(9, "sleep", seconds=600), record)
        while not record.heard:
            listen(executor, record, 1.0)
    executor.shutdown()
    executor.shutdown()
    if subject.isolates:
        left = {pid: name for pid, name in _offspring().items() if pid not in before}
        assert not left, f"processes left after shutdown: {left}"


def _offspring() -> Mapping[int, str]:
    found = {}
    for process in psutil.Process().children(recursive=True):
        try:
            found[process.pid] = " ".join(process.cmdline())[:80]
        except psutil.NoSuchProcess:
            continue
    return found


ALL_EXECUTOR_LAWS: tuple[ExecutorLaw, ...] = (
    law_every_run_ends_once,
    law_messages_keep_their_order,
    law_the_task_arrives_whole,
    law_odd_numbers_survive,
    law_reports_are_answered,
    law_a_run_without_a_judge_does_not_wait,
    law_a_waiting_run_holds_up_nobody,
    law_strange_handles_are_ignored,
    law_an_escaped_exception_is_a_loss,
    law_silence_is_a_loss,
    law_nothing_comes_behind_the_end,
    law_a_crash_takes_one_run,
    law_a_run_is_killed_or_the_executor_says_why_not,
    law_limits_are_enforced_or_refused,
    law_shutdown_leaves_nothing,
)

"""How the laws of executors carry runs: a subject, jobs with one habit each, and a loop that keeps what came.

The loop answers reports as a study would, whether messages come out of `receive` or are delivered on the spot.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, final

from tunesmith.core.jobs import Executor, Finished, Handle, Job, Limits, Lost, Message, Output, Report, Task
from tunesmith.core.protocols import Verdict
from tunesmith.testing.executor_targets import behave

__all__ = ["Answer", "Record", "Subject", "begin", "carry", "job", "listen", "said", "until_ended", "value_of"]

_PATIENCE = 60.0
Answer: TypeAlias = Callable[[Report], Verdict | None]


@final
@dataclass(frozen=True, slots=True)
class Subject:
    """An executor under test.

    Attributes:
        make: takes the number of slots, returns a new executor.
        most: slots it can have at most.
        answers: whether `send` reaches the run.
        kills: whether `kill` and limits end a run.
        isolates: whether a run may crash its process and hurt nobody.
    """

    make: Callable[[int], Executor]
    most: int = 3
    answers: bool = True
    kills: bool = True
    isolates: bool = True


@final
@dataclass(slots=True)
class Record:
    """All that came from some runs, by handle."""

    answer: Answer
    heard: dict[Handle, list[Message]] = field(default_factory=dict)

    def take(self, message: Message) -> Verdict | None:
        """Keep a message; the answer, when it is a report."""
        self.heard.setdefault(message.handle, []).append(message)
        return self.answer(message) if isinstance(message, Report) else None

    def has_ended(self, handle: Handle) -> bool:
        """Whether the run has had its last message."""
        return any(isinstance(message, (Finished, Lost)) for message in self.heard.get(handle, ()))


def job(number: int, habit: str, limits: Limits | None = None, **config: Any) -> Job:
    """Return a job for run 1 of a trial that does what `habit` names."""
    task = Task(handle=f"{number}/1", trial=number, run=1, config={"habit": habit, **config})
    return Job(task=task, target=behave, limits=limits or Limits())


def carry(
    executor: Executor, jobs: Sequence[Job], answer: Answer = lambda _report: Verdict.GO_ON
) -> dict[Handle, list[Message]]:
    """Carry all jobs, as many at a time as there are slots, answer reports, and return each run's messages.

    Args:
        executor: what carries them.
        jobs: with handles of their own.
        answer: the verdict on a report; None leaves it unanswered.
    """
    record = Record(answer)
    waiting = list(jobs)
    running: set[Handle] = set()
    until = time.monotonic() + _PATIENCE
    while waiting or running:
        while waiting and len(running) < executor.slots:
            running.add(begin(executor, waiting.pop(0), record))
        listen(executor, record, 1.0)
        running = {handle for handle in running if not record.has_ended(handle)}
        assert time.monotonic() < until, f"these runs never ended: {sorted(running)}"
    return record.heard


def begin(executor: Executor, one: Job, record: Record) -> Handle:
    """Start a job that delivers to the record, too, where the executor does that."""
    delivered = Job(one.task, one.target, one.limits, one.resources, record.take)
    handle = executor.start(delivered)
    assert handle == one.task.handle, f"start returned {handle!r} for {one.task.handle!r}"
    return handle


def listen(executor: Executor, record: Record, timeout: float) -> None:
    """Receive once, keep what came and answer reports."""
    for message in executor.receive(timeout):
        verdict = record.take(message)
        if verdict is not None:
            executor.send(message.handle, verdict)


def said(messages: Sequence[Message]) -> list[Message]:
    """Leave out what was printed, which comes when it comes."""
    return [message for message in messages if not isinstance(message, Output)]


def value_of(messages: Sequence[Message]) -> float:
    """Return the first value of a finished run."""
    last = messages[-1]
    assert isinstance(last, Finished), f"the run should have finished, and ended with {last}"
    assert last.values is not None
    return last.values[0]


def until_ended(executor: Executor, record: Record, handle: Handle) -> None:
    """Listen until a run has had its last message."""
    until = time.monotonic() + _PATIENCE
    while not record.has_ended(handle):
        assert time.monotonic() < until, f"run {handle} never ended"
        listen(executor, record, 1.0)

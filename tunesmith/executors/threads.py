"""The executor that carries runs in threads of this process: for objectives that wait, or that leave the GIL.

A thread cannot be ended from outside, so there are no limits here and `kill` is refused; a verdict reaches the
objective as everywhere.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from typing import final

from tunesmith.core.jobs import Finished, Handle, Job, Lost, Message, Refused, Report
from tunesmith.core.protocols import Verdict
from tunesmith.errors import InvalidArgumentError
from tunesmith.executors.endings import check_free, check_process, end_fork, escaped, over, refuse_limits, silent

__all__ = ["ThreadChannel", "Threads", "carry", "take_all"]

_BATCH = 1000


@final
class Threads:
    """Runs up to `slots` targets at a time, each in a thread; threads start when first needed and are used again.

    The objective, and all that it captures, is shared by all runs: nothing travels, nothing is copied.

    Args:
        slots: how many runs at a time, at least 1.

    Raises:
        InvalidArgumentError: `slots` is not a positive integer.
    """

    in_process = True

    def __init__(self, slots: int) -> None:
        if not isinstance(slots, int) or slots < 1:
            raise InvalidArgumentError(f"Threads needs slots >= 1, got slots={slots!r}")
        self.slots = slots
        self._jobs: SimpleQueue[tuple[Job, ThreadChannel] | None] = SimpleQueue()
        self._messages: SimpleQueue[Message] = SimpleQueue()
        self._open: dict[Handle, ThreadChannel] = {}
        self._threads: list[threading.Thread] = []
        self._closed = False

    def start(self, job: Job) -> Handle:
        """Hand the job to a free thread, or to a new one.

        Raises:
            InvalidArgumentError: no slot is free, or the job has limits or resources.
        """
        if self._closed:
            raise InvalidArgumentError(f"start({job.task.handle!r}) came after shutdown; make a new executor")
        check_free(job, len(self._open), self.slots)
        refuse_limits(job, "threads")
        channel = ThreadChannel(job.task.handle, self._messages, judged=job.task.judged)
        self._open[job.task.handle] = channel
        if len(self._open) > len(self._threads):
            name = f"tunesmith-slot-{len(self._threads)}"
            thread = threading.Thread(target=_serve, args=(self._jobs,), name=name, daemon=True)
            self._threads.append(thread)
            thread.start()
        self._jobs.put((job, channel))
        return job.task.handle

    def receive(self, timeout: float) -> Sequence[Message]:
        """Return what the runs have sent, waiting at most `timeout` seconds for the first message."""
        messages = take_all(self._messages, timeout)
        for message in messages:
            if type(message) is Finished or type(message) is Lost:
                self._open.pop(message.handle, None)
        return messages

    def send(self, handle: Handle, verdict: Verdict) -> Refused | None:
        """Answer the oldest unanswered report of a run."""
        channel = self._open.get(handle)
        if channel is not None:
            channel.answer(verdict)
        return None

    def kill(self, handle: Handle, reason: str = "killed") -> Refused | None:  # noqa: ARG002 - the seam's signature
        """Refuse: nothing ends a thread from outside."""
        if handle not in self._open:
            return None
        return Refused("a thread cannot be ended by force; use executor='processes', or prune at a report")

    def shutdown(self) -> None:
        """Answer all waiting runs with STOP, wait until every thread has come back, and drop what they still say."""
        self._closed = True
        for channel in self._open.values():
            channel.stop()
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()
        self._threads.clear()
        self._open.clear()


def take_all(queue: SimpleQueue[Message], timeout: float) -> list[Message]:
    """Return the messages of a queue (at most a thousand), waiting at most `timeout` seconds for the first."""
    messages: list[Message] = []
    try:
        messages.append(queue.get(timeout=timeout) if timeout > 0 else queue.get_nowait())
        while len(messages) < _BATCH:
            messages.append(queue.get_nowait())
    except Empty:
        pass
    return messages


def _serve(jobs: SimpleQueue[tuple[Job, ThreadChannel] | None]) -> None:
    while (item := jobs.get()) is not None:
        carry(*item)
        del item


def carry(job: Job, channel: ThreadChannel) -> None:
    """Call the target here and see that the run gets a last message."""
    process, last = os.getpid(), silent(job.task.handle)
    try:
        job.target(job.task, channel)
    except BaseException as error:
        last = escaped(job.task.handle, error)
    end_fork(process)
    channel.end(last)


@final
class ThreadChannel:
    """A run's end of the wire inside this process: one queue for messages, one for the answers.

    Args:
        handle: of the run.
        messages: where all runs put what they say.
        judged: whether anybody answers reports; without, every verdict is GO_ON at once.
    """

    def __init__(self, handle: Handle, messages: SimpleQueue[Message], *, judged: bool) -> None:
        self._handle = handle
        self._process = os.getpid()
        self._messages = messages
        self._judged = judged
        self._answers: SimpleQueue[Verdict] = SimpleQueue()
        self._lock = threading.RLock()
        self._waiting = threading.Lock()
        self._reports = 0
        self._answered = 0
        self._last = Verdict.GO_ON
        self._stopped = False
        self._over = False

    def send(self, message: Message) -> None:
        """Pass a message on."""
        check_process(self._handle, self._process)
        with self._lock:
            if self._over:
                raise over(self._handle)
            kind = type(message)
            if kind is Report and self._judged:
                self._reports += 1
            elif kind is Finished or kind is Lost:
                self._over = True
            self._messages.put(message)

    def verdict(self) -> Verdict:
        """Wait for the answers to all reports sent so far and return the last."""
        with self._waiting:
            while self._answered < self._reports and not self._stopped and not self._over:
                self._last = self._answers.get()
                self._answered += 1
            return Verdict.STOP if self._stopped or self._over else self._last

    def answer(self, verdict: Verdict) -> None:
        """Take the answer to the oldest unanswered report."""
        self._answers.put(verdict)

    def stop(self) -> None:
        """Answer STOP to this and all later questions."""
        self._stopped = True
        self._answers.put(Verdict.STOP)

    def end(self, last: Lost) -> None:
        """Give the run a last message if it has none."""
        with self._lock:
            if not self._over:
                self._over = True
                self._messages.put(last)

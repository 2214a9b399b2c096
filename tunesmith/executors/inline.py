"""The executor that carries a run on the caller's own stack: no process, no thread, a few microseconds.

The target runs inside `receive`. Each message goes straight to `job.deliver`, and what it returns for a report is the
verdict, so a breakpoint, a profiler and an interrupt work as in a plain loop.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import final

from tunesmith.core.jobs import Finished, Handle, Job, Lost, Message, Refused, Report
from tunesmith.core.protocols import Verdict
from tunesmith.errors import InvalidArgumentError
from tunesmith.executors.endings import check_free, check_process, end_fork, escaped, over, refuse_limits, silent

__all__ = ["Inline"]


@final
class Inline:
    """Runs one target at a time inside `receive`.

    With `job.deliver`, every message (the last one too) goes there and `receive` returns nothing; without it the
    messages come out of `receive` once the run has ended, and each report counts as answered with GO_ON.

    What the objective raises on purpose to end the program (KeyboardInterrupt, SystemExit) leaves `receive` as it is,
    and the run has no last message then; so does an error raised by `deliver` itself, even when the objective caught
    it on its way.

    Example:
        >>> from tunesmith.core.jobs import Finished, Job, Task
        >>> def target(task, channel):
        ...     channel.send(Finished(handle=task.handle, reason="returned", values=(task.config["x"] ** 2,)))
        >>> executor = Inline()
        >>> executor.start(Job(task=Task(handle="0/1", trial=0, run=1, config={"x": 3.0}), target=target))
        '0/1'
        >>> executor.receive(0.0)[-1].values
        (9.0,)
    """

    in_process = True
    __slots__ = ("_closed", "_job", "slots")

    def __init__(self) -> None:
        self.slots = 1
        self._job: Job | None = None
        self._closed = False

    def start(self, job: Job) -> Handle:
        """Keep the job; it runs in the next `receive`.

        Raises:
            InvalidArgumentError: a job is waiting already, or this one has limits or resources.
        """
        if self._closed:
            raise InvalidArgumentError(f"start({job.task.handle!r}) came after shutdown; make a new executor")
        check_free(job, int(self._job is not None), 1)
        refuse_limits(job, "inline")
        self._job = job
        return job.task.handle

    def receive(self, timeout: float) -> Sequence[Message]:
        """Run the job that was started, to its end; without one, wait as any executor would."""
        job, self._job = self._job, None
        if job is None:
            time.sleep(timeout)
            return ()
        channel, process, last = _InlineChannel(job), os.getpid(), None
        try:
            job.target(job.task, channel)
        except Exception as error:
            last = escaped(job.task.handle, error)
        end_fork(process)
        channel.end(last)
        return channel.kept

    def send(self, handle: Handle, verdict: Verdict) -> Refused | None:  # noqa: ARG002 - the seam's signature
        """Do nothing: what `job.deliver` returned was the answer, and a run whose messages came out has ended."""
        return None

    def kill(self, handle: Handle, reason: str = "killed") -> Refused | None:  # noqa: ARG002 - the seam's signature
        """Refuse: whoever calls this waits for the run on the same stack."""
        return Refused("a run on the caller's own stack cannot be ended by force; use executor='processes'")

    def shutdown(self) -> None:
        """Drop a job that has not run."""
        self._job = None
        self._closed = True


@final
class _InlineChannel:
    """Hands messages on at once, and remembers the verdict and any failure of the receiving side."""

    __slots__ = ("_deliver", "_failure", "_handle", "_over", "_process", "_verdict", "kept")

    def __init__(self, job: Job) -> None:
        self.kept: list[Message] = []
        self._deliver = job.deliver
        self._handle = job.task.handle
        self._verdict = Verdict.GO_ON
        self._failure: BaseException | None = None
        self._over = False
        self._process = os.getpid()

    def send(self, message: Message) -> None:
        check_process(self._handle, self._process)
        if self._failure is not None:
            return  # the receiving side is broken; `receive` says so when the target has come back
        if self._over:
            raise over(self._handle)
        kind = type(message)
        if kind is Finished or kind is Lost:
            self._over = True
        self._pass_on(message, kind is Report)

    def _pass_on(self, message: Message, is_report: bool) -> None:
        if self._deliver is None:
            self.kept.append(message)
            return
        try:
            answer = self._deliver(message)
        except BaseException as error:
            self._failure = error
            raise
        if is_report:
            self._verdict = Verdict.GO_ON if answer is None else answer

    def verdict(self) -> Verdict:
        return self._verdict

    def end(self, last: Lost | None) -> None:
        """Give the run a last message if it has none, and bring a failure of the receiving side to its caller."""
        if not self._over and self._failure is None:
            self._over = True
            self._pass_on(last or silent(self._handle), False)
        if self._failure is not None:
            raise self._failure

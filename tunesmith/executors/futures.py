"""The adapter for a plain `concurrent.futures.Executor` that somebody has already: it carries, and can do no more.

A thread pool passes messages on as they are sent. Any other pool (processes, a cluster's client) has no way back
before the result, so its messages come together with it. Neither takes verdicts or kills, and both say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import final

import cloudpickle
import msgspec

from tunesmith.core.jobs import Finished, Handle, Job, Lost, Message, Refused, Task, decode_message, encode_message
from tunesmith.core.protocols import Verdict
from tunesmith.errors import InvalidArgumentError
from tunesmith.executors.endings import check_free, escaped, over, refuse_limits, silent
from tunesmith.executors.threads import ThreadChannel, carry, take_all
from tunesmith.executors.travel import Luggage

__all__ = ["Futures"]

_NOT_BEGUN = "cancelled before it began"


@final
class Futures:
    """Carries runs on a pool of the user's own; every report counts as answered with GO_ON.

    Args:
        executor: the pool; it stays its owner's, so `shutdown` leaves it open.
        slots: how many runs at a time, at least 1; more than the pool has workers wait in the pool.

    Raises:
        InvalidArgumentError: `executor` is not a pool, or `slots` not a positive integer.
    """

    def __init__(self, executor: Executor, slots: int) -> None:
        if not isinstance(executor, Executor):
            raise InvalidArgumentError(f"Futures needs a concurrent.futures.Executor, got {executor!r}")
        if not isinstance(slots, int) or slots < 1:
            raise InvalidArgumentError(f"Futures needs slots >= 1, got slots={slots!r}")
        self.slots = slots
        self.in_process = isinstance(executor, ThreadPoolExecutor)
        self._executor = executor
        self._messages: SimpleQueue[Message] = SimpleQueue()
        self._open: dict[Handle, Future[None] | Future[list[bytes]]] = {}
        self._why: dict[Handle, str] = {}
        self._luggage = Luggage()
        self._closed = False

    def start(self, job: Job) -> Handle:
        """Submit the job to the pool.

        Raises:
            InvalidArgumentError: no slot is free, or the job has limits or resources.
            TransportError: the target cannot travel to the pool's processes.
        """
        handle = job.task.handle
        if self._closed:
            raise InvalidArgumentError(f"start({handle!r}) came after shutdown; make a new executor")
        check_free(job, len(self._open), self.slots)
        refuse_limits(job, "a plain concurrent.futures executor")
        if self.in_process:
            channel = ThreadChannel(handle, self._messages, judged=False)
            self._open[handle] = self._executor.submit(carry, job, channel)
            return handle
        parcel = self._luggage.pack(job.target)
        task = msgspec.msgpack.encode(job.task)
        try:
            future = self._executor.submit(carry_away, parcel.pickle, task)
        except RuntimeError as error:  # the pool is broken, or was shut down by its owner
            self._messages.put(Lost(handle=handle, reason="crashed", message=f"the pool takes no more runs: {error}"))
            return handle
        self._open[handle] = future
        future.add_done_callback(lambda done: self._bring_home(handle, done))
        return handle

    def _bring_home(self, handle: Handle, future: Future[list[bytes]]) -> None:
        try:
            messages = [decode_message(data) for data in future.result()]
        except CancelledError:
            messages = [Lost(handle=handle, reason=self._why.pop(handle, "killed"), message=_NOT_BEGUN)]
        except Exception as error:  # whatever the pool says when a worker of it is gone
            messages = [escaped(handle, error)]
        for message in messages:
            self._messages.put(message)

    def receive(self, timeout: float) -> Sequence[Message]:
        """Return what has come back, waiting at most `timeout` seconds for the first message."""
        messages = take_all(self._messages, timeout)
        for message in messages:
            if isinstance(message, (Finished, Lost)):
                self._open.pop(message.handle, None)
        return messages

    def send(self, handle: Handle, verdict: Verdict) -> Refused | None:  # noqa: ARG002 - the seam's signature
        """Refuse: there is no way back to a run."""
        return Refused("a plain concurrent.futures executor takes no verdicts, so nothing is pruned or paused on it")

    def kill(self, handle: Handle, reason: str = "killed") -> Refused | None:
        """End a run that has not begun yet; refuse for one that has."""
        future = self._open.get(handle)
        if future is None:
            return None
        self._why[handle] = reason
        if not future.cancel():
            del self._why[handle]
            return Refused("a run on a plain concurrent.futures executor cannot be ended once it has begun")
        if self.in_process:
            self._messages.put(Lost(handle=handle, reason=reason, message=_NOT_BEGUN))
        return None

    def shutdown(self) -> None:
        """Cancel what has not begun; the pool itself stays open, and what still runs in it is not listened to."""
        self._closed = True
        for future in self._open.values():
            future.cancel()
        self._open.clear()
        self._luggage.forget()


def carry_away(pickle: bytes, task: bytes) -> list[bytes]:
    """Carry a run in a worker of the pool, and return its messages."""
    order = msgspec.msgpack.decode(task, type=Task)
    channel = _CollectingChannel(order.handle)
    try:
        cloudpickle.loads(pickle)(order, channel)
    except Exception as error:
        channel.end(escaped(order.handle, error))
    else:
        channel.end(silent(order.handle))
    return channel.kept


@final
class _CollectingChannel:
    """Keeps messages, encoded, until the run has ended."""

    def __init__(self, handle: Handle) -> None:
        self.kept: list[bytes] = []
        self._handle = handle
        self._over = False

    def send(self, message: Message) -> None:
        if self._over:
            raise over(self._handle)
        self.kept.append(encode_message(message))
        self._over = isinstance(message, (Finished, Lost))

    def verdict(self) -> Verdict:
        return Verdict.GO_ON

    def end(self, last: Lost) -> None:
        if not self._over:
            self.send(last)

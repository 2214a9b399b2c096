"""The executor that carries each run in a child process: what happens to one run happens to no other.

One long-lived child a slot, each with a socket of its own. The parent owns time and memory limits and really enforces
them, on the whole process tree; a child that crashes, hangs or is killed takes its own run along and nothing else, and
its slot gets a new child with the next run.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import sys
import time
from collections.abc import Sequence
from typing import final

import msgspec

from tunesmith.core.jobs import Finished, Handle, Job, Lost, Message, Refused, decode_message
from tunesmith.core.protocols import Verdict
from tunesmith.errors import InvalidArgumentError, TransportError
from tunesmith.executors.devices import environment_of, visible_gpus
from tunesmith.executors.endings import check_free
from tunesmith.executors.frames import Kind, Unloadable
from tunesmith.executors.supervised import Guard, Run, SupervisedProcess, new_mark, said_by_exit
from tunesmith.executors.travel import Luggage
from tunesmith.executors.tree import end_marked
from tunesmith.executors.watch import LOOK, PASS_ON, find_breach, is_bloated, pause_of

__all__ = ["Processes"]

_GOING = 2.0  # seconds that an idle child may take to go by itself


@final
class Processes:
    """Runs up to `slots` targets at a time, each in a child process of its own.

    Children start when first needed and are used again; they load the pickled target once. They have our `sys.path`,
    `sys.argv`, environment and working folder, never import the main module, and die with this process, even by
    SIGKILL. What a run prints (also its own children, also C code) comes back as `Output`; a process that it leaves
    behind is ended. Call from one thread only. Linux and macOS; the guarantees about orphans are strongest on Linux.

    Args:
        slots: how many runs at a time, at least 1.
        fresh: start a new child for each run (about the time of `import tunesmith` more): for code that leaks, or
            leaves a GPU in disorder.
        gpus: ids of the devices to hand out for `resources={"gpu": ...}`; None for those visible to this process.

    Raises:
        InvalidArgumentError: `slots` is not a positive integer, or the system has no POSIX processes.

    Example:
        >>> from tunesmith.core.jobs import Finished, Job, Task
        >>> def target(task, channel):
        ...     channel.send(Finished(handle=task.handle, reason="returned", values=(task.config["x"] ** 2,)))
        >>> executor = Processes(2)
        >>> executor.start(Job(task=Task(handle="0/1", trial=0, run=1, config={"x": 3.0}), target=target))
        '0/1'
        >>> executor.receive(timeout=60.0)[-1].values
        (9.0,)
        >>> executor.shutdown()
    """

    in_process = False

    def __init__(self, slots: int, *, fresh: bool = False, gpus: Sequence[str | int] | None = None) -> None:
        if not isinstance(slots, int) or slots < 1:
            raise InvalidArgumentError(f"Processes needs slots >= 1, got slots={slots!r}")
        if sys.platform == "win32":
            raise InvalidArgumentError("Processes needs POSIX processes; on Windows use executor='threads'")
        self.slots = slots
        self._fresh = fresh
        self._gpus = None if gpus is None else tuple(map(str, gpus))
        self._children: list[SupervisedProcess | None] = [None] * slots
        self._open: dict[Handle, SupervisedProcess] = {}
        self._leaving: list[tuple[SupervisedProcess, float]] = []
        self._ready: list[Message] = []
        self._luggage = Luggage()
        self._selector = selectors.DefaultSelector()
        self._mark = new_mark()
        self._started = 0
        self._guard: Guard | None = None
        self._owner = os.getpid()
        self._closed = False

    def start(self, job: Job) -> Handle:
        """Give the job to a free child, or to a new one.

        Raises:
            InvalidArgumentError: no slot is free, or the resources are unknown or more than there is.
            TransportError: the target cannot travel (the message names what holds it back), or no child could start.
        """
        if self._closed:
            raise InvalidArgumentError(f"start({job.task.handle!r}) came after shutdown; make a new executor")
        check_free(job, len(self._open), self.slots)
        parcel = self._luggage.pack(job.target)
        child = self._child_for(job)
        child.give(job, parcel)
        self._open[job.task.handle] = child
        self._watch_outbox(child)
        return job.task.handle

    def receive(self, timeout: float) -> Sequence[Message]:
        """Return what the children have sent, enforce the limits, and wait at most `timeout` seconds for a message."""
        messages = self._ready  # stays ours until it is returned, so that an interrupt loses nothing
        end = time.monotonic() + (0.0 if messages else timeout)
        while True:
            for key, events in self._selector.select(self._pause(end)):
                child, what = key.data
                if not child.gone:
                    self._attend(child, what, events, messages)
            self._look_after(messages)
            if messages or time.monotonic() >= end:
                self._ready = []
                return messages

    def send(self, handle: Handle, verdict: Verdict) -> Refused | None:
        """Answer the oldest unanswered report of a run."""
        child = self._open.get(handle)
        if child is not None:
            child.post(Kind.ANSWER, verdict.value.encode())
            self._watch_outbox(child)
        return None

    def kill(self, handle: Handle, reason: str = "killed") -> Refused | None:
        """End a run by force, with every process that it started."""
        child = self._open.get(handle)
        if child is not None:
            self._end_by_force(child, reason, "ended on request", self._ready)
        return None

    def shutdown(self) -> None:
        """End all runs, let idle children go, and see that no process of ours is left."""
        if self._closed or os.getpid() != self._owner:
            return
        self._closed = True
        for child in list(filter(None, self._children)):
            self._dismiss(child)
        self._open.clear()
        while self._leaving:
            self._see_off()
            time.sleep(0.002 if self._leaving else 0.0)
        if self._guard is not None:
            end_marked(self._mark)
            self._guard.dismiss()
        self._selector.close()
        self._luggage.forget()

    # --- children ------------------------------------------------------------------------------------------------

    def _child_for(self, job: Job) -> SupervisedProcess:
        """Return a free child with the devices that the job needs; a dead or differently equipped one is replaced."""
        free = [slot for slot, child in enumerate(self._children) if child is None or child.run is None]
        slot = next((slot for slot in free if self._children[slot] is not None), free[0])
        if self._gpus is None and job.resources.get("gpu"):
            self._gpus = visible_gpus(os.environ)
        extra = environment_of(job.resources, slot, self.slots, self._gpus or (), os.environ)
        child = self._children[slot]
        if child is not None and child.extra == extra and child.mute_since is None and not child.has_ended():
            return child
        if child is not None:
            self._dismiss(child)
        return self._new_child(slot, extra)

    def _new_child(self, slot: int, extra: dict[str, str]) -> SupervisedProcess:
        if self._guard is None:
            self._guard = Guard(self._mark)
        child = SupervisedProcess(slot, f"{self._mark}{self._started}.", extra)
        self._started += 1
        self._children[slot] = child
        self._selector.register(child.socket, selectors.EVENT_READ, (child, "socket"))
        self._selector.register(child.output, selectors.EVENT_READ, (child, "output"))
        if child.exit_fd is not None:
            self._selector.register(child.exit_fd, selectors.EVENT_READ, (child, "exit"))
        self._tell_guard()
        return child

    def _tell_guard(self) -> None:
        if self._guard is not None:
            self._guard.tell([child.popen.pid for child in self._children if child is not None])

    def _forget(self, child: SupervisedProcess) -> None:
        """Take a child out of all lists and close our ends."""
        for item in (child.socket, child.output, child.exit_fd):
            if item is not None and item in self._selector.get_map():
                self._selector.unregister(item)
        child.close()
        self._children[child.slot] = None

    def _dismiss(self, child: SupervisedProcess) -> None:
        """Let an idle child go by itself, and end a busy one."""
        self._forget(child)
        patience = _GOING if child.run is None else 0.0
        self._leaving.append((child, time.monotonic() + patience))

    def _see_off(self) -> None:
        """Reap the children that have gone, and end those that don't go."""
        now = time.monotonic()
        staying = []
        for child, until in self._leaving:
            if child.has_ended() or now >= until:
                if child.end() is None:
                    staying.append((child, now))
            else:
                staying.append((child, until))
        if len(staying) < len(self._leaving):
            self._tell_guard()
        self._leaving = staying

    def _watch_outbox(self, child: SupervisedProcess) -> None:
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if child.waits_to_send else 0)
        if child.mute_since is None and self._selector.get_key(child.socket).events != events:
            self._selector.modify(child.socket, events, (child, "socket"))

    # --- what the children say -------------------------------------------------------------------------------------

    def _attend(self, child: SupervisedProcess, what: str, events: int, messages: list[Message]) -> None:
        if what == "output":
            child.listen()
        elif what == "exit":
            self._bury(child, messages)
        else:
            if events & selectors.EVENT_WRITE:
                child.push()
                self._watch_outbox(child)
            if events & selectors.EVENT_READ:
                self._hear(child, messages)

    def _hear(self, child: SupervisedProcess, messages: list[Message]) -> None:
        try:
            frames, still_open = child.frames()
            for kind, payload in frames:
                self._take(child, kind, payload, messages)
        except ValueError as error:
            why = f"the child's socket was used by somebody else: {error}"
            self._end_by_force(child, "crashed", why, messages, listen=False)
            return
        if not still_open and not child.gone and child.mute_since is None:
            child.mute_since = time.monotonic()
            self._selector.unregister(child.socket)

    def _take(self, child: SupervisedProcess, kind: Kind, payload: bytes, messages: list[Message]) -> None:
        run = child.run
        if run is None:
            return
        if kind is Kind.MESSAGE:
            message = decode_message(payload)
            if isinstance(message, (Finished, Lost)):
                self._close(child, run, message, messages)
            else:
                messages.append(message)
        elif kind is Kind.BEGUN:
            run.begun = time.monotonic()
        elif kind is Kind.UNLOADABLE:
            self._try_again(child, run, msgspec.msgpack.decode(payload, type=Unloadable), messages)

    def _try_again(self, child: SupervisedProcess, run: Run, error: Unloadable, messages: list[Message]) -> None:
        """Send the target once more with the module by value that the child could not import, if that is the matter."""
        self._luggage.take_along(error.missing)
        with contextlib.suppress(TransportError):
            parcel = self._luggage.pack(run.job.target)
            if parcel.digest != run.digest:
                child.give(run.job, parcel)
                self._watch_outbox(child)
                return
        text = (
            f"the objective could not be loaded in a child process: {error.why}. "
            "Way out: create what is named here inside the objective; or use executor='threads'"
        )
        self._close(child, run, Lost(handle=run.handle, reason="transport", message=text), messages)

    def _close(self, child: SupervisedProcess, run: Run, last: Finished | Lost, messages: list[Message]) -> None:
        """Pass on what was printed and then the last message; the child is free, or goes."""
        child.listen()
        messages += child.printed(last=True)
        messages.append(last)
        del self._open[run.handle]
        child.run = None
        if self._fresh or last.reason == "memory" or is_bloated(child, run):
            self._dismiss(child)

    def _bury(self, child: SupervisedProcess, messages: list[Message]) -> None:
        """Take the last words of a child that has ended; an open run is lost with it."""
        self._hear(child, messages)
        if child.gone:
            return
        code = child.end()
        run = child.run
        if run is not None:
            child.listen()
            messages += child.printed(last=True)
            usage = {**run.usage(), "exit": code, "pid": child.popen.pid}
            said = said_by_exit(code if code is not None else 0)
            messages.append(Lost(handle=run.handle, reason="crashed", message=said, usage=usage))
            del self._open[run.handle]
        self._forget(child)
        self._tell_guard()

    def _end_by_force(
        self, child: SupervisedProcess, reason: str, why: str, messages: list[Message], *, listen: bool = True
    ) -> None:
        """End a run that didn't end by itself; should its last message have come meanwhile, that one stands."""
        if listen:
            self._hear(child, messages)
        run = child.run
        if child.gone or run is None:
            return
        code = child.end()
        child.listen()
        messages += child.printed(last=True)
        usage = {**run.usage(), "exit": code, "pid": child.popen.pid}
        messages.append(Lost(handle=run.handle, reason=reason, message=why, usage=usage))
        del self._open[run.handle]
        self._forget(child)
        if code is None:
            self._leaving.append((child, time.monotonic()))
        self._tell_guard()

    # --- limits ----------------------------------------------------------------------------------------------------

    def _pause(self, end: float) -> float:
        """Return how long the selector may wait before somebody needs a look."""
        now = time.monotonic()
        pause = end - now
        for child in self._open.values():
            pause = min(pause, pause_of(child, now))
        if self._leaving:
            pause = min(pause, LOOK)
        return max(0.0, pause)

    def _look_after(self, messages: list[Message]) -> None:
        now = time.monotonic()
        for child in list(self._open.values()):
            if child.tail.since is not None and now >= child.tail.since + PASS_ON:
                messages += child.printed(last=False)
            if child.exit_fd is None and child.has_ended():
                self._bury(child, messages)
            elif child.mute_since is not None and now > child.mute_since + _GOING:
                self._end_by_force(child, "crashed", "the run closed the socket to its parent", messages)
            else:
                self._enforce(child, now, messages)
        if self._leaving:
            self._see_off()

    def _enforce(self, child: SupervisedProcess, now: float, messages: list[Message]) -> None:
        breach = find_breach(child, now)
        if breach is not None:
            self._end_by_force(child, breach.reason, breach.message, messages)

"""The entry point of a child process: it carries one run at a time until its parent hangs up.

It never imports the user's main module. What the objective needs comes with the pickled target, or from the same
`sys.path`. The wire to the parent is one socket; it is used by this process alone, so a fork that the objective made
can neither write to it nor go on in its place.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import select
import signal
import socket
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, final

import cloudpickle
import msgspec

from tunesmith.core.jobs import Finished, Handle, Lost, Message, Report, encode_message
from tunesmith.core.objective import writable
from tunesmith.core.protocols import Verdict
from tunesmith.executors.endings import check_process, end_fork, escaped, over, silent
from tunesmith.executors.frames import FrameReader, Kind, Order, Unloadable, Welcome, pack
from tunesmith.executors.meter import Meter
from tunesmith.executors.streams import Streams
from tunesmith.executors.travel import main_of
from tunesmith.executors.tree import end_leftovers

if TYPE_CHECKING:
    from tunesmith.core.jobs import Target

__all__ = ["main"]

_HELD_BACK = frozenset(
    {signal.SIGALRM, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2, signal.SIGVTALRM, signal.SIGHUP}
)
_KEPT_TARGETS = 2


def main(number: int, parent: int, *, tied: bool) -> None:
    """Serve the parent behind socket `number`.

    Args:
        number: the file descriptor of the socket.
        parent: the parent's process id.
        tied: whether the kernel shall end this process with the parent's thread that started it (Linux).
    """
    die_with(parent, tied=tied)
    faulthandler.enable()
    wire = Wire(socket.socket(fileno=number))
    station = Station(wire, Streams(), Meter(), Targets(), str(Path.cwd()))
    while (frame := wire.read()) is not None:
        kind, payload = frame
        if kind is Kind.WELCOME:
            sys.argv[:] = msgspec.msgpack.decode(payload, type=Welcome).argv
        elif kind is Kind.TARGET:
            station.targets.keep(payload[:16], memoryview(payload)[16:])
        elif kind is Kind.RUN:
            carry(msgspec.msgpack.decode(payload, type=Order), station)
        # An ANSWER that is met here is for a run that has ended.
    station.streams.flush()


def die_with(parent: int, *, tied: bool) -> None:
    """See to it that this process ends when its parent does, even by SIGKILL."""
    if tied and sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, int(signal.SIGKILL))  # 1: PR_SET_PDEATHSIG
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if os.getppid() != parent:
        hang_up()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    hang_up()


def hang_up() -> NoReturn:
    """End this process and its group at once: there is nobody left to speak to."""
    with contextlib.suppress(OSError):
        if os.getpgrp() == os.getpid():
            os.killpg(0, signal.SIGKILL)
    os._exit(1)


def carry(order: Order, station: Station) -> None:
    """Call the target, and see that the parent gets a last message."""
    handle, process = order.task.handle, os.getpid()
    wire = station.wire
    station.streams.restore()
    with contextlib.suppress(OSError):
        os.chdir(station.home)
    try:
        target = station.targets.load(order.digest)
    except BaseException as error:
        station.streams.flush()
        missing = (error.name or "") if isinstance(error, ModuleNotFoundError) else ""
        report = Unloadable(why=writable(f"{type(error).__name__}: {error}"), missing=missing)
        wire.write(Kind.UNLOADABLE, msgspec.msgpack.encode(report))
        return
    if order.announce:
        wire.write(Kind.BEGUN, b"")
    station.meter.begin()
    channel = PipeChannel(handle, station, judged=order.task.judged)
    try:
        target(order.task, channel)
    except BaseException as error:
        last = escaped(handle, error)
    else:
        last = silent(handle)
    end_fork(process)
    signal.setitimer(signal.ITIMER_REAL, 0)  # an alarm of this run must not ring in the next
    channel.end(last)


@final
class Targets:
    """The pickled targets that this child was sent, each loaded once, when it is first needed."""

    def __init__(self) -> None:
        self._pickles: dict[bytes, memoryview] = {}
        self._loaded: dict[bytes, Target] = {}

    def keep(self, digest: bytes, pickle: memoryview) -> None:
        """Take a target; only the last two are kept."""
        while len(self._pickles) >= _KEPT_TARGETS:
            oldest = next(iter(self._pickles))
            del self._pickles[oldest]
            self._loaded.pop(oldest, None)
        self._pickles[digest] = pickle

    def load(self, digest: bytes) -> Target:
        """Return the target, which imports what it needs the first time."""
        target = self._loaded.get(digest)
        if target is None:
            target = self._loaded[digest] = cloudpickle.loads(self._pickles[digest])
            self._pickles[digest] = memoryview(b"")  # it may be large, and has done its duty
            # The names of the user's script stand in our main module too, so that the objective can pickle its classes.
            vars(sys.modules["__main__"]).update(main_of(target))
        return target


@final
class Wire:
    """This process's end of the socket; only the process that made it may use it."""

    def __init__(self, sock: socket.socket) -> None:
        sock.set_inheritable(False)
        self._socket = sock
        self._reader = FrameReader()
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN)

    def write(self, kind: Kind, payload: bytes) -> None:
        """Send a frame whole: a signal handler that raises does so before or behind it, never in its midst."""
        frame = pack(kind, payload)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _HELD_BACK)
        try:
            self._socket.sendall(frame)
        except OSError:
            hang_up()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def read(self) -> tuple[Kind, bytes] | None:
        """Wait for the next frame; None when the parent has closed its end."""
        while (frame := self._reader.take()) is None:
            self._poll.poll()  # where a signal handler may raise and nothing is lost
            before = signal.pthread_sigmask(signal.SIG_BLOCK, _HELD_BACK)
            try:
                data = self._socket.recv(1 << 18)
                self._reader.feed(data)
            except ConnectionError:
                return None
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
            if not data:
                return None
        return frame


@final
@dataclass(frozen=True, slots=True)
class Station:
    """What a child has for all its runs: the wire, the streams, the meter, the targets, and its working folder."""

    wire: Wire
    streams: Streams
    meter: Meter
    targets: Targets
    home: str


@final
class PipeChannel:
    """A run's end of the wire: counts reports and answers, and refuses forks and late threads."""

    def __init__(self, handle: Handle, station: Station, *, judged: bool) -> None:
        self._handle = handle
        self._station = station
        self._judged = judged
        self._process = os.getpid()
        self._sending = threading.RLock()
        self._waiting = threading.Lock()
        self._reports = 0
        self._answers = 0
        self._last = Verdict.GO_ON
        self._over = False

    def send(self, message: Message) -> None:
        """Pass a message to the parent; the last one takes usage and everything printed so far along."""
        check_process(self._handle, self._process)
        with self._sending:
            if self._over:
                raise over(self._handle)
            last = isinstance(message, (Finished, Lost))
            if isinstance(message, (Finished, Lost)):
                message = self._settle(message)
            frame = encode_message(message)  # raises for what cannot travel: then nothing was said
            self._over = last
            if type(message) is Report and self._judged:
                self._reports += 1
            self._station.wire.write(Kind.MESSAGE, frame)

    def verdict(self) -> Verdict:
        """Wait for the answers to all reports sent so far and return the last."""
        check_process(self._handle, self._process)
        with self._waiting:
            while self._answers < self._reports and not self._over:
                frame = self._station.wire.read()
                if frame is None:
                    hang_up()
                if frame[0] is Kind.ANSWER:
                    self._answers += 1
                    self._last = Verdict(frame[1].decode())
            return Verdict.STOP if self._over else self._last

    def end(self, last: Lost) -> None:
        """Give the run a last message if it has none."""
        if not self._over:
            self.send(last)

    def _settle(self, message: Finished | Lost) -> Finished | Lost:
        for line in end_leftovers():
            self._station.streams.say(f"[tunesmith] a process was left behind and has been ended: {line}")
        self._station.streams.flush()
        usage: dict[str, Any] = {**message.usage, **self._station.meter.read()}
        return msgspec.structs.replace(message, usage=usage)

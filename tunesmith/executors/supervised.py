"""One child process as its parent sees it: started, written to, listened to, and ended for good.

What to do and when is decided in `processes`; this is the handle for one process: its socket, the pipe behind its
standard output and error, its exit, and what is known about the run that it carries.
"""

from __future__ import annotations

import codecs
import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any, final

import msgspec

from tunesmith.core.jobs import Job, Output
from tunesmith.errors import TransportError
from tunesmith.executors.frames import FrameReader, Kind, Order, Welcome, head_of, pack
from tunesmith.executors.guard import MARK, is_mark
from tunesmith.executors.travel import Parcel
from tunesmith.executors.tree import end_tree

__all__ = ["Guard", "Run", "SupervisedProcess", "Tail", "new_mark", "said_by_exit"]

TAIL = 65_536
_KEPT_TARGETS = 2
_SMALL = 65_536  # bytes that are copied rather than sent in parts
_CHUNK = 1 << 18
_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from tunesmith.executors.child import main; "
    "main(int(sys.argv[2]), int(sys.argv[3]), tied=sys.argv[4] == 'tied')"
)


def new_mark() -> str:
    """Return a mark for an executor's children; inside a child of another executor it begins with that child's."""
    outer = os.environ.get(MARK, "")
    return f"{outer if is_mark(outer) else ''}{secrets.token_hex(8)}."


def said_by_exit(code: int) -> str:
    """Return what an exit code says to a person.

    >>> said_by_exit(-11)
    'killed by signal 11 (SIGSEGV)'
    """
    if code >= 0:
        return f"exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = "unknown"
    hint = "; the system does that when memory runs out" if name == "SIGKILL" else ""
    return f"killed by signal {-code} ({name}){hint}"


@final
class Run:
    """The run that a child carries.

    Attributes:
        job: what was given to the child.
        digest: under which its target was sent.
        handle: of the job's task.
        limits: of the job.
        started: when it was given to the child, on the monotonic clock.
        begun: when the target was called, None while that is not known.
        peak: most memory seen so far by the parent, in bytes.
    """

    __slots__ = ("begun", "digest", "handle", "job", "limits", "peak", "started")

    def __init__(self, job: Job, digest: bytes) -> None:
        self.job = job
        self.digest = digest
        self.handle = job.task.handle
        self.limits = job.limits
        self.started = time.monotonic()
        self.begun: float | None = None
        self.peak = 0

    def usage(self) -> dict[str, Any]:
        """Return what the parent could measure."""
        figures: dict[str, Any] = {"seconds": time.monotonic() - (self.begun or self.started)}
        return {**figures, "max_rss": self.peak} if self.peak else figures


@final
class Tail:
    """The end of what a run has printed and the parent has not yet passed on, at most 64 KiB."""

    __slots__ = ("_bytes", "_decoder", "_left_out", "since")

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._left_out = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self.since: float | None = None

    def feed(self, data: bytes) -> None:
        """Take what was printed; the oldest goes when there is too much."""
        if self.since is None:
            self.since = time.monotonic()
        self._bytes += data
        surplus = len(self._bytes) - TAIL
        if surplus > 0:
            del self._bytes[:surplus]
            self._left_out += surplus

    def take(self, *, last: bool) -> str:
        """Return the text and forget it; the half of a character waits for its other half unless this is the last."""
        text = self._decoder.decode(bytes(self._bytes), final=last)
        if self._left_out:
            text = f"[... {self._left_out} bytes left out ...]\n{text}"
        self._bytes.clear()
        self._left_out, self.since = 0, None
        return text


@final
class SupervisedProcess:
    """A child process of ours.

    Args:
        slot: the slot it belongs to.
        mark: what its descendants are known by.
        extra: variables of its environment above ours.

    Raises:
        TransportError: the process could not be started.
    """

    def __init__(self, slot: int, mark: str, extra: Mapping[str, str]) -> None:
        self.slot = slot
        self.mark = mark
        self.extra = extra
        self.run: Run | None = None
        self.tail = Tail()
        self.gone = False
        self.mute_since: float | None = None
        self.looked_at = 0.0
        self._reader = FrameReader()
        self._outbox: deque[memoryview] = deque()
        self._sent: list[bytes] = []
        self.socket, self.output, self.popen = _spawn({**os.environ, **extra, MARK: mark})
        self.exit_fd = _exit_descriptor(self.popen.pid)
        welcome = Welcome(argv=list(sys.argv))
        self.post(Kind.WELCOME, msgspec.msgpack.encode(welcome))

    def give(self, job: Job, parcel: Parcel) -> None:
        """Give it a run to carry, and the target if it doesn't have it."""
        if parcel.digest not in self._sent:
            if len(self._sent) >= _KEPT_TARGETS:  # as the child does
                del self._sent[0]
            self._sent.append(parcel.digest)
            self.post(Kind.TARGET, parcel.digest, parcel.pickle)
        self.run = Run(job, parcel.digest)
        order = Order(task=job.task, digest=parcel.digest, announce=job.limits.seconds is not None)
        self.post(Kind.RUN, msgspec.msgpack.encode(order))

    def post(self, kind: Kind, *payload: bytes) -> None:
        """Send a frame without waiting; what the socket doesn't take now stays in the outbox, uncopied."""
        small = sum(map(len, payload)) < _SMALL
        parts = (pack(kind, b"".join(payload)),) if small else (head_of(kind, *payload), *payload)
        self._outbox.extend(memoryview(part) for part in parts)
        self.push()

    def push(self) -> None:
        """Send from the outbox as much as the socket takes."""
        outbox = self._outbox
        try:
            while outbox:
                count = self.socket.send(outbox[0])
                if count < len(outbox[0]):
                    outbox[0] = outbox[0][count:]
                else:
                    outbox.popleft()
        except BlockingIOError:
            return
        except OSError:
            outbox.clear()  # nobody reads any more; the exit will be seen

    @property
    def waits_to_send(self) -> bool:
        """Whether the outbox holds something."""
        return bool(self._outbox)

    def frames(self) -> tuple[list[tuple[Kind, bytes]], bool]:
        """Return the frames that have come, and whether the socket is still open.

        Raises:
            ValueError: what came is not a frame.
        """
        still_open = True
        try:
            while data := self.socket.recv(_CHUNK):
                self._reader.feed(data)
                if len(data) < _CHUNK // 2:
                    break
            else:
                still_open = False
        except BlockingIOError:
            pass
        except OSError:
            still_open = False
        frames = []
        while (frame := self._reader.take()) is not None:
            frames.append(frame)
        return frames, still_open

    def listen(self, most: int = 4 * _CHUNK) -> None:
        """Move what was printed into the tail, at most about `most` bytes of it."""
        try:
            while most > 0 and (data := os.read(self.output, _CHUNK)):
                self.tail.feed(data)
                most -= len(data)
        except OSError:
            return

    def printed(self, *, last: bool) -> list[Output]:
        """Return the tail as a message, none when nothing was printed or no run is open."""
        text = self.tail.take(last=last)
        return [Output(handle=self.run.handle, text=text)] if text and self.run is not None else []

    def has_ended(self) -> bool:
        """Look whether the process has ended, without reaping it."""
        if self.popen.returncode is not None:
            return True
        if not hasattr(os, "waitid"):  # macOS before Python 3.13
            return self.popen.poll() is not None
        try:
            return os.waitid(os.P_PID, self.popen.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:
            return True

    def end(self) -> int | None:
        """End the process with all that it started; return its exit code, None when it doesn't end within a second."""
        if self.popen.returncode is None:
            end_tree(self.popen.pid, self.mark)
        try:
            return self.popen.wait(timeout=1.0)
        except subprocess.TimeoutExpired:
            return None

    def close(self) -> None:
        """Close our ends; an idle child sees that and goes by itself."""
        self.gone = True
        self.socket.close()
        for number in (self.output, self.exit_fd):
            if number is not None:
                with contextlib.suppress(OSError):
                    os.close(number)


def _spawn(environment: dict[str, str]) -> tuple[socket.socket, int, subprocess.Popen[bytes]]:
    if not sys.executable:
        raise TransportError("a child process needs a Python interpreter, and sys.executable is empty here")
    ours, theirs = socket.socketpair()
    output, printing = os.pipe()
    tied = sys.platform == "linux" and threading.current_thread() is threading.main_thread()
    command = [sys.executable, *_flags(), "-c", _BOOT, json.dumps(sys.path), str(theirs.fileno()), str(os.getpid())]
    try:
        popen = subprocess.Popen(
            [*command, "tied" if tied else "free"],
            stdin=subprocess.DEVNULL,
            stdout=printing,
            stderr=printing,
            pass_fds=(theirs.fileno(),),
            start_new_session=True,
            env=environment,
        )
    except OSError as error:
        ours.close()
        os.close(output)
        raise TransportError(f"a child process could not be started: {error}") from error
    finally:
        theirs.close()
        os.close(printing)
    ours.setblocking(False)
    os.set_blocking(output, False)
    _widen(output)
    return ours, output, popen


def _widen(pipe: int) -> None:
    """Let a pipe hold a megabyte (Linux), so that a run can go on printing while its parent thinks."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 1 << 20)


def _flags() -> list[str]:
    """Return the options of our own interpreter that a child needs to behave alike."""
    flags = [f"-W{option}" for option in sys.warnoptions]
    flags += [f"-X{name}" if value is True else f"-X{name}={value}" for name, value in sys._xoptions.items()]  # noqa: SLF001
    flags += ["-" + "O" * sys.flags.optimize] if sys.flags.optimize else []
    return flags + (["-B"] if sys.dont_write_bytecode else [])


def _exit_descriptor(pid: int) -> int | None:
    """Return a descriptor that becomes readable when the process ends (Linux), None where there is no such thing."""
    if not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(pid)
    except OSError:
        return None


@final
class Guard:
    """The parent's string to the guard process; started with the first child, told of all of them."""

    def __init__(self, mark: str) -> None:
        path = Path(__file__).with_name("guard.py")
        self._popen = subprocess.Popen(
            [sys.executable, "-I", "-S", str(path), mark, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )

    def tell(self, pids: list[int]) -> None:
        """Give it the list of the children that are alive."""
        if self._popen.stdin is not None:
            with contextlib.suppress(OSError):
                self._popen.stdin.write(" ".join(map(str, pids)).encode() + b"\n")
                self._popen.stdin.flush()

    def dismiss(self) -> None:
        """Let it go, once no child is left."""
        if self._popen.stdin is not None:
            with contextlib.suppress(OSError):
                self._popen.stdin.close()
        self._popen.wait()

"""The seam of executors: a job to carry, the messages it sends back, and the protocol itself.

An executor carries; it never decides and never touches a store. A *target* is a callable made by the study; the
executor calls `target(task, channel)` wherever it likes (this thread, another one, a child process, another host) and
passes messages from the channel to `receive`, in order for each run. Messages and tasks are plain data, so they cross
any wire without pickle.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol, TypeAlias, final

import msgspec

from tunesmith.core.protocols import Verdict

__all__ = [
    "Channel",
    "Discovered",
    "Executor",
    "Finished",
    "Handle",
    "Job",
    "Limits",
    "Lost",
    "Message",
    "Noticed",
    "Output",
    "Refused",
    "Report",
    "Saved",
    "Task",
    "decode_message",
    "encode_message",
]

Handle: TypeAlias = str


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What the objective's side needs to know about its run; plain data.

    Attributes:
        handle: names the run, `"17/1"` for run 1 of trial 17.
        config: parameter values as the log keeps them.
        budget: how much it may spend, None for all.
        study_seed: seed of the study, for names met by define-by-run.
        seed: what training should be seeded with.
        folder: where its checkpoints lie, None when the study has no artifacts folder.
        artifacts: name -> record of what earlier runs (or the parent) saved.
        attrs: user attributes so far.
        judged: whether anybody answers reports; without, `should_prune()` is False at once.
        last_step: the last step that an earlier run of this trial reported.
        space: the space as data, where it was edited after the objective's side came to know it.
        known: name -> fingerprint of its domain, for names of the config that define-by-run has met.
    """

    handle: str
    trial: int
    run: int
    config: dict[str, Any]
    budget: float | None = None
    study_seed: int = 0
    seed: int = 0
    replicate: int = 0
    folder: str | None = None
    artifacts: dict[str, dict[str, Any]] = {}
    attrs: dict[str, Any] = {}
    judged: bool = True
    last_step: int | None = None
    space: dict[str, Any] | None = None
    known: dict[str, str] = {}


class Report(msgspec.Struct, frozen=True, tag="report", kw_only=True):
    """Metrics at a step; answered by one verdict (`Executor.send`)."""

    handle: str
    step: int
    metrics: dict[str, float]


class Discovered(msgspec.Struct, frozen=True, tag="discovered", kw_only=True):
    """A name met by define-by-run: its domain as data, and the value drawn for it in the child."""

    handle: str
    name: str
    domain: dict[str, Any]
    value: Any


class Noticed(msgspec.Struct, frozen=True, tag="noticed", kw_only=True):
    """A user attribute set by the objective."""

    handle: str
    key: str
    value: Any


class Saved(msgspec.Struct, frozen=True, tag="saved", kw_only=True):
    """An artifact was written by the objective."""

    handle: str
    name: str
    size: int
    sha256: str


class Output(msgspec.Struct, frozen=True, tag="output", kw_only=True):
    """Text that the run printed."""

    handle: str
    text: str


class Finished(msgspec.Struct, frozen=True, tag="finished", kw_only=True):
    """The objective came to its end, well or badly.

    Attributes:
        reason: `returned`, `pruned` (TrialPruned was raised), `exception`, `nan`, `not-a-number`, ...
        values: in the user's direction, None without a usable result.
        metrics: further named numbers.
        message: one sentence; `traceback`: of the exception, `kinds`: names of its classes, its own first.
        drawn: values drawn in the child (new names, or outside the range asked for).
        dropped: proposed names that nobody asked for.
        doubts: name -> sentence of a declared name that was asked for in another range.
    """

    handle: str
    reason: str
    values: tuple[float, ...] | None = None
    metrics: dict[str, float] = {}
    message: str = ""
    traceback: str = ""
    kinds: tuple[str, ...] = ()
    drawn: dict[str, Any] = {}
    dropped: tuple[str, ...] = ()
    usage: dict[str, Any] = {}
    doubts: dict[str, str] = {}


class Lost(msgspec.Struct, frozen=True, tag="lost", kw_only=True):
    """The run ended without a word of its own.

    Attributes:
        reason: `crashed` (exit code or signal), `timeout`, `memory`, `killed` (by us, on request), `transport`.
        message: one sentence.
        usage: exit code, seconds, peak memory: what could be measured.
    """

    handle: str
    reason: str
    message: str = ""
    usage: dict[str, Any] = {}


Message: TypeAlias = Report | Discovered | Noticed | Saved | Output | Finished | Lost

_ENCODER = msgspec.msgpack.Encoder()
_DECODER: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)


def encode_message(message: Message) -> bytes:
    """Return the message as msgpack; NaN and infinities survive."""
    return _ENCODER.encode(message)


def decode_message(data: bytes) -> Message:
    """Return the message that `encode_message` wrote."""
    return _DECODER.decode(data)


class Channel(Protocol):
    """The objective's end of the wire."""

    def send(self, message: Message) -> None:
        """Pass a message to the parent; doesn't wait."""
        ...

    def verdict(self) -> Verdict:
        """Wait for the answers to all reports sent so far and return the last."""
        ...


Target: TypeAlias = Callable[[Task, Channel], None]


@final
@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may use before it is killed: wall seconds and bytes of memory (its whole process tree)."""

    seconds: float | None = None
    memory: int | None = None


@final
@dataclass(frozen=True, slots=True)
class Job:
    """One run to carry.

    Attributes:
        task: the data of the run.
        target: called as `target(task, channel)`; the same object for all jobs of one `optimize`.
        limits: enforced by executors that can kill.
        resources: what one slot needs, such as {"gpu": 1}.
        deliver: an executor that runs the target on the caller's own stack hands each message to this at once, and
            gets the verdict on a report back; all others leave it alone and queue messages for `receive`.
    """

    task: Task
    target: Target
    limits: Limits = field(default_factory=Limits)
    resources: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    deliver: Callable[[Message], Verdict | None] | None = None


@final
@dataclass(frozen=True, slots=True)
class Refused:
    """An executor's word that it cannot do what was asked, and why."""

    why: str


class Executor(Protocol):
    """Carries runs on `slots` places; never decides, never touches a store.

    `in_process` says that the objective shares the caller's interpreter, so that leases cannot be renewed meanwhile.
    """

    @property
    def slots(self) -> int:
        """How many runs it carries at a time."""
        ...

    @property
    def in_process(self) -> bool:
        """Whether the objective runs in the caller's own process."""
        ...

    def start(self, job: Job) -> Handle:
        """Start a run and return `job.task.handle`; the caller never starts more than `slots` at a time."""
        ...

    def receive(self, timeout: float) -> Sequence[Message]:
        """Return messages, in order for each run, waiting at most `timeout` seconds for the first.

        The last message of a run is `Finished` or `Lost`; nothing of that run comes behind it.
        """
        ...

    def send(self, handle: Handle, verdict: Verdict) -> Refused | None:
        """Answer the oldest unanswered report of a run; unknown or ended runs are ignored."""
        ...

    def kill(self, handle: Handle, reason: str = "killed") -> Refused | None:
        """End a run by force; its last message is `Lost` with this reason."""
        ...

    def shutdown(self) -> None:
        """End all runs and give back all resources; the executor is not used again."""
        ...

"""The events of a study's log: frozen, typed, versioned JSON values, and nothing else.

A study is the fold of these. An event may carry keys, unique within its study; an append whose key stands already is
refused as a whole, which is how scarce places (a number, a run, the end of a run, a promotion) are handed out.

The life of a trial in events: `Claimed` (a worker takes a ticket before it thinks) - `Proposed` (the ticket becomes run
r of trial t) - `Reported` ... - `Closed`; or `Passed`, when the ticket comes to nothing.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

__all__ = [
    "Claimed",
    "Closed",
    "Created",
    "Event",
    "Noted",
    "Passed",
    "Proposed",
    "Queued",
    "Reported",
    "Requested",
    "Session",
    "SpaceChanged",
    "Stamped",
    "decode",
    "encode",
]

Json: TypeAlias = dict[str, Any]
Number: TypeAlias = float | str  # "nan", "inf", "-inf" stand for what JSON cannot write


class Created(msgspec.Struct, frozen=True, tag="created", tag_field="kind", omit_defaults=True, kw_only=True):
    """The study begins: what is searched, and what is better."""

    space: Json
    directions: tuple[str, ...]
    metrics: tuple[str, ...]
    constraints: dict[str, str] = {}
    seed: int
    discover: bool = False
    max_attempts: int = 3
    past: tuple[Json, ...] = ()
    sampler: Json = {}
    pruner: Json = {}
    limits: Json = {}
    record: Json = {}
    format: int = 1

    @property
    def keys(self) -> tuple[str, ...]:
        """A study is created once."""
        return ("created",)


class Session(msgspec.Struct, frozen=True, tag="session", tag_field="kind", omit_defaults=True, kw_only=True):
    """One call of `optimize` (or the first `ask` of a program) with its settings and its surroundings as data."""

    worker: str
    limits: Json = {}
    lag: int | None = None
    sampler: Json = {}
    pruner: Json = {}
    executor: Json = {}
    record: Json = {}

    @property
    def keys(self) -> tuple[str, ...]:
        """Sessions compete with nobody."""
        return ()


class SpaceChanged(msgspec.Struct, frozen=True, tag="space", tag_field="kind", omit_defaults=True, kw_only=True):
    """The space was edited by a person, or met a new name in define-by-run; the whole new space is kept.

    `met` is what the trial asked for, as the data of a space of one name. Under a lag it is written down for each trial
    that asks for a name which its decision did not know, though the space stays as it is.
    """

    version: int
    space: Json
    why: str
    trial: int | None = None
    met: Json = {}

    @property
    def keys(self) -> tuple[str, ...]:
        """Two edits of one version conflict, and the later one is made again on top."""
        return (f"space/{self.version}",)


class Queued(msgspec.Struct, frozen=True, tag="queued", tag_field="kind", omit_defaults=True, kw_only=True):
    """Somebody asks for a trial of a config, whole or in part (the sampler fills the rest)."""

    trial: int
    config: Json
    replicate: int = 0
    attrs: Json = {}
    whole: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """The trial's number."""
        return (f"trial/{self.trial}",)


class Claimed(msgspec.Struct, frozen=True, tag="claimed", tag_field="kind", omit_defaults=True, kw_only=True):
    """A worker takes a ticket; its place among all tickets is the number of its decision."""

    worker: str
    session: int = 0

    @property
    def keys(self) -> tuple[str, ...]:
        """A ticket is never refused, so workers do not race for it."""
        return ()


class Passed(msgspec.Struct, frozen=True, tag="passed", tag_field="kind", omit_defaults=True, kw_only=True):
    """A ticket came to nothing: there was nothing to do, or its holder is gone.

    `decided` is what sampler and pruner had to say (`wait`, `finish`) on the log up to `seen`; empty when they were not
    asked, because of a stop rule, an error, or the end of their worker.
    """

    ticket: int
    why: str
    decided: str = ""
    seen: int = 0

    @property
    def keys(self) -> tuple[str, ...]:
        """A ticket is settled once."""
        return (f"ticket/{self.ticket}",)


class Proposed(msgspec.Struct, frozen=True, tag="proposed", tag_field="kind", omit_defaults=True, kw_only=True):
    """A run is opened: the config, the budget, who proposed it and why, and how much of the log that mind had seen.

    `ticket` is the position of the `Claimed` event, None for a trial that came from outside (`add_trial`).
    """

    ticket: int | None
    trial: int
    run: int
    config: Json
    worker: str = ""
    budget: float | None = None
    by: str = ""
    reasons: Json = {}
    memo: Json | None = None
    seen: int = 0
    replicate: int = 0
    parent: int | None = None
    attrs: Json = {}
    seconds: float = 0.0
    queued: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """The settling of its ticket, the trial's number when it is new, and the run."""
        keys = [f"trial/{self.trial}/run/{self.run}"]
        if self.run == 1 and not self.queued:
            keys.append(f"trial/{self.trial}")
        if self.ticket is not None:
            keys.append(f"ticket/{self.ticket}")
        return tuple(keys)


class Reported(msgspec.Struct, frozen=True, tag="reported", tag_field="kind", omit_defaults=True, kw_only=True):
    """Points of a learning curve: (step, metrics) pairs of one run."""

    trial: int
    run: int
    points: tuple[tuple[int, dict[str, Number]], ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """Reports compete with nobody; those behind a closing are ignored."""
        return ()


class Closed(msgspec.Struct, frozen=True, tag="closed", tag_field="kind", omit_defaults=True, kw_only=True):
    """A run ends, for whatever reason, exactly once; `state` is what the trial is from here on."""

    trial: int
    run: int
    state: str
    reason: str
    values: tuple[float, ...] | None = None
    metrics: dict[str, Number] = {}
    message: str = ""
    traceback: str = ""
    drawn: Json = {}
    dropped: tuple[str, ...] = ()
    output: str = ""
    seconds: float = 0.0
    usage: Json = {}
    by: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """The closing of the run."""
        return (f"trial/{self.trial}/run/{self.run}/closed",)


class Requested(msgspec.Struct, frozen=True, tag="requested", tag_field="kind", omit_defaults=True, kw_only=True):
    """A person asks for something: `stop` of the study or a trial, `pause` or `resume` of a trial.

    A stop or pause of a trial is obeyed at its next report; a resume puts a paused trial back into the queue at once,
    and takes back a stop or pause that was not obeyed yet.
    """

    action: str
    trial: int | None = None
    by: str = ""
    why: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """Requests compete with nobody."""
        return ()


class Noted(msgspec.Struct, frozen=True, tag="noted", tag_field="kind", omit_defaults=True, kw_only=True):
    """A user attribute, a note or the record of an artifact, on the study (trial None) or on a trial.

    `met` marks the value of a parameter that define-by-run gave out to an asked trial, which another process may tell.
    """

    key: str
    value: Any
    trial: int | None = None
    run: int | None = None
    met: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """Notes compete with nobody; the last one stands."""
        return ()


Event: TypeAlias = (
    Created | Session | SpaceChanged | Queued | Claimed | Passed | Proposed | Reported | Closed | Requested | Noted
)


class Stamped(msgspec.Struct, frozen=True):
    """An event with the position and the time (seconds since 1970, the store's clock) that its store gave it."""

    position: int
    time: float
    event: Event


_ENCODER = msgspec.json.Encoder()
_DECODER: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


def encode(event: Event) -> bytes:
    """Return the event as strict JSON (UTF-8)."""
    return _ENCODER.encode(event)


def decode(data: bytes | str) -> Event:
    """Return the event that `encode` wrote; unknown fields of a newer version are ignored."""
    return _DECODER.decode(data)

"""The wire between a parent and its child: frames with a length and a kind, over one stream socket.

A frame is nine bytes of head (length as an unsigned 64-bit number, kind as one byte; network order) and the payload.
Messages of `tunesmith.core.jobs` travel as they stand there; the other kinds are the parent's orders and the two
things that a child says about itself.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import final

import msgspec

from tunesmith.core.jobs import Task

__all__ = ["FrameReader", "Kind", "Order", "Unloadable", "Welcome", "head_of", "pack"]

_HEAD = struct.Struct("!QB")


class Kind(IntEnum):
    """What a frame holds.

    From the child: MESSAGE (msgpack of a message), BEGUN (empty; the target is about to be called), UNLOADABLE
    (msgpack of `Unloadable`). From the parent: WELCOME (msgpack of `Welcome`), TARGET (16 bytes of digest,
    then the pickle), RUN (msgpack of `Order`), ANSWER (the verdict's text).
    """

    MESSAGE = 0
    BEGUN = 1
    UNLOADABLE = 2
    WELCOME = 10
    TARGET = 11
    RUN = 12
    ANSWER = 13


class Welcome(msgspec.Struct, frozen=True):
    """What a child takes over from its parent before anything else is loaded."""

    argv: list[str]


class Unloadable(msgspec.Struct, frozen=True):
    """Why a child could not load the target.

    Attributes:
        why: the exception's name and text.
        missing: the module that was not found, empty when it is something else.
    """

    why: str
    missing: str = ""


class Order(msgspec.Struct, frozen=True):
    """One run to carry.

    Attributes:
        task: the data of the run.
        digest: which target, by the digest it was sent under.
        announce: whether the parent wants to know when the target is called (its clock starts then).
    """

    task: Task
    digest: bytes
    announce: bool = False


def head_of(kind: Kind, *payload: bytes) -> bytes:
    """Return the head of a frame whose payload is sent in parts."""
    return _HEAD.pack(sum(map(len, payload)), kind)


def pack(kind: Kind, payload: bytes = b"") -> bytes:
    """Return the frame for a payload."""
    return _HEAD.pack(len(payload), kind) + payload


@final
class FrameReader:
    """Cuts a stream of bytes into frames, however it was split on its way."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the stream."""
        self._buffer += data

    def take(self) -> tuple[Kind, bytes] | None:
        """Return the next whole frame, None when its end has not come yet.

        Raises:
            ValueError: the stream is not ours (somebody else wrote to the socket).
        """
        buffer = self._buffer
        if len(buffer) < _HEAD.size:
            return None
        length, number = _HEAD.unpack_from(buffer)
        kind = Kind(number)
        end = _HEAD.size + length
        if len(buffer) < end:
            return None
        with memoryview(buffer) as view:
            payload = bytes(view[_HEAD.size : end])
        del buffer[:end]
        return kind, payload

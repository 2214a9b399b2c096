"""Messages between an objective and its study cross a wire as they are."""

from __future__ import annotations

import math

import pytest

from tunesmith.core.jobs import (
    Discovered,
    Finished,
    Lost,
    Message,
    Noticed,
    Output,
    Report,
    Saved,
    decode_message,
    encode_message,
)


@pytest.mark.parametrize(
    "message",
    [
        Report(handle="17/1", step=2**62, metrics={"loss": -1.5, "größe": math.inf}),
        Discovered(handle="17/1", name="lr", domain={"type": "float", "low": 0.0, "high": 1.0}, value=0.5),
        Noticed(handle="17/1", key="note", value={"a": [1, None, "x", True]}),
        Saved(handle="17/1", name="weights.bin", size=3, sha256="ab"),
        Output(handle="17/1", text="naïve\n\0"),
        Finished(handle="17/1", reason="returned", values=(1.0, -0.0), metrics={"m": 2.0}, dropped=("a", "b")),
        Finished(handle="17/1", reason="exception", message="ValueError: x", traceback="..."),
        Lost(handle="17/1", reason="crashed", usage={"exit": -11, "seconds": 0.5}),
    ],
    ids=lambda message: type(message).__name__,
)
def test_a_message_comes_back_as_it_was(message: Message) -> None:
    assert decode_message(encode_message(message)) == message


def test_nan_survives_the_wire() -> None:
    back = decode_message(encode_message(Report(handle="1/1", step=0, metrics={"loss": math.nan})))
    assert isinstance(back, Report)
    assert math.isnan(back.metrics["loss"])

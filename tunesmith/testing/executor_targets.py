"""Targets for the laws of executors: plain functions that a child process can import, each with one habit.

What a run shall do stands in its task's config, so one executor carries them all with one target.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Any

from tunesmith.core.jobs import Channel, Finished, Noticed, Report, Task
from tunesmith.core.protocols import Verdict

__all__ = ["HABITS", "behave"]


def behave(task: Task, channel: Channel) -> None:
    """Do what `task.config["habit"]` names."""
    HABITS[task.config["habit"]](task, channel)


def _finish(task: Task, channel: Channel, message: str = "", **usage: Any) -> None:
    value = float(task.config.get("x", 0.0))
    channel.send(Finished(handle=task.handle, reason="returned", values=(value * value,), message=message, usage=usage))


def _square(task: Task, channel: Channel) -> None:
    _finish(task, channel)


def _talk(task: Task, channel: Channel) -> None:
    """Send reports and notes in turn, and never ask."""
    for step in range(task.config["count"]):
        channel.send(Report(handle=task.handle, step=step, metrics={"loss": 1.0 / (step + 1)}))
        channel.send(Noticed(handle=task.handle, key="step", value=step))
    _finish(task, channel)


def _ask(task: Task, channel: Channel) -> None:
    """Send `burst` reports at a time, ask for the verdict, and tell in the end what was heard."""
    heard = []
    step = 0
    for _ in range(task.config["count"]):
        for _ in range(task.config.get("burst", 1)):
            channel.send(Report(handle=task.handle, step=step, metrics={"loss": 0.5}))
            step += 1
        heard.append(channel.verdict().value)
    _finish(task, channel, message=" ".join(heard))


def _until_stopped(task: Task, channel: Channel) -> None:
    """Report until the verdict is STOP, ten thousand times at most."""
    for step in range(10_000):
        channel.send(Report(handle=task.handle, step=step, metrics={}))
        if channel.verdict() is Verdict.STOP:
            break
    _finish(task, channel)


def _sleep(task: Task, channel: Channel) -> None:
    """Say that it has begun, and sleep far longer than any test."""
    channel.send(Noticed(handle=task.handle, key="begun", value=True))
    time.sleep(task.config["seconds"])
    _finish(task, channel)


def _raise(_task: Task, _channel: Channel) -> None:
    raise ZeroDivisionError("a planted mistake")


def _say_nothing(task: Task, channel: Channel) -> None:
    """Come back without a word."""


def _echo(task: Task, channel: Channel) -> None:
    """Give the task's attributes back, and a large note."""
    channel.send(Noticed(handle=task.handle, key="large", value="x" * task.config["size"]))
    _finish(task, channel, config=task.config, attrs=task.attrs, budget=task.budget, seed=task.seed)


def _odd_numbers(task: Task, channel: Channel) -> None:
    numbers = {"nan": float("nan"), "inf": float("inf"), "-inf": float("-inf"), "tiny": 5e-324}
    channel.send(Report(handle=task.handle, step=0, metrics=numbers))
    _finish(task, channel)


def _late_thread(task: Task, channel: Channel) -> None:
    """Leave a thread behind that goes on reporting after the last message."""

    def go_on() -> None:
        for step in range(200):
            try:
                channel.send(Report(handle=task.handle, step=step, metrics={}))
            except Exception:
                return  # refused, as it should be
            time.sleep(0.001)

    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    _finish(task, channel)
    thread.join()


def _exit(task: Task, _channel: Channel) -> None:
    os._exit(task.config["code"])


def _grow(task: Task, channel: Channel) -> None:
    """Take memory, 16 MiB at a time, up to two GiB."""
    held = []
    for _ in range(128):
        held.append(b"\1" * (16 << 20))
        time.sleep(0.01)
    _finish(task, channel)


HABITS: dict[str, Callable[[Task, Channel], None]] = {
    "square": _square,
    "talk": _talk,
    "ask": _ask,
    "until-stopped": _until_stopped,
    "sleep": _sleep,
    "raise": _raise,
    "say-nothing": _say_nothing,
    "echo": _echo,
    "odd-numbers": _odd_numbers,
    "late-thread": _late_thread,
    "exit": _exit,
    "grow": _grow,
}
"""What a run can do: name -> target."""

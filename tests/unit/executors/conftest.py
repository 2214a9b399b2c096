"""One executor with two children for all tests of a file, and a short way to carry one run on it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from tunesmith.core.jobs import Job, Limits, Message, Task
from tunesmith.executors import Processes
from tunesmith.testing.executor_runs import carry

Run = Callable[..., list[Message]]


@pytest.fixture(scope="module")
def executor() -> Iterator[Processes]:
    executor = Processes(2)
    yield executor
    executor.shutdown()


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    return itertools.count()


@pytest.fixture
def make_job(numbers: Iterator[int]) -> Callable[..., Job]:
    def make(target, *, limits: Limits | None = None, **config) -> Job:
        number = next(numbers)
        task = Task(handle=f"{number}/1", trial=number, run=1, config=config)
        return Job(task=task, target=target, limits=limits or Limits())

    return make


@pytest.fixture
def run(executor: Processes, make_job: Callable[..., Job]) -> Run:
    def run(target, **options) -> list[Message]:
        one = make_job(target, **options)
        return carry(executor, [one])[one.task.handle]

    return run

"""Every executor keeps every law; a public class of the room that is missing here fails."""

from __future__ import annotations

import ast
import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import Executor as Pool
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

import tunesmith.executors as room
from tunesmith.executors import Futures, Inline, Processes, Threads
from tunesmith.testing.executors import ALL_EXECUTOR_LAWS, ExecutorLaw, Subject


@dataclass(frozen=True)
class Pools:
    """The pools that a user might have already."""

    threads: Pool
    processes: Pool


@pytest.fixture(scope="module")
def pools() -> Iterator[Pools]:
    context = multiprocessing.get_context("spawn")
    with ThreadPoolExecutor(3) as threads, ProcessPoolExecutor(2, mp_context=context) as processes:
        yield Pools(threads, processes)


ENTRIES: dict[str, Callable[[Pools], Subject]] = {
    "Inline": lambda _pools: Subject(lambda _slots: Inline(), most=1, kills=False, isolates=False),
    "Threads": lambda _pools: Subject(Threads, kills=False, isolates=False),
    "Processes": lambda _pools: Subject(Processes),
    "Processes-fresh": lambda _pools: Subject(lambda slots: Processes(slots, fresh=True)),
    "Futures-threads": lambda pools: Subject(
        lambda slots: Futures(pools.threads, slots), answers=False, kills=False, isolates=False
    ),
    "Futures-processes": lambda pools: Subject(
        lambda slots: Futures(pools.processes, slots), answers=False, kills=False, isolates=False
    ),
}
SLOW = {"Processes-fresh"}


@pytest.mark.parametrize("law", ALL_EXECUTOR_LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize(
    "entry", [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in ENTRIES]
)
def test_law(entry: str, law: ExecutorLaw, pools: Pools) -> None:
    law(ENTRIES[entry](pools))


def test_every_public_executor_is_in_the_registry() -> None:
    found = set()
    for path in Path(room.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                methods = {item.name for item in node.body if isinstance(item, ast.FunctionDef)}
                if {"start", "receive", "send", "kill", "shutdown"} <= methods:
                    found.add(node.name)
    assert found == {name.split("-")[0] for name in ENTRIES}
    assert found <= set(room.__all__)


class Deaf:
    """Carries like Threads, but breaks one law: it loses every tenth message."""

    def __init__(self, slots: int) -> None:
        self.inner = Threads(slots)
        self.slots, self.in_process = slots, True
        self.count = 0

    def receive(self, timeout):
        kept = []
        for message in self.inner.receive(timeout):
            self.count += 1
            if self.count % 10 or type(message).__name__ in ("Finished", "Lost"):
                kept.append(message)
        return kept

    def __getattr__(self, name):
        return getattr(self.inner, name)


def test_the_laws_catch_a_broken_executor() -> None:
    subject = Subject(Deaf, kills=False, isolates=False)
    law = next(law for law in ALL_EXECUTOR_LAWS if law.__name__ == "law_messages_keep_their_order")
    with pytest.raises(AssertionError, match="out of order"):
        law(subject)

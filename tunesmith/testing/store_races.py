"""The laws of stores that several threads use at once; `tunesmith.testing.stores` lists them with the others."""

from __future__ import annotations

import threading
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Protocol, final

from tunesmith.errors import ConflictError
from tunesmith.testing.events import created, note, note_values, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tunesmith.core.protocols import Store

__all__ = [
    "StoreMaker",
    "law_a_scarce_place_has_one_winner",
    "law_a_study_has_one_creator",
    "law_positions_become_visible_in_order",
    "law_writers_at_once_leave_one_log",
]

_PATIENCE = 30.0  # seconds for something that must happen
_MOMENT = 0.15  # seconds for something that must not


class StoreMaker(Protocol):
    """Makes the stores that the laws are tried on."""

    def __call__(self, clock: Callable[[], float] | None = None, like: Store | None = None) -> Store:
        """Return a new and empty store, or another handle on one."""
        ...


def law_writers_at_once_leave_one_log(make_store: StoreMaker) -> None:
    """Appends of several threads stay whole, in each thread's order, and no reader ever meets a gap."""
    store = make_store()
    store.append("s", [created()])
    ends: list[int] = []

    def write(author: int) -> None:
        for turn in range(20):
            batch = [note([author, turn, part]) for part in range(1 + turn % 3)]
            ends.append(store.append("s", batch))

    seen = _read_while(make_store(like=store), [partial(write, author) for author in range(4)])
    assert seen == list(range(1, len(seen) + 1)), "a reader met a gap, or a position that it had passed"
    notes = note_values(store, "s")
    assert len(notes) == len(seen) - 1
    assert max(ends) == len(seen)
    assert len(set(ends)) == len(ends)
    for author in range(4):
        mine = [note for note in notes if note[0] == author]
        assert mine == sorted(mine), "the events of one author changed their order"
    for i, (author, turn, part) in enumerate(notes):
        assert part == 0 or notes[i - 1] == [author, turn, part - 1], "another's event stands inside an append"


def law_a_scarce_place_has_one_winner(make_store: StoreMaker) -> None:
    """Of all who want a key at once exactly one gets it, and the others are told."""
    store = make_store()
    store.append("s", [created()])
    won: Counter[int] = Counter()
    lost: Counter[int] = Counter()

    def grab() -> None:
        mine = make_store(like=store)
        for trial in range(15):
            try:
                mine.append("s", [opened(trial)])
                won[trial] += 1
            except ConflictError:
                lost[trial] += 1

    _together([grab] * 4)
    assert won == dict.fromkeys(range(15), 1), f"winners: {dict(won)}"
    assert lost == dict.fromkeys(range(15), 3)
    assert len(store.read("s")) == 16


def law_a_study_has_one_creator(make_store: StoreMaker) -> None:
    """Of all who create a study at once exactly one does."""
    store = make_store()
    won: list[str] = []

    def create(author: int) -> None:
        mine = make_store(like=store)
        for i in range(5):
            try:
                mine.append(f"s{i}", [created(seed=author)])
                won.append(f"s{i}")
            except ConflictError:
                pass

    _together([partial(create, author) for author in range(4)])
    assert sorted(won) == [f"s{i}" for i in range(5)]
    assert sorted(store.studies()) == sorted(won)


def law_positions_become_visible_in_order(make_store: StoreMaker) -> None:
    """While one append is held up with its position in its hand, nobody reads a later one."""
    clock = _Gate()
    store = make_store(clock=clock)
    store.append("s", [created()])
    clock.shut()
    slow = threading.Thread(target=store.append, args=("s", [note("slow")]), daemon=True)
    slow.start()
    assert clock.reached.wait(_PATIENCE), "the clock was not asked inside the append"
    fast = make_store(like=store)
    timer = threading.Timer(_MOMENT, clock.open)
    timer.start()
    seen = _read_while(make_store(like=store), [lambda: fast.append("s", [note("fast")]), slow.join, timer.join])
    assert seen == [1, 2, 3], f"a reader who went on from the last position it had seen met {seen}"
    assert sorted(note_values(store, "s")) == ["fast", "slow"]


@final
class _Gate:
    """A clock that can hold up whoever asks it first."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._passage = threading.Event()
        self._passage.set()
        self._shut = False

    def shut(self) -> None:
        self._passage.clear()
        self._shut = True

    def open(self) -> None:
        self._passage.set()

    def __call__(self) -> float:
        if self._shut:
            self._shut = False
            self.reached.set()
            assert self._passage.wait(_PATIENCE)
        return 1000.0


def _together(jobs: Sequence[Callable[[], object]]) -> None:
    """Run the jobs in threads that start at once, and raise what one of them raised."""
    start = threading.Barrier(len(jobs))
    errors: list[BaseException] = []

    def run(job: Callable[[], object]) -> None:
        try:
            start.wait(_PATIENCE)
            job()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(job,), daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_PATIENCE)
        assert not thread.is_alive(), "a writer never came back"
    if errors:
        raise errors[0]


def _read_while(store: Store, jobs: Sequence[Callable[[], object]]) -> list[int]:
    """Return the positions that a reader meets who goes on reading while the jobs run, and once after."""
    done = threading.Event()
    seen: list[int] = []

    def read() -> None:
        while True:
            last = done.is_set()
            seen.extend(stamped.position for stamped in store.read("s", after=seen[-1] if seen else 0))
            if last:
                return

    def work() -> None:
        try:
            _together(jobs)
        finally:
            done.set()

    _together([read, work])
    return seen

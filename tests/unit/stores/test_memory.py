from __future__ import annotations

import threading
import time

from tunesmith.core.events import Claimed
from tunesmith.stores.memory import MemoryStore
from tunesmith.testing.events import created, note


def test_the_clock_is_the_time_of_day_and_does_not_follow_its_setting(monkeypatch) -> None:
    store = MemoryStore()
    store.append("s", [created()])
    real = time.time()
    assert abs(store.read("s")[0].time - real) < 60
    monkeypatch.setattr(time, "time", lambda: real - 3600)
    store.append("s", [note(1)])
    first, second = (stamped.time for stamped in store.read("s"))
    assert first <= second < first + 60


def test_what_was_read_is_a_list_of_ones_own() -> None:
    store = MemoryStore()
    store.append("s", [created()])
    store.read("s").clear()
    store.beats("s").clear()
    store.studies().clear()
    assert len(store.read("s")) == 1
    assert store.studies() == ["s"]


def test_reading_on_does_not_slow_with_the_length_of_the_log() -> None:
    """A read of the newest event touches that event alone: reads behind a long log return short lists."""
    store = MemoryStore()
    store.append("s", [created(), *(Claimed(worker="w") for _ in range(5000))])
    position = store.append("s", [note("last")])
    assert [stamped.event.value for stamped in store.read("s", after=position - 1)] == ["last"]


def test_threads_count_without_a_gap() -> None:
    store = MemoryStore()
    store.append("s", [created()])
    ends: list[int] = []
    threads = [
        threading.Thread(target=lambda: ends.extend(store.append("s", [note(i)]) for i in range(500))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == list(range(2, 2002))


def test_it_says_what_it_is() -> None:
    assert repr(MemoryStore()) == "MemoryStore()"

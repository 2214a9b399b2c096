"""The same laws on a server, started here where its programs are installed; and what needs no server."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tunesmith.errors import ConflictError, MissingExtraError, StoreError, StoreVersionError
from tunesmith.stores.sql import SQLStore
from tunesmith.testing.events import created, note, note_values, opened
from tunesmith.testing.stores import ALL_STORE_LAWS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tunesmith.core.protocols import Store


def test_a_missing_driver_is_named_with_the_way_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'psycopg\[binary\]'") as error:
        SQLStore("postgresql://user:secret@host/database")
    assert "secret" not in str(error.value)


def test_a_server_that_is_not_there_is_said_without_the_password() -> None:
    pytest.importorskip("psycopg")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and nobody listens
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(StoreError, match="cannot be reached") as error:
            SQLStore(f"postgresql://user:secret1@{address}/db?sslpassword=secret2&application_name=mine")
    text = str(error.value)
    assert f"user:***@{address}/db" in text
    assert "application_name=mine" in text
    assert "secret" not in text
    assert "\n" not in text


@pytest.fixture
def url(postgres) -> str:
    """Return the URL of a database without tables."""
    import psycopg

    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return postgres.url


@pytest.mark.slow
def test_the_server_keeps_every_law(url: str) -> None:
    stores: list[SQLStore] = []

    def make(clock: Callable[[], float] | None = None, like: Store | None = None) -> Store:
        store = SQLStore(url, clock=clock)
        stores.append(store)
        return store

    for law in ALL_STORE_LAWS:
        law(make)
        for name in stores[0].studies():
            stores[0].delete(name)
        while stores:
            stores.pop().close()


@pytest.mark.slow
def test_all_who_start_on_a_fresh_database_start(url: str, children) -> None:
    for turn in range(5):
        for _ in range(8):
            children.start(lambda turn=turn: start(url, turn))
        assert children.wait_for_all() == [0] * 8
    with SQLStore(url) as store:
        assert [len(store.read(f"s{turn}")) for turn in range(5)] == [8] * 5
    assert "se%2Fcret" not in repr(store)
    assert "se/cret" not in repr(store)


def start(url: str, turn: int) -> None:
    with SQLStore(url) as store:
        try:
            store.append(f"s{turn}", [created()])
        except ConflictError:
            store.append(f"s{turn}", [note(os.getpid())])


@pytest.mark.slow
def test_forked_children_leave_their_parents_session_alone(url: str, children) -> None:
    with SQLStore(url) as store:
        store.append("s", [created()])
        session = store._transactions._connections.here().raw.info.backend_pid
        for author in range(4):
            children.start(lambda author=author: [store.append("s", [note([author, i])]) for i in range(25)])
        assert children.wait_for_all() == [0] * 4
        store.append("s", [note([4, 0])])
        assert store._transactions._connections.here().raw.info.backend_pid == session
        assert len(note_values(store, "s")) == 101


@pytest.mark.slow
def test_more_workers_than_connections_queue(url: str) -> None:
    SQLStore(url).append("s", [created()])
    errors: list[BaseException] = []

    def work(author: int) -> None:
        try:
            with SQLStore(url) as store:
                store.append("s", [note(author)])
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(author,)) for author in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with SQLStore(url) as store:
        assert sorted(note_values(store, "s")) == list(range(40))


@pytest.mark.slow
def test_a_crash_of_the_server_is_waited_out(url: str, postgres) -> None:
    with SQLStore(url) as store:
        store.append("s", [created()])
        done = threading.Event()
        stood: list[int] = []
        unsure: list[int] = []

        def write() -> None:
            trial = 0
            while not done.is_set():
                trial += 1
                try:
                    store.append("s", [opened(trial)])
                    stood.append(trial)
                except StoreError as error:
                    assert "broke in a commit" in str(error), error  # noqa: PT017
                    unsure.append(trial)

        threads = [threading.Thread(target=write)]
        threads[0].start()
        while len(stood) < 20:
            time.sleep(0.01)
        postgres.crash()
        time.sleep(1.0)
        postgres.start()
        before = len(stood)
        while len(stood) < before + 20:
            time.sleep(0.01)
        done.set()
        threads[0].join()
        trials = {stamped.event.trial for stamped in store.read("s") if stamped.position > 1}
        assert set(stood) <= trials <= set(stood) | set(unsure)
        assert len(unsure) <= 1


@pytest.mark.slow
def test_the_clock_is_the_servers(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with SQLStore(url) as store:
        store.append("s", [created()])
        store.beat("s", "w", 60)
        real = time.time
        monkeypatch.setattr(time, "time", lambda: real() - 3600)
        store.append("s", [note(1)])
        first, second = (stamped.time for stamped in store.read("s"))
        assert 0 < second - first < 60
        assert 0 < store.beats("s")["w"] <= 60


@pytest.mark.slow
def test_a_newer_schema_is_left_alone(url: str) -> None:
    import psycopg

    SQLStore(url).close()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE tunesmith_schema SET version = 99")
    with pytest.raises(StoreVersionError, match="schema version 99"):
        SQLStore(url)


@pytest.mark.slow
def test_a_wrong_password_is_a_sentence(url: str) -> None:
    with pytest.raises(StoreError, match=r"cannot be reached \(.*password.*\); check") as error:
        SQLStore(url.replace("se%2Fcret", "wrong%20one"))
    assert "wrong" not in str(error.value)
    assert "\n" not in str(error.value)

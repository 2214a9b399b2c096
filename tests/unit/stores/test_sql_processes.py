"""Several processes on one file: they all start, write, die, stop and fork, and one log comes of it."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from tunesmith.errors import ConflictError, StoreError
from tunesmith.stores.sql import SQLStore
from tunesmith.testing.events import created, note, note_values, opened


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/tune.db"


def begin(url: str) -> None:
    with SQLStore(url) as store:
        store.append("s", [created()])


def intact(url: str) -> bool:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
        return database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


@pytest.mark.parametrize(
    ("rounds", "processes"), [(3, 4), pytest.param(20, 8, marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_all_who_start_on_a_fresh_file_start(tmp_path: Path, children, rounds: int, processes: int) -> None:
    for turn in range(rounds):
        path = tmp_path / f"{turn}.db"
        if turn % 2:
            path.touch()
        start, gun = os.pipe()

        def work(turn: int = turn, path: Path = path, start: int = start) -> None:
            os.read(start, 1)
            with SQLStore(f"sqlite:///{path}") as store:
                try:
                    store.append("s", [created()])
                except ConflictError:
                    store.append("s", [note(os.getpid())])

        for _ in range(processes):
            children.start(work)
        os.write(gun, b"!" * processes)
        assert children.wait_for_all() == [0] * processes
        os.close(start)
        os.close(gun)
        with SQLStore(f"sqlite:///{path}") as store:
            assert len(store.read("s")) == processes


def test_writers_of_four_processes_leave_one_log(url: str, children) -> None:
    begin(url)

    def write(author: int) -> None:
        with SQLStore(url) as store:
            for turn in range(60):
                store.append("s", [note([author, turn, part]) for part in range(3)])

    for author in range(4):
        children.start(lambda author=author: write(author))
    with SQLStore(url) as store:
        seen: list[int] = []
        while len(seen) < 1 + 4 * 60 * 3:
            seen += [stamped.position for stamped in store.read("s", after=seen[-1] if seen else 0)]
            assert seen == list(range(1, len(seen) + 1)), "a reader met a gap, or half an append"
            assert len(seen) % 3 == 1
        assert children.wait_for_all() == [0] * 4
        notes = note_values(store, "s")
        times = [stamped.time for stamped in store.read("s")]
    assert times == sorted(times)
    for author in range(4):
        assert [turn for who, turn, part in notes if who == author and part == 0] == list(range(60))


def test_a_key_has_one_winner_among_processes(url: str, children, tmp_path: Path) -> None:
    begin(url)

    def grab() -> None:
        won = []
        with SQLStore(url) as store:
            for trial in range(60):
                try:
                    store.append("s", [note(trial), opened(trial)])
                    won.append(trial)
                except ConflictError as error:
                    assert error.key == f"trial/{trial}/run/1"  # noqa: PT017
        (tmp_path / f"won.{os.getpid()}").write_text(" ".join(map(str, won)))

    for _ in range(4):
        children.start(grab)
    assert children.wait_for_all() == [0] * 4
    won = [int(trial) for file in tmp_path.glob("won.*") for trial in file.read_text().split()]
    assert sorted(won) == list(range(60))
    with SQLStore(url) as store:
        assert note_values(store, "s") == list(range(60))


def test_forked_children_write_through_connections_of_their_own(url: str, children) -> None:
    with SQLStore(url) as store:
        store.append("s", [created()])
        for author in range(4):
            children.start(lambda author=author: [store.append("s", [note([author, i])]) for i in range(25)])
        for i in range(25):
            store.append("s", [note([4, i])])
        assert children.wait_for_all() == [0] * 4
        notes = note_values(store, "s")
    assert sorted(notes) == [[author, i] for author in range(5) for i in range(25)]
    assert intact(url)


def test_what_a_child_writes_survives_the_closing_of_its_parent(url: str, children) -> None:
    """An inherited connection left open in the child would make the parent believe that it is the last to close."""
    store = SQLStore(url)
    store.append("s", [created()])
    ready, say = os.pipe()
    wait, go = os.pipe()

    def work() -> None:
        store.append("s", [note("before")])
        os.write(say, b"x")
        os.read(wait, 1)
        store.append("s", [note("after")])

    pid = children.start(work)
    os.read(ready, 1)
    store.close()
    os.write(go, b"x")
    assert children.wait(pid) == 0
    for end in (ready, say, wait, go):
        os.close(end)
    with SQLStore(url) as again:
        assert note_values(again, "s") == ["before", "after"]
    assert intact(url)


def test_a_fork_waits_for_the_threads_that_write(url: str, children) -> None:
    with SQLStore(url) as store:
        store.append("s", [created()])
        done = threading.Event()
        count = [0]

        def write() -> None:
            while not done.is_set():
                store.append("s", [note("thread")])
                count[0] += 1

        threads = [threading.Thread(target=write) for _ in range(2)]
        for thread in threads:
            thread.start()
        for _ in range(8):
            children.start(lambda: store.append("s", [note("child")]))
        states = children.wait_for_all()
        done.set()
        for thread in threads:
            thread.join()
        assert states == [0] * 8
        notes = note_values(store, "s")
    assert (notes.count("child"), notes.count("thread")) == (8, count[0])
    assert intact(url)


@pytest.mark.parametrize("kills", [8, pytest.param(120, marks=pytest.mark.slow)], ids=["few", "many"])
def test_a_killed_writer_leaves_whole_appends(url: str, children, tmp_path: Path, kills: int) -> None:
    """What an append had returned before the kill stands, in order; what it had not stands whole or not at all."""
    begin(url)

    def write(author: int) -> None:
        with SQLStore(url) as store, (tmp_path / f"witness.{author}").open("ab", buffering=0) as witness:
            for turn in range(10**6):
                store.append("s", [note([author, turn, part]) for part in range(3)])
                witness.write(b"%d\n" % turn)

    for author in range(kills):
        pids = [children.start(lambda mark=mark: write(mark)) for mark in (2 * author, 2 * author + 1)]
        while not all((tmp_path / f"witness.{mark}").exists() for mark in (2 * author, 2 * author + 1)):
            time.sleep(0.001)
        time.sleep(0.001 * (author % 7))
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            assert children.wait(pid) == signal.SIGKILL
    assert intact(url)
    with SQLStore(url) as store:
        log = store.read("s")
        notes = note_values(store, "s")
    assert [stamped.position for stamped in log] == list(range(1, len(log) + 1))
    assert [part for _, _, part in notes] == [0, 1, 2] * (len(notes) // 3)
    for author in range(2 * kills):
        turns = [turn for who, turn, part in notes if who == author and part == 0]
        told = len((tmp_path / f"witness.{author}").read_text().splitlines())
        assert turns == list(range(len(turns)))
        assert told <= len(turns) <= told + 1


def test_a_writer_that_hangs_is_not_waited_for_for_ever(url: str, children) -> None:
    begin(url)
    ready, say = os.pipe()

    def hang() -> float:
        os.write(say, b"x")
        time.sleep(600)
        return 0.0

    pid = children.start(lambda: SQLStore(url, clock=hang).append("s", [note("never")]))
    os.read(ready, 1)
    with SQLStore(url, patience=0.2) as store:
        with pytest.raises(StoreError, match="was locked by another process all the time; find out which"):
            store.append("s", [note("mine")])
        assert len(store.read("s")) == 1, "reading needs no lock"
        os.kill(pid, signal.SIGKILL)
        children.wait(pid)
        assert store.append("s", [note("mine")]) == 2
    os.close(ready)
    os.close(say)


@pytest.mark.slow
def test_no_writer_starves(url: str, children, tmp_path: Path) -> None:
    """Sixteen who append without pause: nobody gets less than a quarter of the mean."""
    begin(url)
    end = time.monotonic() + 8

    def write(author: int) -> None:
        count = 0
        with SQLStore(url) as store:
            while time.monotonic() < end:
                store.append("s", [note(author)])
                count += 1
        (tmp_path / f"count.{author}").write_text(str(count))

    for author in range(16):
        children.start(lambda author=author: write(author))
    assert children.wait_for_all() == [0] * 16
    counts = [int(file.read_text()) for file in tmp_path.glob("count.*")]
    assert min(counts) > sum(counts) / 16 / 4, sorted(counts)

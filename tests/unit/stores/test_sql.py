from __future__ import annotations

import gc
import hashlib
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from tunesmith.core.events import decode, encode
from tunesmith.errors import InvalidArgumentError, StoreError, StoreVersionError, StudyNotFoundError
from tunesmith.stores import clock as clocks
from tunesmith.stores.sql import SQLStore
from tunesmith.testing.events import created, note, note_values, opened, sample_events


def raw(path: Path) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(path, isolation_level=None))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tune.db"


@pytest.fixture
def store(path: Path):
    with SQLStore(f"sqlite:///{path}") as store:
        yield store


def test_the_file_is_a_wal_with_tables_of_our_own(store: SQLStore, path: Path) -> None:
    store.append("s", [created(), opened(1)])
    with raw(path) as database:
        assert database.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        names = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert {name for name in names if not name.startswith("sqlite_")} == {
            "tunesmith_schema",
            "tunesmith_studies",
            "tunesmith_events",
            "tunesmith_keys",
            "tunesmith_leases",
        }
        rows = database.execute("SELECT position, kind, data FROM tunesmith_events ORDER BY position").fetchall()
        assert [(position, kind) for position, kind, _ in rows] == [(1, "created"), (2, "proposed")]
        assert decode(rows[1][2]) == opened(1)
    assert store.path == path


def test_the_tables_stand_beside_those_of_others(path: Path) -> None:
    with raw(path) as database:
        database.execute("CREATE TABLE studies (name TEXT)")
        database.execute("CREATE TABLE alembic_version (version_num TEXT)")
        database.execute("INSERT INTO studies VALUES ('theirs')")
    with SQLStore(f"sqlite:///{path}") as store:
        store.append("ours", [created()])
        assert store.studies() == ["ours"]
    with raw(path) as database:
        assert database.execute("SELECT name FROM studies").fetchall() == [("theirs",)]


def test_a_file_without_a_byte_is_a_fresh_file(path: Path) -> None:
    path.touch()
    with SQLStore(f"sqlite:///{path}") as store:
        assert store.append("s", [created()]) == 1


def test_what_was_written_is_there_after_closing(path: Path) -> None:
    with SQLStore(f"sqlite:///{path}") as store:
        store.append("s", sample_events())
        first = store.read("s")
    with SQLStore(f"sqlite:///{path}") as store:
        assert store.read("s") == first
        assert [encode(stamped.event) for stamped in first] == [encode(event) for event in sample_events()]


def test_a_closed_store_opens_again_when_it_is_used(store: SQLStore) -> None:
    store.append("s", [created()])
    store.close()
    assert store.append("s", [note(1)]) == 2


def test_no_statement_reads_a_whole_table(store: SQLStore, path: Path) -> None:
    """The events of one study do not slow another: every statement goes by a key."""
    statements = store._statements
    names = dict.fromkeys(("name", "count", "after", "key", "study", "worker", "until"), 1)
    texts = [statements.advance, statements.place, statements.find_key, statements.read, statements.find_study]
    texts += [statements.renew_lease, statements.drop_lease, statements.leases, *statements.delete]
    with raw(path) as database:
        for text in texts:
            plan = [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {text}", names)]
            assert not [step for step in plan if step.startswith("SCAN") or "TEMP B-TREE" in step], (text, plan)


def test_a_relative_path_means_the_folder_in_which_the_store_was_opened(tmp_path, monkeypatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    with SQLStore("sqlite:///here.db") as store:
        store.append("s", [created()])
        monkeypatch.chdir(tmp_path / "elsewhere")
        seen: list[list[str]] = []
        thread = threading.Thread(target=lambda: seen.append(store.studies()))
        thread.start()
        thread.join()
    assert seen == [["s"]]
    assert not list((tmp_path / "elsewhere").iterdir())


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "storage=None"),
        ("sqlite:///file:x?mode=memory&uri=true", "in memory"),
        ("mysql://user:secret@host/db", "mysql"),
        ("no url: secret", "cannot be read"),
        ("sqlite+aiosqlite:///x.db", "sqlite+aiosqlite"),
        ("postgresql+asyncpg://user:secret@host/db", "asyncpg"),
        ("postgresql://user:secret@host:notaport/db", "cannot be read"),
    ],
)
def test_a_url_that_cannot_be_is_refused(url: str, words: str) -> None:
    with pytest.raises(InvalidArgumentError) as error:
        SQLStore(url)
    assert words in str(error.value)
    assert "secret" not in str(error.value)


def test_a_newer_schema_is_named_and_left_untouched(store: SQLStore, path: Path) -> None:
    store.append("s", [created()])
    store.close()
    with raw(path) as database:
        database.execute("PRAGMA journal_mode = DELETE")
        database.execute("ALTER TABLE tunesmith_schema DROP COLUMN origin")
        database.execute("UPDATE tunesmith_schema SET version = 99")
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(StoreVersionError, match=r"schema version 99, this tunesmith knows version 1"):
        SQLStore(f"sqlite:///{path}")
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before
    assert [file.name for file in path.parent.iterdir()] == ["tune.db"]


def test_an_event_that_is_not_ours_is_named(store: SQLStore, path: Path) -> None:
    store.append("s", [created(), note(1), note(2)])
    for data in ('{"kind": "from the future"}', "cos\nsystem\n(S'touch planted'\ntR.", b"\x80\x04\x95\x10", "{"):
        with raw(path) as database:
            database.execute("UPDATE tunesmith_events SET data = ? WHERE position = 2", (data,))
        with pytest.raises(StoreError, match="event 2 of the study 's'"):
            store.read("s")
        assert len(store.read("s", after=2)) == 1
    assert not Path("planted").exists()


def test_an_interrupted_append_leaves_nothing(path: Path) -> None:
    moments = iter([1.0, KeyboardInterrupt(), 2.0])

    def clock() -> float:
        moment = next(moments)
        if isinstance(moment, BaseException):
            raise moment
        return moment

    with SQLStore(f"sqlite:///{path}", clock=clock) as store:
        store.append("s", [created()])
        with pytest.raises(KeyboardInterrupt):
            store.append("s", [opened(1)])
        assert store.append("s", [opened(1)]) == 2
        assert [stamped.position for stamped in store.read("s")] == [1, 2]


def test_a_late_writer_of_a_deleted_study_is_told(store: SQLStore) -> None:
    store.append("s", [created()])
    store.delete("s")
    with pytest.raises(StudyNotFoundError, match="there is no study 's' in sqlite:///"):
        store.append("s", [note(1)])


def test_the_number_of_a_deleted_study_is_never_used_again(store: SQLStore, path: Path) -> None:
    for _ in range(3):
        store.append("s", [created()])
        store.delete("s")
    store.append("t", [created()])
    with raw(path) as database:
        assert database.execute("SELECT id FROM tunesmith_studies").fetchall() == [(4,)]


def test_a_shifted_process_clock_moves_nothing(store: SQLStore, monkeypatch) -> None:
    if not clocks.boot_clock().boot:
        pytest.skip("the kernel's uptime cannot be read here")
    store.append("s", [created()])
    store.beat("s", "w", 60)
    real = time.time
    for name in ("time", "monotonic"):
        monkeypatch.setattr(time, name, lambda: real() - 3600)
    store.append("s", [note(1)])
    first, second = (stamped.time for stamped in store.read("s"))
    assert 0 <= second - first < 60
    assert 0 < store.beats("s")["w"] <= 60
    assert abs(first - real()) < 300


def test_all_who_open_a_file_share_the_origin_that_it_keeps(store: SQLStore, path: Path) -> None:
    boot = clocks.boot_clock().boot
    if not boot:
        pytest.skip("the kernel's uptime cannot be read here")
    store.append("s", [created()])
    with raw(path) as database:
        database.execute("UPDATE tunesmith_schema SET origin = origin + 1000")
    with SQLStore(f"sqlite:///{path}") as other:  # the system's clock was set since; this one follows the file
        other.append("s", [note(1)])
    first, second = (stamped.time for stamped in store.read("s"))
    assert 1000 <= second - first < 1060
    with raw(path) as database:
        database.execute("UPDATE tunesmith_schema SET boot = 'an earlier boot', origin = 5")
    with SQLStore(f"sqlite:///{path}") as other:
        other.beat("s", "w", 1)
    with raw(path) as database:
        kept = database.execute("SELECT boot, origin FROM tunesmith_schema").fetchall()
        assert kept == [(boot, clocks.boot_clock().origin)]


def test_threads_give_their_connections_back(store: SQLStore) -> None:
    store.append("s", [created()])
    threads = [threading.Thread(target=store.append, args=("s", [note(i)])) for i in range(8)]
    for thread in threads:
        thread.start()
        thread.join()
    gc.collect()
    assert len(store._transactions._connections._open) == 1
    assert note_values(store, "s") == list(range(8))


def test_a_lost_store_is_closed_without_a_complaint(path: Path, recwarn) -> None:
    SQLStore(f"sqlite:///{path}").append("s", [created()])
    gc.collect()
    assert not recwarn.list
    assert [file.name for file in path.parent.iterdir()] == ["tune.db"]


def test_a_store_in_memory_loads_no_sqlalchemy() -> None:
    code = "import sys, tunesmith.stores.memory, tunesmith.stores.opening, tunesmith.stores.artifacts\n"
    code += "from tunesmith.stores.opening import open_store; open_store(); print('sqlalchemy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"

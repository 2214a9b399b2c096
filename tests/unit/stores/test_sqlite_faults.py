"""What is wrong with a file is said in a sentence or two, with the path and the way out, as an error of ours."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import make_url

import tunesmith as ts
from tunesmith.errors import StoreError, StoreFullError, StoreReadOnlyError
from tunesmith.stores import mounts
from tunesmith.stores.sql import SQLStore
from tunesmith.stores.sqlite import SQLite
from tunesmith.testing.events import created, note, note_values


def sentence(error: pytest.ExceptionInfo[StoreError], path: Path) -> str:
    text = str(error.value)
    assert str(path) in text
    assert "\n" not in text
    assert "sqlalche" not in text
    assert "; " in text, "no advice"
    return text


def test_a_missing_folder(tmp_path: Path) -> None:
    path = tmp_path / "none" / "tune.db"
    with pytest.raises(StoreError) as error:
        SQLStore(f"sqlite:///{path}")
    assert "does not exist; create it" in sentence(error, path)
    assert not path.parent.exists()


def test_a_folder_instead_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as error:
        SQLStore(f"sqlite:///{tmp_path}")
    assert "is a folder" in sentence(error, tmp_path)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a pseudo file system")
def test_a_file_system_that_has_no_room_for_files_is_not_called_full() -> None:
    path = Path("/proc/tune.db")
    with pytest.raises(StoreReadOnlyError) as error:
        SQLStore(f"sqlite:///{path}")
    assert "cannot be opened" in sentence(error, path)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_text("dear diary\n" * 500)
    with pytest.raises(StoreError) as error:
        SQLStore(f"sqlite:///{path}")
    assert "is not a SQLite database" in sentence(error, path)
    assert path.read_text() == "dear diary\n" * 500


@pytest.mark.parametrize("keep", [100, 4096, 20_000])
def test_a_truncated_file(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "tune.db"
    with SQLStore(f"sqlite:///{path}") as store:
        store.append("s", [created(), *(note("x" * 1000) for _ in range(200))])
    with path.open("r+b") as file:
        file.truncate(keep)
    with pytest.raises(StoreError) as error:
        SQLStore(f"sqlite:///{path}").read("s")
    assert "damaged" in sentence(error, path) or "not a SQLite database" in str(error.value)


def test_a_file_for_reading_only_is_read(tmp_path: Path) -> None:
    path = tmp_path / "tune.db"
    with SQLStore(f"sqlite:///{path}") as writer:
        writer.append("s", [created()])
        with SQLStore(f"sqlite:///file:{path}?mode=ro&uri=true") as store:
            assert store.path == path
            assert store.studies() == ["s"]
            assert len(store.read("s")) == 1
            for call in (
                lambda: store.append("s", [note(1)]),
                lambda: store.beat("s", "w", 1),
                lambda: store.delete("s"),
            ):
                with pytest.raises(StoreReadOnlyError) as error:
                    call()
                assert "cannot be written to" in sentence(error, path)


@pytest.fixture
def open_folder():
    """Return a folder that any user may enter."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        folder.chmod(0o755)


def test_a_file_whose_mode_forbids_writing(open_folder: Path, children) -> None:
    path = open_folder / "tune.db"
    with SQLStore(f"sqlite:///{path}") as writer:
        writer.append("s", [created()])
    path.chmod(0o444)
    open_folder.chmod(0o555)

    def use() -> None:
        if os.getuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)  # root may write to anything
        with pytest.raises(StoreReadOnlyError) as error:
            SQLStore(f"sqlite:///{path}").append("s", [note(1)])
        sentence(error, path)
        with pytest.raises(StoreReadOnlyError) as error:
            SQLStore(f"sqlite:///{open_folder}/new.db")
        sentence(error, open_folder / "new.db")

    assert children.wait(children.start(use)) == 0


def test_a_network_file_system_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = tmp_path / "a b"
    shared.mkdir()
    table = tmp_path / "mountinfo"
    table.write_text(
        "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
        f"40 22 0:50 / {tmp_path}/a\\040b rw,noatime shared:5 - nfs4 server:/home rw,vers=4.2\n"
        "41 22 0:51 / /elsewhere rw - cifs //server/share rw\n"
        "broken line\n"
    )
    monkeypatch.setattr(mounts, "_TABLE", table)
    assert mounts.kind_of_mount(tmp_path) == "ext4"
    assert mounts.kind_of_mount(shared / "deeper") == "nfs4"
    assert mounts.kind_of_mount(Path("/elsewhere/x")) == "cifs"
    with pytest.raises(StoreError) as error:
        SQLStore(f"sqlite:///{shared}/tune.db")
    assert "network file system (nfs4)" in sentence(error, shared / "tune.db")
    SQLStore(f"sqlite:///{tmp_path}/tune.db").close()
    monkeypatch.setattr(mounts, "_TABLE", tmp_path / "none")
    assert mounts.kind_of_mount(shared) == ""


def fill(store: SQLStore) -> int:
    """Append until the disk is full, and return how many notes stand."""
    size = 0
    with pytest.raises(StoreFullError) as error:  # noqa: PT012 - one of many appends
        for _ in range(10_000):
            store.append("s", [note("x" * 5000), note("y" * 5000)])
            size += 2
    assert "is full; make room" in sentence(error, store.path)
    return size


def test_a_full_database(tmp_path: Path) -> None:
    with SQLStore(f"sqlite:///{tmp_path}/tune.db") as store:
        store.append("s", [created()])
        store._transactions._connections.here().raw.execute("PRAGMA max_page_count = 40")
        size = fill(store)
        assert len(note_values(store, "s")) == size
        store.close()  # the limit was that of the connection
        assert store.append("s", [note("z")]) == size + 2
        assert len(note_values(store, "s")) == size + 1


def test_a_full_disk_and_room_again(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", small]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk needs the right to mount one")
    try:
        ballast = small / "ballast"
        ballast.write_bytes(b"x" * 100_000)
        with SQLStore(f"sqlite:///{small}/tune.db") as store:
            store.append("s", [created()])
            size = fill(store)
            assert len(note_values(store, "s")) == size, "half an append stands"
            ballast.unlink()
            assert store.append("s", [note("z")]) == size + 2
        with SQLStore(f"sqlite:///{small}/tune.db") as store:
            assert len(note_values(store, "s")) == size + 1
        ballast.write_bytes(b"x" * small_room(small))
        with pytest.raises(StoreFullError):
            SQLStore(f"sqlite:///{small}/other.db").append("s", [created()])
    finally:
        subprocess.run(["umount", small], check=True)


def small_room(folder: Path) -> int:
    space = os.statvfs(folder)
    return space.f_bavail * space.f_frsize


@pytest.mark.skipif(os.name != "posix", reason="an open file cannot be removed there")
@pytest.mark.parametrize("how", ["deleted", "moved", "replaced"])
def test_a_file_that_is_taken_away_while_it_is_open(tmp_path: Path, how: str) -> None:
    path, other = tmp_path / "tune.db", tmp_path / "other.db"
    with SQLStore(f"sqlite:///{path}") as store:
        store.append("s", [created()])
        if how == "deleted":
            path.unlink()
        else:
            path.rename(other)
        if how == "replaced":
            shutil.copyfile(other, path)
        for text in ("a", "b"):
            with pytest.raises(StoreError) as error:
                store.append("s", [note(text)])
            assert "was deleted, moved or replaced" in sentence(error, path)
        assert len(note_values(store, "s")) == 2, "what was written is lost to this process as well"
        store.close()
        with pytest.raises(StoreError):
            store.studies()
        assert path.exists() == (how == "replaced"), "an empty file was begun"
        if how == "moved":
            other.rename(path)
            assert store.append("s", [note("c")]) == 4


@pytest.mark.skipif(os.name != "posix", reason="an open file cannot be removed there")
def test_whatever_fails_after_a_file_was_replaced_says_that_it_was(tmp_path: Path) -> None:
    path = tmp_path / "tune.db"
    database = SQLite(make_url(f"sqlite:///{path}"))
    connection = database.connect()
    connection.execute("CREATE TABLE here (x)")
    error = sqlite3.OperationalError("no such table: here")
    assert "no such table" in str(database.explain(error))
    path.rename(tmp_path / "other.db")
    path.touch()
    assert "was deleted, moved or replaced" in str(database.explain(error))
    connection.close()


@pytest.mark.skipif(os.name != "posix", reason="an open file cannot be removed there")
def test_a_study_whose_file_is_deleted_ends_and_can_be_copied(tmp_path: Path) -> None:
    path = tmp_path / "tune.db"
    study = ts.create_study(ts.Space(x=ts.Float(0, 1)), storage=str(path), seed=1, sampler=ts.samplers.Random())

    def objective(trial: ts.Trial) -> float:
        if trial.number == 3:
            path.unlink()
        return float(trial.params["x"])

    with pytest.raises(StoreError) as error:
        study.optimize(objective, n_trials=10)
    assert "add_trial" in sentence(error, path)
    complete = study.get_trials(states=["complete"])
    assert [trial.number for trial in complete] == [0, 1, 2, 3]
    other = ts.create_study(study.space, storage=str(tmp_path / "other.db"))
    for trial in complete:
        other.add_trial(trial)
    assert other.best_params == study.best_params


@pytest.mark.skipif(os.name != "posix", reason="an open file cannot be removed there")
def test_a_study_whose_file_was_moved_goes_on_once_it_is_back(tmp_path: Path) -> None:
    path, other = tmp_path / "tune.db", tmp_path / "other.db"
    study = ts.create_study(ts.Space(x=ts.Float(0, 1)), storage=str(path), seed=1, sampler=ts.samplers.Random())

    def objective(trial: ts.Trial) -> float:
        if trial.number == 3 and trial.run == 1 and path.exists():
            path.rename(other)
        return float(trial.params["x"])

    with pytest.raises(StoreError):
        study.optimize(objective, n_trials=6)
    other.rename(path)
    again = ts.load_study(storage=str(path))
    again.optimize(objective, n_trials=6)
    assert again.counts["complete"] == 6
    assert len(again.trials) == 6

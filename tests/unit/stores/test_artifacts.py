from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from tunesmith.errors import InvalidArgumentError, StoreError, StoreFullError
from tunesmith.stores.artifacts import Artifacts, default_folder


@pytest.fixture
def artifacts(tmp_path: Path) -> Artifacts:
    return Artifacts(tmp_path / "files")


def files(artifacts: Artifacts) -> list[str]:
    return sorted(
        path.relative_to(artifacts.folder).as_posix() for path in artifacts.folder.rglob("*") if path.is_file()
    )


def test_what_was_put_is_got(artifacts: Artifacts) -> None:
    for data in (b"", b"abc", bytes(range(256)) * 5000):
        receipt = artifacts.put(3, 1, "weights.bin", data)
        assert receipt == {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        assert artifacts.get(3, 1, "weights.bin", **receipt) == data
    assert files(artifacts) == ["3/1/weights.bin"]
    assert artifacts.path(3, 1, "weights.bin").read_bytes() == data


def test_runs_and_names_are_apart(artifacts: Artifacts) -> None:
    receipts = {
        key: artifacts.put(*key, repr(key).encode()) for key in [(0, 1, "a"), (0, 2, "a"), (1, 1, "a"), (0, 1, "b/a")]
    }
    for key, receipt in receipts.items():
        assert artifacts.get(*key, **receipt) == repr(key).encode()


def test_the_missing_and_the_altered_are_nothing(artifacts: Artifacts) -> None:
    receipt = artifacts.put(0, 1, "a", b"hello")
    path = artifacts.path(0, 1, "a")
    for data in (b"jello", b"hell", b"hello!", b""):
        path.write_bytes(data)
        assert artifacts.get(0, 1, "a", **receipt) is None
    path.write_bytes(b"hello")
    assert artifacts.get(0, 1, "a", **receipt) == b"hello"
    path.unlink()
    assert artifacts.get(0, 1, "a", **receipt) is None
    path.mkdir()
    assert artifacts.get(0, 1, "a", **receipt) is None
    assert artifacts.get(9, 1, "a", **receipt) is None
    assert artifacts.get(0, 1, "a/b", **receipt) is None


def test_a_failed_put_leaves_the_old_file_and_no_rest(artifacts: Artifacts, monkeypatch: pytest.MonkeyPatch) -> None:
    receipt = artifacts.put(0, 1, "a", b"old")

    def fail(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StoreFullError, match="is full; make room"):
        artifacts.put(0, 1, "a", b"new")
    assert files(artifacts) == ["0/1/a"]
    assert artifacts.get(0, 1, "a", **receipt) == b"old"


OUTSIDE = [".", "..", "../a", "a/../b", "a/..", "/etc/passwd", "~/../x", "%2e%2e/../a", "..\\a", "C:\\a", "c:a"]
NOT_EVERYWHERE = ["", "a//b", "a/", "./a", "a\\b", "a\0b", "a\nb", "a ", "a.", "a*", "a?", 'a"', "a|b", ".a.0123.part"]


@pytest.mark.parametrize("name", OUTSIDE + NOT_EVERYWHERE)
def test_a_name_that_leads_elsewhere_is_refused(artifacts: Artifacts, name: str) -> None:
    for call in (
        lambda: artifacts.put(0, 1, name, b""),
        lambda: artifacts.get(0, 1, name, 0, ""),
        lambda: artifacts.delete(0, 1, name),
    ):
        with pytest.raises(InvalidArgumentError, match="the name of an artifact"):
            call()
    assert not artifacts.folder.exists()


@pytest.mark.parametrize(
    "name", ["%2e%2e", "..a", "a..b", ".hidden", "~", "Übung 1.bin", "a b", "deep/er/file.txt", "-"]
)
def test_a_name_that_stays_inside_is_a_name(artifacts: Artifacts, name: str) -> None:
    receipt = artifacts.put(0, 1, name, b"x")
    assert artifacts.get(0, 1, name, **receipt) == b"x"
    assert files(artifacts) == [f"0/1/{name}"]


def test_a_link_that_leads_outside_is_refused(artifacts: Artifacts, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    artifacts.put(0, 1, "a", b"x")
    (artifacts.folder / "0" / "1" / "link").symlink_to(outside)
    (artifacts.folder / "1").symlink_to(outside)
    sha256 = hashlib.sha256(b"secret").hexdigest()
    for call in (
        lambda: artifacts.put(0, 1, "link/b", b"x"),
        lambda: artifacts.get(0, 1, "link/secret", 6, sha256),
        lambda: artifacts.delete(0, 1, "link/secret"),
        lambda: artifacts.put(1, 1, "b", b"x"),
    ):
        with pytest.raises(InvalidArgumentError, match="symbolic link"):
            call()
    artifacts.keep([])
    assert [path.name for path in outside.iterdir()] in (["secret"], ["1", "secret"], ["secret", "1"])
    assert (outside / "secret").read_bytes() == b"secret"


@pytest.mark.parametrize(("trial", "run"), [(-1, 1), (0, 0), (True, 1), ("0", 1), (0, 1.0), ("..", 1)])
def test_numbers_are_numbers(artifacts: Artifacts, trial: int, run: int) -> None:
    with pytest.raises(InvalidArgumentError, match="must be an integer >="):
        artifacts.put(trial, run, "a", b"")


def test_deleting(artifacts: Artifacts) -> None:
    for trial in (0, 1):
        for run in (1, 2):
            for name in ("a", "b"):
                artifacts.put(trial, run, name, b"x")
    artifacts.delete(0, 1, "a")
    artifacts.delete(0, 1, "a")
    assert files(artifacts)[:2] == ["0/1/b", "0/2/a"]
    artifacts.delete(0, 2)
    assert files(artifacts)[:2] == ["0/1/b", "1/1/a"]
    artifacts.delete(0)
    artifacts.delete(0)
    assert files(artifacts) == ["1/1/a", "1/1/b", "1/2/a", "1/2/b"]
    with pytest.raises(InvalidArgumentError, match="needs the run"):
        artifacts.delete(1, name="a")


def test_keeping(artifacts: Artifacts) -> None:
    assert artifacts.keep([1]) == []
    for trial in (0, 2, 10, 7):
        artifacts.put(trial, 1, "a", b"x")
    (artifacts.folder / "notes.txt").write_text("not a trial")
    assert artifacts.trials() == [0, 2, 7, 10]
    assert artifacts.keep({2, 10, 99}) == [0, 7]
    assert artifacts.trials() == [2, 10]
    assert files(artifacts) == ["10/1/a", "2/1/a", "notes.txt"]


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("x")
    with pytest.raises(StoreError, match="could not be written"):
        Artifacts(tmp_path / "files").put(0, 1, "a", b"x")


def test_a_reader_never_meets_half_a_file(artifacts: Artifacts, children) -> None:
    """A writer that is killed again and again leaves one of the two contents, never a mixture."""
    contents = {hashlib.sha256(data).hexdigest(): data for data in (b"a" * 300_000, b"b" * 300_000)}
    artifacts.put(0, 1, "w", b"a" * 300_000)

    def write() -> None:
        while True:
            for data in contents.values():
                artifacts.put(0, 1, "w", data)

    for i in range(5):
        pid = children.start(write)
        for _ in range(20 + 7 * i):
            assert hashlib.sha256(artifacts.path(0, 1, "w").read_bytes()).hexdigest() in contents
        os.kill(pid, 9)
        children.wait(pid)
    assert artifacts.path(0, 1, "w").read_bytes() in contents.values()
    artifacts.delete(0)
    assert files(artifacts) == []


def test_each_study_has_a_folder_of_its_own(tmp_path: Path) -> None:
    names = ["a", "A", "a ", "a/b", "a-b", "../../etc", "", "ü", "x" * 500, "x" * 501, "con", "a\0b", "%2e"]
    folders = [default_folder(tmp_path / "tune.db", name) for name in names]
    assert len({folder.name.lower() for folder in folders}) == len(names)
    for folder in folders:
        assert folder.parent == tmp_path / "tune.db.artifacts"
        assert len(folder.name) < 80
        folder.mkdir(parents=True)
    done = subprocess.run(["ls", tmp_path / "tune.db.artifacts"], capture_output=True, text=True, check=True)
    assert len(done.stdout.split()) == len(names)

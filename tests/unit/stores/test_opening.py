from __future__ import annotations

from pathlib import Path

import pytest

from tunesmith.errors import InvalidArgumentError
from tunesmith.stores.memory import MemoryStore
from tunesmith.stores.opening import open_store
from tunesmith.stores.sql import SQLStore


def test_nothing_is_a_store_in_memory_of_ones_own() -> None:
    assert isinstance(open_store(), MemoryStore)
    assert open_store(None) is not open_store(None)


@pytest.mark.parametrize("name", ["tune.db", "tune.sqlite", "tune.sqlite3", "TUNE.DB", "a b%20?#.db"])
@pytest.mark.parametrize("form", ["text", "path"])
def test_a_path_is_a_sqlite_file(tmp_path: Path, name: str, form: str) -> None:
    path = tmp_path / name
    store = open_store(str(path) if form == "text" else path)
    assert isinstance(store, SQLStore)
    with store:
        assert store.path == path
        assert path.exists()


def test_a_relative_path_lies_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.db", "sqlite:///b.db"):
        open_store(name).close()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.db", "b.db"]


def test_a_url_is_opened_and_a_store_is_itself(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/x.db") as store:
        assert repr(store) == f"SQLStore('sqlite:///{tmp_path}/x.db')"
        assert open_store(store) is store
    memory = MemoryStore()
    assert open_store(memory) is memory


@pytest.mark.parametrize(
    "storage", ["", "runs.txt", "memory", 3, b"x.db", MemoryStore, object(), ["x.db"], Path("runs")]
)
def test_anything_else_is_refused_with_what_would_do(storage: object) -> None:
    with pytest.raises(InvalidArgumentError, match=r"storage must be None, a URL such as sqlite:///tune.db") as error:
        open_store(storage)
    assert repr(storage) in str(error.value)

"""Workers run on one thread, without the machine's overrides, and nothing is installed behind one's back."""

from __future__ import annotations

from benchmarks.environments import REQUIREMENTS, ROOT, cache_folder, interpreter, ready, variables
from benchmarks.optimisers import OPTIMISERS, REFERENCE


def test_a_worker_runs_on_one_thread_without_overrides(monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    monkeypatch.setenv("OPENBLAS_L2_SIZE", "512")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    monkeypatch.setenv("KEPT", "yes")
    found = variables()
    assert found["OMP_NUM_THREADS"] == found["OPENBLAS_NUM_THREADS"] == "1"
    assert found["KEPT"] == "yes"
    assert not {"OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "PYTHONDONTWRITEBYTECODE"} & set(found)


def test_the_cache_is_where_one_says(monkeypatch, tmp_path):
    monkeypatch.setenv("TUNESMITH_BENCH", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("TUNESMITH_BENCH")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert cache_folder() == tmp_path / "cache" / "tunesmith-bench"


def test_an_environment_is_ready_only_when_it_was_finished(tmp_path):
    assert ready("own", tmp_path)
    assert not ready("optuna", tmp_path)
    folder = tmp_path / "environments" / "optuna"
    folder.mkdir(parents=True)
    assert not ready("optuna", tmp_path)  # an install that was cut off
    (folder / "finished").write_text("")
    assert ready("optuna", tmp_path)
    assert interpreter("optuna", tmp_path).is_relative_to(folder)


def test_every_optimiser_has_an_environment_with_pins_and_an_adapter():
    adapters = {path.stem for path in (ROOT / "benchmarks" / "peers").glob("*.py")}
    for name, entry in OPTIMISERS.items():
        assert entry.environment == "own" or entry.environment in REQUIREMENTS, name
        assert entry.adapter in adapters, name
    assert all("==" in pin for pins in REQUIREMENTS.values() for pin in pins)
    assert REFERENCE in OPTIMISERS

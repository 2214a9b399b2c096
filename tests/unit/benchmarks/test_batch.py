"""Several trials run at once: the oldest is told, then the next asked; the ratio is against one at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import batch, worker
from benchmarks.optimisers import make
from benchmarks.problems.definitions import definitions


class Told:
    def __init__(self):
        self.words = []
        self.asked = 0

    def ask(self):
        self.asked += 1
        self.words.append(f"ask {self.asked}")
        return {"x0": float(self.asked), "x1": 0.0}

    def tell(self, config, loss):
        assert loss > 0
        self.words.append(f"tell {config['x0']:.0f}")


@pytest.fixture
def told(monkeypatch):
    optimiser = Told()
    monkeypatch.setattr(worker, "make", lambda *_: optimiser)
    return optimiser


def test_the_oldest_is_told_and_the_next_asked(told):
    record = worker.run("any", "branin", 0, 4, Path(), running=2)
    assert told.words == ["ask 1", "ask 2", "tell 1", "ask 3", "tell 2", "ask 4", "tell 3", "tell 4"]
    assert record["n"] == 4


def test_alone_each_is_told_before_the_next_is_asked(told):
    worker.run("any", "branin", 0, 2, Path())
    assert told.words == ["ask 1", "tell 1", "ask 2", "tell 2"]


def test_our_adapter_tells_the_config_that_was_asked_first():
    optimiser = make("tunesmith_random", list(definitions()["branin"].space), 0, 9)
    configs = [optimiser.ask() for _ in range(3)]
    for loss, config in enumerate(configs):
        optimiser.tell(config, float(loss))
    assert [(t.params, t.value) for t in optimiser._study.trials] == [(c, float(i)) for i, c in enumerate(configs)]


def record(running, regret, seed=0, n=96):
    place = {"optimiser": "tunesmith", "problem": "branin", "seed": seed, "n": n, "running": running}
    return {"kind": "batch", **place, "steps": [[1, 3.0], [n, regret]], "cpu_s": 0.96}


def test_the_ratio_is_of_the_means_with_a_floor():
    runs = [record(1, 0.1), record(1, 0.3, seed=1), record(8, 0.5), record(8, 0.1, seed=1)]
    assert "| tunesmith | 1 | 2 | .200 [.100, .300] | .300 [.100, .500] | 1.500 " in batch.table(runs)
    assert "| .010 | 10.0 |" in batch.table([record(1, 1e-9), record(8, 0.01)])
    assert "tunesmith" not in batch.table([record(1, 0.1), record(8, 0.1, n=50)])


def test_the_runs_end_to_end_and_are_not_repeated(tmp_path, capsys):
    words = ["--optimisers", "tunesmith_random", "--problems", "branin", "--seeds", "1", "--trials", "9"]
    assert batch.main([*words, "--cache", str(tmp_path)]) == 0
    assert "8 at once: regret" in capsys.readouterr().out
    assert batch.main([*words, "--cache", str(tmp_path)]) == 0
    assert "8 at once: regret" not in capsys.readouterr().out
    assert len((tmp_path / "batch.jsonl").read_text().splitlines()) == 2

"""The noise is half the spread of the best tenth, the same for all; the figure is the true regret of the noisy best."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import noise
from benchmarks.noise_worker import noise_level, run
from benchmarks.problems.catalogue import Problem
from benchmarks.problems.definitions import Definition

LINE = ({"name": "x", "type": "float", "low": 0.0, "high": 1.0},)
PROBLEM = Problem(Definition("line", "synthetic", LINE, best=0.0, ref=0.5), lambda config: config["x"])


class Script:
    def __init__(self, values):
        self.values = list(values)
        self.told = []

    def ask(self):
        return {"x": self.values[len(self.told)]}

    def tell(self, config, loss):
        self.told.append(loss)


def test_half_the_spread_of_the_best_tenth():
    assert noise_level(PROBLEM) == pytest.approx(0.05, rel=0.1)  # of a uniform loss on [0, 1]: a tenth, halved


def test_without_noise_what_is_recommended_is_the_best():
    record = run(Script([0.4, 0.2, 0.3, 0.1]), PROBLEM, 0.0, 0, 4)
    assert record["steps"] == [(1, 0.8), (2, 0.4), (4, 0.2)]


def test_the_noise_is_told_and_the_true_regret_recorded():
    values = np.linspace(0.3, 0.2, 50)
    first, second = Script(values), Script(values)
    record = run(first, PROBLEM, 0.2, 7, 50)
    assert run(second, PROBLEM, 0.2, 7, 50)["steps"] == record["steps"]
    assert first.told == second.told
    errors = np.array(first.told) - values
    assert 0.1 < errors.std() < 0.3
    best = int(np.argmin(first.told))
    assert record["steps"][-1] == (best + 1, pytest.approx(values[best] * 2, rel=1e-4))
    assert best != 49  # the truly best one was not the one that looked best


def record(name, steps, seed=0, n=100):
    return {"optimiser": name, "problem": "branin", "seed": seed, "n": n, "steps": steps, "cpu_s": 0.1}


def test_what_is_recommended_may_get_worse_and_is_clipped():
    found = record("a", [[1, 7.0], [20, 0.1], [60, 0.4]])
    assert [noise.recommended(found, count) for count in (1, 25, 59, 100)] == [1.0, 0.1, 0.1, 0.4]


def test_what_the_model_recommends_is_recorded_and_has_a_row_of_its_own():
    class Model(Script):
        def recommend(self):
            return len(self.told) // 5  # any earlier trial

    run_of_ours = run(Model(np.linspace(0.3, 0.2, 50)), PROBLEM, 0.2, 7, 50)
    assert run_of_ours["expected"] == [
        (25, pytest.approx(2 * (0.3 - 0.5 / 49), rel=1e-4)),
        (50, pytest.approx(0.55918)),
    ]
    assert "expected" not in run(Script(np.linspace(0.3, 0.2, 50)), PROBLEM, 0.2, 7, 50)
    runs = [{**record("tunesmith", [[1, 0.3]]), "expected": [[25, 0.3], [50, 0.25], [100, 0.2]]}]
    text = noise.table([*runs, record("optuna_tpe", [[1, 0.5], [60, 0.4]])], ["branin"])
    assert "| tunesmith (recommended) | 1 | .300 | .250 | .200 | 1.000 | .500 | 1.000 |" in text
    assert "| tunesmith | 1 | .300 | .300 | .300 | 2.000 | .750 | 1.000 |" in text


def test_the_table_has_those_that_ran_on_all_problems():
    runs = [record("tunesmith", [[1, 0.3], [60, 0.2]]), record("optuna_tpe", [[1, 0.5], [60, 0.4]])]
    text = noise.table(runs, ["branin"])
    assert "| tunesmith | 1 | .300 | .300 | .200 | 1.000 | .500 | 1.000 |" in text
    assert "no optimiser" in noise.table(runs, ["branin", "ackley10"])
    assert "true regret at 50" in noise.table([record("tunesmith", [[1, 0.3]], n=50)], ["branin"])


def test_the_runs_end_to_end_and_are_not_repeated(tmp_path, capsys):
    words = ["--optimisers", "tunesmith_random", "--problems", "branin", "--seeds", "1", "--trials", "25"]
    assert noise.main([*words, "--cache", str(tmp_path)]) == 0
    assert "branin tunesmith_random: true regret" in capsys.readouterr().out
    assert noise.main([*words, "--cache", str(tmp_path)]) == 0
    assert "branin tunesmith_random: true regret" not in capsys.readouterr().out
    assert len((tmp_path / "noise.jsonl").read_text().splitlines()) == 1

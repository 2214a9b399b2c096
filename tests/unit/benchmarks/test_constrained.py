"""The problems with constraints are as published, and the regret is that of the best feasible config."""

from __future__ import annotations

import json
from math import inf, sqrt

import numpy as np
import pytest

from benchmarks import constrained
from benchmarks.constrained_worker import OPTIMISERS, run
from benchmarks.environments import ROOT, cache_folder
from benchmarks.peers import tunesmith_ours
from benchmarks.problems.constrained import FUNCTIONS, TABLES, Bounded, load, ready
from benchmarks.problems.definitions import definitions
from benchmarks.problems.draws import draw

NAME = "hpolib_protein_structure"

PUBLISHED = {
    "gramacy": ({"x0": 0.1954, "x1": 0.4044}, 0.5998),
    "gardner": ({"x0": 4.712389, "x1": 1.253236}, 0.253236),
    "spring": ({"wire": 0.051689, "coil": 0.356718, "coils": 11.288966}, 0.012665),
    "welded_beam": ({"h": 0.205730, "l": 3.470489, "t": 9.036624, "b": 0.205730}, 1.724852),
    "pressure_vessel": ({"shell": 13, "head": 7, "radius": 42.0984456, "length": 176.6365958}, 6059.714),
    "speed_reducer": (
        {
            "face": 3.5,
            "module": 0.7,
            "teeth": 17,
            "long1": 7.3,
            "long2": 7.715320,
            "wide1": 3.350215,
            "wide2": 5.286654,
        },
        2994.471,
    ),
}
"""The best configs of the literature; that of `gardner` by hand: sin x = -1, sin y = .95."""


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_published_optimum_is_feasible_and_as_good_as_stated(name):
    config, best = PUBLISHED[name]
    problem = FUNCTIONS[name]
    loss, excesses = problem.evaluate(config)
    assert loss == pytest.approx(best, rel=1e-3)
    assert problem.best == pytest.approx(best, rel=1e-4)
    assert max(excesses) <= 1e-3
    assert len(excesses) == problem.constraints
    assert -1e-3 < problem.regret(loss) < 1e-3


def many(problem: Bounded, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the losses (n,) and excesses (constraints, n) of uniform draws."""
    rng = np.random.default_rng(3)
    config = {}
    for p in problem.space:
        whole = p["type"] == "int"
        config[p["name"]] = (
            rng.integers(p["low"], p["high"] + 1, n) if whole else rng.uniform(p["low"], p["high"], n)
        ).astype(float)
    loss, excesses = problem.formula(config)
    return loss, np.stack(excesses)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_nothing_drawn_is_better_than_the_best_and_half_is_better_than_the_reference(name):
    problem = FUNCTIONS[name]
    losses, excesses = many(problem, 200_000)
    feasible = losses[(excesses <= 0).all(axis=0)]
    assert feasible.min() > problem.best
    assert np.mean(feasible < problem.ref) == pytest.approx(0.5, abs=1.5 / sqrt(len(feasible)) + 0.01)


def test_values_by_hand():
    loss, excesses = FUNCTIONS["gramacy"].evaluate({"x0": 1.0, "x1": 0.25})  # sin 2 pi (1 - 1/2) = 0
    assert (loss, excesses) == (1.25, pytest.approx([0.0, -0.4375]))
    loss, excesses = FUNCTIONS["spring"].evaluate({"wire": 0.1, "coil": 1.0, "coils": 10.0})
    assert loss == pytest.approx(0.12)
    expected = [1 - 10 / 7.1785, 3.9 / (12566 * 9e-4) + 1 / 51.08 - 1, 1 - 1.4045, 1.1 / 1.5 - 1]
    assert excesses == pytest.approx(expected)
    assert FUNCTIONS["spring"].evaluate({"wire": 0.5, "coil": 0.5, "coils": 10.0})[1][1] > 1e3  # at the pole
    loss, excesses = FUNCTIONS["pressure_vessel"].evaluate({"shell": 16, "head": 16, "radius": 10.0, "length": 120.0})
    assert loss == pytest.approx(746.88 + 177.81 + 379.932 + 198.4)
    assert excesses == pytest.approx([-0.807, -0.9046, 1 - np.pi * (12000 + 4000 / 3) / 1296000, -0.5])


class Script:
    """Asks for losses and excesses in turn."""

    def __init__(self, rows):
        self._rows = iter(rows)
        self.told = []

    def ask(self):
        return {"row": next(self._rows)}

    def tell(self, config, loss, excesses):
        self.told.append((loss, excesses))


SCRIPTED = Bounded([], lambda config: config["row"], 2, 1.0, 3.0)


def test_only_feasible_configs_count_and_everything_is_told():
    rows = [(0.5, [0.1, -1]), (9.0, [0.0, -1]), (1.5, [-1, 1e-9]), (2.0, [-1, -1]), (2.5, [-1, -1])]
    script = Script(rows)
    record = run(script, SCRIPTED, 4, 5)
    assert record["steps"] == [(2, 4.0), (4, 0.5)]
    assert script.told == rows
    assert (record["seed"], record["n"]) == (4, 5)
    assert constrained.first_feasible(record) == 2
    assert constrained.first_feasible(run(Script(rows[:1]), SCRIPTED, 0, 1)) == inf


def record(name, steps, problem="spring", seed=0, n=100):
    named = {"kind": "regret", "optimiser": name, "problem": problem, "seed": seed}
    return {**named, "n": n, "steps": steps, "cpu_s": 0.1}


def test_the_table_by_hand():
    runs = [
        record("tunesmith", [[3, 7.0], [20, 0.5], [60, 0.1]]),
        record("optuna_tpe", [[26, 0.4]], seed=0),
        record("optuna_tpe", [], seed=1),
        record("tunesmith", [[1, 0.1]], problem="gardner"),
    ]
    lines = constrained.table(runs).splitlines()
    assert "| spring | tunesmith | 1 | .500 | .500 | .100 | 1.000 | 1.000 | 1.000 |" in lines
    assert "| spring | optuna_tpe | 2 | 1.000 | .700 [.400, 1.000] | .700 [.400, 1.000] | 0 | .143 " in "\n".join(lines)
    assert lines[-1].startswith("| all 2 | tunesmith | 1 | .300 | .300 | .100 | 1.000 | 1.000 |")
    assert not any(line.startswith("| all 2 | optuna_tpe") for line in lines)


def test_a_short_run_is_told_at_its_end_and_none_is_said():
    text = constrained.table([record("optuna_tpe", [[4, 0.5]], n=15)])
    assert "regret at 15" in text
    assert "| spring | optuna_tpe | 1 | .500 | 1.000 | - |" in text
    assert constrained.table([]) == "no runs"


@pytest.mark.parametrize("sampler", [None, "TPE", "Random"])
def test_ours_is_told_the_excesses(sampler):
    space = [dict(p) for p in FUNCTIONS["gramacy"].space]
    optimiser = tunesmith_ours.make(space, 0, 2, sampler=sampler, constraints=2)
    for excesses in ([0.5, -1.0], [0.0, -1.0]):
        optimiser.tell(optimiser.ask(), 1.0, excesses)
    trials = optimiser._study.trials
    assert [trial.feasible for trial in trials] == [False, True]
    assert trials[0].violations == (0.5, 0.0)
    assert trials[0].values == (1.0,)


@pytest.fixture
def data(tmp_path):
    shape = definitions()[NAME].shape()
    cells = np.arange(1.0, np.prod(shape) + 1)
    np.savez(tmp_path / f"{NAME}.npz", loss=cells[::-1].reshape(shape) / 1e6)
    np.savez(tmp_path / f"{NAME}_size.npz", size=cells.reshape(shape) * 10)
    return tmp_path


def test_a_table_is_bounded_at_the_quantile_of_its_sizes(data):
    problem = load(f"{NAME}_bounded", data)
    n = np.prod(definitions()[NAME].shape())
    config = {p["name"]: p["choices"][0] if p["type"] == "categorical" else p["low"] for p in problem.space}
    loss, excesses = problem.evaluate(config)  # the first cell: the smallest network, the highest loss
    smallest = 1 + (n - 1) // 4  # the lower quartile of 1, ..., n
    assert loss == pytest.approx(np.log10(n))
    assert excesses == pytest.approx([-np.log10(smallest)])
    assert problem.best == pytest.approx(np.log10(n + 1 - smallest))
    assert problem.ref == pytest.approx(np.log10(n + 1 - (1 + smallest) / 2), abs=1e-4)
    assert problem.space == list(definitions()[NAME].space)
    assert ready(f"{NAME}_bounded", data)
    assert not ready(f"{NAME}_bounded", data / "nowhere")


def test_the_runs_end_to_end_and_are_not_repeated(data, capsys):
    where = ["--cache", str(data), "--data", str(data), "--problems", f"{NAME}_bounded", "gramacy"]
    words = [*where, "--optimisers", "tunesmith_random", "--seeds", "1", "--trials", "25"]
    kept = data / "kept.jsonl"
    assert constrained.main([*words, "--keep", str(kept)]) == 0
    assert "gramacy tunesmith_random: regret" in capsys.readouterr().out
    assert constrained.main(words) == 0
    assert "gramacy tunesmith_random: regret" not in capsys.readouterr().out
    assert len((data / "constrained.jsonl").read_text().splitlines()) == 2
    lines = [json.loads(line) for line in kept.read_text().splitlines()]
    assert {line["problem"] for line in lines} == {"gramacy", f"{NAME}_bounded"}
    assert all("versions" not in line for line in lines)


def test_a_table_that_is_not_there_is_said(tmp_path, capsys):
    assert constrained.main(["--cache", str(tmp_path), "--problems", f"{NAME}_bounded", "--seeds", "1"]) == 0
    assert f"SKIPPED {NAME}_bounded: no table" in capsys.readouterr().out


def test_every_optimiser_has_an_adapter():
    adapters = {path.stem for path in (ROOT / "benchmarks" / "peers").glob("*.py")}
    assert {adapter for _, adapter, _ in OPTIMISERS.values()} <= adapters


@pytest.mark.parametrize("name", TABLES)
def test_a_quarter_of_each_table_is_feasible_and_its_best_network_is_not(name):
    folder = cache_folder() / "tables"
    if not ready(name, folder):
        pytest.skip(f"no converted table of {name}; `python -m benchmarks.run --prepare` makes it")
    problem, rng = load(name, folder), np.random.default_rng(0)
    found = [problem.evaluate(draw(problem.space, rng)) for _ in range(2000)]
    assert np.mean([excess[0] <= 0 for _, excess in found]) == pytest.approx(0.25, abs=0.03)
    assert 0 < problem.best < problem.ref
    assert min(loss for loss, excess in found if excess[0] <= 0) >= problem.best

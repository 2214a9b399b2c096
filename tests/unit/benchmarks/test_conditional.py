"""The conditional tables say what the runs hold, and only what is missing is run."""

from __future__ import annotations

import pytest

from benchmarks import conditional, launch
from benchmarks.problems.catalogue import catalogue
from benchmarks.problems.definitions import definitions


def runs(optimiser, regret, problems=conditional.PROBLEMS, seeds=2) -> list[dict]:
    return [
        {"kind": "regret", "optimiser": optimiser, "problem": p, "seed": s, "n": 50, "steps": [[1, 0.9], [30, regret]]}
        | {"cpu_s": 0.1}
        for p in problems
        for s in range(seeds)
    ]


def test_the_tables_are_in_order_of_regret_with_our_ratio_to_each():
    text = conditional.table(
        [*runs("optuna_tpe", 0.4), *runs("tunesmith", 0.1), *runs("smac_hpo", 0.2, ["nested"], seeds=1)]
    )
    together, first, second, _ = text.split("## ")[1:]
    assert together.startswith("The three together")
    rows = [line for line in together.splitlines() if line.startswith("| ") and "---" not in line][1:]
    assert rows == [
        "| tunesmith | 2 | .900 | .100 | - | 2.000 |",
        "| optuna_tpe | 2 | .900 | .400 | .250 | 2.000 |",
    ]
    assert "smac_hpo" not in first
    assert "| smac_hpo | 1 | .900 | .200 | .500 | 2.000 |" in second


def test_without_ours_there_is_no_ratio_and_without_runs_no_table():
    assert "| optuna_tpe | 2 | .900 | .400 | - | 2.000 |" in conditional.table(runs("optuna_tpe", 0.4))
    assert conditional.section([], "Nothing", ["nested"]) == ""


def test_only_missing_seeds_are_run_with_the_interpreter_that_evaluates(tmp_path, monkeypatch):
    called = []

    def started(environment, module, words, options, keep):
        called.append((environment, module, words))
        return []

    monkeypatch.setattr(launch, "launch", started)
    monkeypatch.setattr(conditional, "there", lambda environment, options: environment != "digits")
    out = tmp_path / "out.jsonl"
    for record in runs("tunesmith", 0.1, ["nested"], seeds=1):
        conditional.records.append(out, record)
    words = ["--optimisers", "tunesmith", "--problems", "nested", "digits", "--seeds", "2", "--out", str(out)]
    assert conditional.main([*words, "--cache", str(tmp_path)]) == 1  # the digits could not be run
    ((environment, module, given),) = called
    assert (environment, module) == ("own", "benchmarks.worker")
    assert given[-2:] == ["--seeds", "1"]
    assert "digits" in given[given.index("--evaluator") + 1]


@pytest.mark.parametrize("name", conditional.PROBLEMS)
def test_the_problems_are_known_and_none_of_the_21(name):
    assert name in catalogue()
    assert name not in definitions()

"""Lines survive a kill, finished runs are not run again, curves come back as they were."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks import records, run
from benchmarks.worker import run as run_once

LINE = {"kind": "regret", "optimiser": "a", "problem": "p", "seed": 0, "n": 5, "steps": [[1, 2.0], [4, 0.5]]}


def test_a_record_comes_back(tmp_path):
    path = tmp_path / "deep" / "runs.jsonl"
    records.append(path, LINE)
    records.append(path, LINE | {"seed": 1})
    assert [row["seed"] for row in records.read(path)] == [0, 1]
    assert list(records.read(tmp_path / "none.jsonl")) == []


def test_a_torn_last_line_is_passed_over_and_then_replaced(tmp_path, capsys):
    path = tmp_path / "runs.jsonl"
    records.append(path, LINE)
    path.write_text(path.read_text() + json.dumps(LINE)[:20])
    assert len(list(records.read(path))) == 1
    assert "torn" in capsys.readouterr().out
    records.append(path, LINE | {"seed": 1})
    assert [row["seed"] for row in records.read(path)] == [0, 1]


def test_a_broken_line_in_the_middle_is_an_error(tmp_path):
    path = tmp_path / "runs.jsonl"
    path.write_text("{broken\n" + json.dumps(LINE) + "\n")
    with pytest.raises(ValueError, match=r"runs\.jsonl:1 is not JSON"):
        list(records.read(path))


def test_the_lines_of_an_optimiser_can_be_forgotten(tmp_path):
    path = tmp_path / "runs.jsonl"
    for record in (LINE, LINE | {"optimiser": "b"}, {"kind": "import", "module": "numpy"}):
        records.append(path, record)
    assert records.forget(path, ["a"]) == 1
    assert [row.get("optimiser") for row in records.read(path)] == ["b", None]
    assert records.forget(path, ["a"]) == 0


def test_only_missing_seeds_are_run():
    finished = records.done([LINE, LINE | {"seed": 2}, {"kind": "import", "module": "numpy"}])
    assert records.missing("a", "p", range(4), 5, finished) == [1, 3]
    assert records.missing("a", "p", range(2), 10, finished) == [0, 1]  # another number of trials is another run
    assert records.missing("b", "p", range(2), 5, finished) == [0, 1]


def test_of_a_run_that_is_there_twice_the_later_counts_and_own_runs_replace_published_ones():
    newer, other = LINE | {"steps": [[1, 0.1]]}, {"kind": "import", "module": "numpy"}
    published = [LINE | {"optimiser": "a (published)"}, LINE | {"optimiser": "b (published)"}]
    assert records.merged([LINE, other, *published, other, newer]) == [newer, other, published[1], other]


def test_steps_unfold_to_the_best_so_far():
    np.testing.assert_array_equal(records.curve(LINE), [2.0, 2.0, 2.0, 0.5, 0.5])
    np.testing.assert_array_equal(records.curve({"n": 3, "curve": [1.0, 2.0, 0.5]}), [1.0, 1.0, 0.5])


def test_published_curves_keep_the_longest_run_of_a_seed(tmp_path):
    short = {"kind": "eff", "peer": "x", "problem": "p", "seed": 0, "n": 1, "curve": [0.5]}
    long = short | {"n": 2, "curve": [0.5, 0.25]}
    (tmp_path / "eff_x.jsonl").write_text(json.dumps(long) + "\n")
    (tmp_path / "eff_x_50.jsonl").write_text(json.dumps(short) + "\n")
    (found,) = records.published(tmp_path)
    assert found["optimiser"] == "x (published)"
    assert found["curve"] == [0.5, 0.25]


def test_a_run_records_improvements_only_and_repeats_by_seed(tmp_path):
    first = run_once("numpy_random", "branin", 3, 40, tmp_path)
    again = run_once("numpy_random", "branin", 3, 40, tmp_path)
    assert first["steps"] == again["steps"]
    assert first["steps"][0][0] == 1
    values = [regret for _, regret in first["steps"]]
    assert values == sorted(values, reverse=True)
    assert first["steps"] != run_once("numpy_random", "branin", 4, 40, tmp_path)["steps"]


def test_the_runner_writes_lines_and_skips_them_the_next_time(tmp_path, capsys):
    out = tmp_path / "runs.jsonl"
    words = ["--optimisers", "numpy_random", "--problems", "branin", "--trials", "30", "--out", str(out)]
    words += ["--cache", str(tmp_path), "--data", str(tmp_path)]
    options = run.arguments([*words, "--seeds", "2"])
    run.run_regret(options, ["numpy_random"], ["branin"])
    lines = out.read_text().splitlines()
    assert [json.loads(line)["seed"] for line in lines] == [0, 1]
    assert "branin numpy_random: regret" in capsys.readouterr().out
    options = run.arguments([*words, "--seeds", "3"])
    run.run_regret(options, ["numpy_random"], ["branin"])
    assert out.read_text().splitlines()[:2] == lines
    assert [row["seed"] for row in records.read(out)] == [0, 1, 2]
    assert options.failures == []


def test_what_cannot_run_here_is_said_loudly(tmp_path, capsys):
    options = run.arguments(["--short", "--cache", str(tmp_path)])
    optimisers, problems = run.usable(options)
    said = capsys.readouterr().out
    assert "optuna_tpe" not in optimisers
    assert "numpy_random" in optimisers
    assert problems == ["branin", "mixedcat", "modelchoice"]
    assert "SKIPPED optuna_tpe" in said
    assert "SKIPPED hpobench_car" in said


def test_a_worker_that_fails_is_reported_with_its_reason(tmp_path, capsys):
    options = run.arguments(["--cache", str(tmp_path), "--out", str(tmp_path / "runs.jsonl")])
    found = run.worker("numpy_random", ["--problem", "hpobench_car", "--trials", "5"], options)
    assert found == []
    assert [words.split()[:2] for words in options.failures] == [["--optimiser", "numpy_random"]]
    assert "no table hpobench_car.npz" in capsys.readouterr().out


def test_a_published_curve_is_kept_as_its_improvements():
    run = {"kind": "regret", "optimiser": "x (published)", "peer": "x", "problem": "p", "seed": 1, "cpu_s": 2.0}
    kept = records.compact({**run, "curve": [0.5, 0.5, 0.25, 0.3, 0.0], "err": None})
    assert kept["steps"] == [[1, 0.5], [3, 0.25], [5, 0.0]]
    assert records.curve(kept).tolist() == [0.5, 0.5, 0.25, 0.25, 0.0]
    assert "peer" not in kept
    assert "curve" not in kept

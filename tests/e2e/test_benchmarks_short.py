"""The short form of the benchmarks runs from an empty cache: no peer, no table, and no network is asked for."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from benchmarks.environments import ROOT


@pytest.mark.e2e
def test_the_short_form_reports_ours_and_says_what_it_skipped(tmp_path):
    command = [sys.executable, "-m", "benchmarks.run", "--short", "--cache", str(tmp_path)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    assert result.returncode == 0, result.stdout[-2_000:] + result.stderr[-2_000:]
    assert "SKIPPED optuna_tpe" in result.stdout
    assert "SKIPPED hpobench_car" in result.stdout
    records = [json.loads(line) for line in (tmp_path / "short.jsonl").read_text().splitlines()]
    ran = {(r["optimiser"], r["problem"], r["seed"]) for r in records if r["kind"] == "regret"}
    names = {"numpy_random", "tunesmith_random", "tunesmith"}
    assert ran == {(n, p, s) for n in names for p in ("branin", "mixedcat", "modelchoice") for s in range(3)}
    assert {r["optimiser"] for r in records if r["kind"] == "overhead"} == names
    assert [r["module"] for r in records if r["kind"] == "import"] == ["tunesmith"]
    assert not (tmp_path / "environments").exists()

"""The report says what the records hold, and the verdict on a shared store hides nothing."""

from __future__ import annotations

import pytest

from benchmarks.figures import Interval
from benchmarks.overhead import overhead
from benchmarks.problems.catalogue import SEVEN
from benchmarks.stores import TRIALS, summary, verdict
from benchmarks.table import bracketed, foot, number, report


def runs(optimiser, regret, seeds) -> list[dict]:
    return [
        {
            "kind": "regret",
            "optimiser": optimiser,
            "problem": p,
            "seed": s,
            "n": 100,
            "steps": [[1, regret]],
            "cpu_s": 0.2,
        }
        for p in SEVEN
        for s in range(seeds)
    ]


def row_of(text, name) -> list[str]:
    line = next(line for line in text.splitlines() if line.startswith(f"| {name} |"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_report_ranks_and_relates_to_the_reference():
    text = report(runs("optuna_tpe", 0.2, 2) + runs("ours", 0.1, 2))
    assert "## The seven of them" in text
    assert "## The 21 problems" not in text  # nobody ran them all
    ours = row_of(text, "ours")
    assert ours == ["ours", "2", ".100", ".100", ".100", "1.000", ".500", ".500", "7-0", "2.000", "-"]
    assert row_of(text, "optuna_tpe")[5:9] == ["2.000", "1.000", "1.000", "-"]


def test_beside_few_seeds_stands_what_ours_has_with_as_few():
    text = report(runs("optuna_tpe", 0.2, 2) + runs("tunesmith", 0.1, 2) + runs("ax (published)", 0.05, 1))
    assert row_of(text, "ax (published)")[6:] == [".250", ".250", "7-0", "2.000", ".500"]
    assert row_of(text, "tunesmith")[-1] == row_of(text, "optuna_tpe")[-1] == "-"


def test_the_foot_tells_versions_and_kernels_where_they_are_known():
    runs = [{"versions": {"numpy": "2.1"}}, {"versions": {"numpy": "2.0"}}]
    assert foot(runs) == "Versions: numpy 2.0/2.1. One thread per process.\n"
    assert "BLAS: a x1; b x1. One" in foot([*runs, {"blas": "b x1; a x1"}])
    assert foot([{"kind": "regret"}]) == ""


def test_short_runs_on_a_few_problems_are_told_by_what_all_have_in_common():
    few = [
        {"kind": "regret", "optimiser": o, "problem": p, "seed": 0, "n": 30, "steps": [[1, r]], "cpu_s": 0.3}
        for o, r in (("tunesmith", 0.1), ("numpy_random", 0.3))
        for p in ("branin", "mixedcat")
    ]
    text = report([*few, few[0] | {"problem": "modelchoice"}], note="A note.")
    assert "A note." in text
    assert "## Mean over branin, mixedcat" in text
    assert row_of(text, "tunesmith")[2:5] == [".100", "-", "-"]
    assert row_of(text, "branin") == ["branin", ".300", "**.100**"]


def test_published_runs_of_the_reference_stand_in_for_it():
    text = report(runs("optuna_tpe (published)", 0.2, 1) + runs("ours", 0.1, 1))
    assert row_of(text, "ours")[6] == ".500"


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (0.12345, ".123"), (1.5, "1.500"), (123.456, "123.5"), (0.00002, "2e-05")]
)
def test_numbers_keep_three_digits(value, text):
    assert number(value) == text


def test_an_interval_without_width_is_not_written():
    assert bracketed(Interval(0.5, 0.4, 0.6)) == ".500 [.400, .600]"
    assert bracketed(Interval(0.5, float("nan"), float("nan"))) == ".500"
    assert bracketed(None) == "-"


def test_a_shared_study_is_sound_only_if_nothing_is_lost_or_double():
    sound = {"errors": [], "trials": TRIALS, "numbers": TRIALS, "complete": TRIALS, "wall_s": 2.0, "cpu_s": 1.0}
    assert verdict(sound) == "sound"
    assert verdict(sound | {"complete": TRIALS - 3}) == "3 trials lost"
    assert verdict(sound | {"numbers": TRIALS - 1}) == "1 duplicate numbers"
    assert verdict(sound | {"errors": ["locked"]}) == "1 workers failed: locked"
    record = summary("x", 4, [sound, sound | {"complete": 0}, sound | {"wall_s": 4.0}])
    assert record["verdict"] == f"{TRIALS} trials lost"
    assert record["wall_ms"] == 2.0
    assert record["per_second"] == 500.0


def test_overhead_is_marked_and_cut_off():
    whole = overhead("numpy_random", 0, 1_000, 60.0)
    assert whole["done"] == 1_000
    assert set(whole["mean_ms"]) == {"100", "1000"}
    assert all(value > 0 for value in whole["mean_ms"].values())
    cut = overhead("numpy_random", 0, 1_000, 0.0)
    assert cut["done"] == 1
    assert cut["mean_ms"] == {}

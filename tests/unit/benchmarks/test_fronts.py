"""The problems with several losses are as published, and the gap is a share of the true front's hypervolume."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.fronts import compact, gaps, table
from benchmarks.fronts_worker import OPTIMISERS, run
from benchmarks.problems.fronts import FRONTS
from tunesmith.numerics.pareto import hypervolume


def best_points(name: str, n: int) -> np.ndarray:
    """Return losses along the true front."""
    front = FRONTS[name]
    if name == "dtlz2":
        side = np.linspace(0, 1, int(n**0.5))
        heads = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
        return np.array([front.evaluate(np.array([a, b, *[0.5] * 5])) for a, b in heads])
    return np.array([front.evaluate(np.array([x, *[0.0] * 5])) for x in np.linspace(0, 1, n)])


@pytest.mark.parametrize("name", FRONTS)
def test_the_stated_volume_is_that_of_a_fine_front(name: str) -> None:
    front, found = FRONTS[name], best_points(name, 4000)
    volume = hypervolume(found, np.array(front.reference))
    assert volume < front.volume
    assert volume == pytest.approx(front.volume, rel=0.02)


def test_values_by_hand() -> None:
    # g = 1 + 9 / 2 at x = (1/4, 1/2, ..., 1/2)
    x = np.array([0.25] + [0.5] * 5)
    assert FRONTS["zdt1"].evaluate(x) == pytest.approx([0.25, 5.5 * (1 - (0.25 / 5.5) ** 0.5)])
    assert FRONTS["zdt2"].evaluate(x) == pytest.approx([0.25, 5.5 - 0.0625 / 5.5])
    assert FRONTS["zdt3"].evaluate(x)[1] == pytest.approx(5.5 - (0.25 * 5.5) ** 0.5 - 0.25)
    assert FRONTS["dtlz2"].evaluate(np.array([0, 0, 1, 0.5, 0.5, 0.5, 0.5])) == pytest.approx([1.25, 0, 0])


def test_the_gap_is_0_for_the_whole_front_and_1_for_nothing() -> None:
    assert gaps("zdt1", best_points("zdt1", 1000).tolist())["1000"] == pytest.approx(0, abs=1e-2)
    assert gaps("zdt1", [[9.0, 9.0]] * 100) == {"25": 1.0, "50": 1.0, "100": 1.0}


def test_a_short_run_and_its_table() -> None:
    record = run("tunesmith_random", "dtlz2", 0, 100)
    assert np.array(record["losses"]).shape == (100, 3)
    kept = compact(record)
    assert 0 < kept["gaps"]["100"] <= kept["gaps"]["25"] < 1
    assert "losses" not in kept
    assert compact(kept) == kept
    assert "| dtlz2 | tunesmith_random | 1 |" in table([kept])
    assert "tunesmith_nsga" in OPTIMISERS


def test_the_interval_is_over_seeds() -> None:
    """Gaps 0 and 1 of two seeds: the mean of a resample is 0, 1/2 or 1."""
    runs = [{"problem": "zdt1", "optimiser": "x", "n": 25, "cpu_s": 0.05, "gaps": {"25": gap}} for gap in (0.0, 1.0)]
    assert "| zdt1 | x | 2 | .500 [0, 1.000] | 2.00 |" in table(runs)

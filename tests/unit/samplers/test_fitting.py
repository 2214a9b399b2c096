"""How processes are fitted: which columns are bent, what the next fit starts from, and that it may be left alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tunesmith.numerics.gaussian_process import Process, fit
from tunesmith.numerics.kernels import Layout
from tunesmith.samplers.fitting import fitted
from tunesmith.seeding import stream

KINDS = np.array([0, 0, 0, 2])


def points(n: int, seed: int = 0):
    rng = np.random.default_rng(seed)
    x = rng.random((n, 4))
    x[:, 0] **= 4  # crowded where it matters, as the trials of a search are
    x[:, 1] = 1 - x[:, 1] ** 4
    x[:, 3] = np.where(x[:, 3] < 0.5, 0.25, 0.75)
    return x


def standard(y):
    return (y - y.mean()) / y.std()


def memo_of(process):
    return np.array([*process.memo(), *process.layout.powers])


def fits(x, y, kinds=KINDS, rounds=6, *, warping=True):
    """Fit so often, each time from the last memo, and return the last process and memo."""
    memo, layout = None, Layout.of(x, kinds)
    for turn in range(rounds):
        process = fitted(x, y, kinds, layout, memo, stream(turn), afresh=True, rests=False, warping=warping)
        memo = memo_of(process)
    return process, memo


@pytest.mark.parametrize("n", [25, 60, 200])
def test_columns_are_bent_towards_the_edge_where_things_happen(n: int) -> None:
    x = points(n)
    y = standard(np.log10(x[:, 0] + 1e-4) + np.log10(1 - x[:, 1] + 1e-4) + x[:, 2] + (x[:, 3] > 0.5))
    process, memo = fits(x, y)
    lower, upper, plain, category = process.layout.powers
    assert lower >= 1.0
    assert upper <= -1.0
    assert (plain, category) == (0.0, 0.0)
    assert memo[-4:] == pytest.approx(np.array(process.layout.powers))


@pytest.mark.parametrize("seed", range(4))
def test_plain_columns_stay_as_they_were_declared(seed: int) -> None:
    x = np.random.default_rng(seed).random((40, 4))
    x[:, 3] = np.where(x[:, 3] < 0.5, 0.25, 0.75)
    y = standard(np.square(x[:, :3] - 0.4).sum(axis=1) + np.sin(4 * x[:, 0]) + (x[:, 3] > 0.5))
    assert fits(x, y)[0].layout.powers == (0.0,) * 4


def test_a_column_is_straightened_again_when_the_trials_say_so() -> None:
    x = np.random.default_rng(3).random((60, 4))
    x[:, 3] = np.where(x[:, 3] < 0.5, 0.25, 0.75)
    y = standard(np.sin(7 * x[:, 0]) + x[:, 1])
    layout = Layout.of(x, KINDS)
    start = np.append(fits(x, y, warping=False)[1], [2.0, 0.0, 0.0, 0.0])
    process = fitted(x, y, KINDS, layout, start, stream(0), afresh=True, rests=False, warping=True)
    assert process.layout.powers[0] < 2.0


def test_nothing_is_bent_where_it_is_not_wanted_nor_a_column_of_three_values() -> None:
    x = points(40)
    y = standard(np.log10(x[:, 0] + 1e-4))
    process, memo = fits(x, y, warping=False)
    assert process.layout.powers == ()
    assert len(memo) == 4 + 2
    x[:, 0] = np.array([0.0, 0.02, 1.0])[np.arange(40) % 3]
    assert fits(x, standard(np.log10(x[:, 0] + 1e-4)))[0].layout.powers[0] == 0.0


def test_a_memo_of_another_kind_is_not_believed() -> None:
    x = points(40)
    y = standard(x[:, 0] + x[:, 2])
    _, straight = fits(x, y, warping=False)
    process = fitted(x, y, KINDS, Layout.of(x, KINDS), straight, stream(0), afresh=False, rests=False, warping=True)
    assert len(memo_of(process)) == len(straight) + 4
    assert np.isfinite(process.predict(x)[0]).all()


def test_a_process_without_a_last_fit_is_bent_at_once() -> None:
    x = points(60)
    y = standard(np.log10(x[:, 0] + 1e-4) + x[:, 2])
    process = fitted(x, y, KINDS, Layout.of(x, KINDS), None, stream(0), afresh=False, rests=False, warping=True)
    assert process.layout.powers[0] > 0


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_what_is_absent_at_times_is_bent_as_what_is_always_there(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.random((80, 4))
    x[:, 0] **= 4
    x[:, 3] = np.where(x[:, 3] < 0.5, 0.25, 0.75)
    x[rng.random(80) < 0.3, 0] = np.nan
    y = standard(np.nan_to_num(np.log10(x[:, 0] + 1e-4)) + x[:, 2] + (x[:, 3] > 0.5))
    assert fits(x, y)[0].layout.powers[0] >= 1.0


def test_absence_is_no_value_of_a_column() -> None:
    x = points(80)
    x[:, 0] = np.array([0.0, 0.02, 1.0, np.nan])[np.arange(80) % 4]
    y = standard(np.nan_to_num(np.log10(x[:, 0] + 1e-4), nan=1.0))
    assert fits(x, y)[0].layout.powers[0] == 0.0


def test_each_power_beside_the_last_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def noted(*args, layout, calls, **settings):
        tried.append((layout.powers[0], calls))
        return fit(*args, layout=layout, calls=calls, **settings)

    x = np.random.default_rng(0).random((40, 4))
    x[:, 1:3], x[:, 3] = 0.5, np.where(x[:, 3] < 0.5, 0.25, 0.75)
    y = standard(np.sin(9 * x[:, 0] ** np.exp(-0.5)))
    memo = np.array([*fits(x, y, warping=False)[1], 0.5, 0.0, 0.0, 0.0])
    monkeypatch.setattr("tunesmith.samplers.fitting.fit", noted)
    fitted(x, y, KINDS, Layout.of(x, KINDS), memo, stream(0), afresh=True, rests=False, warping=True)
    assert [power for power, calls in tried if not calls] == [1.0, 0.0]


def test_a_memo_from_before_an_edit_of_the_space_bends_no_categories() -> None:
    x = points(40)
    y = standard(x[:, 0] + x[:, 2])
    memo = np.append(fits(x, y, warping=False)[1], [0.0, 0.0, 0.0, 2.0])
    process = fitted(x, y, KINDS, Layout.of(x, KINDS), memo, stream(0), afresh=False, rests=False, warping=True)
    assert process.layout.powers[3] == 0.0


@pytest.mark.parametrize("n", [60, 200])
def test_a_process_that_is_not_due_takes_lengths_and_powers_of_the_last(n: int) -> None:
    x = points(n)
    y = standard(np.log10(x[:, 0] + 1e-4) + x[:, 2])
    last = np.array([*np.log([0.5, 0.6, 0.7, 0.8]), np.log(0.01), 0.3, 0.5, -0.5, 0.0, 0.0])
    process = fitted(x, y, KINDS, Layout.of(x, KINDS), last, stream(0), afresh=False, rests=True, warping=True)
    assert process.layout.powers == (0.5, -0.5, 0.0, 0.0)
    assert memo_of(process) == pytest.approx(last)


def test_a_young_process_is_bent_at_every_fit() -> None:
    x = points(25)
    y = standard(np.log10(x[:, 0] + 1e-4) + x[:, 2])
    memo = np.append(fits(x, y, warping=False)[1], np.zeros(4))
    process = fitted(x, y, KINDS, Layout.of(x, KINDS), memo, stream(0), afresh=False, rests=False, warping=True)
    assert process.layout.powers[0] > 0


def test_ordered_cells_are_bent_too() -> None:
    x, kinds = points(60), np.array([1, 0, 0, 2])
    x[:, 0] = (np.floor(x[:, 0] * 4096) + 0.5) / 4096
    y = standard(np.log10(x[:, 0]) + x[:, 2])
    assert fits(x, y, kinds)[0].layout.powers[0] >= 1.0


@pytest.mark.parametrize("seed", range(4))
def test_a_few_trials_bend_nothing_that_is_plain(seed: int) -> None:
    x = np.random.default_rng(seed).random((10, 4))
    x[:, 3] = np.where(x[:, 3] < 0.5, 0.25, 0.75)
    y = standard(np.square(x[:, :3] - 0.4).sum(axis=1) + (x[:, 3] > 0.5))
    assert fits(x, y, rounds=4)[0].layout.powers == (0.0,) * 4


@pytest.mark.parametrize(("n", "most"), [(20, 10), (40, 3)])
def test_of_many_columns_some_are_looked_at_and_each_some_time(
    n: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []

    def watched(*args: Any, layout: Layout, calls: int, **settings: Any) -> Process:
        tried.extend(np.flatnonzero(layout.powers).tolist())
        return fit(*args, layout=layout, calls=calls, **settings)

    monkeypatch.setattr("tunesmith.samplers.fitting.fit", watched)
    rng = np.random.default_rng(0)
    x, kinds = rng.random((n, 14)), np.zeros(14, dtype=np.int8)
    y = standard(x[:, 0] + x[:, 1])
    seen = set()
    for turn in range(36):
        tried.clear()
        fitted(x, y, kinds, Layout.of(x, kinds), None, stream(turn), afresh=True, rests=False, warping=True)
        assert len(set(tried)) <= most
        seen |= set(tried)
    assert seen == set(range(14))

"""History: views of growing columns, told apart by ranges and lists of rows, encoded when looked at."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tunesmith.core.curves import CurveTable
from tunesmith.core.history import COMPLETE, FAILED, PAUSED, PRUNED, Columns, History, Row
from tunesmith.space import Float, Int, Space

SPACE = Space(x=Float(0.0, 2.0), n=Int(1, 4))
STATES = (COMPLETE, PRUNED, FAILED, PAUSED)


def row(number: int) -> Row:
    config = {"x": number / 10, "n": 1 + number % 4}
    excess = (-1.0, 2.0, math.nan)[number % 3]
    return Row(number, 1, number, STATES[number % 4], (float(-number), 1.0), (excess,), 3.0, 2.0, 0.5, 0, config,
               {"m": number}, "kit", {})  # fmt: skip


def columns(n: int) -> Columns:
    held = Columns(2, 1, SPACE)
    for number in range(n):
        held.append(row(number))
    return held


def view(held: Columns, rows: slice | np.ndarray) -> History:
    return History(held, rows, CurveTable(), running=(90,), paused=(91,))


def test_every_column_has_a_row_for_each_run() -> None:
    history = view(columns(5), slice(0, 5))
    assert len(history) == 5
    assert history.numbers.tolist() == history.decisions.tolist() == [0, 1, 2, 3, 4]
    assert history.states.tolist() == [COMPLETE, PRUNED, FAILED, PAUSED, COMPLETE]
    assert history.losses.tolist() == [[0, 1], [-1, 1], [-2, 1], [-3, 1], [-4, 1]]
    assert history.loss.tolist() == [0, -1, -2, -3, -4]
    assert history.feasible.tolist() == [True, False, False, True, False]
    assert np.array_equal(history.excesses[:, 0], [-1.0, 2.0, math.nan, -1.0, 2.0], equal_nan=True)
    assert np.array_equal(history.violations[:, 0], [0.0, 2.0, math.nan, 0.0, 2.0], equal_nan=True)
    assert history.x[:, 0].tolist() == pytest.approx([0.0, 0.05, 0.1, 0.15, 0.2])
    assert history.x[:, 1].tolist() == [0.125, 0.375, 0.625, 0.875, 0.125]
    for constant, value in (("budgets", 3.0), ("steps", 2.0), ("seconds", 0.5), ("runs", 1), ("replicates", 0)):
        assert getattr(history, constant).tolist() == [value] * 5
    assert [dict(config)["n"] for config in history.configs] == [1, 2, 3, 4, 1]


def test_a_view_keeps_its_rows_while_the_columns_grow() -> None:
    held = columns(3)
    old = view(held, slice(0, 3))
    before = old.x
    for number in range(3, 60):
        held.append(row(number))
        assert view(held, slice(0, number + 1)).numbers[-1] == number
    assert old.numbers.tolist() == [0, 1, 2]
    assert np.array_equal(before, old.x)


def test_parts_of_a_view_and_parts_of_parts() -> None:
    whole = view(columns(8), slice(0, 8))
    assert whole.since(5).numbers.tolist() == [5, 6, 7]
    assert whole.since(5).since(1).numbers.tolist() == [6, 7]
    assert whole.since(3).take(np.array([2, 0])).numbers.tolist() == [5, 3]
    even = whole.take(whole.numbers % 2 == 0)
    assert even.numbers.tolist() == [0, 2, 4, 6]
    assert even.since(1).take(np.array([False, True, True])).numbers.tolist() == [4, 6]
    assert [one.number for one in even.records] == [0, 2, 4, 6]
    assert (even.running, even.paused) == ((90,), (91,))
    assert len(whole.since(9)) == 0


def test_nobody_writes_to_a_view() -> None:
    history = view(columns(3), slice(0, 3))
    with pytest.raises(ValueError, match="read-only"):
        history.losses[0, 0] = 5.0
    history.take(np.array([0])).x.base  # noqa: B018 - a copy may exist; the columns stay as they are
    assert view(history.columns, slice(0, 3)).losses[0, 0] == 0.0


def test_after_an_edit_of_the_space_all_configs_are_encoded_anew() -> None:
    held = columns(4)
    assert view(held, slice(0, 4)).x[3, 0] == pytest.approx(0.15)
    held.respace(Space(x=Float(0.0, 0.2), n=Int(1, 4), z=Float(0.0, 1.0, default=0.25)))
    history = view(held, slice(0, 4))
    assert history.space.names == ("x", "n", "z")
    assert history.x[3].tolist() == pytest.approx([1.5, 0.875, 0.25])  # outside the new range: not clipped
    assert history.numbers.tolist() == [0, 1, 2, 3]


def test_a_history_without_a_study_has_no_trials_to_show() -> None:
    with pytest.raises(KeyError):
        view(columns(1), slice(0, 1)).trial(0)

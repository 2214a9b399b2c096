"""Learning curves: incremental columns show what a plain reading of all reports shows, in whatever order they come."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.core.curves import Curves, CurveTable

REPORTS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 5), st.floats(-9, 9), st.booleans(), st.integers(0, 3)), max_size=40
)


def plain_of(reports, number, cutoff, own):
    points = {s: v for n, d, s, v in reports if n == number and (cutoff is None or d <= cutoff or n == own)}
    return sorted(points.items())


def plain_at(reports, step, cutoff, own):
    last = {}
    for n, d, s, v in reports:
        if s == step and (cutoff is None or d <= cutoff or n == own):
            last.pop(n, None)
            last[n] = v
    return list(last.items())


def pairs(columns):
    return list(zip(*(column.tolist() for column in columns), strict=True))


@given(REPORTS, st.one_of(st.none(), st.integers(-1, 12)), st.one_of(st.none(), st.integers(0, 3)))
def test_curves_equal_a_plain_reading_whenever_somebody_looks(drawn, cutoff, own):
    table, reports, latest = CurveTable(), [], {}
    curves = Curves(table, cutoff, own)
    for number, step, loss, look, jump in drawn:
        latest[number] = latest.get(number, -1) + jump  # the decisions of one trial only grow
        table.append(number, latest[number], step, loss)
        reports.append((number, latest[number], step, loss))
        if look:
            assert pairs(curves.of(number)) == plain_of(reports, number, cutoff, own)
            assert pairs(curves.at(step)) == plain_at(reports, step, cutoff, own)
    for number in range(4):
        assert pairs(curves.of(number)) == plain_of(reports, number, cutoff, own)
    for step in range(6):
        assert pairs(curves.at(step)) == plain_at(reports, step, cutoff, own)


def test_what_is_handed_out_cannot_be_written_to():
    table = CurveTable()
    table.append(0, 0, 1, 0.5)
    curves = Curves(table)
    for column in (*curves.of(0), *curves.at(1)):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 7
    assert np.isnan(curves.of(9)[1]).sum() == 0 == len(curves.of(9)[0])

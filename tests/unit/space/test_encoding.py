"""Encoding: shapes, masks, snapping, and what models read from it."""

from __future__ import annotations

import numpy as np
import pytest

from tunesmith.errors import InvalidArgumentError
from tunesmith.space import Categorical, Float, Int, Near, Normal, Ordinal, Space

NAN = np.nan
SPACE = Space(
    a=Float(0.0, 2.0),
    n=Int(1, 4),
    k=Categorical("x", "y"),
    m=Int(1, 100, log=True, when={"k": "y"}),
    s=Float(0.0, 1.0, step=0.25, when={"n": ">= 3", "k": "y"}),
    o=Ordinal(8, 16, 32),
)


def test_the_columns_say_what_they_are() -> None:
    encoding = SPACE.encoding
    assert encoding is SPACE.encoding
    assert encoding.names == ("a", "n", "k", "m", "s", "o")
    assert encoding.kinds.tolist() == [0, 1, 2, 1, 1, 1]
    assert encoding.kinds.dtype == np.int8
    assert encoding.levels.tolist() == [0, 4, 2, 100, 5, 3]
    assert encoding.levels.dtype == np.int64
    with pytest.raises(ValueError, match="read-only"):
        encoding.kinds[0] = 2


def test_configs_become_points_and_points_configs() -> None:
    configs = [
        {"a": 0.5, "n": 1, "k": "x", "o": 8},
        {"a": 2.0, "n": 3, "k": "y", "m": 1, "s": 0.5, "o": 32},
        {"a": 0.0, "n": 2, "k": "y", "m": 100, "o": 16},
    ]
    x = SPACE.encoding.encode(configs)
    first = np.log(1.5 / 0.5) / np.log(100.5 / 0.5) / 2
    last = 1 - np.log(100.5 / 99.5) / np.log(100.5 / 0.5) / 2
    expected = [
        [0.25, 0.125, 0.25, NAN, NAN, 1 / 6],
        [1.0, 0.625, 0.75, first, 0.5, 5 / 6],
        [0.0, 0.375, 0.75, last, NAN, 0.5],
    ]
    np.testing.assert_allclose(x, expected)
    assert x.dtype == np.float64
    assert SPACE.encoding.decode(x) == configs


def test_coordinates_of_inactive_parameters_are_ignored() -> None:
    x = [[0.25, 0.9, 0.1, 0.7, 0.7, 0.5]]
    assert SPACE.encoding.decode(x) == [{"a": 0.5, "n": 4, "k": "x", "o": 16}]
    assert SPACE.encoding.active(x).tolist() == [[True, True, True, False, False, True]]


def test_a_missing_active_coordinate_is_read_as_the_default() -> None:
    space = Space(a=Int(0, 9, default=3), k=Categorical("x", "y", default="y"), c=Float(0, 2, when={"k": "y"}))
    assert space.encoding.decode([[NAN, NAN, NAN]]) == [{"a": 3, "k": "y", "c": 1.0}]
    assert space.encoding.active([[NAN, NAN, NAN]]).all()


def test_points_outside_the_cube_are_read_as_its_nearest_face() -> None:
    assert SPACE.encoding.decode([[-1.0, 9.0, 1.5, -2.0, 3.0, 1.0]]) == [
        {"a": 0.0, "n": 4, "k": "y", "m": 1, "s": 1.0, "o": 32}
    ]


def test_snapping_moves_to_the_centres_of_cells() -> None:
    x = np.array([[0.3, 0.3, 0.3, 0.3, 0.3, 0.3], [NAN, 1.0, NAN, 0.0, 1.2, -1.0]])
    snapped = SPACE.encoding.snap(x)
    low, high = SPACE.encoding.cells(x)
    assert snapped[0, [0, 1, 2, 4, 5]].tolist() == pytest.approx([0.3, 0.375, 0.25, 0.3, 1 / 6])
    assert np.isnan(snapped[1, [0, 2]]).all()
    assert snapped[1, [1, 4, 5]].tolist() == pytest.approx([0.875, 0.9, 1 / 6])
    np.testing.assert_allclose(SPACE.encoding.snap(snapped), snapped)
    assert (low[0] <= snapped[0]).all()
    assert (snapped[0] <= high[0]).all()
    assert low[0, 0] == high[0, 0] == 0.3
    assert (low[0, 1], high[0, 1]) == (0.25, 0.5)


@pytest.mark.parametrize("method", ["decode", "snap", "active", "allowed", "cells"])
@pytest.mark.parametrize("shape", [(6,), (2, 5), (1, 1, 6)])
def test_a_point_of_another_shape_is_refused(method, shape) -> None:
    with pytest.raises(InvalidArgumentError, match=r"\(n, 6\)"):
        getattr(SPACE.encoding, method)(np.zeros(shape))


def test_no_points_are_points_too() -> None:
    encoding = SPACE.encoding
    assert encoding.encode([]).shape == (0, 6)
    assert encoding.decode(np.empty((0, 6))) == []
    assert encoding.snap(np.empty((0, 6))).shape == (0, 6)
    assert encoding.active(np.empty((0, 6))).shape == (0, 6)
    assert encoding.allowed(np.empty((0, 6))).shape == (0,)


def test_hints_are_read_in_unit_coordinates() -> None:
    space = Space(
        a=Float(0, 10, prior=Normal(2.0, 1.0)), b=Float(1e-4, 1, log=True, prior=Near(1e-2, "high")), c=Int(1, 3),
        d=Categorical("x", "y", prior=[1, 3]), e=Ordinal("s", "m", "l", prior=Near("l", 5.0)),
    )  # fmt: skip
    encoding = space.encoding
    np.testing.assert_allclose(encoding.prior_means, [0.2, 0.5, NAN, NAN, 5 / 6])
    np.testing.assert_allclose(encoding.prior_stds, [0.1, 0.125, NAN, NAN, 0.2])
    assert list(encoding.prior_weights) == ["d"]
    assert encoding.prior_weights["d"].tolist() == [0.25, 0.75]

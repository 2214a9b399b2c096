"""Float and Int: coordinates worked by hand, membership, steps, huge ranges."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tunesmith.errors import InvalidSpaceError
from tunesmith.space import CONTINUOUS, ORDERED, Float, Int


@pytest.mark.parametrize(
    ("domain", "value", "u"),
    [
        (Float(0.0, 2.0), 0.5, 0.25),
        (Float(-1.0, 1.0), 0.0, 0.5),
        (Float(-1.0, 1.0), 1.0, 1.0),
        (Float(1e-5, 1e-1, log=True), 1e-3, 0.5),
        (Float(1e-4, 1.0, log=True), 1e-3, 0.25),
        (Float(0.0, 1.0, step=0.25), 0.0, 0.1),  # five cells: 0, 0.25, 0.5, 0.75, 1
        (Float(0.0, 1.0, step=0.25), 0.75, 0.7),
        (Float(3.0, 3.0), 3.0, 0.5),
        (Int(1, 4), 1, 0.125),
        (Int(1, 4), 4, 0.875),
        (Int(0, 8, step=4), 4, 0.5),
        (Int(7, 7), 7, 0.5),
        # log ints: cells [v - 1/2, v + 1/2] of [1/2, 4.5], which is 9 times 1/2
        (Int(1, 4, log=True), 1, math.log(3) / math.log(9) / 2),
        (Int(1, 4, log=True), 4, (math.log(7) / math.log(9) + 1) / 2),
    ],
)
def test_a_value_stands_at_the_coordinate_worked_by_hand(domain, value, u) -> None:
    assert domain.to_unit(value) == pytest.approx(u, abs=1e-12)
    assert domain.from_unit(u) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("domain", "u", "value"),
    [
        (Int(1, 4), 0.0, 1),
        (Int(1, 4), 0.249, 1),
        (Int(1, 4), 0.25, 2),
        (Int(1, 4), 1.0, 4),
        (Int(1, 4), -3.0, 1),
        (Int(1, 4), 7.0, 4),
        (Int(1, 4, log=True), 0.49, 1),  # the edge of 1 is log 3 / log 9 = 1/2
        (Int(1, 4, log=True), 0.51, 2),
        (Float(0.0, 1.0, step=0.1), 0.3, 0.3),  # not 0.30000000000000004
        (Float(0.0, 1.0, step=0.1), 0.99, 1.0),
        (Float(0.5, 2.0), -0.1, 0.5),
        (Float(0.5, 2.0), 1.1, 2.0),
        (Float(1e-7, 3e-1, log=True), 0.0, 1e-7),
        (Float(1e-7, 3e-1, log=True), 1.0, 3e-1),
    ],
)
def test_a_coordinate_gives_the_value_of_its_cell(domain, u, value) -> None:
    assert domain.from_unit(u) == value
    assert type(domain.from_unit(u)) is type(value)


def test_a_nan_coordinate_is_refused() -> None:
    for domain in (Float(0, 1), Int(0, 3), Float(0, 1, step=0.5)):
        with pytest.raises(InvalidSpaceError, match="nan"):
            domain.from_unit(math.nan)


@pytest.mark.parametrize(
    ("domain", "inside", "outside"),
    [
        (Float(0, 1), [0.0, 1.0, 0.5, 1], [-1e-9, 1.1, math.nan, math.inf, True, "0.5", None, [0.5]]),
        (Float(0, 1, step=0.1), [0.3, 0.1 + 0.2, 1.0], [0.35, 0.3001, 1.1]),
        (Int(1, 9, step=4), [1, 5, 9], [2, 13, 5.0, True, "5", None, math.nan]),
        (Int(0, 1), [0, 1], [False, True, 0.0]),
        (Float(2, 2), [2.0, 2], [2.1]),
    ],
)
def test_membership_asks_for_type_range_and_grid(domain, inside, outside) -> None:
    assert all(domain.contains(value) for value in inside)
    assert not any(domain.contains(value) for value in outside)


@pytest.mark.parametrize(
    ("domain", "value", "u"),
    [
        (Float(0.0, 1.0), 3.0, 3.0),
        (Float(0.0, 1.0), -0.5, -0.5),
        (Float(1e-2, 1.0, log=True), 1e-4, -1.0),
        (Int(1, 4), 6, 1.375),
        (Int(1, 4), 0, -0.125),
        (Int(0, 8, step=4), 2, 1 / 3),  # between the cells of 0 and 4
        (Float(0.0, 1.0, step=0.25), 1.5, 1.3),
        (Float(3.0, 3.0), 2.0, -0.5),
        (Float(3.0, 3.0), 4.0, 1.5),
    ],
)
def test_a_value_out_of_range_keeps_its_place_outside_the_unit_interval(domain, value, u) -> None:
    assert domain.to_unit(value) == pytest.approx(u)


@pytest.mark.parametrize(
    ("domain", "value"),
    [
        (Float(0, 1), "a"), (Float(0, 1), None), (Float(0, 1), True), (Float(1e-3, 1, log=True), 0.0),
        (Float(1e-3, 1, log=True), -1.0), (Int(1, 3), "a"), (Int(1, 3), False), (Int(1, 3, log=True), 0),
    ],
)  # fmt: skip
def test_what_has_no_place_is_nan(domain, value) -> None:
    assert math.isnan(domain.to_unit(value))


@pytest.mark.parametrize(
    ("make", "high", "levels"),
    [
        (lambda: Float(0, 1, step=0.3), 0.9, 4),
        (lambda: Int(1, 10, step=4), 9, 3),
        (lambda: Float(0.1, 1.0, step=0.5), 0.6, 2),
        (lambda: Int(0, 3, step=10), 0, 1),
    ],
)
def test_a_step_that_does_not_divide_the_range_shortens_it_with_a_warning(make, high, levels) -> None:
    with pytest.warns(UserWarning, match="does not divide") as caught:
        domain = make()
    assert (domain.high, domain.levels) == (high, levels)
    assert str(high) in repr(domain)
    assert caught[0].filename == __file__


@pytest.mark.parametrize(("low", "high", "step"), [(0, 1, 0.1), (0.1, 0.7, 0.2), (1e-3, 5e-3, 1e-3), (-0.3, 0.3, 0.1)])
def test_a_step_that_divides_in_decimals_is_not_shortened_by_rounding(low, high, step) -> None:
    domain = Float(low, high, step=step)
    assert domain.high == high
    assert [domain.level(i) for i in range(domain.levels)] == [
        float(f"{low + i * step:.10f}") for i in range(domain.levels)
    ]


def test_kinds_tell_lines_from_cells() -> None:
    assert (Float(0, 1).kind, Float(0, 1).levels) == (CONTINUOUS, 0)
    assert (Float(0, 1, step=0.5).kind, Float(0, 1, step=0.5).levels) == (ORDERED, 3)
    assert (Float(1, 1).kind, Float(1, 1).levels) == (ORDERED, 1)
    assert (Int(1, 4).kind, Int(1, 4).levels) == (ORDERED, 4)


def test_the_widest_range_of_floats_is_drawn_from_evenly() -> None:
    domain = Float(-1e308, 1e308)
    values = [domain.from_unit(u) for u in np.linspace(0, 1, 101).tolist()]
    assert values[0] == -1e308
    assert values[-1] == 1e308
    assert values[25] == pytest.approx(-5e307)
    assert domain.to_unit(5e307) == pytest.approx(0.75)
    assert np.isfinite(domain.column(np.linspace(0, 1, 11))).all()


def test_ints_beyond_2_to_the_53_are_exact() -> None:
    low = 2**62 - 1000
    domain = Int(low, 2**62)
    assert {domain.from_unit((i + 0.5) / 1001) for i in range(1001)} == set(range(low, 2**62 + 1))
    assert all(domain.from_unit(domain.to_unit(value)) == value for value in range(low, 2**62 + 1, 7))
    wide = Int(-(2**62) + 1, 2**62 - 1)
    values = [wide.from_unit(u) for u in np.random.default_rng(0).random(2000).tolist()]
    assert all(wide.contains(value) for value in values)
    assert abs(np.mean([value / 2**62 for value in values])) < 0.1
    assert wide.from_unit(0.5) == 0


def test_a_wide_int_in_odd_steps_stays_on_its_grid() -> None:
    with pytest.warns(UserWarning, match="does not divide"):
        domain = Int(-(2**62), 2**62, step=3)
    values = [domain.from_unit(u) for u in np.random.default_rng(0).random(500).tolist()]
    assert all((value + 2**62) % 3 == 0 for value in values)


def test_the_cells_of_log_ints_cover_the_unit_interval() -> None:
    domain = Int(1, 1000, log=True)
    centres = np.array([domain.to_unit(value) for value in range(1, 1001)])
    low, high = domain.cells(centres)
    assert low[0] == pytest.approx(0.0)
    assert high[-1] == pytest.approx(1.0)
    assert np.allclose(high[:-1], low[1:])
    assert np.allclose((low + high) / 2, centres)


@pytest.mark.parametrize(
    "domain", [Int(1, 7), Int(1, 9, step=2), Int(1, 100, log=True), Float(0, 1, step=0.05), Float(2, 3), Float(4, 4)]
)
def test_columns_snaps_and_cells_agree_with_single_values(domain) -> None:
    u = np.concatenate([np.linspace(-0.2, 1.2, 57), [np.nan]])
    snapped = domain.snap(u)
    assert np.isnan(snapped[-1])
    for place in range(57):
        value = domain.from_unit(float(u[place]))
        assert domain.column(u[:-1])[place] == pytest.approx(value)
        assert snapped[place] == pytest.approx(domain.to_unit(value))
        low, high = domain.cells(snapped[place : place + 1])
        assert low[0] <= snapped[place] <= high[0]


def test_the_middle_stands_in_for_a_default() -> None:
    assert Float(0, 4).start() == 2.0
    assert Float(1e-4, 1, log=True).start() == pytest.approx(1e-2)
    assert Int(1, 3).start() == 2
    assert Int(1, 3, default=3).start() == 3
    assert not Int(1, 3).has_default


def test_numpy_numbers_are_taken_as_numbers() -> None:
    assert Int(np.int64(1), np.int32(3)) == Int(1, 3)
    assert Float(np.float32(0.5), np.float64(1)) == Float(0.5, 1.0)
    assert type(Int(np.int64(1), 3).low) is int


def test_a_domain_is_frozen_and_equal_by_content() -> None:
    domain = Float(0, 1)
    with pytest.raises(AttributeError):
        domain.low = 3  # type: ignore[misc]
    assert domain == Float(0.0, 1.0)
    assert hash(domain) == hash(Float(0.0, 1.0))
    assert domain != Float(0.0, 1.0, optional=True)
    assert domain != Float(0.0, 1.0, when={"a": 1})
    assert Float(-0.0, 1) == Float(0.0, 1)
    assert repr(Float(-0.0, 1)) == "Float(0.0, 1.0)"

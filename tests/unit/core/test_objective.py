"""Numbers from any object, the one change of sign, and plain JSON from what users note."""

from __future__ import annotations

import json
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.core.objective import check_directions, json_value, read_number, read_returned, to_losses
from tunesmith.errors import InvalidArgumentError


def test_a_maximised_value_changes_its_sign_and_a_minimised_one_does_not() -> None:
    assert to_losses((0.9, 12.0, -3.0), ("maximize", "minimize", "maximize")) == (-0.9, 12.0, 3.0)


@pytest.mark.parametrize("directions", ["minimize", [], ["up"], ["minimize", "Maximize"]])
def test_directions_that_are_none_are_refused(directions: object) -> None:
    with pytest.raises(InvalidArgumentError, match="direction"):
        check_directions(directions)


@given(st.from_type(object))
def test_whatever_an_objective_returns_is_finite_values_or_a_reason(returned: object) -> None:
    read = read_returned(returned, ("a", "b"))
    if read.values is None:
        assert read.reason
        assert read.message
    else:
        assert len(read.values) == 2
        assert all(type(value) is float and math.isfinite(value) for value in read.values)


@given(st.floats() | st.integers() | st.fractions() | st.decimals() | st.complex_numbers() | st.text())
def test_a_number_is_finite_or_says_why_not(value: object) -> None:
    number, reason, message = read_number(value)
    assert (number is None) == bool(reason) == bool(message)
    assert number is None or math.isfinite(number)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (np.int64(3), 3),
        (np.float32(0.5), 0.5),
        (np.bool_(True), True),
        (True, True),
        (Fraction(1, 4), 0.25),
        ((1, (2, None)), [1, [2, None]]),
        (np.array([[1, 2]]), [[1, 2]]),
        ({"a": (np.int8(1),)}, {"a": [1]}),
        (np.str_("text"), "text"),
        (2**63 - 1, 2**63 - 1),
    ],
    ids=repr,
)
def test_what_a_user_notes_becomes_plain_json(given: object, kept: object) -> None:
    value = json_value(given, "here")
    assert value == kept
    assert type(value) is type(kept)
    assert json.loads(json.dumps(value, allow_nan=False)) == kept


CYCLE: list[object] = []
CYCLE.append(CYCLE)


@pytest.mark.parametrize(
    ("given", "word"),
    [
        (math.nan, "nan"),
        ([1.0, {"a": math.inf}], "inf"),
        (np.float64("nan"), "nan"),
        (2**63, "64 bits"),
        (Fraction(10**400), "cannot carry"),
        ({1: 2}, "key 1"),
        (object(), "object"),
        ({1, 2}, "set"),
        (b"x", "bytes"),
        (1j, "complex"),
        (CYCLE, "inside itself"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_json_cannot_keep_is_refused_by_name(given: object, word: str) -> None:
    with pytest.raises(InvalidArgumentError, match=word) as caught:
        json_value(given, "user attribute 'note'")
    assert "user attribute 'note'" in str(caught.value)

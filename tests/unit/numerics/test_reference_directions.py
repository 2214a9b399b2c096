"""Das and Dennis's directions, the normalised losses and niches of NSGA-III, by hand and as published."""

from __future__ import annotations

import numpy as np
import pytest

from tunesmith.errors import InvalidArgumentError
from tunesmith.numerics.reference_directions import das_dennis, divisions_within, niche_ranks, normalised


@pytest.mark.parametrize(("m", "divisions", "count"), [(3, 12, 91), (5, 6, 210), (8, 3, 120), (2, 99, 100), (1, 4, 1)])
def test_as_many_directions_as_published(m: int, divisions: int, count: int) -> None:
    # Deb and Jain 2014, table I: 91 for 3 losses, 210 for 5
    found = das_dennis(m, divisions)
    assert found.shape == (count, m)
    assert found.sum(axis=1) == pytest.approx(np.ones(count))
    assert len(np.unique(found.round(9), axis=0)) == count


def test_directions_by_hand() -> None:
    assert das_dennis(2, 2).tolist() == [[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]]
    with pytest.raises(InvalidArgumentError, match="divisions=0"):
        das_dennis(3, 0)


def test_divisions_fit_the_population() -> None:
    assert [divisions_within(3, most) for most in (2, 3, 6, 90, 91, 92)] == [1, 1, 2, 11, 12, 12]


def test_losses_of_any_scale_span_the_simplex() -> None:
    # a plane with intercepts 10, 200 and 0.5, moved away from the origin
    plane = das_dennis(3, 4) * np.array([10, 200, 0.5]) + np.array([3, -7, 1])
    assert normalised(plane, np.zeros(15, dtype=np.int64)) == pytest.approx(das_dennis(3, 4), abs=1e-9)


def test_degenerate_fronts_are_divided_by_their_range() -> None:
    line = np.array([[0.0, 2.0, 5.0], [1.0, 0.0, 5.0]])
    found = normalised(line, np.zeros(2, dtype=np.int64))
    assert found == pytest.approx(np.array([[0, 1, 0], [1, 0, 0.0]]))
    assert np.isfinite(normalised(np.full((3, 3), np.inf), np.zeros(3, dtype=np.int64))).all()


def test_niche_ranks_by_hand() -> None:
    # rays (0,1), (1/2,1/2), (1,0); the middle niche holds three: two of front 0, the nearer first, then front 1
    losses = np.array([[0, 1], [0.5, 0.5], [0.4, 0.55], [0.8, 0.8], [1, 0]])
    ranks, distances = niche_ranks(losses, np.array([0, 0, 0, 1, 0]), das_dennis(2, 2))
    assert ranks.tolist() == [0, 0, 1, 2, 0]
    assert distances == pytest.approx([0, 0, 0.15 / np.sqrt(2), 0, 0], abs=1e-7)

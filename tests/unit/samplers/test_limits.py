"""What constraints tell: which of them need a process, what is unknown, and very many of them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tunesmith.numerics.gaussian_process import fit
from tunesmith.samplers.limits import Limit, chance, less_broken, measured

RAMP = np.linspace(-1.0, 1.0, 9)


def test_the_bound_divides_the_targets_as_it_divides_the_excesses() -> None:
    (bound,) = measured((RAMP[:, None] + 0.3) ** 3)
    assert bound.rows.tolist() == list(range(9))
    assert ((bound.targets <= bound.ceiling) == (RAMP <= -0.3)).all()
    assert (np.diff(bound.targets) > 0).all()


@pytest.mark.parametrize(
    "column", [RAMP - 1.0, np.full(9, 2.0), np.full(9, math.nan), np.full(9, math.inf), np.full(9, -math.inf)]
)
def test_what_was_never_broken_or_always_by_as_much_needs_no_process(column: np.ndarray) -> None:
    assert measured(column[:, None]) == []


def test_what_is_unknown_is_left_out_and_what_is_certainly_broken_is_the_worst() -> None:
    (bound,) = measured(np.array([[-1.0], [math.nan], [2.0], [math.inf], [-1.0]]))
    assert bound.rows.tolist() == [0, 2, 3, 4]
    assert bound.targets[2] == bound.targets[1] == bound.targets.max()


@pytest.mark.parametrize("slight", [[], [0.1]])
def test_broken_without_a_measure_is_as_far_from_the_bound_as_the_most_room(slight: list[float]) -> None:
    (bound,) = measured(np.array([[-100.0], [math.inf], [-99.0], [-99.5], *([value] for value in slight)]))
    assert bound.targets[1] - bound.ceiling > 0.5
    assert bound.targets[1] == bound.targets.max()
    assert (bound.targets[[0, 2, 3]] < bound.ceiling).all()


@pytest.mark.parametrize("broken", [[5.0], [5.0, 7.0], [math.inf]])
def test_kept_without_a_measure_lies_within_the_bound(broken: list[float]) -> None:
    (bound,) = measured(np.array([[-math.inf], *([value] for value in broken)]))
    assert (bound.targets < bound.ceiling).tolist() == [True] + [False] * len(broken)


def test_more_than_a_dozen_become_the_farthest_of_all() -> None:
    shifts = np.linspace(0.0, 0.6, 13)
    (bound,) = measured(RAMP[:, None] + shifts)
    assert ((bound.targets <= bound.ceiling) == (RAMP + 0.6 <= 0)).all()
    assert len(measured(RAMP[:, None] + shifts[:12])) == 12
    (one,) = measured(np.vstack([np.full(13, math.nan), RAMP[:, None] + shifts]))
    assert one.rows.tolist() == list(range(1, 10))


def test_the_chance_falls_towards_the_bound() -> None:
    x = np.linspace(0.0, 1.0, 9)[:, None]
    (bound,) = measured(RAMP[:, None])
    limit = Limit(fit(x, bound.targets, np.array([0])), bound.ceiling)
    assert limit.holds(np.array([[0.1], [0.9]])).tolist() == [True, False]
    inside, edge, outside = np.exp(chance((limit,))(np.array([[0.1], [0.5], [0.9]])))
    assert inside > 0.99
    assert 0.3 < edge < 0.7
    assert outside < 0.01
    assert limit.believing(np.array([[0.33]])).process.predict(np.array([[0.33]]))[1] < 0.05


def limits(x: np.ndarray, *columns: np.ndarray) -> tuple[Limit, ...]:
    """Return what is believed of excesses (n,) at points x (n, 1)."""
    told = [measured(column[:, None])[0] for column in columns]
    return tuple(Limit(fit(x, bound.targets, np.array([0])), bound.ceiling) for bound in told)


def test_where_nothing_holds_a_look_has_to_break_less_and_keep_what_holds() -> None:
    # the first metric is kept below 0.5 only, the second falls towards x = 1 and is never kept; tried below 0.4
    x = np.linspace(0.0, 1.0, 9)[:, None]
    first, second = limits(x, RAMP, 2.0 - RAMP)
    places = np.linspace(0.02, 0.98, 49)[:, None]
    alone, both = less_broken((second,), x[:4])(places), less_broken((first, second), x[:4])(places)
    assert places[np.argmax(alone), 0] > 0.9
    assert 0.3 < places[np.argmax(both), 0] < 0.6


def test_room_within_one_bound_does_not_make_up_for_another_that_is_broken() -> None:
    # towards x = 0 the first metric has more and more room, and the second, never kept, is broken a little more
    x = np.linspace(0.0, 1.0, 9)[:, None]
    score = less_broken(limits(x, RAMP, np.where(RAMP < 0, 2.0 - RAMP, 2.0 + 6.0 * RAMP)), x[:4])
    before, beyond = score(np.array([[0.2], [0.42]]))
    assert beyond > before + 2

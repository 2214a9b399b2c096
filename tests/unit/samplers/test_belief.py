"""What is believed: corners that growth is measured from, long fronts, other branches, and when there is no hope."""

from __future__ import annotations

import numpy as np
import pytest

from tunesmith.core.protocols import Problem, Proposal
from tunesmith.numerics.acquisition import Both, Bound, Improvement
from tunesmith.numerics.expected_hypervolume import Growth
from tunesmith.samplers.belief import believe
from tunesmith.samplers.evidence import Evidence
from tunesmith.seeding import stream
from tunesmith.space import Float, Space
from tunesmith.testing.book import Book

SPACE = Space(x=Float(0.0, 1.0), y=Float(0.0, 1.0))
NO_ONE = np.empty((0, 2))
SCATTERED = np.random.default_rng(3).random((30, 2))


def beliefs(points, losses, pending=NO_ONE):
    """Return what is believed of points (n, 2) with the losses (n, m)."""
    book = Book.of(Problem(SPACE, n_losses=len(losses[0])))
    for (x, y), found in zip(points, losses, strict=True):
        book.close(book.begin(Proposal({"x": float(x), "y": float(y)}, "kit")), tuple(map(float, found)))
    evidence = Evidence(2, len(losses[0]), 0)
    evidence.tell(book.history())
    return believe(evidence, pending, np.zeros(2, dtype=np.int8), None, stream(0), "ei", warping=False)


def test_a_leap_counts_what_extends_the_front_and_a_climb_what_fills_it() -> None:
    # the front is x in [0, 0.2]; beyond it the second loss goes up, and at 0.9 it is lower than ever
    x = np.array([0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0])
    losses = np.stack([x, np.where(x <= 0.2, 1 - x, 3 * (0.95 - x) + 0.4)], axis=1)
    losses[-1, 1] = 2.0
    belief = beliefs(np.stack([x, np.full(len(x), 0.5)], axis=1), losses)
    climb, leap = (belief.worth(stream(0), leap=leap) for leap in (False, True))
    assert isinstance(climb, Growth)
    assert isinstance(leap, Growth)
    outside, inside = np.array([[0.9, 0.5]]), np.array([[0.125, 0.5]])
    assert leap(outside)[0] > climb(outside)[0] + 20
    assert climb(inside)[0] > climb(outside)[0]
    assert (leap.reference >= climb.reference).all()


@pytest.mark.parametrize(("m", "most"), [(2, 200), (3, 160), (4, 160)])
def test_a_long_front_is_thinned_and_every_loss_keeps_its_process(m: int, most: int) -> None:
    rng = np.random.default_rng(0)
    points = rng.random((400, 2))
    losses = np.abs(rng.normal(size=(400, m)))
    losses /= np.linalg.norm(losses, axis=1, keepdims=True)
    belief = beliefs(points, losses, rng.random((8, 2)))
    assert len(belief.processes) == m
    assert len(belief.x) == most
    assert belief.measure == "log_ehvi"
    score = belief.worth(stream(0), leap=False)
    assert isinstance(score, Growth)
    assert len(score.front) <= {2: 80, 3: 50, 4: 20}[m]
    assert np.isfinite(score(points[:5])).all()


def test_leaps_on_three_losses_are_measured_from_close_by() -> None:
    rng = np.random.default_rng(1)
    belief = beliefs(rng.random((20, 2)), rng.random((20, 3)))
    climb, leap = (belief.worth(stream(0), leap=leap) for leap in (False, True))
    assert isinstance(climb, Growth)
    assert isinstance(leap, Growth)
    assert leap.reference.tolist() == climb.reference.tolist()


def bowl(count: int, pending=NO_ONE):
    points = np.random.default_rng(2).random((count, 2))
    return beliefs(points, np.square(points - 0.3).sum(axis=1, keepdims=True), pending)


def test_a_look_among_some_points_has_to_beat_the_best_of_these_only() -> None:
    belief = bowl(30)
    far = belief.known[-5:]
    score, overall = belief.worth_among(far, stream(0)), belief.worth_among(NO_ONE, stream(0))
    assert isinstance(score, Improvement)
    assert isinstance(overall, Improvement)
    assert score.best == belief.processes[0].predict(far)[0].min()
    assert overall.best == belief.processes[0].predict(belief.x)[0].min() < score.best


def test_doubt_comes_where_an_old_process_promises_nothing() -> None:
    old = bowl(30)
    assert old.doubt(-4.9) is None
    assert bowl(29).doubt(-50.0) is None
    assert beliefs(old.x, np.random.default_rng(3).random((30, 2))).doubt(-50.0) is None  # two losses
    score = old.doubt(-5.1)
    assert isinstance(score, Bound)
    assert score.kappa == 5.0


def test_what_is_pending_takes_doubt_away_from_where_it_is() -> None:
    place = np.array([[0.99, 0.01]])
    alone, crowded = bowl(40).doubt(-50.0), bowl(40, place).doubt(-50.0)
    assert alone is not None
    assert crowded is not None
    assert crowded(place)[0] < alone(place)[0]


def constrained(points, bound: float, m: int = 1, pending=NO_ONE):
    """Return what is believed of losses at points (n, 2) that fall towards x = 1, with x allowed up to a bound."""
    book = Book.of(Problem(SPACE, n_losses=m, constraints=("size",)))
    for x, y in points.tolist():
        losses = (1 - x, y)[:m]
        book.close(book.begin(Proposal({"x": x, "y": y}, "kit")), losses, excesses=(x - bound,))
    evidence = Evidence(2, m, 1)
    evidence.tell(book.history())
    return believe(evidence, pending, np.zeros(2, dtype=np.int8), None, stream(0), "ei", warping=False)


@pytest.mark.parametrize(("m", "measure"), [(1, "log_cei"), (2, "log_cehvi")])
def test_an_improvement_counts_by_the_chance_that_it_is_allowed(m: int, measure: str) -> None:
    belief = constrained(np.vstack([SCATTERED, [0.5 + 1e-9, 0.5]]), 0.5, m)
    assert belief.measure == measure
    score = belief.worth(stream(0), leap=False)
    x = np.linspace(0.02, 0.98, 49)
    best = x[np.argmax(score(np.stack([x, np.full(49, 0.01)], axis=1)))]
    assert 0.4 < best < 0.56
    front = belief.known[: int(belief.feasible.sum())]
    assert (front[:, 0] <= 0.5).all()
    others = belief.known[len(front) :, 0]  # then the rest, those closest to the bound first
    assert others[:3].max() < np.median(others) < others[-3:].min()


def test_what_is_pending_has_to_be_improved_on_where_it_should_be_feasible() -> None:
    points = SCATTERED[np.abs(SCATTERED[:, 0] - 0.5) > 0.1]

    def to_beat(*pending: float) -> float:
        waiting = np.array([[x, 0.5] for x in pending]).reshape(-1, 2)
        score = constrained(points, 0.5, pending=waiting).worth(stream(0), leap=False)
        assert isinstance(score, Both)
        assert isinstance(score.first, Improvement)
        return score.first.best

    assert to_beat(0.9) == pytest.approx(to_beat())
    assert to_beat(0.9, 0.45) == pytest.approx(to_beat(0.45))
    assert to_beat(0.45) < to_beat() - 0.1


def test_a_process_of_a_constraint_leaves_fewer_trials_to_each() -> None:
    belief = constrained(np.random.default_rng(0).random((201, 2)), 0.5)
    assert (len(belief.processes), len(belief.limits), len(belief.x)) == (1, 1, 200)


def test_where_nothing_is_feasible_only_how_much_less_is_broken_counts() -> None:
    belief = constrained(SCATTERED, -0.2)
    assert belief.measure == "log_less_broken"
    score = belief.worth(stream(0), leap=False)
    x = np.linspace(0.02, 0.98, 49)
    assert x[np.argmax(score(np.stack([x, np.full(49, 0.5)], axis=1)))] < 0.1


def test_a_look_has_to_break_less_than_what_is_pending_too() -> None:
    points, best = SCATTERED * [0.7, 1.0] + [0.3, 0.0], np.array([[0.1, 0.5]])
    score = constrained(points, -0.2, pending=best).worth(stream(0), leap=False)
    assert score(np.array([[0.05, 0.5]]))[0] > score(best)[0] + 2
    assert constrained(points, -0.2).worth(stream(0), leap=False)(best)[0] > score(best)[0] + 2


def test_of_many_processes_only_those_whose_turn_it_is_are_fitted_anew() -> None:
    rng, bounds = np.random.default_rng(4), np.linspace(0.3, 0.7, 5)
    book = Book.of(Problem(SPACE, constraints=tuple("abcde")))
    for x, y in rng.random((40, 2)).tolist():
        book.close(book.begin(Proposal({"x": x, "y": y}, "kit")), x * y, excesses=(x + 0.3 * y - bounds).tolist())
    evidence = Evidence(2, 1, 5)
    evidence.tell(book.history())
    given = tuple(np.tile([-0.5, -0.3, -6.0, 0.2], 6))
    found = believe(evidence, NO_ONE, np.zeros(2, dtype=np.int8), given, stream(0), "ei", warping=False).memo
    parts = np.reshape(found, (6, 4))
    fitted = [not np.allclose(part, given[:4]) for part in parts]
    assert fitted == [True, False, False, False, False, True]  # 40 trials: the first of every five

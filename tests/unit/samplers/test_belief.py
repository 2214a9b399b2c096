"""What is believed of two losses: from which corner growth is measured, and how long a front may become."""

from __future__ import annotations

import numpy as np
import pytest

from tunesmith.core.protocols import Problem, Proposal
from tunesmith.numerics.expected_hypervolume import Growth
from tunesmith.samplers.belief import believe
from tunesmith.samplers.evidence import Evidence
from tunesmith.seeding import stream
from tunesmith.space import Float, Space
from tunesmith.testing.book import Book

SPACE = Space(x=Float(0.0, 1.0), y=Float(0.0, 1.0))
NO_ONE = np.empty((0, 2))


def beliefs(points, losses, pending=NO_ONE):
    """Return what is believed of points (n, 2) with the losses (n, m)."""
    book = Book.of(Problem(SPACE, n_losses=len(losses[0])))
    for (x, y), found in zip(points, losses, strict=True):
        book.close(book.begin(Proposal({"x": float(x), "y": float(y)}, "kit")), tuple(map(float, found)))
    evidence = Evidence(2, len(losses[0]), 0)
    evidence.tell(book.history())
    return believe(evidence, pending, np.zeros(2, dtype=np.int8), None, stream(0), "ei")


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

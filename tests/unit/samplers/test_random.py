from __future__ import annotations

import numpy as np

from tunesmith.core.protocols import Problem
from tunesmith.samplers import Random
from tunesmith.seeding import stream
from tunesmith.space import Categorical, Float, Near, Space, sample_prior
from tunesmith.testing.problems import case


def test_a_proposal_is_one_draw_from_the_space() -> None:
    space = case("conditional").space
    state = Random().init(Problem(space))
    for path in range(20):
        found = Random().ask(state, (), stream(1, path))
        assert found.config == space.sample(stream(1, path))
        assert (found.by, found.memo, dict(found.reasons)) == ("random", None, {})


def test_hints_are_followed_only_when_asked_for() -> None:
    space = Space(lr=Float(0.0, 1.0, prior=Near(0.2, "high")), c=Categorical("a", "b", prior=(9.0, 1.0)))
    hinted, plain = Random(use_priors=True), Random()
    draws = [hinted.ask(space, (), stream(2, i)).config for i in range(400)]
    assert draws[0] == sample_prior(space, stream(2, 0))
    near = np.array([d["lr"] for d in draws])
    assert abs(near.mean() - 0.2) < 0.03  # a bell of 1/8 around 0.2, cut at 0: mean 0.21, standard error 0.006
    assert 0.86 < np.mean([d["c"] == "a" for d in draws]) < 0.94
    even = np.array([plain.ask(space, (), stream(2, i)).config["lr"] for i in range(400)])
    assert 0.44 < even.mean() < 0.56

"""`Transfer` keeps the laws of samplers with past studies too, whether they fit the space or not."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from tunesmith.samplers import Sobol, Transfer
from tunesmith.seeding import stream
from tunesmith.testing.problems import ALL_CASES, Case
from tunesmith.testing.samplers import (
    ALL_SAMPLER_LAWS,
    SamplerLaw,
    Traits,
    hash_seed_changes_nothing,
    settings_make_it_again,
)


def past_of(case: Case) -> tuple[dict[str, Any], ...]:
    """Two past studies of a case: a fair one, and one whose values are moved, partly out of the space."""
    configs = [dict(config) for config in case.space.sample_many(stream(1, "past"), 20)]
    losses = [[case.loss(config)] for config in configs]
    moved = [{k: v * 1.3 if type(v) is float else v for k, v in config.items()} for config in configs]
    return (
        {"study": "fair", "configs": configs, "losses": losses},
        {"study": "moved", "configs": moved, "losses": [[-loss] for (loss,) in losses]},
    )


@dataclass(frozen=True)
class WithPast:
    """A sampler that is told past studies with every problem, as a study with a past tells it."""

    inner: Any
    past: tuple[dict[str, Any], ...] = field(default=())

    def init(self, problem):
        width = problem.n_losses
        past = tuple({**one, "losses": [row * width for row in one["losses"]]} for one in self.past)
        return self.inner.init(replace(problem, past=past))

    def tell(self, state, runs):
        return self.inner.tell(state, runs)

    def ask(self, state, pending, rng):
        return self.inner.ask(state, pending, rng)


ONCE = {hash_seed_changes_nothing, settings_make_it_again}  # of the registry, where `Transfer` stands without a past


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("law", [law for law in ALL_SAMPLER_LAWS if law not in ONCE], ids=lambda law: law.__name__)
def test_law(law: SamplerLaw, case: Case) -> None:
    past = past_of(case)
    assert all(math.isfinite(loss) for one in past for (loss,) in one["losses"])
    law(lambda: WithPast(Transfer(then=Sobol()), past), case, Traits(length=200))

"""Workers that share a log and think at the same moment: nobody repeats what another has just begun."""

from __future__ import annotations

import pytest

import tunesmith as ts
from tunesmith.core import events as ev
from tunesmith.core.protocols import Wait
from tunesmith.pruners import Keep
from tunesmith.samplers import Auto, Grid, Random, Sobol
from tunesmith.stores.memory import MemoryStore
from tunesmith.study.log import Log
from tunesmith.study.mind import Limits, Mind
from tunesmith.study.tickets import settle, take

FINITE = ts.Space(x=ts.Int(1, 4), c=ts.Categorical("a", "b"))
ENDLESS = ts.Space(x=ts.Float(0, 1), y=ts.Float(0, 1))


def race(space, sampler, workers, rounds):
    """All workers claim, then all think: each knows the log up to its own claim only. Return what came of each."""
    store = MemoryStore()
    ts.create_study(space, storage=store, study_name="s", seed=1)
    crew = [(Log(store, "s"), Mind(sampler, Keep(), Limits()), f"host/boot/{i}/0/x") for i in range(workers)]
    found = []
    for _ in range(rounds):
        for log, _mind, _name in crew:
            log.sync()
        tickets = [take(log, name) for log, _mind, name in crew]
        found += [settle(log, mind, t, name) for (log, mind, name), t in zip(crew, tickets, strict=True)]
    return found


@pytest.mark.parametrize("sampler", [Grid(), Sobol(), Auto()], ids=lambda s: type(s).__name__)
def test_four_workers_share_eight_configs_without_a_repeat_and_then_wait(sampler):
    found = race(FINITE, sampler, workers=4, rounds=3)
    begun = [tuple(p.config.values()) for p in found if isinstance(p, ev.Proposed)]
    assert sorted(begun) == sorted(tuple(config.values()) for config in FINITE.configs())
    assert [type(p) for p in found[8:]] == [Wait] * 4


def test_the_points_of_a_sequence_are_shared_out():
    found = race(ENDLESS, Sobol(), workers=5, rounds=4)
    assert sorted(p.memo["sobol"] for p in found) == list(range(20))


def test_a_config_that_nobody_has_begun_is_kept_under_the_next_number():
    found = race(ENDLESS, Random(), workers=3, rounds=2)
    assert [p.trial for p in found] == list(range(6))
    assert len({p.config["x"] for p in found}) == 6


def test_a_repeat_that_the_sampler_means_is_begun_all_the_same():
    found = race(ts.Space(x=ts.Int(3, 3)), Random(), workers=3, rounds=1)
    assert [(p.trial, p.config) for p in found] == [(n, {"x": 3}) for n in range(3)]

"""Seams carry what comes later: 64 simulated workers on one log, some of which vanish, and some wake late."""

from __future__ import annotations

import random

import pytest

import tunesmith as ts
from tunesmith.api import WIRING
from tunesmith.core import events as ev
from tunesmith.core.jobs import Finished
from tunesmith.errors import ConflictError, LostTrialError
from tunesmith.pruners import ASHA, Keep
from tunesmith.samplers import Random
from tunesmith.stores.memory import MemoryStore
from tunesmith.study.closing import Standing, close
from tunesmith.study.log import Log
from tunesmith.study.mind import Limits, Mind
from tunesmith.study.reaping import reap
from tunesmith.study.tickets import settle, take

SPACE = ts.Space(x=ts.Float(-1, 1), y=ts.Float(-1, 1))
LEASE = 30.0


class Clock:
    """Simulated time, shared by all."""

    def __init__(self):
        self.now = 1e9

    def __call__(self):
        return self.now


def worker(name, store, study, limit, rng, pruner):
    """One worker as a coroutine: yields wherever others may come between; its steps are those of the real loop."""
    log = Log(store, study)
    mind = Mind(Random(), pruner, Limits(n_trials=limit))
    log.sync()
    while True:
        store.beat(study, name, LEASE)
        reap(log, name)
        ledger = log.sync()
        idle = mind.full(ledger) and ledger.next_waiting(limit) is None
        if idle and not ledger.running and not ledger.tickets:
            return
        if idle:
            yield
            continue
        ticket = take(log, name)
        yield
        try:
            opened = settle(log, mind, ticket, name)
        except LostTrialError:
            continue
        if not isinstance(opened, ev.Proposed):
            yield
            continue
        for step in range(1, rng.randint(2, 4)):
            yield
            log.append(ev.Reported(trial=opened.trial, run=opened.run, points=((step, {"value": 1.0 / step}),)))
        yield
        x, y = opened.config["x"], opened.config["y"]
        value = x * x + y * y
        told = Finished(handle="", reason="returned", values=(value,))
        try:
            log.append(close(log.ledger, opened.trial, opened.run, told, Standing()))
        except ConflictError:
            log.sync()


def simulate(seed, pruner, limit=300, workers=64, vanish=0.01, sleep=0.01, tick=0.05, queue=0):
    rng, clock = random.Random(seed), Clock()
    store = MemoryStore(clock=clock)
    study = ts.create_study(SPACE, storage=store, study_name="s", seed=seed, max_attempts=1000)
    for number in range(queue):
        study.enqueue_trial({"x": number / queue})
    born = 0

    def birth():
        nonlocal born
        born += 1
        return worker(f"elsewhere/boot/{born}/0/x", store, "s", limit, random.Random(rng.random()), pruner)

    awake, asleep, vanished, late = [birth() for _ in range(workers)], [], 0, 0
    for _ in range(200_000):
        clock.now += tick
        for wake_at, sleeper in list(asleep):
            if wake_at <= clock.now:
                asleep.remove((wake_at, sleeper))
                awake.append(sleeper)
                late += 1
        if not awake:
            if not asleep:
                break
            continue
        index = rng.randrange(len(awake))
        try:
            next(awake[index])
        except StopIteration:
            awake.pop(index)
            continue
        fate = rng.random()
        if fate < vanish:
            vanished += 1
            awake[index] = birth()
        elif fate < vanish + sleep:
            asleep.append((clock.now + rng.uniform(1.5, 3) * LEASE, awake.pop(index)))
            awake.append(birth())
    return store, vanished, late


@pytest.mark.parametrize(
    ("seed", "pruner"),
    [
        (0, ASHA(min_budget=1, max_budget=9)),
        *(pytest.param(seed, Keep(), marks=pytest.mark.slow) for seed in range(1, 4)),
        *(pytest.param(seed, ASHA(min_budget=1, max_budget=9), marks=pytest.mark.slow) for seed in range(1, 4)),
    ],
)
def test_64_workers_compute_no_number_twice_and_lose_no_claim(seed, pruner):
    store, vanished, late = simulate(seed, pruner, limit=200, vanish=0.015, sleep=0.015)
    study = ts.load_study("s", storage=store)
    trials = study.trials
    assert [t.number for t in trials] == list(range(200))
    assert {t.state for t in trials} <= {"complete", "failed"}
    assert all(t.state == "complete" for t in trials)
    assert vanished > 10
    assert late > 10
    events = study.events()
    closed = [(s.event.trial, s.event.run) for s in events if isinstance(s.event, ev.Closed)]
    opened = [(s.event.trial, s.event.run) for s in events if isinstance(s.event, ev.Proposed)]
    assert len(closed) == len(set(closed))
    assert sorted(closed) == sorted(opened)
    claims = [s.position for s in events if isinstance(s.event, ev.Claimed)]
    settled = [s.event.ticket for s in events if isinstance(s.event, (ev.Proposed, ev.Passed))]
    assert sorted(settled) == sorted(claims), "a claim was lost or settled twice"
    assert any(t.runs[0].reason == "lost" for t in trials)
    for trial in trials:
        assert trial.value == pytest.approx(trial.params["x"] ** 2 + trial.params["y"] ** 2)


def test_no_config_is_computed_and_thrown_away_while_numbers_are_free():
    store, _, _ = simulate(9, Keep(), limit=200, vanish=0, sleep=0, tick=0.001)
    events = store.read("s")
    proposed = [s.event for s in events if isinstance(s.event, ev.Proposed)]
    assert len(proposed) == 200
    passed = [s.event for s in events if isinstance(s.event, ev.Passed)]
    assert len(passed) <= 64
    assert len({tuple(p.config.values()) for p in proposed}) == 200


def test_the_ledger_is_the_same_whoever_reads_and_whenever():
    store, _, _ = simulate(4, Keep(), limit=100)
    whole = Log(store, "s")
    whole.sync()
    stepwise = Log(store, "s")
    for stamped in store.read("s"):
        stepwise.sync(until=stamped.position)
    a = [whole.ledger.trial(n) for n in range(100)]
    b = [stepwise.ledger.trial(n) for n in range(100)]
    assert a == b
    assert WIRING.describe(Random())["name"] == "Random"


@pytest.mark.parametrize("queue", [40, 160])
def test_64_workers_begin_exactly_as_many_trials_as_wanted_of_a_queue_and_beyond(queue):
    store, vanished, _ = simulate(5, Keep(), limit=100, queue=queue)
    study = ts.load_study("s", storage=store)
    assert vanished > 3
    assert study.counts["complete"] == 100
    assert study.counts["waiting"] == max(0, queue - 100)
    assert [t.by for t in study.trials[: min(queue, 100)]] == ["queue"] * min(queue, 100)
    assert sum(isinstance(s.event, ev.Proposed) and s.event.run == 1 for s in study.events()) == 100

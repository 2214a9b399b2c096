"""`n_trials` is the exact total of a study: of what is queued, of what fails, and of what several workers begin."""

from __future__ import annotations

import pytest

import tunesmith as ts
from tunesmith.pruners import Keep
from tunesmith.samplers import Random
from tunesmith.stores.memory import MemoryStore
from tunesmith.study.log import Log
from tunesmith.study.mind import Limits, Mind
from tunesmith.study.tickets import settle, take

SPACE = ts.Space(x=ts.Float(-1, 1), n=ts.Int(1, 50))


def square(trial):
    return trial.params["x"] ** 2


@pytest.fixture
def study():
    return ts.create_study(SPACE, sampler=Random(), seed=7)


@pytest.mark.parametrize("lag", [None, 2])
def test_queued_trials_come_first_and_wait_once_there_are_as_many_as_wanted(study, lag):
    for n in range(1, 6):
        study.enqueue_trial({"n": n})
    why = study.optimize(square, n_trials=3, lag=lag)
    assert why == "all 3 trials are done; 2 queued trials wait for a larger n_trials"
    assert study.counts["complete"] == 3
    assert study.counts["waiting"] == 2
    assert study.optimize(square, n_trials=3, lag=lag) == why
    assert study.optimize(square, n_trials=4, lag=lag).endswith("1 queued trial waits for a larger n_trials")
    assert study.optimize(square, n_trials=7, lag=lag) == "all 7 trials are done"
    assert [t.params["n"] for t in study.trials[:5]] == [1, 2, 3, 4, 5]
    assert [t.by for t in study.trials] == ["queue"] * 5 + ["random"] * 2
    assert study.replay() == []


def test_what_is_queued_behind_a_finished_study_waits_and_a_lost_run_does_not(study):
    calls = []

    def objective(trial):
        calls.append(trial.number)
        if len(calls) == 3:
            study.enqueue_trial({"n": 9})
            raise KeyboardInterrupt
        return 1.0

    with pytest.raises(KeyboardInterrupt):
        study.optimize(objective, n_trials=3)
    study.optimize(objective, n_trials=3)
    assert calls == [0, 1, 2, 2]
    assert study.trials[3].state == "waiting"


@pytest.mark.parametrize("queued", [0, 1, 5])
def test_two_workers_that_think_at_once_begin_no_trial_too_many(queued):
    store = MemoryStore()
    study = ts.create_study(SPACE, storage=store, study_name="s", seed=1)
    study.optimize(square, n_trials=3)
    for n in range(queued):
        study.enqueue_trial({"n": n + 1})
    logs = [Log(store, "s") for _ in range(3)]
    minds = [Mind(Random(), Keep(), Limits(n_trials=4)) for _ in logs]
    tickets = [take(log, f"elsewhere/boot/{i}/0/x") for i, log in enumerate(logs)]
    settled = [
        settle(log, mind, ticket, f"elsewhere/boot/{i}/0/x")
        for i, (log, mind, ticket) in enumerate(zip(logs, minds, tickets, strict=True))
    ]
    assert [type(s).__name__ for s in settled] == ["Proposed", "Wait", "Wait"]
    assert Log(store, "s").sync().begun == 4


def test_a_worker_that_lost_the_race_for_a_number_takes_what_was_queued_meanwhile():
    store = MemoryStore()
    study = ts.create_study(SPACE, storage=store, study_name="s", seed=1)
    logs = [Log(store, "s") for _ in range(2)]
    workers = ["elsewhere/boot/1/0/x", "elsewhere/boot/2/0/x"]
    mind = [Mind(Random(), Keep(), Limits(n_trials=1)) for _ in logs]
    early = take(logs[0], workers[0])
    study.enqueue_trial({"n": 3})
    late = take(logs[1], workers[1])
    first = settle(logs[0], mind[0], early, workers[0])
    assert (first.trial, first.queued, first.config["n"]) == (0, True, 3), (
        "a new trial would make two with the queued one"
    )
    assert type(settle(logs[1], mind[1], late, workers[1])).__name__ == "Wait"


def test_failures_count_and_the_closing_words_say_so(study):
    def objective(trial):
        return 1.0 if trial.number % 5 else None

    why = study.optimize(objective, n_trials=10, max_failures=None)
    assert why == "all 10 trials are done: 8 complete, 2 failed; n_trials counts all"
    study.enqueue_trial({"n": 1})
    assert study.optimize(objective, n_trials=10).endswith(
        "n_trials counts all; 1 queued trial waits for a larger n_trials"
    )

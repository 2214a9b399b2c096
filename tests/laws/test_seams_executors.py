"""Seams carry what comes later: messages that come late, in bursts and after a kill, or nobody to answer."""

from __future__ import annotations

import random
from collections import defaultdict

import pytest

import tunesmith as ts
from tunesmith.core.jobs import Finished, Job, Lost, Refused, Report
from tunesmith.core.protocols import Verdict
from tunesmith.pruners import ASHA, Median
from tunesmith.samplers import Random

SPACE = ts.Space(x=ts.Float(-1, 1), y=ts.Float(-1, 1))


def train(trial):
    for step in range(1, 10):
        trial.report((trial.params["x"] ** 2 + trial.params["y"] ** 2) * (1 + 1 / step), step)
        if trial.should_prune():
            raise ts.TrialPruned
    return trial.params["x"] ** 2 + trial.params["y"] ** 2


class Recorder:
    """A channel that keeps messages; the answers are given in advance."""

    def __init__(self, answers):
        self.messages, self.answers, self.waits = [], list(answers), False

    def send(self, message):
        if not self.waits:
            self.messages.append(message)

    def verdict(self):
        reports = sum(isinstance(m, Report) for m in self.messages)
        if reports > len(self.answers):
            self.waits = True
            raise Unanswered
        return self.answers[reports - 1]


class Unanswered(BaseException):
    """The run waits for a verdict that has not come yet."""


class Late:
    """Carries runs by replaying them up to the last answer; messages wait, come in bursts, and run past a kill."""

    in_process = False

    def __init__(self, slots, seed):
        self.slots, self.rng = slots, random.Random(seed)
        self.jobs: dict[str, Job] = {}
        self.answers = defaultdict(list)
        self.sent = defaultdict(int)
        self.outbox, self.killed, self.stray = [], set(), 0

    def start(self, job):
        self.jobs[job.task.handle] = job
        return job.task.handle

    def receive(self, timeout):
        for handle, job in list(self.jobs.items()):
            if self.rng.random() < 0.5:
                self._advance(handle, job)
        if self.rng.random() < 0.6:
            return ()
        burst, self.outbox = self.outbox, []
        return burst

    def _advance(self, handle, job):
        channel = Recorder(self.answers[handle])
        job.target(job.task, channel)
        fresh = channel.messages[self.sent[handle] :]
        self.sent[handle] += len(fresh)
        self.outbox += fresh
        if fresh and isinstance(fresh[-1], Finished):
            del self.jobs[handle]

    def send(self, handle, verdict):
        self.answers[handle].append(verdict)

    def kill(self, handle, reason="killed"):
        self.killed.add(handle)
        self.jobs.pop(handle, None)
        self.outbox.append(Lost(handle=handle, reason=reason))
        self.outbox.append(Report(handle=handle, step=99, metrics={"value": -1e9}))  # a message after the end

    def shutdown(self):
        self.jobs.clear()


@pytest.mark.parametrize("seed", range(5))
def test_messages_that_come_late_and_in_bursts_give_the_same_records(seed):
    study = ts.create_study(SPACE, sampler=Random(), pruner=Median(startup=3), seed=seed)
    study.optimize(train, n_trials=25, n_jobs=4, executor=Late(4, seed))
    trials = study.trials
    assert len(trials) == 25
    assert {t.state for t in trials} <= {"complete", "pruned"}
    assert any(t.state == "pruned" for t in trials)
    for trial in trials:
        last = 9 if trial.state == "complete" else max(trial.reports)
        assert sorted(trial.reports) == list(range(1, last + 1))
    assert study.replay() == []


def test_messages_after_a_kill_are_ignored():
    class Stubborn(Late):
        def receive(self, timeout):
            got = list(super().receive(timeout))
            for message in got:
                if isinstance(message, Report) and message.step == 3 and message.handle == "2/1" and not self.killed:
                    self.kill("2/1", "timeout")
            return got

    executor = Stubborn(3, 0)
    study = ts.create_study(SPACE, sampler=Random(), seed=0)
    study.optimize(train, n_trials=8, n_jobs=3, executor=executor)
    killed = study.trials[2]
    assert (killed.state, killed.reason) == ("failed", "timeout")
    assert 99 not in killed.reports
    assert study.best_value > -1
    assert sum(t.state == "complete" for t in study.trials) == 7


class Mute:
    """An executor without `send`: the target runs at once and nobody answers it."""

    in_process = True
    slots = 2

    def __init__(self):
        self.ready = []

    def start(self, job):
        channel = Recorder([Verdict.GO_ON] * 100)
        job.target(job.task, channel)
        self.ready += channel.messages
        return job.task.handle

    def receive(self, timeout):
        ready, self.ready = self.ready, []
        return ready

    def send(self, handle, verdict):
        return Refused("nobody listens")

    def kill(self, handle, reason="killed"):
        return Refused("it has ended")

    def shutdown(self):
        pass


def test_without_send_every_trial_runs_to_its_end():
    study = ts.create_study(SPACE, sampler=Random(), pruner=ASHA(min_budget=1, max_budget=9), seed=0)
    study.optimize(train, n_trials=10, n_jobs=2, executor=Mute())
    assert [t.state for t in study.trials] == ["complete"] * 10
    assert all(sorted(t.reports) == list(range(1, 10)) for t in study.trials)

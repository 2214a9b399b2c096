"""The executors that share our process: inline, threads, and somebody's pool; and what they refuse."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tunesmith.core.jobs import Finished, Job, Limits, Lost, Noticed, Refused, Report, Task
from tunesmith.core.protocols import Verdict
from tunesmith.errors import InvalidArgumentError, LostTrialError
from tunesmith.executors import Futures, Inline, Threads
from tunesmith.testing.executor_runs import carry


def job(target, number=0, **options) -> Job:
    return Job(task=Task(handle=f"{number}/1", trial=number, run=1, config={}), target=target, **options)


def finish(task, channel, message=""):
    channel.send(Finished(handle=task.handle, reason="returned", values=(1.0,), message=message))


def test_inline_delivers_each_message_at_once_on_the_same_stack() -> None:
    heard = []

    def target(task, channel):
        assert threading.current_thread() is threading.main_thread()
        channel.send(Report(handle=task.handle, step=0, metrics={}))
        assert [type(m) for m in heard] == [Report]
        assert channel.verdict() is Verdict.PAUSE
        channel.send(Noticed(handle=task.handle, key="k", value=1))
        assert channel.verdict() is Verdict.PAUSE, "only a report has an answer"
        finish(task, channel)

    def deliver(message):
        heard.append(message)
        return Verdict.PAUSE if isinstance(message, Report) else None

    executor = Inline()
    executor.start(job(target, deliver=deliver))
    assert list(executor.receive(0.0)) == []
    assert [type(m) for m in heard] == [Report, Noticed, Finished]


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_inline_lets_the_end_of_the_program_pass(kind) -> None:
    def target(task, channel):
        raise kind

    heard = []
    executor = Inline()
    executor.start(job(target, deliver=heard.append))
    with pytest.raises(kind):
        executor.receive(0.0)
    assert heard == []
    executor.start(job(finish, deliver=heard.append))
    executor.receive(0.0)
    assert [type(m) for m in heard] == [Finished]


def test_an_error_of_the_receiving_side_is_not_the_objectives() -> None:
    """A store that breaks while a report is written: the objective may catch what it likes, the caller hears of it."""

    def target(task, channel):
        try:
            channel.send(Report(handle=task.handle, step=0, metrics={}))
        except Exception:
            finish(task, channel, "swallowed")

    heard = []

    def deliver(message):
        heard.append(message)
        raise OSError("disk full")

    executor = Inline()
    executor.start(job(target, deliver=deliver))
    with pytest.raises(OSError, match="disk full"):
        executor.receive(0.0)
    assert [type(m) for m in heard] == [Report]


@pytest.mark.parametrize("make", [Inline, lambda: Threads(1), lambda: Futures(ThreadPoolExecutor(1), 1)])
def test_limits_and_resources_are_refused_in_words(make) -> None:
    executor = make()
    with pytest.raises(InvalidArgumentError, match=r"trial_timeout=2\.0 .* use executor='processes'"):
        executor.start(job(finish, limits=Limits(seconds=2.0)))
    with pytest.raises(InvalidArgumentError, match=r"trial_memory=9 .* use executor='processes'"):
        executor.start(job(finish, limits=Limits(memory=9)))
    with pytest.raises(InvalidArgumentError, match=r"resources=\{'gpu': 1\}"):
        executor.start(job(finish, resources={"gpu": 1}))
    executor.shutdown()


@pytest.mark.parametrize("make", [Inline, lambda: Threads(1), lambda: Futures(ThreadPoolExecutor(1), 1)])
def test_a_full_executor_and_a_closed_one_refuse(make) -> None:
    executor = make()
    executor.start(job(finish))
    with pytest.raises(InvalidArgumentError, match="all 1 are taken"):
        executor.start(job(finish, 1))
    executor.shutdown()
    with pytest.raises(InvalidArgumentError, match="after shutdown"):
        executor.start(job(finish, 2))


def test_threads_run_at_the_same_time_and_are_used_again() -> None:
    together = threading.Barrier(3, timeout=60)
    seen = set()

    def target(task, channel):
        seen.add(threading.current_thread().name)
        together.wait()
        finish(task, channel)

    executor = Threads(3)
    heard = carry(executor, [job(target, number) for number in range(9)])
    assert all(isinstance(messages[-1], Finished) for messages in heard.values())
    assert len(seen) == 3
    executor.shutdown()


def test_shutdown_of_threads_answers_the_waiting_with_stop() -> None:
    answers = []

    def target(task, channel):
        channel.send(Report(handle=task.handle, step=0, metrics={}))
        answers.append(channel.verdict())
        finish(task, channel)

    executor = Threads(1)
    executor.start(job(target))
    assert [type(m) for m in executor.receive(60)] == [Report]
    executor.shutdown()
    assert answers == [Verdict.STOP]


def test_a_late_word_is_refused_to_whoever_says_it() -> None:
    caught = []

    def target(task, channel):
        finish(task, channel)
        try:
            channel.send(Report(handle=task.handle, step=0, metrics={}))
        except LostTrialError as error:
            caught.append(str(error))

    for executor in (Inline(), Threads(1)):
        carry(executor, [job(target)])
        executor.shutdown()
    assert caught == ["run 0/1 has ended; nothing more can be sent for it"] * 2


def test_a_pool_says_that_it_takes_no_verdicts() -> None:
    with ThreadPoolExecutor(1) as pool:
        executor = Futures(pool, 1)
        refused = executor.send("0/1", Verdict.STOP)
        assert isinstance(refused, Refused)
        assert "no verdicts" in refused.why
        executor.shutdown()
        assert pool.submit(int, "3").result() == 3, "the pool belongs to its owner"


def test_a_run_that_waits_in_a_pool_can_be_cancelled() -> None:
    gate = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(gate.wait, 60)
        executor = Futures(pool, 1)
        executor.start(job(finish))
        assert executor.kill("0/1", "released") is None
        last = executor.receive(60)[-1]
        assert isinstance(last, Lost)
        assert last.reason == "released"
        gate.set()
        executor.shutdown()


@pytest.mark.parametrize(("pool", "slots"), [(None, 1), ("threads", 1), (Threads(1), 2)])
def test_futures_wants_a_pool(pool, slots) -> None:
    with pytest.raises(InvalidArgumentError, match=r"concurrent\.futures\.Executor"):
        Futures(pool, slots)

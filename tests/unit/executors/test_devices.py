"""Slots get devices and threads of their own, through the environment that their children start with."""

from __future__ import annotations

import os

import pytest

from tunesmith.core.jobs import Finished, Job, Report, Task
from tunesmith.core.protocols import Verdict
from tunesmith.errors import InvalidArgumentError
from tunesmith.executors import Processes
from tunesmith.executors.devices import THREAD_VARIABLES, cores, environment_of, share, visible_gpus
from tunesmith.testing.executor_runs import Record, begin, carry, until_ended


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("0,1,2", ("0", "1", "2")),
        (" 3 , 1 ", ("3", "1")),
        ("GPU-1234,MIG-5678", ("GPU-1234", "MIG-5678")),
        ("", ()),
        ("-1", ()),
        ("0,-1,1", ("0",)),
    ],
)
def test_visible_devices_are_read_as_cuda_reads_them(text, ids) -> None:
    assert visible_gpus({"CUDA_VISIBLE_DEVICES": text}) == ids


def test_devices_are_looked_for_when_nobody_names_them(monkeypatch, tmp_path) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho 'GPU 0: A (UUID: 1)'\necho 'GPU 1: B (UUID: 2)'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    found = visible_gpus({})
    assert found == ("0", "1") or os.path.exists("/dev/nvidia0")  # noqa: PTH110


@pytest.mark.parametrize(
    ("gpus", "amount", "slots", "shares"),
    [
        ("01", 1, 2, (("0",), ("1",))),
        ("0123", 2, 2, (("0", "1"), ("2", "3"))),
        ("01", 0.5, 4, (("0",), ("1",), ("0",), ("1",))),
        ("0", 0.25, 3, (("0",), ("0",), ("0",))),
        ("01", 1 / 3, 6, (("0",), ("1",)) * 3),
        ("012", 1, 1, (("0",),)),
    ],
)
def test_devices_are_shared_out(gpus, amount, slots, shares) -> None:
    assert share(tuple(gpus), amount, slots) == shares


@pytest.mark.parametrize(
    ("gpus", "amount", "slots", "words"),
    [
        ("01", 1, 3, "needs 3 GPUs, visible are: 0, 1"),
        ("", 1, 1, "visible are: none"),
        ("01", 2, 2, "at most 1 slots"),
        ("0", 0.5, 3, "at most 2 slots"),
        ("0", 0.6, 2, "at most 1 slots"),
        ("01", 1.5, 1, "whole number"),
        ("01", -1, 1, "whole number"),
        ("01", float("inf"), 1, "whole number"),
    ],
)
def test_more_than_there_is_or_nonsense_is_an_error(gpus, amount, slots, words) -> None:
    with pytest.raises(InvalidArgumentError, match=words):
        share(tuple(gpus), amount, slots)


def test_cores_are_divided_and_the_users_settings_stay() -> None:
    extra = environment_of({}, 0, 2, (), {"OMP_NUM_THREADS": "7"})
    assert "OMP_NUM_THREADS" not in extra
    assert extra["OPENBLAS_NUM_THREADS"] == str(max(1, cores() // 2))
    assert set(extra) == set(THREAD_VARIABLES) - {"OMP_NUM_THREADS"}
    assert environment_of({}, 0, 10_000, (), {})["MKL_NUM_THREADS"] == "1"
    asked = environment_of({"cpu": 3}, 0, 2, (), {"OMP_NUM_THREADS": "7"})
    assert {asked[name] for name in THREAD_VARIABLES} == {"3"}


@pytest.mark.parametrize("resources", [{"tpu": 1}, {"gpu": "1"}, {"gpu": True}, {"cpu": float("nan")}, {"gpu": -1}])
def test_unknown_resources_are_errors(resources) -> None:
    with pytest.raises(InvalidArgumentError, match="resources"):
        environment_of(resources, 0, 1, ("0",), {})


def tell_devices(task, channel):
    channel.send(Finished(handle=task.handle, reason="returned", message=os.environ.get("CUDA_VISIBLE_DEVICES", "-")))


def wait_for_word(task, channel):
    channel.send(Report(handle=task.handle, step=0, metrics={}))
    channel.verdict()
    tell_devices(task, channel)


def job(number, target, **resources):
    return Job(task=Task(handle=f"{number}/1", trial=number, run=1, config={}), target=target, resources=resources)


def test_children_see_the_devices_of_their_slot(monkeypatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,5,6")
    executor = Processes(2)
    record = Record(lambda _report: None)
    begin(executor, job(0, wait_for_word, gpu=1), record)
    begin(executor, job(1, tell_devices, gpu=1), record)
    until_ended(executor, record, "1/1")
    executor.send("0/1", Verdict.GO_ON)
    until_ended(executor, record, "0/1")
    assert {record.heard[handle][-1].message for handle in ("0/1", "1/1")} == {"4", "5"}
    executor.shutdown()


def test_another_need_gets_another_child() -> None:
    executor = Processes(1, gpus=[2, "GPU-7"])
    jobs = [job(0, tell_devices, gpu=1), job(1, tell_devices, gpu=2), job(2, tell_devices, gpu=2)]
    heard = carry(executor, jobs)
    last = [heard[one.task.handle][-1] for one in jobs]
    assert [message.message for message in last] == ["2", "2,GPU-7", "2,GPU-7"]
    assert last[0].usage["pid"] != last[1].usage["pid"] == last[2].usage["pid"]
    executor.shutdown()


def test_asking_for_too_many_fails_at_once() -> None:
    executor = Processes(2, gpus=[0])
    with pytest.raises(InvalidArgumentError, match=r"2 slots needs 2 GPUs, visible are: 0"):
        executor.start(job(0, tell_devices, gpu=1))
    executor.shutdown()

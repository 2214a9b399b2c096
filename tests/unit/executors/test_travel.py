"""What travels to a child by value, and what is said of things that cannot travel."""

from __future__ import annotations

import functools
import importlib.util
import os
import socket
import sqlite3
import subprocess
import sys
import threading
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tunesmith.core.jobs import Finished, Lost
from tunesmith.errors import TransportError
from tunesmith.executors import Processes
from tunesmith.executors.travel import Luggage, main_of, pack_target
from tunesmith.testing.executor_runs import carry

GLOBAL_LOCK = threading.Lock()


def capturing(thing):
    return lambda task, channel: thing


def generator():
    yield 1


class Holder:
    def __init__(self, inside):
        self.inside = inside

    def method(self, task, channel):
        return self.inside


class Slotted:
    __slots__ = ("connection",)

    def __init__(self, connection):
        self.connection = connection

    def __call__(self, task, channel):
        return None


@dataclass(frozen=True)
class Wrapper:
    """As a study wraps its objective."""

    objective: Any


def outer_of(inner):
    def outer(task, channel):
        return inner(task, channel)

    return outer


def with_default(task, channel, lock=GLOBAL_LOCK):
    return None


@pytest.mark.parametrize(
    ("make", "named", "kind", "way_out"),
    [
        (lambda _stack: capturing(threading.Lock()), "'thing' around", "lock", "no memory in common"),
        (lambda _stack: capturing(threading.RLock()), "'thing'", "RLock", "inside the objective"),
        (lambda _stack: capturing(generator()), "'thing'", "generator", "make a list"),
        (
            lambda stack: capturing(stack.enter_context(Path(os.devnull).open("w"))),  # noqa: SIM115 - the stack closes it
            "'thing'",
            "TextIOWrapper",
            "open the file inside",
        ),
        (
            lambda stack: capturing(stack.enter_context(closing(sqlite3.connect(":memory:")))),
            "'thing'",
            "sqlite3.Connection",
            "connect inside",
        ),
        (lambda stack: capturing(stack.enter_context(socket.socket())), "'thing'", "socket.socket", "host and port"),
        (lambda _stack: capturing({"a": [1, {"b": threading.Lock()}]}), "item 'b'", "lock", "inside the objective"),
        (
            lambda stack: outer_of(capturing(stack.enter_context(socket.socket()))),
            "'inner' around outer",
            "socket",
            "host and port",
        ),
        (
            lambda _stack: functools.partial(len, thing=threading.Lock()),
            "argument 'thing' of the partial",
            "lock",
            "inside",
        ),
        (lambda _stack: Holder(threading.Lock()).method, "attribute Holder.inside", "lock", "inside the objective"),
        (
            lambda stack: Slotted(stack.enter_context(closing(sqlite3.connect(":memory:")))),
            "attribute Slotted.connection",
            "Connection",
            "connect inside",
        ),
        (lambda _stack: Wrapper(capturing(threading.Lock())), "attribute Wrapper.objective", "lock", "inside"),
    ],
)
def test_the_culprit_is_named_with_its_type_and_the_way_out(make, named, kind, way_out) -> None:
    with ExitStack() as stack:
        target = make(stack)
        with pytest.raises(TransportError) as caught:
            pack_target(target)
    text = str(caught.value)
    assert named in text
    assert kind in text
    assert way_out in text
    assert "executor='threads'" in text


def test_globals_of_the_main_module_are_walked(tmp_path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import threading\n"
        "from tunesmith.executors.travel import pack_target\n"
        "class Model:\n    shared = threading.Lock()\n"
        "def build():\n    return Model()\n"
        "def objective(task, channel):\n    return build()\n"
        "pack_target(objective)\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert "global variable 'build' used by objective" in last
    assert "global variable 'Model' used by build" in last
    assert "Model.shared" in last
    assert "_thread.lock" in last


def test_a_hostile_reduce_is_reported_not_raised() -> None:
    class Hostile:
        def __reduce__(self):
            raise KeyError("planted")

    with pytest.raises(TransportError, match="Hostile"):
        pack_target(capturing(Hostile()))


def test_nothing_starts_when_the_target_cannot_travel(make_job) -> None:
    executor = Processes(1)
    with pytest.raises(TransportError, match="lock"):
        executor.start(make_job(capturing(threading.Lock())))
    assert list(executor.receive(0.0)) == []
    executor.shutdown()


def test_a_target_is_pickled_once_and_each_child_loads_it_once(make_job) -> None:
    class Counted:
        pickled = 0

        def __init__(self):
            self.runs = 0

        def __getstate__(self):
            type(self).pickled += 1
            return self.__dict__

        def __call__(self, task, channel):
            self.runs += 1  # the loaded object lives as long as its child
            channel.send(Finished(handle=task.handle, reason="returned", values=(self.runs,)))

    target = Counted()
    executor = Processes(1)
    jobs = [make_job(target) for _ in range(4)]
    heard = carry(executor, jobs)
    assert [heard[job.task.handle][-1].values for job in jobs] == [(1.0,), (2.0,), (3.0,), (4.0,)]
    assert Counted.pickled == 1
    assert target.runs == 0
    executor.shutdown()


def test_several_targets_take_turns(executor, make_job) -> None:
    def of(value):
        def target(task, channel):
            channel.send(Finished(handle=task.handle, reason="returned", values=(value,)))

        return target

    targets = [of(float(i)) for i in range(5)]
    jobs = [make_job(targets[i % 5]) for i in range(20)]
    heard = carry(executor, jobs)
    assert [heard[job.task.handle][-1].values[0] for job in jobs] == [float(i % 5) for i in range(20)]


def test_a_module_that_no_child_can_import_goes_by_value(run, tmp_path) -> None:
    path = tmp_path / "nowhere_to_be_found.py"
    path.write_text(
        "from tunesmith.core.jobs import Finished\n"
        "class Helper:\n    value = 5.0\n"
        "def target(task, channel):\n"
        "    channel.send(Finished(handle=task.handle, reason='returned', values=(Helper().value,)))\n"
    )
    spec = importlib.util.spec_from_file_location("nowhere_to_be_found", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["nowhere_to_be_found"] = module
    try:
        spec.loader.exec_module(module)
        assert run(module.target)[-1].values == (5.0,)
        assert run(module.target)[-1].values == (5.0,)
    finally:
        del sys.modules["nowhere_to_be_found"]


CACHED = """
import functools
@functools.lru_cache(maxsize=7)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
fib.note = "kept"
class Model:
    @functools.cache
    def twice(self, x):
        return 2 * x
    @functools.cached_property
    def three(self):
        return 3.0
@functools.singledispatch
def kind(x):
    return 10.0
@kind.register
def _(x: int):
    return 20.0
def target(task, channel):
    assert fib.cache_info().maxsize == 7 and fib.note == "kept" and fib.__name__ == "fib"
    model = Model()
    value = fib(10) + model.twice(1) + model.three + model.three + kind(1) + kind("")
    assert fib.cache_info().hits > 0
    channel.send(Finished(handle=task.handle, reason="returned", values=(float(value),)))
"""


def test_what_functools_makes_of_functions_of_the_script_travels(run) -> None:
    script: dict[str, Any] = {"__name__": "__main__", "Finished": Finished}
    exec(CACHED, script)  # noqa: S102
    assert run(script["target"])[-1].values == (55.0 + 2.0 + 3.0 + 3.0 + 20.0 + 10.0,)


def test_a_cached_function_of_a_module_goes_by_name(run) -> None:
    import tunesmith.study.record

    cached = tunesmith.study.record.trial_seed
    assert b"_cache_again" not in pack_target(cached).pickle
    cached(1, 2)

    def target(task, channel):
        found = float(cached is tunesmith.study.record.trial_seed)
        channel.send(Finished(handle=task.handle, reason="returned", values=(found,)))

    assert run(target)[-1].values == (1.0,)


def test_the_lock_inside_a_cached_function_is_named() -> None:
    @functools.cache
    def locked():
        return GLOBAL_LOCK

    locked.lock = threading.Lock()
    with pytest.raises(TransportError, match=r"'thing'.*lock"):
        pack_target(capturing(locked))


def test_what_cannot_be_loaded_is_lost_on_the_way(run) -> None:
    class Unloadable:
        def __reduce__(self):
            return (int, ("not a number",))

    last = run(capturing(Unloadable()))[-1]
    assert isinstance(last, Lost)
    assert last.reason == "transport"
    assert "ValueError" in last.message
    assert "not a number" in last.message


def test_luggage_forgets() -> None:
    luggage = Luggage()
    first = luggage.pack(capturing(1))
    luggage.forget()
    assert luggage.pack(capturing(2)).digest != first.digest
    assert not luggage.take_along("")
    assert not luggage.take_along("no.such.module")


def test_names_of_the_script_are_found_inside_a_target() -> None:
    space: dict[str, Any] = {"__name__": "__main__"}
    exec("class Model: pass\ndef objective(trial): return Model()", space)  # noqa: S102
    found = main_of(Wrapper(space["objective"]))
    assert found["Model"] is space["Model"]
    assert main_of(Wrapper(capturing(1))) == {}


SCRIPT = """
import pickle, sys
from dataclasses import dataclass

from tunesmith.core.jobs import Finished, Job, Task
from tunesmith.executors import Processes

print("the script runs")
offset = 10.0

@dataclass
class Model:
    x: float
    def loss(self):
        return self.x + offset

class Base:
    pass

class Special(Base):
    def __init__(self):
        super().__init__()
        self.model = Model(1.0)

def make(task):
    return Model(task.config["x"])

def target(task, channel):
    assert pickle.loads(pickle.dumps(make(task))) == make(task)
    special = pickle.loads(pickle.dumps(Special()))
    assert isinstance(special, Special) and isinstance(special.model, Model)
    channel.send(Finished(handle=task.handle, reason="returned", values=((lambda m: m.loss())(make(task)),)))

executor = Processes(2)
executor.start(Job(task=Task(handle="0/1", trial=0, run=1, config={"x": 5.0}), target=target))
messages = []
while not messages:
    messages = executor.receive(60)
executor.shutdown()
print(messages[-1].values, messages[-1])
"""


def test_a_script_without_a_guard_runs_once(tmp_path: Path) -> None:
    """Functions, classes and globals of a script go by value; the script itself is never imported again."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.count("the script runs") == 1
    assert "(15.0,)" in done.stdout, done.stdout + done.stderr
    assert done.stderr == ""


@pytest.mark.slow
def test_a_script_on_standard_input_runs_too(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-"], input=SCRIPT, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert "(15.0,)" in done.stdout, done.stdout + done.stderr

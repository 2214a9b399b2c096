"""The objective's argument: the handle of its run, spelt `trial` because everybody types it."""

from __future__ import annotations

import inspect
import math
import operator
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Never, Protocol, final

import numpy as np

from tunesmith.core.attributes import copied
from tunesmith.core.jobs import Channel, Discovered, Noticed, Report, Saved, Task
from tunesmith.core.objective import check_name, json_value, read_number
from tunesmith.core.protocols import Verdict
from tunesmith.core.spelling import no_such
from tunesmith.core.trial import config_words
from tunesmith.errors import InvalidArgumentError
from tunesmith.space import Space
from tunesmith.study.foreign import RUN_INSTEAD
from tunesmith.study.record import ARTIFACT
from tunesmith.study.suggesting import Suggestions

__all__ = ["Files", "RunHandle", "check_note", "read_report"]

_LARGEST_STEP = 2**63 - 1


class Files(Protocol):
    """The study's artifacts folder, as a run uses it."""

    def put(self, trial: int, run: int, name: str, data: bytes) -> Mapping[str, Any]:
        """Write a file whole or not at all, and return its size and sha256."""
        ...

    def get(self, trial: int, run: int, name: str, size: int, sha256: str) -> bytes | None:
        """Return what a file holds, None when it is missing or another one."""
        ...


@final
class RunHandle:
    """One run, as the objective sees it.

    An objective written for another define-by-run library works unchanged: `suggest_*`, `report`, `should_prune`,
    `set_user_attr`, `number` and `params` are what people type.

    Example:
        ```
        def objective(trial):
            lr = trial.suggest_float("lr", 1e-5, 1e-1, log=True)
            for epoch in range(10):
                trial.report(train(lr), step=epoch)
                if trial.should_prune():
                    raise ts.TrialPruned
            return loss
        ```
    """

    def __init__(
        self,
        task: Task,
        channel: Channel,
        space: Space | None,
        metrics: tuple[str, ...],
        *,
        discover: bool,
        files: Files | None = None,
    ) -> None:
        self._task = task
        self._channel = channel
        self._metrics = metrics
        self._files = files
        self._attrs = dict(task.attrs)
        self._reported = False
        self.suggestions = Suggestions(task, space, discover=discover, announce=self._announce)

    def _announce(self, name: str, domain: dict[str, Any], value: Any) -> None:
        self._channel.send(Discovered(handle=self._task.handle, name=name, domain=domain, value=value))

    def __repr__(self) -> str:
        """Return the trial's number and what is known of its config."""
        return f"<running trial {self.number}: {config_words(self.params)}>"

    if not TYPE_CHECKING:  # a type checker finds what does not exist by itself

        def __getattr__(self, name: str) -> Never:
            raise no_such("trial", name, dir(type(self)), RUN_INSTEAD)

    @property
    def number(self) -> int:
        """The trial's number in the study: 0, 1, 2, ..."""
        return self._task.trial

    @property
    def run(self) -> int:
        """1 for the first run, one more after each pause and each loss."""
        return self._task.run

    @property
    def params(self) -> dict[str, Any]:
        """The values of the active parameters; in define-by-run those that were asked for so far."""
        return self.suggestions.params()

    @property
    def budget(self) -> float | None:
        """How much this run may spend in all, counted from the trial's beginning; None for no limit."""
        return self._task.budget

    @property
    def seed(self) -> int:
        """What to seed the training with; equal for equal replicates of any two configs, so that they are paired."""
        return self._task.seed

    @property
    def replicate(self) -> int:
        """0 for the first trial of this config, 1, 2, ... for repetitions."""
        return self._task.replicate

    @property
    def last_step(self) -> int | None:
        """The last step that an earlier run of this trial reported; None in a first run."""
        return self._task.last_step

    @property
    def user_attrs(self) -> Mapping[str, Any]:
        """What was noted on the trial so far."""
        return copied(self._attrs)

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float:
        """Return the value of a float parameter within [low, high]."""
        return float(self.suggestions.float(name, low, high, step=step, log=log))

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        """Return the value of an integer parameter within [low, high], both included."""
        return int(self.suggestions.int(name, _whole(low), _whole(high), step=_whole(step), log=log))

    def suggest_categorical(self, name: str, choices: Any) -> Any:
        """Return one of the choices."""
        return self.suggestions.categorical(name, choices)

    def suggest_uniform(self, name: str, low: float, high: float) -> float:
        """Return `suggest_float(name, low, high)`; an older spelling."""
        return self.suggest_float(name, low, high)

    def suggest_loguniform(self, name: str, low: float, high: float) -> float:
        """Return `suggest_float(name, low, high, log=True)`; an older spelling."""
        return self.suggest_float(name, low, high, log=True)

    def suggest_discrete_uniform(self, name: str, low: float, high: float, q: float) -> float:
        """Return `suggest_float(name, low, high, step=q)`; an older spelling."""
        return self.suggest_float(name, low, high, step=q)

    def report(self, value: float | Mapping[str, float], step: int) -> None:
        """Report one or several metrics at a step (epoch, batch, ...); doesn't wait.

        Args:
            value: one number (the objective's own metric), or named numbers such as {"val_loss": 0.3, "acc": 0.9}.
                The pruner watches the objective's metric by its name, else the first named number. NaN is kept.
            step: an integer, 0 or more; the last report of a step stands.
        """
        step, values = read_report(value, step, self._metrics)
        self._reported = True
        self._channel.send(Report(handle=self._task.handle, step=step, metrics=values))

    def should_prune(self) -> bool:
        """Wait for the verdict on the last report; True means: stop now, with `raise ts.TrialPruned`.

        A run that is only paused gets True as well; it is called again later with a larger `budget`.
        """
        if not self._reported or not self._task.judged:
            return False
        return self._channel.verdict() is not Verdict.GO_ON

    def set_user_attr(self, key: str, value: Any) -> None:
        """Note something on the trial: numbers, text, lists, dicts."""
        plain = json_value(value, f"user attribute {key!r}")
        self._attrs[check_note(key)] = plain
        self._channel.send(Noticed(handle=self._task.handle, key=key, value=plain))

    def save(self, name: str, data: bytes) -> None:
        """Keep bytes (a checkpoint) under a name; written aside and renamed, so never half.

        Raises:
            InvalidArgumentError: the study has no artifacts folder, or the name is not a plain file name.
        """
        receipt = self._place().put(self._task.trial, self._task.run, name, data)
        self._channel.send(Saved(handle=self._task.handle, name=name, size=receipt["size"], sha256=receipt["sha256"]))

    def load(self, name: str) -> bytes | None:
        """Return what an earlier run of this trial (or the parent it begins from) saved; None when there is nothing.

        A file that is missing or was altered counts as nothing: the run starts over.
        """
        record = self._task.artifacts.get(name)
        if record is None or self._files is None:
            return None
        return self._files.get(record["trial"], record["run"], name, record["size"], record["sha256"])

    def _place(self) -> Files:
        if self._files is None:
            raise InvalidArgumentError(
                "trial.save needs a study with an artifacts folder; give create_study a storage file or artifacts=..."
            )
        return self._files


for _method in (each for each in vars(RunHandle).values() if inspect.isfunction(each)):
    _method.__qualname__ = f"Trial.{_method.__name__}"  # what Python's own errors of wrong arguments call it


def check_note(key: object) -> str:
    """Return the name of a user attribute, or say why it cannot be one."""
    name = check_name(key, "a user attribute's name")
    if name.startswith(ARTIFACT):
        raise InvalidArgumentError(f"a user attribute's name must not begin with {ARTIFACT!r}, got {name!r}")
    return name


def read_report(value: object, step: object, metrics: tuple[str, ...]) -> tuple[int, dict[str, float]]:
    """Return the step and the named numbers of a report; one number is the first objective's.

    Raises:
        InvalidArgumentError: the step is no integer of 0 or more, or a value no number.
    """
    named = value if isinstance(value, Mapping) else {metrics[0]: value}
    if not named:
        raise InvalidArgumentError("report needs at least one named number, got an empty dict")
    values = {check_name(name, "a metric's name"): _number(name, each) for name, each in named.items()}
    return _check_step(step), values


def _whole(number: Any) -> Any:
    """Return a whole float, such as the 1e3 of a range, as an int; anything else as it is."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _check_step(step: object) -> int:
    if isinstance(step, (bool, np.bool_)):
        raise InvalidArgumentError(f"report needs an integer step, got {step!r}; count epochs or batches")
    try:
        number = operator.index(_whole(step))
    except TypeError:
        raise InvalidArgumentError(f"report needs an integer step, got {step!r}; count epochs or batches") from None
    if not 0 <= number <= _LARGEST_STEP:
        raise InvalidArgumentError(f"report needs a step from 0 to {_LARGEST_STEP}, got {step!r}")
    return number


def _number(name: str, value: object) -> float:
    number, reason, message = read_number(value)
    if number is not None:
        return number
    if reason in ("nan", "infinite"):
        try:
            return float(value)  # type: ignore[arg-type]
        except OverflowError:
            return math.inf
    said = message.replace("the objective returned ", f"report got {name}=").replace("; return ", "; report ")
    raise InvalidArgumentError(said)

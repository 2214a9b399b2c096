"""A trial without a study: runs an objective once with values given by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

from tunesmith.core.jobs import Message, Noticed, Report, Task
from tunesmith.core.protocols import Verdict
from tunesmith.errors import InvalidArgumentError
from tunesmith.study.handle import RunHandle

__all__ = ["FixedTrial"]


@final
class _Keeping:
    """A channel that keeps what is said and always answers "go on"."""

    def __init__(self) -> None:
        self.reports: dict[int, dict[str, float]] = {}
        self.attrs: dict[str, Any] = {}

    def send(self, message: Message) -> None:
        if isinstance(message, Report):
            self.reports[message.step] = message.metrics
        elif isinstance(message, Noticed):
            self.attrs[message.key] = message.value

    def verdict(self) -> Verdict:
        return Verdict.GO_ON


@final
class FixedTrial:
    """Stands in for a trial where an objective shall run once with known values, in tests or for the final training.

    Args:
        params: the values; every name that the objective asks for must be there.
        number: what `trial.number` says.
        seed: what `trial.seed` says.

    Example:
        >>> def objective(trial):
        ...     return trial.suggest_float("x", -1, 1) ** 2
        >>> objective(FixedTrial({"x": 0.5}))
        0.25
    """

    def __init__(self, params: Mapping[str, Any], number: int = 0, seed: int = 0) -> None:
        self._given = dict(params)
        self._channel = _Keeping()
        task = Task(handle=f"{number}/1", trial=number, run=1, config={}, seed=seed, judged=False)
        self._handle = RunHandle(task, self._channel, None, ("value",), discover=True)

    def __getattr__(self, name: str) -> Any:
        """Everything that is not about values is as in a run."""
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._handle, name)

    @property
    def params(self) -> dict[str, Any]:
        """The values given."""
        return dict(self._given)

    @property
    def reports(self) -> dict[int, dict[str, float]]:
        """What was reported so far, by step."""
        return self._channel.reports

    def suggest_float(self, name: str, low: float, high: float, **_: Any) -> float:
        """Return the given value, checked against the range."""
        return float(self._numeric(name, low, high))

    def suggest_int(self, name: str, low: int, high: int, **_: Any) -> int:
        """Return the given value, checked against the range."""
        return int(self._numeric(name, low, high))

    def suggest_uniform(self, name: str, low: float, high: float) -> float:
        """Return `suggest_float(name, low, high)`; an older spelling."""
        return self.suggest_float(name, low, high)

    def suggest_loguniform(self, name: str, low: float, high: float) -> float:
        """Return `suggest_float(name, low, high)`; an older spelling."""
        return self.suggest_float(name, low, high)

    def suggest_discrete_uniform(self, name: str, low: float, high: float, q: float) -> float:
        """Return `suggest_float(name, low, high)`; an older spelling."""
        del q
        return self.suggest_float(name, low, high)

    def suggest_categorical(self, name: str, choices: Any) -> Any:
        """Return the given value, checked against the choices."""
        value = self._value(name)
        if value not in list(choices):
            raise InvalidArgumentError(f"FixedTrial has {name}={value!r}, which is not among {list(choices)!r}")
        return value

    def _numeric(self, name: str, low: float, high: float) -> Any:
        value = self._value(name)
        if not low <= value <= high:
            raise InvalidArgumentError(f"FixedTrial has {name}={value!r}, outside [{low}, {high}]")
        return value

    def _value(self, name: str) -> Any:
        if name not in self._given:
            raise InvalidArgumentError(
                f"FixedTrial has no value for {name!r}; it has {', '.join(self._given) or 'none'}"
            )
        return self._given[name]

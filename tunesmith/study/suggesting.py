"""Suggestions: the values of a run's parameters, proposed by a sampler or drawn where the objective asks.

Define-by-run: a name that the sampler did not propose is drawn from `stream(study seed, trial number, name)`, so a
repeated run draws the same. A proposed value outside the range asked for this time is drawn anew. Both are recorded,
and so are proposed values that nobody asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, final

from tunesmith.core.jobs import Task
from tunesmith.errors import InvalidArgumentError
from tunesmith.seeding import stream
from tunesmith.space import Categorical, Float, Int, Space
from tunesmith.space.discovery import fingerprint

__all__ = ["Suggestions"]


@final
class Suggestions:
    """The parameter values of one run, and which of them were asked for.

    Args:
        task: the run, with the proposed config.
        space: the declared space, None for pure define-by-run.
        discover: whether names that are not declared may be met.
        announce: called with (name, domain as data, value) when a value was drawn here, or asked for within a range
            that the run does not know.

    Attributes:
        drawn: values that were drawn here.
        doubts: name -> sentence, for a declared name whose value did not fit the range asked for.
        met: called with (name, value) when a value was given out that the config or the declared space does not hold.
    """

    def __init__(
        self, task: Task, space: Space | None, *, discover: bool, announce: Callable[[str, dict[str, Any], Any], None]
    ) -> None:
        self._task = task
        self._space = space
        self._discover = discover
        self._announce = announce
        self._asked: dict[str, Any] = {}
        self._real: dict[str, Any] = {}
        self.drawn: dict[str, Any] = {}
        self.doubts: dict[str, str] = {}
        self.met: Callable[[str, Any], None] | None = None

    def params(self) -> dict[str, Any]:
        """Return what the objective may use: all of a declared config, else what was asked for so far."""
        if self._space is None:
            return dict(self._real)
        declared = {k: v for k, v in self._task.config.items() if k in self._space.parameters}
        return {**self._space.realise(declared), **self._real}

    def dropped(self) -> tuple[str, ...]:
        """Return proposed names that a define-by-run objective never asked for."""
        if self._space is not None and not self._discover:
            return ()
        declared = self._space.parameters if self._space is not None else {}
        return tuple(n for n in self._task.config if n not in self._asked and n not in declared)

    def float(self, name: str, low: float, high: float, *, step: float | None, log: bool) -> Any:
        """Return a float within the range asked for."""
        return self._value(name, Float(low, high, step=step, log=log))

    def int(self, name: str, low: int, high: int, *, step: int, log: bool) -> Any:
        """Return an integer within the range asked for."""
        return self._value(name, Int(low, high, step=None if step == 1 else step, log=log))

    def categorical(self, name: str, choices: Sequence[Any]) -> Any:
        """Return one of the choices asked for."""
        if isinstance(choices, str):
            raise InvalidArgumentError(f"choices of {name!r} must be a list, got the text {choices!r}")
        if isinstance(choices, (set, frozenset)):
            raise InvalidArgumentError(f"choices of {name!r} must be a list, got {choices!r}, which has no order")
        domain = Categorical(*choices)
        label = self._value(name, domain)
        return domain.table.object_of(label)

    def _value(self, name: str, domain: Float | Int | Categorical) -> Any:
        if name in self._asked and domain.contains(self._asked[name]):
            return self._asked[name]
        value = self._task.config.get(name)
        if name not in self._task.config or not domain.contains(value):
            value = self._draw(name, domain)
        elif name not in self._asked and not self._declares(name):
            self._compare(name, domain, value)
        if self.met is not None and (name in self.drawn or not self._declares(name)):
            self.met(name, value)
        self._asked[name] = value
        self._real[name] = domain.table.object_of(value) if isinstance(domain, Categorical) else value
        return value

    def _compare(self, name: str, domain: Float | Int | Categorical, value: Any) -> None:
        """Tell of a range other than the known one, so that the space grows although the proposed value fits."""
        if self._task.known.get(name) != fingerprint(domain):
            self._announce(name, Space({name: domain}).to_dict(), value)

    def _declares(self, name: str) -> bool:
        return self._space is not None and name in self._space.parameters

    def _draw(self, name: str, domain: Float | Int | Categorical) -> Any:
        known = self._declares(name)
        if self._space is not None and not self._discover:
            if known and name not in self._task.config:
                raise InvalidArgumentError(
                    f"{name!r} is not active in {self._task.config!r}; ask for it only where its condition holds"
                )
            if not known:
                names = ", ".join(self._space.names)
                raise InvalidArgumentError(
                    f"{name!r} is not in the declared space ({names}); declare it, or use discover=True"
                )
        if known and name in self._task.config and self._space is not None:
            self.doubts[name] = (
                f"the objective asks for {name!r} in {domain!r}, but it was declared as {self._space[name]!r}: values "
                "are drawn at random where the proposed one does not fit; declare the range that the objective asks "
                f"for, or read trial.params[{name!r}]"
            )
        rng = stream(self._task.study_seed, self._task.trial, name)
        value = domain.from_unit(float(rng.random()))
        self.drawn[name] = value
        if not known:
            self._announce(name, Space({name: domain}).to_dict(), value)
        return value

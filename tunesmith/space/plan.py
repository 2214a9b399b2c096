"""A space compiled for speed: the order of dependence, the tests of each parameter, and one config from one vector.

Built once per space and never pickled; everything that is called per trial walks its tuples.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, final

import numpy as np

from tunesmith.errors import InvalidSpaceError
from tunesmith.space.activity import Test, resolve
from tunesmith.space.rules import Rule

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tunesmith.space.domain import Domain, FloatArray
    from tunesmith.space.primitive import Config, Primitive

__all__ = ["Plan"]

_Tests: TypeAlias = tuple[tuple[str, Callable[[Any], bool]], ...]
_Step: TypeAlias = tuple[int, str, Callable[[float], "Primitive"], _Tests, "Domain"]


@final
class Plan:
    """The tables of one space.

    Args:
        parameters: names and domains, in the order of the coordinates.
        rules: texts of the rules.

    Attributes:
        names: names in the order of the coordinates.
        steps: one entry for each parameter, parents before children: coordinate, name, from_unit, tests, domain.
        tests: the resolved conditions of each conditional parameter.
        rules: the rules, parsed and checked.
    """

    def __init__(self, parameters: Mapping[str, Domain], rules: Sequence[str]) -> None:
        self.names = tuple(parameters)
        self.tests = {
            name: tuple(_test(name, domain, index, parameters) for index in range(len(domain.when)))
            for name, domain in parameters.items()
            if domain.when
        }
        position = {name: index for index, name in enumerate(self.names)}
        order = _order(self.names, self.tests)
        self.ordered = order == self.names
        self.steps: tuple[_Step, ...] = tuple(
            (position[name], name, parameters[name].from_unit, _pairs(self.tests.get(name, ())), parameters[name])
            for name in order
        )
        self.position = position
        self.rules = tuple(Rule(text, parameters) for text in rules)

    def config(self, u: Sequence[float]) -> Config:
        """Return the config at a point (d,) of the unit cube; a NaN stands for the default, or absence if optional."""
        config: Config = {}
        for index, name, value_at, tests, domain in self.steps:
            for parent, accepts in tests:
                if parent not in config or not accepts(config[parent]):
                    break
            else:
                x = u[index]
                if x == x:  # noqa: PLR0124 - not NaN
                    config[name] = value_at(x)
                elif not domain.optional:
                    config[name] = domain.start()
        return config if self.ordered else {name: config[name] for name in self.names if name in config}

    def completed(self, config: Mapping[str, Primitive]) -> Config:
        """Return the active part of a config, a missing parameter at its declared default if it has one."""
        full: Config = {}
        for _, name, _, tests, domain in self.steps:
            for parent, accepts in tests:
                if parent not in full or not accepts(full[parent]):
                    break
            else:
                if name in config:
                    full[name] = config[name]
                elif domain.has_default and not domain.optional:
                    full[name] = domain.start()
        return full

    def active(self, config: Mapping[str, Primitive]) -> tuple[str, ...]:
        """Return the names whose conditions hold, in order, leaving out absent optional ones."""
        found: set[str] = set()
        for _, name, _, tests, domain in self.steps:
            for parent, accepts in tests:
                if parent not in found or parent not in config or not accepts(config[parent]):
                    break
            else:
                if name in config or not domain.optional:
                    found.add(name)
        return tuple(name for name in self.names if name in found)

    def activity(self, x: FloatArray) -> NDArray[np.bool_]:
        """Say for each coordinate of the points (n, d) whether `config` gives the parameter a value (n, d)."""
        active = np.ones(x.shape, dtype=np.bool_)
        for index, name, _, _, domain in self.steps:
            if domain.optional:
                active[:, index] = ~np.isnan(x[:, index])
            for test in self.tests.get(name, ()):
                place = self.position[test.parent]
                active[:, index] &= active[:, place]
                active[:, index] &= test.accepted(_filled(test.domain, x[:, place]))
        return active

    def broken(self, config: Mapping[str, Primitive]) -> Rule | None:
        """Return the first rule that a config breaks, or None."""
        for rule in self.rules:
            if not rule.holds(config):
                return rule
        return None

    def allowed(self, x: FloatArray) -> tuple[NDArray[np.bool_], list[int]]:
        """Say which points (n, d) obey all rules (n,), and how many each rule refused."""
        count = len(x)
        refused: list[int] = []
        obeys = np.ones(count, dtype=np.bool_)
        if not self.rules:
            return obeys, refused
        active = self.activity(x)
        domains = {name: (index, domain) for index, name, _, _, domain in self.steps}
        columns: dict[str, NDArray[Any]] = {}
        for rule in self.rules:
            spoken = np.ones(count, dtype=np.bool_)
            for name in rule.names:
                index, domain = domains[name]
                spoken &= active[:, index]
                if name not in columns:
                    columns[name] = domain.column(_filled(domain, x[:, index]))
            breaks = spoken & ~rule.hold(columns, count)
            refused.append(int(breaks.sum()))
            obeys &= ~breaks
        return obeys, refused


def _filled(domain: Domain, u: FloatArray) -> FloatArray:
    """Return coordinates (n,) with the default's in place of NaN."""
    gaps = np.isnan(u)
    return np.where(gaps, domain.to_unit(domain.start()), u) if gaps.any() else u


def _pairs(tests: tuple[Test, ...]) -> _Tests:
    return tuple((test.parent, test.accepts) for test in tests)


def _test(name: str, domain: Domain, index: int, parameters: Mapping[str, Domain]) -> Test:
    condition = domain.when[index]
    if condition.parent not in parameters:
        raise InvalidSpaceError(
            f"{name!r} has a condition on {condition.parent!r}, which is no parameter of the space; "
            f"add it, or change the condition"
        )
    return resolve(name, condition, parameters[condition.parent])


def _order(names: tuple[str, ...], tests: Mapping[str, tuple[Test, ...]]) -> tuple[str, ...]:
    """Return the names with parents before children, otherwise in their own order; refuses a circle."""
    waiting = {name: {test.parent for test in tests.get(name, ())} for name in names}
    order: list[str] = []
    placed: set[str] = set()
    while waiting:
        ready = [name for name, parents in waiting.items() if parents <= placed]
        if not ready:
            raise InvalidSpaceError(f"conditions run in a circle through {', '.join(map(repr, waiting))}; remove one")
        if not order and len(ready) == len(names):
            return names
        first = _prefix(waiting, placed)
        for name in first or ready[:1]:
            order.append(name)
            placed.add(name)
            del waiting[name]
    return tuple(order)


def _prefix(waiting: Mapping[str, set[str]], placed: set[str]) -> list[str]:
    """Return the run of names at the front whose parents stand before them."""
    found: list[str] = []
    seen = set(placed)
    for name, parents in waiting.items():
        if not parents <= seen:
            break
        found.append(name)
        seen.add(name)
    return found

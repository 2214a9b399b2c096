"""How many configs a finite space has, and each of them in turn."""

from __future__ import annotations

from collections import Counter
from itertools import product
from math import prod
from typing import TYPE_CHECKING, TypeAlias

from tunesmith.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tunesmith.space.plan import Plan
    from tunesmith.space.primitive import Config

__all__ = ["config_count", "every_config"]

_Classes: TypeAlias = dict[str, list[tuple[frozenset[tuple[str, int]], int]]]

_MOST_CASES = 20_000  # combinations of parents that are told apart before an upper bound must do
_MOST_LEVELS = 100_000


def config_count(plan: Plan) -> int | None:
    """Return the number of configs, rules aside; None if a parameter that can be active is continuous.

    Exact as long as the parents have few combinations that matter, else the upper bound in which each conditional
    parameter is counted as free to be absent.
    """
    levels = {name: domain.levels for _, name, _, _, domain in plan.steps}
    total = 1
    for names in _families(plan):
        classes = _classes(plan, names, levels)
        if classes is not None:
            count = _sum_over(plan, names, levels, classes)
        else:
            bound = prod(levels[name] + (name in plan.tests) for name in names)
            count = bound if all(levels[name] for name in names) else None
        if count is None:
            return None
        total *= count
    return total


def _families(plan: Plan) -> list[list[str]]:
    """Return the names in groups that are linked by conditions, parents before children in each."""
    group = {name: name for name in plan.names}

    def root(name: str) -> str:
        while group[name] != name:
            name = group[name]
        return name

    for name, tests in plan.tests.items():
        for test in tests:
            group[root(name)] = root(test.parent)
    families: dict[str, list[str]] = {}
    for _, name, _, _, _ in plan.steps:
        families.setdefault(root(name), []).append(name)
    return list(families.values())


def _classes(plan: Plan, names: list[str], levels: dict[str, int]) -> _Classes | None:
    """Return for each parent its values told apart only by what its children see, as (links that hold, count).

    None if a parent has too many values, or the parents too many combinations.
    """
    children: dict[str, list[tuple[str, int]]] = {}
    for name in names:
        for index, test in enumerate(plan.tests.get(name, ())):
            children.setdefault(test.parent, []).append((name, index))
    if any(levels[parent] > _MOST_LEVELS for parent in children):
        return None
    domains = {name: domain for _, name, _, _, domain in plan.steps}
    classes: _Classes = {}
    for parent, links in children.items():
        seen: Counter[frozenset[tuple[str, int]]] = Counter()
        for index in range(levels[parent]):
            value = domains[parent].level(index)
            seen[frozenset(link for link in links if plan.tests[link[0]][link[1]].accepts(value))] += 1
        classes[parent] = list(seen.items()) or [(frozenset(), 1)]
    return classes if prod(len(found) for found in classes.values()) <= _MOST_CASES else None


def _sum_over(plan: Plan, names: list[str], levels: dict[str, int], classes: _Classes) -> int | None:
    """Add up the configs over all cases of the parents; an inactive parent counts in its first case only.

    None if something continuous is active in one of the cases.
    """
    parents = list(classes)
    total = 0
    for case in product(*(range(len(classes[parent])) for parent in parents)):
        chosen = dict(zip(parents, case, strict=True))
        active: set[str] = set()
        count = 1
        for name in names:
            alive = all(
                test.parent in active and (name, index) in classes[test.parent][chosen[test.parent]][0]
                for index, test in enumerate(plan.tests.get(name, ()))
            )
            if alive:
                if not levels[name]:
                    return None
                active.add(name)
                count *= classes[name][chosen[name]][1] if name in classes else levels[name]
            elif name in classes and chosen[name] != 0:
                count = 0
                break
        total += count
    return total


def every_config(plan: Plan) -> Iterator[Config]:
    """Yield each config once, conditions and rules honoured, the last name fastest.

    Raises:
        InvalidArgumentError: if a parameter is continuous.
    """
    endless = [name for _, name, _, _, domain in plan.steps if not domain.levels]
    if endless and config_count(plan) is None:
        raise InvalidArgumentError(
            f"only a finite space can be listed, but {endless[0]!r} is continuous; give it a step, or draw samples"
        )
    return _walk(plan)


def _walk(plan: Plan) -> Iterator[Config]:
    """Walk the tree of choices without recursion; a rule is asked as soon as its last parameter is placed."""
    depth = {name: place for place, (_, name, _, _, _) in enumerate(plan.steps)}
    due = [
        [rule for rule in plan.rules if max((depth[name] for name in rule.names), default=0) == place]
        for place in range(len(plan.steps))
    ]
    if not plan.steps:
        if plan.broken({}) is None:
            yield {}
        return
    config: Config = {}
    cursors: list[Iterator[int] | None] = [_cursor(plan, 0, config)]
    while cursors:
        place = len(cursors) - 1
        _, name, _, _, domain = plan.steps[place]
        cursor = cursors[-1]
        config.pop(name, None)
        index = None if cursor is None else next(cursor, None)
        if index is None:
            cursors.pop()
            continue
        if index >= 0:
            config[name] = domain.level(index)
        if not all(rule.holds(config) for rule in due[place]):
            continue
        if place + 1 < len(plan.steps):
            cursors.append(_cursor(plan, place + 1, config))
        else:
            yield {name: config[name] for name in plan.names if name in config}


def _cursor(plan: Plan, place: int, config: Config) -> Iterator[int]:
    """Return the levels of the parameter at a place, or the single mark -1 if it is inactive."""
    _, _, _, tests, domain = plan.steps[place]
    alive = all(parent in config and accepts(config[parent]) for parent, accepts in tests)
    return iter(range(domain.levels) if alive else (-1,))

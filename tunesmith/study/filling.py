"""Completes a config of which somebody gave only a part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tunesmith.errors import InvalidConfigError

if TYPE_CHECKING:
    import numpy as np

    from tunesmith.space import Space

__all__ = ["fill"]

_TRIES = 200


def fill(
    space: Space, given: Mapping[str, Any], proposed: Mapping[str, Any], rng: np.random.Generator
) -> dict[str, Any]:
    """Return a config that keeps what is given; the rest comes from a proposal, then from draws.

    Args:
        space: that the config shall belong to.
        given: values that stand whatever happens.
        proposed: a whole config; its values are taken where they still fit.
        rng: for parameters that become active only through the given values, and where rules forbid the proposal.

    Raises:
        InvalidConfigError: no completion was found that obeys the rules.
    """
    unmet = {name: value for name, value in given.items() if name not in space.parameters}  # define-by-run, not yet met
    given = {name: value for name, value in given.items() if name in space.parameters}
    source: Mapping[str, Any] = proposed
    problems: list[str] = []
    for _ in range(_TRIES):
        config = _merge(space, given, source, rng)
        problems = space.problems(config) or [f"{name!r} is not active in it" for name in given if name not in config]
        if not problems:
            return {**config, **unmet}
        source = space.sample(rng)
    raise InvalidConfigError([f"no config around {dict(given)!r} obeys the space", *problems])


def _merge(
    space: Space, given: Mapping[str, Any], source: Mapping[str, Any], rng: np.random.Generator
) -> dict[str, Any]:
    values = dict(given)
    for name in space.names:
        if name not in values:
            values[name] = source[name] if name in source else space[name].from_unit(float(rng.random()))
    return {name: values[name] for name in space.active(values)}

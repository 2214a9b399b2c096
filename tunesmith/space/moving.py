"""Moves a config from one space into another: what both know stays, what has no place here is named."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, final

from tunesmith.errors import InvalidConfigError

if TYPE_CHECKING:
    import numpy as np

    from tunesmith.space.primitive import Config
    from tunesmith.space.space import Space

__all__ = ["Moved", "completed", "moved"]

_REACH: Final = 0.25
_TRIES: Final = 50


@final
@dataclass(frozen=True, slots=True)
class Moved:
    """A config of another space, seen from this one.

    Attributes:
        config: values of the parameters that this space knows too, each inside its domain.
        clipped: parameters whose value lay a little outside, with that value.
        lost: parameters whose value has no place here (a removed choice, another kind, far outside), with that value.
    """

    config: Config
    clipped: Mapping[str, Any]
    lost: Mapping[str, Any]


def moved(space: Space, config: Mapping[str, Any]) -> Moved:
    """Return what a config of another space is in this one; parameters that only one of them knows are left out.

    A number outside by up to a quarter of the range (of its logarithm, where declared so) takes the nearest end, one
    between two steps the nearest step. Farther away it would be another config.

    Args:
        space: to move into.
        config: names and values.

    >>> from tunesmith.space import Categorical, Float, Space
    >>> moved(Space(a=Float(0.0, 1.0), b=Categorical("x")), {"a": 1.1, "b": "y", "c": 3})
    Moved(config={'a': 1.0}, clipped={'a': 1.1}, lost={'b': 'y'})
    """
    kept: Config = {}
    clipped: dict[str, Any] = {}
    lost: dict[str, Any] = {}
    for name, value in config.items():
        if name not in space:
            continue
        domain = space[name]
        if domain.contains(value):
            kept[name] = value
            continue
        place = domain.to_unit(value)
        if math.isnan(place) or not -_REACH <= place <= 1.0 + _REACH:
            lost[name] = value
        else:
            kept[name] = domain.from_unit(min(max(place, 0.0), 1.0))
            clipped[name] = value
    return Moved(kept, clipped, lost)


def completed(space: Space, part: Mapping[str, Any], rng: np.random.Generator) -> Config:
    """Return a config of the space around a part of one: defaults where declared, draws elsewhere.

    Args:
        space: that the config shall belong to.
        part: values that stand; those of parameters that are not active beside the others are dropped.
        rng: of the draws.

    Raises:
        InvalidConfigError: no completion was found that obeys the rules.

    >>> import numpy as np
    >>> from tunesmith.space import Float, Int, Space
    >>> completed(Space(a=Float(0.0, 1.0), n=Int(1, 9, default=4)), {"a": 0.5}, np.random.default_rng(0))
    {'a': 0.5, 'n': 4}
    """
    problems: list[str] = []
    for turn in range(_TRIES):
        values: Config = {}
        for name in space.names:
            domain = space[name]
            if name in part:
                values[name] = part[name]
            elif domain.optional:
                continue
            elif domain.has_default and turn == 0:
                values[name] = domain.start()
            else:
                values[name] = domain.from_unit(float(rng.random()))
        config = {name: values[name] for name in space.active(values)}
        problems = space.problems(config)
        if not problems:
            return config
    raise InvalidConfigError([f"no config around {dict(part)!r} obeys the space", *problems])

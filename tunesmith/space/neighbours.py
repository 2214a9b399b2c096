"""One-step neighbours of a config: what a local search looks at next.

Each neighbour changes one active parameter: a category to every other one; ordered cells to the one before and after,
and where there are many also to a few at a distance drawn from a bell; a continuous value by a few steps of that bell
in unit coordinates. Children follow their parents: what becomes inactive leaves, what becomes active is drawn anew.
The scheme, and its standard deviation of 0.2 and four steps, follow the local search of SMAC (Hutter, Hoos and
Leyton-Brown 2011, "Sequential model-based optimization for general algorithm configuration").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tunesmith.space.domain import CATEGORICAL, CONTINUOUS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tunesmith.space.domain import Domain, FloatArray
    from tunesmith.space.primitive import Config, Primitive
    from tunesmith.space.space import Space

__all__ = ["neighbours"]

_FEW = 10  # levels up to which a step of one is far enough


def neighbours(
    space: Space,
    config: Mapping[str, Primitive],
    rng: np.random.Generator,
    *,
    scale: float = 0.2,
    steps: int = 4,
    most: int = 1000,
) -> list[Config]:
    """Return the configs one step away that obey the rules, without `config` itself and without doubles.

    Args:
        space: the space of the config.
        config: a config of the space.
        rng: source of the bell's steps and of values for what becomes active.
        scale: standard deviation of the bell in unit coordinates.
        steps: number of draws from the bell for each continuous parameter or long range.
        most: categories looked at for one parameter, drawn at random where there are more.
    """
    origin = space.encoding.encode([config])[0]
    centre = np.where(np.isnan(origin), rng.random(len(origin)), origin)
    found: dict[str, Config] = {repr(sorted(config.items())): dict(config)}
    for index, (name, domain) in enumerate(space.parameters.items()):
        if name not in config or np.isnan(origin[index]):
            continue
        targets = _targets(domain, float(origin[index]), rng, scale=scale, steps=steps, most=most)
        points = np.tile(centre, (len(targets), 1))
        absent = [place for place, other in enumerate(space.names) if space[other].optional and other not in config]
        points[:, absent] = np.nan
        points[:, index] = targets
        for moved in space.encoding.decode(points):
            kept = {key: config.get(key, value) if key != name else value for key, value in moved.items()}
            if space.plan.broken(kept) is None:
                found.setdefault(repr(sorted(kept.items())), kept)
    return list(found.values())[1:]


def _targets(domain: Domain, u: float, rng: np.random.Generator, *, scale: float, steps: int, most: int) -> FloatArray:
    """Return the coordinates (k,) next to `u` along one domain."""
    if domain.kind == CONTINUOUS:
        return _bell(u, rng, scale, steps)
    if domain.kind == CATEGORICAL:
        here = int(min(max(u, 0.0) * domain.levels, domain.levels - 1))
        others = np.delete(np.arange(domain.levels), here)
        if len(others) > most:
            others = rng.choice(others, size=most, replace=False)
        return (others + 0.5) / domain.levels
    low, high = (float(edge[0]) for edge in domain.cells(np.array([u])))
    hair = 1e-9 * (high - low)
    beside = [edge for edge in (low - hair, high + hair) if 0.0 < edge < 1.0]
    targets = domain.snap(np.array(beside, dtype=np.float64))
    return targets if domain.levels <= _FEW else np.concatenate([targets, _bell(u, rng, scale, steps)])


def _bell(u: float, rng: np.random.Generator, scale: float, steps: int) -> FloatArray:
    """Return draws (steps,) from the bell around `u`, folded back at 0 and 1."""
    folded = np.abs(rng.normal(min(max(u, 0.0), 1.0), scale, size=steps)) % 2.0
    return np.where(folded > 1.0, 2.0 - folded, folded)

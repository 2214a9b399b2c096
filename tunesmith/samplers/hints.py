"""Draws from the user's hints: a parameter with a prior follows it, any other one is uniform in the unit interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tunesmith.errors import UnsatisfiableError

if TYPE_CHECKING:
    from tunesmith.space import Space

__all__ = ["draw_hinted", "has_hints"]

_TRIES = 1000


def has_hints(space: Space) -> bool:
    """Say whether any parameter carries a prior."""
    return any(domain.prior_unit is not None for domain in space.parameters.values())


def draw_hinted(space: Space, rng: np.random.Generator) -> dict[str, Any]:
    """Return a config drawn from the product of the priors, conditions and rules honoured.

    Args:
        space: what may vary.
        rng: the only randomness.

    Raises:
        UnsatisfiableError: none of 1000 draws obeyed the rules.
    """
    encoding = space.encoding
    priors = [space[name].prior_unit for name in encoding.names]
    for _ in range(_TRIES):
        u = rng.random(len(priors))
        x = np.array([v if prior is None else prior.quantile(v) for v, prior in zip(u.tolist(), priors, strict=True)])
        config: dict[str, Any] = encoding.decode(x[None])[0]
        if not space.rules or not space.problems(config):
            return config
    raise UnsatisfiableError(
        f"none of {_TRIES} draws from the priors obeyed the rules {', '.join(map(str, space.rules))}; "
        "move the priors, loosen the rules, or sample with use_priors=False"
    )

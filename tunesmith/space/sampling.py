"""Drawing configs: one uniform vector per config, and vectorised rejection where rules refuse most of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tunesmith.errors import UnsatisfiableError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tunesmith.space.domain import FloatArray
    from tunesmith.space.plan import Plan
    from tunesmith.space.primitive import Config

__all__ = ["draw", "draw_many"]

_PATIENCE = 1_000_000  # draws in a row without a single config before rules are called unsatisfiable
_SINGLE_TRIES = 8  # below, one config at a time is cheaper than columns
_FIRST_BATCH, _LARGEST_BATCH = 64, 65_536


def draw(plan: Plan, rng: np.random.Generator, shape: Callable[[FloatArray], FloatArray] | None = None) -> Config:
    """Return one config that obeys the rules, from one `rng.random(d)` per try, coordinates in the order of names.

    Args:
        plan: the tables of the space.
        rng: source of all randomness.
        shape: turns uniform points (n, d) into points of another density, for draws from a prior.

    Raises:
        UnsatisfiableError: if a million draws in a row break a rule.
    """
    for _ in range(_SINGLE_TRIES):
        u = rng.random(len(plan.names))
        config = plan.config((u if shape is None else shape(u[None])[0]).tolist())
        if not plan.rules or plan.broken(config) is None:
            return config
    return _search(plan, rng, 1, shape)[0]


def draw_many(
    plan: Plan, rng: np.random.Generator, n: int, shape: Callable[[FloatArray], FloatArray] | None = None
) -> list[Config]:
    """Return n configs that obey the rules; without rules the same as n single draws."""
    if plan.rules:
        return _search(plan, rng, n, shape)
    u = rng.random((n, len(plan.names)))
    return [plan.config(row) for row in (u if shape is None else shape(u)).tolist()]


def _search(
    plan: Plan, rng: np.random.Generator, n: int, shape: Callable[[FloatArray], FloatArray] | None
) -> list[Config]:
    """Draw growing batches, test them as columns, and keep what the rules allow."""
    found: list[Config] = []
    refused = [0] * len(plan.rules)
    tried = 0
    batch = max(_FIRST_BATCH, min(n, _LARGEST_BATCH))
    while len(found) < n:
        if tried >= _PATIENCE:
            raise _hopeless(plan, tried, refused)
        u = rng.random((batch, len(plan.names)))
        x = u if shape is None else shape(u)
        obeys, counts = plan.allowed(x)
        before = len(found)
        for row in x[obeys].tolist():
            config = plan.config(row)
            if plan.broken(config) is None:  # columns round whole numbers beyond 2**53
                found.append(config)
                if len(found) == n:
                    break
        tried = tried + batch if len(found) == before else 0
        refused = [old + new for old, new in zip(refused, counts, strict=True)]
        batch = min(2 * batch, _LARGEST_BATCH)
    return found


def _hopeless(plan: Plan, tried: int, refused: Sequence[int]) -> UnsatisfiableError:
    worst = int(np.argmax(refused))
    return UnsatisfiableError(
        f"no config obeys the rules: {tried} were drawn, and the rule {plan.rules[worst].text!r} refused "
        f"{refused[worst]} of them; loosen it, or shape the domains so that it holds more often"
    )

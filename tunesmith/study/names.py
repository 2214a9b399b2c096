"""A space that changes: names that runs met join it, and configs with a removed choice leave the models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunesmith.space import Categorical, Ordinal, Space, merge_discovered

__all__ = ["holds", "merge_met"]


def merge_met(space: Space, met: dict[str, Any]) -> Space:
    """Return the space after names were met, given as the data of a space of them."""
    for name, domain in Space.from_dict(met).parameters.items():
        space = merge_discovered(space, name, domain)
    return space


def holds(space: Space, config: Mapping[str, Any]) -> bool:
    """Whether models may see a config in this space: none with a removed choice."""
    for name, value in config.items():
        domain = space.parameters.get(name)
        if isinstance(domain, (Categorical, Ordinal)) and not domain.contains(value):
            return False
    return True

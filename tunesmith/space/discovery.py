"""How a space learns of the names that an objective asks for while it runs (define-by-run)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunesmith.space.edits import hull, optional_copy

if TYPE_CHECKING:
    from tunesmith.space.domain import Domain
    from tunesmith.space.space import Space

__all__ = ["merge_discovered"]


def merge_discovered(space: Space, name: str, domain: Domain) -> Space:
    """Return the space after a name was met by define-by-run.

    A new name joins as optional; an optional one is widened to hold what was asked for this time; a declared one stays
    as declared. The same space comes back when nothing changes.

    Args:
        space: the space so far.
        name: the name that the objective asked for.
        domain: what it asked for.
    """
    if name not in space:
        return space.with_parameter(name, optional_copy(domain))
    known = space[name]
    if not known.optional:
        return space
    widened = hull(name, known, domain)
    return space if widened is known else space.with_parameter(name, widened)

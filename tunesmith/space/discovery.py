"""How a space learns of the names that an objective asks for while it runs (define-by-run)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

from tunesmith.space.choices import Categorical, Ordinal
from tunesmith.space.edits import hull, optional_copy

if TYPE_CHECKING:
    from tunesmith.space.domain import Domain
    from tunesmith.space.space import Space

__all__ = ["fingerprint", "merge_discovered"]


def fingerprint(domain: Domain) -> str:
    """Return a short text that is the same for domains which agree in all but whether they are optional.

    >>> from tunesmith.space import Int
    >>> fingerprint(Int(1, 3)) == fingerprint(Int(1, 3, optional=True))
    True
    >>> fingerprint(Int(1, 3)) == fingerprint(Int(1, 4))
    False
    """
    text = repr(domain).replace(", optional=True", "")
    if isinstance(domain, (Categorical, Ordinal)):
        text += f" {crc32(repr(domain.choices).encode('utf-8', 'replace')):08x}"  # many choices are shown in part
    return text


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

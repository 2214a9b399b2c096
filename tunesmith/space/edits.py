"""Domains made from other domains: frozen to one value, widened to the hull of two, made optional."""

from __future__ import annotations

from fractions import Fraction
from math import gcd
from typing import Any

import numpy as np

from tunesmith.errors import InvalidSpaceError
from tunesmith.space.choices import Categorical, Ordinal
from tunesmith.space.domain import Domain
from tunesmith.space.floats import Float
from tunesmith.space.ints import Int
from tunesmith.space.labels import ChoiceTable, label_of
from tunesmith.space.primitive import Primitive

__all__ = ["frozen_at", "hull", "optional_copy"]


def frozen_at(name: str, domain: Domain, value: object) -> Domain:
    """Return the domain with one value only; refuses a value that isn't in it."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(domain, (Categorical, Ordinal)):
        return _frozen_choice(name, domain, value)
    if not domain.contains(value):
        raise InvalidSpaceError(f"{name!r} cannot be frozen at {value!r}: it is {domain.describe()}")
    extras: dict[str, Any] = {"default": value, "when": domain.when, "optional": domain.optional}
    if isinstance(domain, Int):
        return Int(value, value, log=domain.log, **extras)  # type: ignore[arg-type]
    return Float(value, value, log=isinstance(domain, Float) and domain.log, **extras)  # type: ignore[arg-type]


def _frozen_choice(name: str, domain: Categorical | Ordinal, value: object) -> Domain:
    label: Primitive = value if domain.contains(value) else label_of(value, owner="freeze")  # type: ignore[assignment]
    place = domain.table.place(label)
    if place is None:
        raise InvalidSpaceError(f"{name!r} cannot be frozen at {value!r}: it is {domain.describe()}")
    return _choices(domain, [(label, domain.table.objects[place])], default=label)


def _choices(domain: Categorical | Ordinal, pairs: list[tuple[Primitive, Any]], **changes: Any) -> Domain:
    """Return a domain of the same type with other choices; labels of objects stay labels."""
    settings = {"default": domain.default, "when": domain.when, "optional": domain.optional, **changes}
    kind = type(domain)
    table = ChoiceTable([label for label, _ in pairs], [thing for _, thing in pairs], owner=kind.__name__)
    return kind(table, **settings)


def optional_copy(domain: Domain) -> Domain:
    """Return the domain as one that a config may do without."""
    if domain.optional:
        return domain
    if isinstance(domain, (Categorical, Ordinal)):
        pairs = list(zip(domain.table.labels, domain.table.objects, strict=True))
        return _choices(domain, pairs, prior=domain.prior, optional=True)
    kind: Any = type(domain)
    numbers: Any = domain
    return kind(  # type: ignore[no-any-return]
        numbers.low, numbers.high, log=numbers.log, step=numbers.step, default=numbers.default, prior=numbers.prior,
        when=numbers.when, optional=True,
    )  # fmt: skip


def hull(name: str, old: Domain, new: Domain) -> Domain:
    """Return the least domain that holds both: the hull of two ranges, or all choices of both, the old ones first.

    Raises:
        InvalidSpaceError: if the two differ in type or in `log`; a name means one thing.
    """
    if type(old) is not type(new) or getattr(old, "log", None) != getattr(new, "log", None):
        raise InvalidSpaceError(
            f"{name!r} was met as {old!r} and now as {new!r}; one name needs one type and one scale, use two names"
        )
    if isinstance(old, (Categorical, Ordinal)) and isinstance(new, (Categorical, Ordinal)):
        fresh = [pair for pair in zip(new.table.labels, new.table.objects, strict=True) if not old.contains(pair[0])]
        if not fresh:
            return old
        known = list(zip(old.table.labels, old.table.objects, strict=True))
        return _choices(old, [*known, *fresh])
    if isinstance(old, Int) and isinstance(new, Int):
        return _int_hull(old, new)
    if isinstance(old, Float) and isinstance(new, Float):
        return _float_hull(old, new)
    raise InvalidSpaceError(f"{name!r} is {old!r}, which cannot be widened")


def _int_hull(old: Int, new: Int) -> Int:
    low, high = min(old.low, new.low), max(old.high, new.high)
    step = gcd(old.step, new.step, abs(old.low - new.low))
    if (low, high, step) == (old.low, old.high, old.step):
        return old
    return Int(
        low, high, log=old.log, step=step, default=old.default, prior=old.prior, when=old.when, optional=old.optional
    )


def _float_hull(old: Float, new: Float) -> Float:
    low, high = min(old.low, new.low), max(old.high, new.high)
    shared = old.step is not None and old.step == new.step
    shift = Fraction(repr(new.low)) - Fraction(repr(old.low))
    step = old.step if shared and shift % Fraction(repr(old.step)) == 0 else None
    if (low, high, step) == (old.low, old.high, old.step):
        return old
    return Float(
        low, high, log=old.log, step=step, default=old.default, prior=old.prior, when=old.when, optional=old.optional
    )

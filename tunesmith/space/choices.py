"""`Categorical` and `Ordinal`: one of several things, without and with an order."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, final

import numpy as np

from tunesmith.errors import InvalidSpaceError
from tunesmith.space.conditions import Condition, When, conditions_of
from tunesmith.space.domain import CATEGORICAL, ORDERED, UNSET, FloatArray, Unset, shown_extras, snap_cells, unit_end
from tunesmith.space.labels import ChoiceTable, choice_table, label_of
from tunesmith.space.primitive import Primitive, truth
from tunesmith.space.priors import Near, UnitPrior, near_weights, normalised

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Categorical", "Ordinal", "Weights"]

Weights: TypeAlias = Sequence[float] | Mapping[Any, float]
_SHOWN = 12


@final
@dataclass(frozen=True, init=False, repr=False)
class Categorical:
    """One of several choices that have no order.

    None, bool, int, float and str are stored in a config as they are, anything else under a label: the key of a
    mapping, the text of a list, tuple or dict, or the `__name__` of a function or class. `Space.realise` gives the
    objects back. 1, 1.0 and True are equal in Python and refused as duplicates.

    Args:
        choices: the choices one by one, or a single mapping of labels to objects.
        default: the choice to start from, and for trials from before the parameter was there.
        prior: a weight for each choice (a sequence, or a mapping from choice to weight), or `Near(choice, confidence)`.
        when: conditions on other parameters, such as `{"model": "mlp"}`.
        optional: whether a config may do without it (a name met by define-by-run).

    Raises:
        InvalidSpaceError: if there is no choice, two are equal, or one cannot be stored.

    >>> Categorical("sgd", "adam").from_unit(0.7)
    'adam'
    """

    choices: tuple[Primitive, ...]
    default: Primitive | Unset
    prior: tuple[float, ...] | Near | None
    when: tuple[Condition, ...]
    optional: bool
    _types: tuple[type, ...]
    table: ChoiceTable = field(compare=False)
    kind: int = field(compare=False)
    levels: int = field(compare=False)
    prior_unit: UnitPrior | None = field(compare=False)

    def __init__(
        self,
        *choices: Any,
        default: Any = UNSET,
        prior: Weights | Near | None = None,
        when: When = None,
        optional: bool = False,
    ) -> None:
        table = choice_table(choices, owner="Categorical")
        declared = _default(table, default, owner="Categorical")
        weights = _weights(table, prior)
        unit: UnitPrior | None = None
        if isinstance(weights, Near):
            weights, place = _near(table, weights, owner="Categorical")
            unit = UnitPrior(weights=near_weights(weights, place, len(table.labels)))
        elif weights is not None:
            unit = UnitPrior(weights=normalised(weights, owner="Categorical", count=len(table.labels)))
        self.__dict__.update(
            choices=table.labels,
            default=declared,
            prior=weights,
            when=conditions_of(when),
            optional=truth(optional, owner="Categorical", argument="optional"),
            _types=tuple(type(label) for label in table.labels),
            table=table,
            kind=CATEGORICAL,
            levels=len(table.labels),
            prior_unit=unit,
        )

    @property
    def has_default(self) -> bool:
        """Whether a default was declared."""
        return self.default is not UNSET

    def start(self) -> Primitive:
        """Return the default, or the first choice."""
        return self.choices[0] if isinstance(self.default, Unset) else self.default

    def contains(self, value: object) -> bool:
        """Say whether the value is one of the choices (their labels), type included."""
        return self.table.place(value) is not None

    def level(self, index: int) -> Primitive:
        """Return the choice at `index`, counted from 0."""
        return self.choices[index]

    def from_unit(self, u: float) -> Primitive:
        """Return the choice whose cell holds a coordinate in [0, 1]; one outside is read as the nearest end."""
        if not 0.0 <= u < 1.0:
            return self.choices[-1 if unit_end(u) else 0]
        return self.choices[int(u * self.levels)]

    def to_unit(self, value: object) -> float:
        """Return the centre of the choice's cell, or NaN for what is no choice."""
        place = self.table.place(value)
        return math.nan if place is None else (place + 0.5) / self.levels

    def column(self, u: FloatArray) -> NDArray[Any]:
        """Return the choices (n,) at the coordinates (n,)."""
        return self.table.column[np.clip(np.floor(u * self.levels), 0, self.levels - 1).astype(np.int64)]

    def snap(self, u: FloatArray) -> FloatArray:
        """Move coordinates (n,) to the centres of their cells."""
        return snap_cells(u, self.levels)

    def cells(self, u: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the edges (n,), (n,) of the cells that hold the coordinates (n,)."""
        centre, half = snap_cells(u, self.levels), 0.5 / self.levels
        return centre - half, centre + half

    def describe(self) -> str:
        """Return the domain in words."""
        return f"one of {_listed(self.choices)}"

    def __repr__(self) -> str:
        return _shown("Categorical", self)


@final
@dataclass(frozen=True, init=False, repr=False)
class Ordinal:
    """One of several choices in order, such as sizes; neighbours are alike.

    Args:
        choices: the choices from first to last, one by one, or a single mapping of labels to objects.
        default: the choice to start from, and for trials from before the parameter was there.
        prior: `Near(choice, confidence)`, a bell around a choice.
        when: conditions on other parameters, such as `{"model": "mlp"}`.
        optional: whether a config may do without it (a name met by define-by-run).

    Raises:
        InvalidSpaceError: if there is no choice, two are equal, or one cannot be stored.

    >>> Ordinal("small", "medium", "large").to_unit("medium")
    0.5
    """

    choices: tuple[Primitive, ...]
    default: Primitive | Unset
    prior: Near | None
    when: tuple[Condition, ...]
    optional: bool
    _types: tuple[type, ...]
    table: ChoiceTable = field(compare=False)
    kind: int = field(compare=False)
    levels: int = field(compare=False)
    prior_unit: UnitPrior | None = field(compare=False)

    def __init__(
        self,
        *choices: Any,
        default: Any = UNSET,
        prior: Near | None = None,
        when: When = None,
        optional: bool = False,
    ) -> None:
        table = choice_table(choices, owner="Ordinal")
        unit: UnitPrior | None = None
        if prior is not None:
            if not isinstance(prior, Near):
                raise InvalidSpaceError(f"Ordinal needs a prior of Near(choice, confidence), got {prior!r}")
            prior, place = _near(table, prior, owner="Ordinal")
            unit = UnitPrior((place + 0.5) / len(table.labels), 1.0 / prior.strength)
        self.__dict__.update(
            choices=table.labels,
            default=_default(table, default, owner="Ordinal"),
            prior=prior,
            when=conditions_of(when),
            optional=truth(optional, owner="Ordinal", argument="optional"),
            _types=tuple(type(label) for label in table.labels),
            table=table,
            kind=ORDERED,
            levels=len(table.labels),
            prior_unit=unit,
        )

    @property
    def has_default(self) -> bool:
        """Whether a default was declared."""
        return self.default is not UNSET

    def start(self) -> Primitive:
        """Return the default, or the choice in the middle (the lower one of two)."""
        return self.choices[(self.levels - 1) // 2] if isinstance(self.default, Unset) else self.default

    def contains(self, value: object) -> bool:
        """Say whether the value is one of the choices (their labels), type included."""
        return self.table.place(value) is not None

    def level(self, index: int) -> Primitive:
        """Return the choice at `index`, counted from 0."""
        return self.choices[index]

    def from_unit(self, u: float) -> Primitive:
        """Return the choice whose cell holds a coordinate in [0, 1]; one outside is read as the nearest end."""
        if not 0.0 <= u < 1.0:
            return self.choices[-1 if unit_end(u) else 0]
        return self.choices[int(u * self.levels)]

    def to_unit(self, value: object) -> float:
        """Return the centre of the choice's cell, or NaN for what is no choice."""
        place = self.table.place(value)
        return math.nan if place is None else (place + 0.5) / self.levels

    def column(self, u: FloatArray) -> NDArray[Any]:
        """Return the choices (n,) at the coordinates (n,)."""
        return self.table.column[np.clip(np.floor(u * self.levels), 0, self.levels - 1).astype(np.int64)]

    def snap(self, u: FloatArray) -> FloatArray:
        """Move coordinates (n,) to the centres of their cells."""
        return snap_cells(u, self.levels)

    def cells(self, u: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the edges (n,), (n,) of the cells that hold the coordinates (n,)."""
        centre, half = snap_cells(u, self.levels), 0.5 / self.levels
        return centre - half, centre + half

    def describe(self) -> str:
        """Return the domain in words."""
        return f"one of {_listed(self.choices)}"

    def __repr__(self) -> str:
        return _shown("Ordinal", self)


def _default(table: ChoiceTable, default: object, *, owner: str) -> Primitive | Unset:
    if isinstance(default, Unset):
        return default
    label = label_of(default, owner=owner)
    if table.place(label) is None:
        named = [known for known, thing in zip(table.labels, table.objects, strict=True) if thing is default]
        if not named:
            raise InvalidSpaceError(f"{owner} needs a default among its choices, got default={default!r}")
        return named[0]
    return label


def _near(table: ChoiceTable, near: Near, *, owner: str) -> tuple[Near, int]:
    """Return the hint with the label in place of an object, and the place of the choice."""
    label = near.value if table.place(near.value) is not None else label_of(near.value, owner=owner)
    place = table.place(label)
    if place is None:
        raise InvalidSpaceError(f"{owner} needs a prior value among its choices, got {near.value!r}")
    return Near(label, near.confidence), place


def _weights(table: ChoiceTable, prior: Weights | Near | None) -> tuple[float, ...] | Near | None:
    if prior is None or isinstance(prior, Near):
        return prior
    if isinstance(prior, Mapping):
        strange = [key for key in prior if table.place(key) is None]
        if strange:
            raise InvalidSpaceError(f"Categorical has a prior weight for {strange[0]!r}, which is none of its choices")
        return tuple(prior.get(label, 0.0) for label in table.labels)
    if not isinstance(prior, (list, tuple, np.ndarray)):
        raise InvalidSpaceError(f"Categorical needs a prior of weights or Near(choice, confidence), got {prior!r}")
    return tuple(prior)


def _listed(choices: tuple[Primitive, ...]) -> str:
    shown = ", ".join(repr(choice) for choice in choices[:_SHOWN])
    return shown if len(choices) <= _SHOWN else f"{shown}, ... ({len(choices)} choices)"


def _shown(name: str, domain: Categorical | Ordinal) -> str:
    parts = [_listed(domain.choices)]
    parts += [f"default={domain.default!r}"] if domain.has_default else []
    parts += [f"prior={domain.prior!r}"] if domain.prior is not None else []
    parts += shown_extras(domain)
    return f"{name}({', '.join(parts)})"

"""Constraints: bounds on reported metrics (`latency <= 10`), and by how much a trial breaks them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

from tunesmith.errors import InvalidArgumentError

__all__ = ["Constraint", "read_constraints", "violations"]

_FORM = re.compile(r"\s*(<=|>=|<|>)\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*")


@final
@dataclass(frozen=True, slots=True)
class Constraint:
    """A bound on a metric.

    Attributes:
        metric: name of the reported number.
        upper: True for `<=`, False for `>=`.
        bound: the number it is compared with.
    """

    metric: str
    upper: bool
    bound: float

    def excess(self, metrics: Mapping[str, float]) -> float:
        """Return how far the metric lies beyond its bound: negative is room left, NaN when it is missing or NaN.

        >>> latency = Constraint("latency", True, 10.0)
        >>> latency.excess({"latency": 12.5}), latency.excess({"latency": 8.0})
        (2.5, -2.0)
        """
        value = metrics.get(self.metric)
        if value is None or math.isnan(value):
            return math.nan
        return value - self.bound if self.upper else self.bound - value


def read_constraints(constraints: Mapping[str, str] | None) -> tuple[Constraint, ...]:
    """Read `{"latency": "<= 10"}`; strict signs mean the same as the others (a float bound has no inside).

    Raises:
        InvalidArgumentError: it is no dict, a metric has no name, or a bound is not a sign and a finite number.
    """
    if constraints is None:
        return ()
    if not isinstance(constraints, Mapping):
        raise InvalidArgumentError(f"constraints needs a dict such as {{'latency': '<= 10'}}, got {constraints!r}")
    read = []
    for metric, text in constraints.items():
        if not isinstance(metric, str) or not metric:
            raise InvalidArgumentError(f"constraints needs names of metrics, such as 'latency', got {metric!r}")
        match = _FORM.fullmatch(text) if isinstance(text, str) else None
        if match is None or math.isinf(float(match[2])):
            raise InvalidArgumentError(f"constraints[{metric!r}] must look like '<= 10' or '>= 0.5', got {text!r}")
        read.append(Constraint(metric, match[1].startswith("<"), float(match[2])))
    return tuple(read)


def violations(excesses: Sequence[float]) -> tuple[float, ...]:
    """Return by how much each constraint is broken: 0 where it holds, NaN where its metric is missing.

    >>> violations([2.5, -2.0])
    (2.5, 0.0)
    """
    return tuple(0.0 if excess <= 0 else excess for excess in excesses)

"""Checks of what people pass to `optimize`, before anything begins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tunesmith.errors import InvalidArgumentError

__all__ = ["check_optimize", "check_resources", "exceptions", "functions"]


def check_resources(given: Any) -> dict[str, float]:
    """Return what a run needs as a dict of amounts, or say what was given instead."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise InvalidArgumentError(f"resources must be a dict such as {{'gpu': 1}}, got {given!r}")
    return dict(given)


def functions(name: str, given: Any) -> tuple[Callable[..., Any], ...]:
    """Return one function or several as a tuple.

    Raises:
        InvalidArgumentError: something else was given.
    """
    found = (given,) if callable(given) else tuple(given) if isinstance(given, (list, tuple)) else (given,)
    for item in found:
        if not callable(item):
            raise InvalidArgumentError(f"{name} must be a function or a list of them, got {item!r}")
    return found


def exceptions(name: str, given: Any) -> tuple[type[BaseException], ...]:
    """Return one class of exceptions or several as a tuple.

    Raises:
        InvalidArgumentError: something else was given.
    """
    found = tuple(given) if isinstance(given, (list, tuple)) else (given,)
    for item in found:
        if not (isinstance(item, type) and issubclass(item, BaseException)):
            raise InvalidArgumentError(f"{name} must be a class of exceptions such as ValueError, got {item!r}")
    return found


def check_optimize(
    objective: Any,
    n_trials: Any,
    timeout: Any,
    n_jobs: Any,
    lag: Any,
    *limits: Any,
) -> None:
    """Refuse what cannot be meant; each message names the argument, the value and the way out."""
    if not callable(objective):
        raise InvalidArgumentError(f"objective must be a function, got {objective!r}")
    if n_trials is not None:
        _whole("n_trials", n_trials, 0)
    _whole("n_jobs", n_jobs, 1)
    if lag is not None:
        _whole("lag", lag, 1)
        if n_jobs > lag:
            raise InvalidArgumentError(f"n_jobs={n_jobs} is more than lag={lag} allows; use lag={n_jobs} or fewer jobs")
    for name, value in zip(("timeout", "trial_timeout", "trial_memory"), (timeout, *limits), strict=True):
        if value is not None and not (isinstance(value, (int, float)) and value > 0):
            raise InvalidArgumentError(f"{name} must be a positive number, got {value!r}")


def _whole(name: str, value: Any, low: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < low:
        raise InvalidArgumentError(f"{name} must be an integer of {low} or more, got {value!r}")

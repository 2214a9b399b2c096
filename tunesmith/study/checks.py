"""Checks of what people pass to `optimize`, or to `create_study` for a study that exists, before anything begins."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tunesmith.core.protocols import Fidelity
from tunesmith.core.spelling import NEAREST
from tunesmith.errors import InvalidArgumentError
from tunesmith.study.processors import processors

if TYPE_CHECKING:
    from tunesmith.core import events as ev
    from tunesmith.study.log import Log

__all__ = [
    "check_end",
    "check_kept",
    "check_numbers",
    "check_optimize",
    "check_parts",
    "check_resources",
    "exceptions",
    "functions",
]


def check_parts(sampler: object, pruner: object, fidelity: object) -> None:
    """Refuse a name or a class where an object is meant, and parts of another library."""
    for kind, part, verb, such in (("sampler", sampler, "ask", "Random()"), ("pruner", pruner, "assign", "Median()")):
        if part is None or (hasattr(part, verb) and not isinstance(part, type)):
            continue
        name = part.__name__ if isinstance(part, type) else type(part).__name__
        if name in NEAREST[kind]:
            raise InvalidArgumentError(f"{kind} is {name} of Optuna; {NEAREST[kind][name]}")
        if isinstance(part, type):
            raise InvalidArgumentError(f"{kind} must be an object, got the class; write {name}()")
        raise InvalidArgumentError(f"{kind} must be an object such as {kind}s.{such}, got {part!r}")
    if fidelity is not None and not isinstance(fidelity, Fidelity):
        raise InvalidArgumentError(f"fidelity must be such as Fidelity('epochs', 1, 27), got {fidelity!r}")
    if fidelity is not None and not 0 < fidelity.low <= fidelity.high < math.inf:
        raise InvalidArgumentError(f"fidelity needs 0 < low <= high, both finite, got {fidelity!r}")


def check_resources(given: Any) -> dict[str, float]:
    """Return what a run needs as a dict of amounts, or say what was given instead."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise InvalidArgumentError(f"resources must be a dict such as {{'gpu': 1}}, got {given!r}")
    return dict(given)


def check_kept(log: Log, wanted: ev.Created, **typed: object) -> None:
    """Refuse to go on with a study under other settings than it was made with.

    Args:
        log: of the study that exists.
        wanted: what it would have been created with.
        typed: settings by name as they were given; those that are None ask for nothing.
    """
    for name in (name for name, given in typed.items() if given is not None):
        old, new = getattr(log.ledger.created, name), getattr(wanted, name)
        if old != new:
            raise InvalidArgumentError(
                f"the study {log.name!r} was made with {name}={old!r}, got {new!r}; leave {name} as it was, "
                "or use another study_name (--study in the shell)"
            )


def check_numbers(seed: object, max_attempts: object) -> None:
    """Refuse a seed or a number of lost runs that cannot be meant; None stands for the default."""
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
        raise InvalidArgumentError(f"seed must be an integer, got {seed!r}")
    if max_attempts is not None:
        _whole("max_attempts", max_attempts, 1)


def functions(name: str, given: Any) -> tuple[Callable[..., Any], ...]:
    """Return one function, several or none as a tuple.

    Raises:
        InvalidArgumentError: something else was given.
    """
    if given is None:
        return ()
    found = (given,) if callable(given) else tuple(given) if isinstance(given, (list, tuple)) else (given,)
    for item in found:
        if isinstance(item, type) and not issubclass(item, BaseException):
            raise InvalidArgumentError(f"{name} got the class {item.__name__}; write {item.__name__}(...)")
        if not callable(item) or isinstance(item, type):
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
    max_failures: Any = None,
) -> int:
    """Refuse what cannot be meant and return the number of jobs; each message names argument, value and way out."""
    if not callable(objective):
        raise InvalidArgumentError(f"objective must be a function, got {objective!r}")
    if n_trials is not None:
        _whole("n_trials", n_trials, 0)
    jobs = processors() if n_jobs == -1 else n_jobs
    _whole("n_jobs", jobs, 1, ", or -1 for one a processor")
    if max_failures is not None:
        _whole("max_failures", max_failures, 1, ", or None for no limit")
    if lag is not None:
        _whole("lag", lag, 1)
        if jobs > lag:
            raise InvalidArgumentError(f"n_jobs={jobs} is more than lag={lag} allows; use lag={jobs} or fewer jobs")
    for name, value in zip(("timeout", "trial_timeout", "trial_memory"), (timeout, *limits), strict=True):
        if value is not None and not (isinstance(value, (int, float)) and value > 0):
            raise InvalidArgumentError(f"{name} must be a positive number, got {value!r}")
    return int(jobs)


def check_end(n_trials: int | None, timeout: float | None, enders: Sequence[object], size: int | None) -> None:
    """Refuse to begin what nothing would end: no limit, no rule or callback that may stop it, a space without end."""
    if n_trials is None and timeout is None and not enders and size is None:
        raise InvalidArgumentError(
            "optimize needs an end: give n_trials, timeout or a stop rule, or a callback that calls study.stop()"
        )


def _whole(name: str, value: Any, low: int, other: str = "") -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < low:
        raise InvalidArgumentError(f"{name} must be an integer of {low} or more{other}, got {value!r}")

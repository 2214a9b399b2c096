"""What comes from people: queued configs, results from elsewhere, repetitions of a config, requests about a trial."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from tunesmith.core import events as ev
from tunesmith.core.objective import json_value, read_returned
from tunesmith.errors import ConflictError, InvalidArgumentError, InvalidConfigError
from tunesmith.space import Categorical, Ordinal, Space
from tunesmith.space.labels import label_of
from tunesmith.study.handle import check_note, read_report
from tunesmith.study.record import write_metrics

if TYPE_CHECKING:
    from collections.abc import Callable

    from tunesmith.study.ledger import Ledger
    from tunesmith.study.log import Log

__all__ = ["add", "as_config", "enqueue", "note", "part_problems", "replicate", "request"]

_FROM: Final = {
    "stop": ("waiting", "running", "paused"),
    "pause": ("waiting", "running"),
    "resume": ("paused", "running"),
}


def enqueue(
    log: Log,
    params: Mapping[str, Any],
    replicate: int | None,
    attrs: Mapping[str, Any] | None,
    *,
    skip: bool = False,
) -> int:
    """Queue a config, whole or in part, as its first replicate or another one, and return its trial's number.

    With `skip` a config that a trial has already is not queued again, and that trial's number is returned; so of
    several programs that begin with the same queue, one fills it.
    """
    ledger = log.sync()
    if replicate is not None:
        _whole("enqueue_trial: replicate", replicate, 0)
    config = as_config(ledger.space, params)
    if problems := part_problems(ledger.space, config, grows=_grows(ledger)):
        raise InvalidConfigError([f"enqueue_trial got {dict(config)!r}", *problems])
    whole = not ledger.space.problems(config)
    plain = json_value(dict(attrs or {}), "user_attrs")

    def make(number: int) -> list[ev.Event] | int:
        there = _number_of(log.ledger, config) if skip else None
        if there is not None:
            return there
        count = log.ledger.replicates.get(log.ledger.config_key(config), 0) if replicate is None else replicate
        return [ev.Queued(trial=number, config=config, replicate=count, attrs=plain, whole=whole)]

    return _number(log, make)


def replicate(log: Log, number: int, times: int) -> list[int]:
    """Queue further trials of the same config, with the replicate numbers that follow."""
    ledger = log.sync()
    number = _number_in(ledger, number, "replicate_trial")
    _whole("replicate_trial: times", times, 1)
    config = dict(ledger.records[number].config)
    queued = []
    for _ in range(times):
        first = log.ledger.replicates.get(log.ledger.config_key(config), 0)
        waiting = sum(1 for t in log.ledger.waiting if log.ledger.records[t].config == config)
        count = first + waiting

        def make(n: int, count: int = count) -> list[ev.Event]:
            return [ev.Queued(trial=n, config=config, replicate=count, whole=True)]

        queued.append(_number(log, make))
    return queued


def add(
    log: Log,
    params: Mapping[str, Any],
    values: Any,
    *,
    state: str,
    reports: Mapping[int, Mapping[str, float] | float] | None,
    attrs: Mapping[str, Any] | None,
) -> int:
    """Add a finished trial from elsewhere and return its number."""
    ledger = log.sync()
    config = as_config(ledger.space, params)
    if problems := ledger.space.problems(config):
        hint = [] if len(ledger.space.parameters) else ["declare what may vary: create_study(space)"]
        raise InvalidConfigError([f"add_trial got {dict(params)!r}", *problems, *hint])
    if state not in ("complete", "pruned", "failed"):
        raise InvalidArgumentError(f"add_trial: state must be 'complete', 'pruned' or 'failed', got {state!r}")
    if state != "complete" and values is not None:
        raise InvalidArgumentError(
            f"add_trial: a {state} trial has no value, got {values!r}; leave it out, or give it as a report"
        )
    read = read_returned(values, ledger.metrics) if state == "complete" else None
    if read is not None and read.values is None:
        raise InvalidArgumentError(read.message.replace("the objective returned", "add_trial got"))
    named = dict(read_report(m, s, ledger.metrics) for s, m in (reports or {}).items())
    points = tuple((step, write_metrics(metrics)) for step, metrics in sorted(named.items()))
    plain = json_value(dict(attrs or {}), "user_attrs")

    def make(number: int) -> list[ev.Event]:
        opened = ev.Proposed(ticket=None, trial=number, run=1, config=config, by="added", attrs=plain)
        told: list[ev.Event] = [ev.Reported(trial=number, run=1, points=points)] if points else []
        closed = ev.Closed(
            trial=number,
            run=1,
            state=state,
            reason="returned" if state == "complete" else "added",
            values=None if read is None else read.values,
            metrics={} if read is None else dict(read.metrics),
        )
        return [opened, *told, closed]

    return _number(log, make)


def request(log: Log, action: str, number: int | None, why: str) -> None:
    """Ask for a trial to stop, pause or be resumed, or for the study to stop; a resume takes the others back."""
    ledger = log.sync()
    number = None if number is None else _number_in(ledger, number, action)
    state = "" if number is None else ledger.records[number].state
    if state and state not in _FROM[action]:
        wanted = " or ".join(", ".join(_FROM[action]).rsplit(", ", 1))
        raise InvalidArgumentError(f"{action}: trial {number} is {state}; only a {wanted} trial can {action}")
    log.append(ev.Requested(action=action, trial=number, why=why))


def note(log: Log, key: str, value: Any, number: int | None) -> None:
    """Note something on the study, or on one of its trials."""
    number = None if number is None else _number_in(log.sync(), number, "set_user_attr")
    log.append(ev.Noted(trial=number, key=check_note(key), value=json_value(value, f"user attribute {key!r}")))


def _number_in(ledger: Ledger, number: Any, verb: str) -> int:
    """Return the number of a trial of the study."""
    count = len(ledger.records)
    if isinstance(number, bool) or not isinstance(number, numbers.Integral) or not 0 <= int(number) < count:
        there = f"it has {count}, numbered from 0" if count else "it has none yet"
        raise InvalidArgumentError(f"{verb}: there is no trial {number!r} in the study; {there}")
    return int(number)


def _whole(name: str, value: Any, low: int) -> None:
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or int(value) < low:
        raise InvalidArgumentError(f"{name} must be an integer of {low} or more, got {value!r}")


def _number_of(ledger: Ledger, config: Mapping[str, Any]) -> int | None:
    """Return the first trial of this config, or that was queued with it and got further values since."""
    for record in ledger.records:
        more = record.by == "queue" and (_grows(ledger) or "filled_by" in record.reasons)
        if record.config == config or (more and config.items() <= record.config.items()):
            return record.number
    return None


def _number(log: Log, make: Callable[[int], list[ev.Event] | int]) -> int:
    """Append under the next free trial number, however many others do the same; or return the number that is made."""
    while True:
        number = len(log.ledger.records)
        made = make(number)
        if isinstance(made, int):
            return made
        try:
            log.append(*made)
        except ConflictError:
            log.sync()
        else:
            return number


def _grows(ledger: Ledger) -> bool:
    return ledger.created is not None and ledger.created.discover


def as_config(space: Space, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values as the log keeps them: the labels of choices that are objects, plain numbers."""
    config = {}
    for name, value in params.items():
        domain = space.parameters.get(name)
        if isinstance(domain, (Categorical, Ordinal)) and not domain.contains(value):
            config[name] = label_of(value, owner=f"parameter {name!r}")
        else:
            config[name] = json_value(value, f"parameter {name!r}")
    return config


def part_problems(space: Space, config: Mapping[str, Any], *, grows: bool) -> list[str]:
    """Return what keeps a config, whole or in part, from being run, as sentences.

    Args:
        space: it shall belong to.
        config: names and values.
        grows: whether names beyond the space may be met.
    """
    problems = []
    for name, value in config.items():
        domain = space.parameters.get(name)
        if domain is None:
            if len(space.parameters) and not grows:
                problems.append(f"{name!r} is not in the space ({', '.join(space.names)})")
        elif not domain.contains(value):
            problems.append(f"{name}={value!r} is outside {domain!r}")
    return problems or [*_broken(space, config), *_inactive(space, config)]


def _broken(space: Space, config: Mapping[str, Any]) -> list[str]:
    """Return the rules that the given values break, whatever the others will be."""
    rule = space.plan.broken(config)
    return [] if rule is None else [f"the rule {rule.text!r} forbids it"]


def _inactive(space: Space, config: Mapping[str, Any]) -> list[str]:
    """Return the given parameters whose conditions cannot hold beside the other given values."""
    active = set(space.active(config))
    return [
        f"{name!r} is not active there; leave it out"
        for name in config
        if name in space.parameters
        and name not in active
        and all(condition.parent in config for condition in space[name].when)
    ]

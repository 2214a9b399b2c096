"""Habits from Optuna: its words that are spelt otherwise here, and its trials, read by attribute and never imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tunesmith.errors import InvalidArgumentError

__all__ = ["RUN_INSTEAD", "STUDY_INSTEAD", "read_finished"]

STUDY_INSTEAD: Final = {
    "add_trials": "write: for trial in trials: study.add_trial(trial)",
    "metric_names": "they are study.metrics",
    "set_metric_names": "name them at the start: create_study(metrics=[...])",
    "pruner": "give it to create_study(pruner=...), or another one to load_study; study.events() tells which it was",
    "sampler": "give it to create_study(sampler=...), or another one to load_study; study.events() tells which it was",
    "set_system_attr": "write study.set_user_attr(key, value)",
    "system_attrs": "notes are in study.user_attrs",
}
"""Attributes of Optuna's studies, and what to write for them."""

RUN_INSTEAD: Final = {
    "constraints": "bound a metric with create_study(constraints={'latency': '<= 10'}), and report it by name",
    "datetime_start": "its record has it: study.trials[trial.number].datetime_start",
    "distributions": "what may vary is study.space",
    "relative_params": "the values are trial.params",
    "set_constraint": "bound a metric with create_study(constraints={'latency': '<= 10'}), and report it by name",
    "set_system_attr": "write trial.set_user_attr(key, value)",
    "study": (
        "it may run in another process than its study. To end the study, give optimize a stop rule, or a callback that "
        "calls study.stop(); what else the objective needs of the study, read before"
    ),
    "system_attrs": "notes are in trial.user_attrs",
}
"""Attributes of Optuna's running trials, and what to write for them."""


def read_finished(trial: Any, metrics: Sequence[str], *, alone: bool = True) -> dict[str, Any]:
    """Return a finished trial, ours of another study or one of Optuna's, as arguments of `intake.add`.

    Args:
        trial: has `params`, `values`, `state`, `user_attrs`, and `reports` or `intermediate_values`.
        metrics: names of the objectives that its values belong to, in order.
        alone: whether no values are given beside it.

    Raises:
        InvalidArgumentError: it is no finished trial.
    """
    params, state = getattr(trial, "params", None), getattr(trial, "state", None)
    word = {"fail": "failed"}.get(name := str(getattr(state, "name", state)).lower(), name)
    if not isinstance(params, Mapping) or word not in ("complete", "pruned", "failed"):
        raise InvalidArgumentError(f"add_trial needs a dict of parameters, or a finished trial, got {trial!r}")
    if not alone:
        raise InvalidArgumentError(f"add_trial: {trial!r} brings its own values; leave values out, or give its params")
    told = zip(metrics, getattr(trial, "values", None) or (), strict=False)
    reports = getattr(trial, "reports", None) or getattr(trial, "intermediate_values", None)
    return {
        "params": params,
        "values": {**getattr(trial, "metrics", {}), **dict(told)} if word == "complete" else None,
        "state": word,
        "reports": reports,
        "attrs": getattr(trial, "user_attrs", None),
    }

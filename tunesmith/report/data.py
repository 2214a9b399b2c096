"""The whole report as one JSON value: columns of trials, and everything that was computed from them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tunesmith.analysis.comparison import Gain
from tunesmith.analysis.findings import default_trial, findings
from tunesmith.analysis.importance import ImportanceTable, importance
from tunesmith.analysis.progress import progress_of
from tunesmith.analysis.recommendation import Recommendation, recommend
from tunesmith.analysis.tables import cpu_seconds
from tunesmith.core.events import Created
from tunesmith.core.trial import Trial, TrialState
from tunesmith.errors import NoCompletedTrialsError
from tunesmith.numerics.pareto import non_dominated
from tunesmith.report.columns import STATES, clipped, parameter_rows, plain, trial_columns
from tunesmith.report.curves import learning_curves
from tunesmith.report.rerun import rerun_record
from tunesmith.version import __version__

if TYPE_CHECKING:
    from tunesmith.report.study_view import StudyView

__all__ = ["embedded_json", "report_data"]

_TRACEBACK = 6000
_LISTED = 30


def report_data(study: StudyView, gain: Gain | None = None) -> dict[str, Any]:
    """Return everything that the page shows, as JSON values.

    Args:
        study: what to report on.
        gain: the best config against the defaults on unseen data; the study's user attribute `gain` when not given.
    """
    trials = sorted(study.trials, key=lambda trial: trial.number)
    metrics = list(study.metrics) or ["value"]
    gain = gain or _noted_gain(study.user_attrs)
    shares = importance(study.history, seed=study.seed)
    parameters = parameter_rows(study.space, shares, trials)
    found = findings(trials, study.space, metrics, shares, checked=gain is not None, recommendation=_recommended(study))
    return {
        "format": 1,
        "made_by": f"tunesmith {__version__}",
        "study": {
            "name": study.name,
            "directions": list(study.directions),
            "metrics": metrics,
            "constraints": _constraints(study),
            "note": plain(study.user_attrs.get("note"), 6),
        },
        "states": list(STATES),
        "counts": {state: sum(str(t.state) == state for t in trials) for state in STATES},
        "best": _best(trials, metrics),
        "defaults": _defaults(trials, study, metrics),
        "gain": gain.to_dict() | {"clear": gain.clear} if gain else None,
        "time": _time(trials),
        "findings": [{"tone": str(one.tone), "text": one.text} for one in found],
        "importance": _importance(shares),
        "parameters": [
            row | ({"choices": [_label(choice) for choice in row["choices"]]} if "choices" in row else {})
            for row in parameters
        ],
        "trials": trial_columns(trials, parameters, len(metrics)),
        "curves": learning_curves(trials, metrics),
        "front": _front(trials) if len(metrics) > 1 else [],
        "failures": _failures(trials),
        "rerun": rerun_record(study),
    }


def embedded_json(data: Mapping[str, Any]) -> str:
    r"""Return JSON that can stand inside a `<script>` element whatever the strings in it say.

    Everything outside ASCII, and `<`, `>` and `&`, is written as an escape of six characters.

    >>> embedded_json({"a": "</script>"})
    '{"a":"\\u003c/script\\u003e"}'
    """
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _recommended(study: StudyView) -> Recommendation | None:
    if len(study.directions) > 1:
        return None
    try:
        return recommend(study)
    except NoCompletedTrialsError:
        return None


def _noted_gain(attrs: Mapping[str, Any]) -> Gain | None:
    noted = attrs.get("gain")
    return Gain.from_dict(noted) if isinstance(noted, Mapping) else None


def _constraints(study: StudyView) -> list[str]:
    created = next((one.event for one in study.events() if isinstance(one.event, Created)), None)
    return [f"{name} {bound}" for name, bound in created.constraints.items()] if created else []


def _label(choice: Any) -> str:
    return choice if isinstance(choice, str) else str(choice)


def _best(trials: Sequence[Trial], metrics: Sequence[str]) -> dict[str, Any] | None:
    if len(metrics) > 1:
        return None
    number = progress_of(trials).best_number
    best = next((i for i, trial in enumerate(trials) if trial.number == number), None)
    if best is None:
        return None
    return _summary(trials, best)


def _summary(trials: Sequence[Trial], row: int) -> dict[str, Any]:
    trial = trials[row]
    return {
        "row": row,
        "number": trial.number,
        "value": plain(trial.value, 10),
        "params": [[name, plain(value, 17)] for name, value in trial.params.items()],
    }


def _defaults(trials: Sequence[Trial], study: StudyView, metrics: Sequence[str]) -> dict[str, Any] | None:
    if len(metrics) > 1 or not len(study.space.names):
        return None
    trial = default_trial(trials, study.space)
    return _summary(trials, trials.index(trial)) if trial else None


def _time(trials: Sequence[Trial]) -> dict[str, Any]:
    runs = [run for trial in trials for run in trial.runs]
    closed = [run.closed for run in runs if run.closed is not None]
    cpu = [seconds for trial in trials if (seconds := cpu_seconds(trial)) is not None]
    started = min((run.opened for run in runs), default=None)
    ended = max(closed, default=None)
    return {
        "started": started,
        "ended": ended,
        "elapsed": ended - started if started is not None and ended is not None else None,
        "computing": math.fsum(trial.seconds for trial in trials),
        "cpu": math.fsum(cpu) if cpu else None,
    }


def _importance(table: ImportanceTable) -> dict[str, Any]:
    return {
        "trials": table.trials,
        "top": table.top,
        "note": table.note,
        "exact": table.exact,
        "rows": [
            {"name": one.name, "share": round(one.share, 4), "clear": one.clear, "p": round(one.p_value, 3)}
            for one in table.parameters
        ],
    }


def _front(trials: Sequence[Trial]) -> list[int]:
    """Return the rows of the complete and feasible trials that no other one dominates."""
    rows = [i for i, t in enumerate(trials) if t.state is TrialState.COMPLETE and t.feasible and not _unknown(t.losses)]
    if not rows:
        return []
    mask = non_dominated(np.array([trials[i].losses for i in rows]))
    return [row for row, on_front in zip(rows, mask.tolist(), strict=True) if on_front]


def _unknown(losses: Sequence[float]) -> bool:
    return not losses or any(math.isnan(loss) for loss in losses)


def _failures(trials: Sequence[Trial]) -> list[dict[str, Any]]:
    """Return failed trials by reason, most frequent first, with the first message and traceback."""
    groups: dict[str, list[Trial]] = {}
    for trial in trials:
        if trial.state is TrialState.FAILED:
            groups.setdefault(trial.reason or "unknown", []).append(trial)
    ordered = sorted(groups.items(), key=lambda item: -len(item[1]))
    return [
        {
            "reason": reason,
            "count": len(group),
            "numbers": [trial.number for trial in group[:_LISTED]],
            "first": group[0].number,
            "message": clipped(group[0].message, 1000),
            "traceback": group[0].traceback[-_TRACEBACK:],
            "output": group[0].output[-_TRACEBACK:] if not group[0].traceback else "",
        }
        for reason, group in ordered
    ]

"""Learning curves for the page: the best ones and an even sample of the others, each thinned to a number of points."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tunesmith.report.columns import rounded

if TYPE_CHECKING:
    from tunesmith.core.trial import Trial

__all__ = ["learning_curves"]

_MOST_CURVES = 160
_MOST_POINTS = 80
_MOST_METRICS = 6


def learning_curves(trials: Sequence[Trial], metrics: Sequence[str]) -> dict[str, Any]:
    """Return {"metrics": names, "total": n, "curves": [{"row", "steps", "values": one list a metric}]}.

    Args:
        trials: all trials; a curve refers to its trial by row.
        metrics: names of the objectives, put first when they were reported.
    """
    reported = [i for i, trial in enumerate(trials) if trial.reports]
    names = _names([trials[i] for i in reported], metrics)
    shown = sorted(_chosen(trials, reported))
    return {
        "metrics": names,
        "total": len(reported),
        "curves": [_curve(trials[i], i, names) for i in shown],
    }


def _names(trials: Sequence[Trial], metrics: Sequence[str]) -> list[str]:
    """Return the metrics that were reported: objectives first, then the most reported ones."""
    counts = Counter(name for trial in trials for report in trial.reports.values() for name in report)
    first = [name for name in metrics if name in counts]
    return [*first, *(name for name, _times in counts.most_common() if name not in first)][:_MOST_METRICS]


def _chosen(trials: Sequence[Trial], rows: Sequence[int]) -> list[int]:
    if len(rows) <= _MOST_CURVES:
        return list(rows)
    best = sorted(rows, key=lambda i: _merit(trials[i]))[: _MOST_CURVES // 4]
    rest = [i for i in rows if i not in set(best)]
    places = np.linspace(0, len(rest) - 1, _MOST_CURVES - len(best)).round().astype(int)
    return [*best, *(rest[int(place)] for place in places)]


def _merit(trial: Trial) -> tuple[bool, float]:
    known = str(trial.state) == "complete" and len(trial.losses) > 0
    return (not known, trial.losses[0] if known else 0.0)


def _curve(trial: Trial, row: int, names: Sequence[str]) -> dict[str, Any]:
    steps = sorted(trial.reports)
    if len(steps) > _MOST_POINTS:
        places = np.unique(np.linspace(0, len(steps) - 1, _MOST_POINTS).round().astype(int))
        steps = [steps[int(place)] for place in places]
    return {
        "row": row,
        "steps": steps,
        "values": [[rounded(trial.reports[step].get(name), 5) for step in steps] for name in names],
    }

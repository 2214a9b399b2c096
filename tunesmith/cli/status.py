"""`tunesmith status`: how far a study is."""

from __future__ import annotations

from typing import Any

import typer

from tunesmith.cli.opening import DEFAULT_STORAGE, JsonOption, StorageOption, StudyOption, open_study, print_json, shown

__all__ = ["status"]


def status(storage: StorageOption = DEFAULT_STORAGE, study: StudyOption = None, json: JsonOption = False) -> None:
    """Say how far a study is: trials by state, the best so far, failures by reason."""
    opened = open_study(storage, study)
    trials = opened.trials
    reasons: dict[str, int] = {}
    for trial in trials:
        if trial.state == "failed":
            reasons[trial.reason] = reasons.get(trial.reason, 0) + 1
    best = opened.best_trials
    data: dict[str, Any] = {
        "study": opened.name,
        "directions": list(opened.directions),
        "metrics": list(opened.metrics),
        "trials": len(trials),
        "counts": opened.counts,
        "best_values": list(best[0].values or ()) if len(opened.directions) == 1 and best else None,
        "best_trials": [trial.number for trial in best],
        "failures": reasons,
        "seconds": sum(trial.seconds for trial in trials),
        "seed": opened.seed,
    }
    if json:
        print_json(data)
        return
    counts = ", ".join(f"{count} {state}" for state, count in opened.counts.items() if count) or "no trials yet"
    typer.echo(f"{opened.name}: {len(trials)} trial{'' if len(trials) == 1 else 's'} ({counts})")
    if data["best_values"]:
        typer.echo(f"best {opened.metrics[0]}: {shown(data['best_values'][0])} (trial {best[0].number})")
    elif best:
        typer.echo(f"{len(best)} trials on the Pareto front")
    for reason, count in sorted(reasons.items(), key=lambda item: -item[1]):
        typer.echo(f"failed, {reason}: {count}")

"""`tunesmith studies`: lists the studies of a storage."""

from __future__ import annotations

from typing import Any

from tunesmith.cli.opening import DEFAULT_STORAGE, JsonOption, StorageOption, open_study, print_json, shown, text_table

__all__ = ["studies"]


def studies(storage: StorageOption = DEFAULT_STORAGE, json: JsonOption = False) -> None:
    """List the studies of a storage."""
    from tunesmith.api import study_names

    rows = [_row(storage, name) for name in study_names(storage=storage)]
    if json:
        print_json(rows)
        return
    header = ["study", "trials", "complete", "best"]
    text_table("", header, [[shown(row[name]) for name in header] for row in rows])


def _row(storage: str, name: str) -> dict[str, Any]:
    study = open_study(storage, name)
    counts = study.counts
    single = len(study.directions) == 1
    best = study.best_trials[:1] if single else []
    return {
        "study": name,
        "trials": sum(counts.values()),
        "complete": counts["complete"],
        "best": best[0].value if best else None,
        "directions": list(study.directions),
        "metrics": list(study.metrics),
    }

"""`tunesmith export`: everything that a study holds, as JSON lines and CSV."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tunesmith.cli.opening import DEFAULT_STORAGE, JsonOption, StorageOption, StudyOption, open_study, print_json

__all__ = ["export"]


def export(
    storage: StorageOption = DEFAULT_STORAGE,
    study: StudyOption = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder to write into.")] = Path("export"),
    json: JsonOption = False,
) -> None:
    """Write the whole log (events.jsonl), the trials (trials.csv) and the learning curves (reports.csv)."""
    from tunesmith.analysis.tables import trial_table, write_csv
    from tunesmith.core.events import encode

    opened = open_study(storage, study)
    output.mkdir(parents=True, exist_ok=True)
    log = output / "events.jsonl"
    events = opened.events()
    with log.open("wb") as file:
        for stamped in events:
            head = f'{{"position":{stamped.position},"time":{stamped.time!r},"event":'.encode()
            file.write(head + encode(stamped.event) + b"}\n")
    trials = opened.trials
    write_csv(trial_table(trials, opened.metrics), output / "trials.csv")
    points = [(t.number, s, m, v) for t in trials for s, named in t.reports.items() for m, v in named.items()]
    columns = {name: [point[i] for point in points] for i, name in enumerate(("trial", "step", "metric", "value"))}
    write_csv(columns, output / "reports.csv")
    if json:
        print_json({"folder": str(output.resolve()), "events": len(events), "trials": len(trials)})
    else:
        typer.echo(f"{len(events)} events and {len(trials)} trials: {output.resolve()}")

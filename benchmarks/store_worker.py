"""One process on a shared study: `create` it, `work` on it, or `count` what it holds.

Asks and tells of an instant objective with the library's random sampler; the same three steps for each store.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.overhead import SPACE, loss

NAME = "crowd"


def optuna_storage(store: str, folder: Path) -> Any:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    if store == "optuna_sqlite":
        return optuna.storages.RDBStorage(
            f"sqlite:///{folder}/study.db", engine_kwargs={"connect_args": {"timeout": 60}}
        )
    backend = optuna.storages.journal.JournalFileBackend(str(folder / "study.log"))
    return optuna.storages.JournalStorage(backend)


def create(store: str, folder: Path) -> None:
    """Make the study, empty."""
    if store.startswith("optuna"):
        import optuna

        optuna.create_study(study_name=NAME, storage=optuna_storage(store, folder), direction="minimize")
        return
    import tunesmith as ts
    from benchmarks.peers.tunesmith_ours import space_of

    ts.create_study(
        space_of([dict(p) for p in SPACE]),
        direction="minimize",
        study_name=NAME,
        storage=f"sqlite:///{folder}/study.db",
        sampler=ts.samplers.Random(),
        seed=0,
    )


def join(store: str, folder: Path, seed: int) -> tuple[Any, Any]:
    """Return the study as a worker sees it, and the function from its trial to a config."""
    if store.startswith("optuna"):
        import optuna

        from benchmarks.peers.suggest import suggest_config

        sampler = optuna.samplers.RandomSampler(seed=seed)
        study = optuna.load_study(study_name=NAME, storage=optuna_storage(store, folder), sampler=sampler)
        description = [dict(p) for p in SPACE]
        return study, lambda trial: suggest_config(trial, description)
    import tunesmith as ts

    study = ts.load_study(NAME, storage=f"sqlite:///{folder}/study.db", sampler=ts.samplers.Random())
    return study, lambda trial: trial.params


def work(store: str, folder: Path, seed: int, trials: int) -> None:
    """Say ready, wait for a line, run the trials, say what they cost."""
    study, config_of = join(store, folder, seed)
    print("ready", flush=True)
    sys.stdin.readline()
    start = time.process_time()
    for _ in range(trials):
        trial = study.ask()
        study.tell(trial, loss(config_of(trial)))
    print(json.dumps({"cpu_s": time.process_time() - start}), flush=True)


def count(store: str, folder: Path) -> None:
    """Print how many trials there are, under how many numbers, and how many are complete."""
    trials = join(store, folder, 0)[0].trials
    complete = sum(getattr(trial.state, "name", str(trial.state)).lower() == "complete" for trial in trials)
    numbers = len({trial.number for trial in trials})
    print(json.dumps({"trials": len(trials), "numbers": numbers, "complete": complete}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("step", choices=["create", "work", "count"])
    parser.add_argument("--trials", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if options.step == "create":
        create(options.store, options.folder)
    elif options.step == "work":
        work(options.store, options.folder, options.seed, options.trials)
    else:
        count(options.store, options.folder)


if __name__ == "__main__":
    main()

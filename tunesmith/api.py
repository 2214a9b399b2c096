"""The front door: the only place with defaults, and the only one that puts the rooms together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tunesmith.core import events as ev
from tunesmith.core.constraint import read_constraints
from tunesmith.core.objective import check_directions, check_name
from tunesmith.core.protocols import Fidelity
from tunesmith.core.registry import Absent
from tunesmith.errors import (
    ConflictError,
    InvalidArgumentError,
    InvalidSpaceError,
    StudyExistsError,
    StudyNotFoundError,
)
from tunesmith.executors.making import make_executor
from tunesmith.pruners import PRUNERS, make_pruner
from tunesmith.pruners import describe as describe_pruner
from tunesmith.samplers import SAMPLERS, make_sampler
from tunesmith.samplers import describe as describe_sampler
from tunesmith.seeding import fresh_seed
from tunesmith.space import Space
from tunesmith.stores.artifacts import Artifacts, default_folder
from tunesmith.stores.opening import open_store
from tunesmith.study.checks import check_kept, check_numbers, check_parts
from tunesmith.study.log import Log
from tunesmith.study.mind import Limits, read_fidelity
from tunesmith.study.past import Aim, check_past, read_past
from tunesmith.study.starting import queued_first
from tunesmith.study.study import Study
from tunesmith.study.surroundings import surroundings
from tunesmith.study.wiring import Display, Wiring

if TYPE_CHECKING:
    from tunesmith.core.protocols import Pruner, Sampler, Store
    from tunesmith.core.trial import Trial

__all__ = ["create_study", "delete_study", "load_study", "maximize", "minimize", "open_store", "study_names"]

_MAX_ATTEMPTS: Final = 3


def create_study(
    space: Space | Mapping[str, Any] | None = None,
    *,
    direction: str | None = None,
    directions: Sequence[str] | None = None,
    metrics: str | Sequence[str] | None = None,
    constraints: Mapping[str, str] | None = None,
    storage: str | Store | None = None,
    study_name: str | None = None,
    load_if_exists: bool = False,
    sampler: Sampler[Any] | None = None,
    pruner: Pruner[Any] | None = None,
    fidelity: Fidelity | None = None,
    seed: int | None = None,
    discover: bool | None = None,
    max_attempts: int | None = None,
    artifacts: str | None = None,
    start: Sequence[Mapping[str, Any]] = (),
    past: Any = (),
) -> Study:
    """Create a study, or go on with one.

    Args:
        space: what may vary; None leaves it to `trial.suggest_*` inside the objective (define-by-run).
        direction: `minimize` (default) or `maximize`.
        directions: one for each objective, for several of them.
        metrics: names of the objectives; the default is `value` (`value_0`, `value_1`, ...).
        constraints: bounds on reported metrics, such as {"latency": "<= 10"}.
        storage: where the log lies: None for memory, `sqlite:///tune.db`, a path ending in `.db`, or a store.
        study_name: its name in the storage; made up when missing.
        load_if_exists: go on with a study of this name instead of refusing.
        sampler: proposes configs, `samplers.Auto()` by default.
        pruner: hands out budget, none stops early by default.
        fidelity: the budget axis, for samplers and pruners that use it.
        seed: everything random derives from it; drawn from the operating system when missing (and recorded).
        discover: whether names beyond the declared space may be met; by default only without a declared space.
        max_attempts: a trial has failed after so many lost runs in a row whose own process was killed from outside (3
            by default), or after three times as many that were lost with their whole worker.
        artifacts: folder for checkpoints; by default beside the SQLite file.
        start: configs, whole or in part, that are tried first.
        past: past studies to begin from: each a study, the address of a storage that holds one, (storage, study_name),
            or plain data; they are copied into the log, and the sampler is wrapped in `samplers.Transfer`.

    Returns:
        The study.

    Raises:
        StudyExistsError: the name is taken and `load_if_exists` is False.

    Example:
        >>> import tunesmith as ts
        >>> study = ts.create_study(ts.Space(x=ts.Float(-1, 1)), seed=7)
        >>> _ = study.optimize(lambda trial: trial.params["x"] ** 2, n_trials=5)
        >>> len(study.trials)
        5
    """
    declared = _read_space(space)
    wanted = _read_directions(direction, directions)
    names = _read_metrics(metrics, len(wanted))
    bounds = read_constraints(constraints)
    check_parts(sampler, pruner, fidelity)
    check_numbers(seed, max_attempts)
    store = open_store(storage)
    name = check_name(study_name, "study_name") if study_name is not None else _free_name(store)
    goes_on = load_if_exists and name in store.studies()  # then its log has what it began with
    discovers = declared is None if discover is None else discover
    aim = Aim(declared or Space(), wanted, names, bounds)
    records = () if goes_on else read_past(past, aim, load_study)
    created = ev.Created(
        space=(declared or Space()).to_dict(),
        directions=wanted,
        metrics=names,
        constraints=dict(constraints or {}),
        seed=fresh_seed() if seed is None else seed,
        discover=discovers,
        max_attempts=_MAX_ATTEMPTS if max_attempts is None else max_attempts,
        past=records,
        sampler=_describe(_with_past(sampler, records)),
        pruner=_describe(_make_pruner(None) if pruner is None else pruner),
        limits=Limits(fidelity=fidelity).to_dict(),
        record=surroundings() if storage is not None else {},
    )
    log = Log(store, name)
    try:
        log.append(created, *queued_first(aim.space, start, grows=discovers))
    except ConflictError:
        if not load_if_exists:
            raise StudyExistsError(
                f"a study named {name!r} exists already; pass load_if_exists=True to go on with it, or another name"
            ) from None
        _check_same(log, declared, wanted)
        given = {"metrics": metrics, "constraints": constraints, "seed": seed, "discover": discover}
        check_kept(log, created, **given, max_attempts=max_attempts)
        check_past(log, past, load_study)
    return _study(log, declared, sampler=sampler, pruner=pruner, fidelity=fidelity, artifacts=artifacts)


def load_study(
    study_name: str | None = None,
    *,
    storage: str | Store,
    space: Space | Mapping[str, Any] | None = None,
    sampler: Sampler[Any] | None = None,
    pruner: Pruner[Any] | None = None,
    fidelity: Fidelity | None = None,
    artifacts: str | None = None,
) -> Study:
    """Load a study from a storage; without a name, the only one there.

    Args:
        study_name: its name.
        storage: where its log lies.
        space: the space with its objects, needed only where choices are objects.
        sampler: as for `create_study`; by default the one of its last session, or that it was created with. One that is
            not ours must be passed again before the study can go on; it can be read without.
        pruner: the same.
        fidelity: the budget axis; the same.
        artifacts: folder for checkpoints.

    Raises:
        StudyNotFoundError: there is no such study.
    """
    check_parts(sampler, pruner, fidelity)
    store = _existing(storage)
    names = list(store.studies())
    if study_name is None:
        if len(names) != 1:
            raise StudyNotFoundError(f"study_name is needed: the storage holds {len(names)} studies: {names[:10]}")
        study_name = names[0]
    if study_name not in names:
        raise StudyNotFoundError(f"no study is named {study_name!r}; the storage holds {names[:10]}")
    log = Log(store, study_name)
    declared = _read_space(space)
    _check_same(log, declared, None)
    last = log.ledger.settings()
    if sampler is None and last.sampler:
        sampler = SAMPLERS.recall(last.sampler)
    if pruner is None and last.pruner:
        pruner = PRUNERS.recall(last.pruner)
    if fidelity is None:
        fidelity = read_fidelity(last.limits)
    return _study(log, declared, sampler=sampler, pruner=pruner, fidelity=fidelity, artifacts=artifacts)


def delete_study(study_name: str, *, storage: str | Store) -> None:
    """Remove a study with its whole log.

    Raises:
        StudyNotFoundError: there is no such study.
    """
    _existing(storage).delete(study_name)


def study_names(*, storage: str | Store) -> list[str]:
    """Return the names of the studies in a storage, oldest first."""
    return list(_existing(storage).studies())


def minimize(
    objective: Callable[..., Any],
    space: Space | Mapping[str, Any],
    *,
    n_trials: int = 100,
    n_jobs: int = 1,
    progress: bool | Callable[[Study], None] | None = None,
    **more: Any,
) -> Study:
    """Minimise a plain function of the parameters and return the study.

    Args:
        objective: called as `objective(**config)`.
        space: what may vary.
        n_trials: trials in all.
        n_jobs: trials at a time, in child processes when more than one; -1 for one a processor.
        progress: what is shown, as for `Study.optimize`.
        more: passed to `create_study` (seed, storage, sampler, ...).

    Example:
        >>> import tunesmith as ts
        >>> study = ts.minimize(lambda x: (x - 2) ** 2, ts.Space(x=ts.Int(0, 5)), n_trials=6, seed=1)
        >>> study.best_params
        {'x': 2}
    """
    study = create_study(space, direction="minimize", **more)
    study.optimize(objective, n_trials=n_trials, n_jobs=n_jobs, style="arguments", progress=progress)
    return study


def maximize(
    objective: Callable[..., Any],
    space: Space | Mapping[str, Any],
    *,
    n_trials: int = 100,
    n_jobs: int = 1,
    progress: bool | Callable[[Study], None] | None = None,
    **more: Any,
) -> Study:
    """Maximise a plain function of the parameters and return the study; see `minimize`."""
    study = create_study(space, direction="maximize", **more)
    study.optimize(objective, n_trials=n_trials, n_jobs=n_jobs, style="arguments", progress=progress)
    return study


def _read_space(space: Space | Mapping[str, Any] | None) -> Space | None:
    if space is None or isinstance(space, Space):
        return space
    if isinstance(space, Mapping):
        return Space(dict(space))
    raise InvalidSpaceError(
        f"space must be a Space or a dict of domains, got {space!r}; all else is given by name, such as storage=..."
    )


def _read_directions(direction: str | None, directions: Sequence[str] | None) -> tuple[Any, ...]:
    if direction is not None and directions is not None:
        raise InvalidArgumentError("give direction (one objective) or directions (several), not both")
    if directions is None:
        return check_directions((_spelt("minimize" if direction is None else direction),))
    return check_directions(directions if isinstance(directions, str) else [_spelt(each) for each in directions])


def _spelt(direction: object) -> Any:
    """Return a direction in lower case; one of another library's values goes by its name."""
    word = getattr(direction, "name", direction)
    return word.lower() if isinstance(word, str) else word


def _read_metrics(metrics: str | Sequence[str] | None, count: int) -> tuple[str, ...]:
    if metrics is None:
        return ("value",) if count == 1 else tuple(f"value_{i}" for i in range(count))
    names = (metrics,) if isinstance(metrics, str) else tuple(metrics)
    if len(names) != count or len(set(names)) != count:
        raise InvalidArgumentError(f"metrics needs {count} different name(s), one an objective, got {metrics!r}")
    return tuple(check_name(name, "a metric's name") for name in names)


def _free_name(store: Store) -> str:
    taken = set(store.studies())
    number = len(taken)
    while f"study-{number}" in taken:
        number += 1
    return f"study-{number}"


def _check_same(log: Log, declared: Space | None, directions: tuple[Any, ...] | None) -> None:
    """Refuse to go on with a study under another space or direction; edits are asked for, never silent."""
    ledger = log.sync()
    if directions is not None and ledger.directions != directions:
        raise InvalidArgumentError(
            f"the study {log.name!r} has directions {ledger.directions}, got {directions}; "
            "use another study_name (--study in the shell)"
        )
    if declared is None or declared.to_dict() == ledger.space.to_dict():
        return
    new, old = declared.parameters, ledger.space.parameters
    changed = [n for n in {**old, **new} if n not in new or n not in old or repr(new[n]) != repr(old[n])]
    if any(not old[n].optional for n in changed if n in old) or any(n in new for n in changed):
        raise InvalidArgumentError(
            f"the study {log.name!r} was made with another space (it differs in {', '.join(changed) or 'its rules'}); "
            "load it without a space and call study.edit_space(new_space), or "
            "use another study_name (--study in the shell)"
        )


def _existing(storage: str | Store) -> Store:
    """Open a storage that should hold studies already; a missing file is an error, not a new study."""
    if isinstance(storage, str):
        path = storage.removeprefix("sqlite:///") if storage.startswith("sqlite:///") else storage
        if "://" not in path and not Path(path).exists():
            raise StudyNotFoundError(f"there is no file {path!r}; give the storage that the study was made with")
    return open_store(storage)


def _artifacts_folder(log: Log) -> str | None:
    """Return the folder beside a SQLite file, None for stores that have no file."""
    path = getattr(log.store, "path", None)
    return None if path is None else str(default_folder(path, log.name))


def _describe(part: Any) -> dict[str, Any]:
    return describe_sampler(part) if hasattr(part, "ask") else describe_pruner(part)


def _make_sampler(record: Mapping[str, Any] | None) -> Sampler[Any]:
    """Return the sampler that a log names; ours alone, never code from a store."""
    made: Sampler[Any] = make_sampler(**record) if record else make_sampler("Auto")
    return made


def _with_past(sampler: Sampler[Any] | None, past: Sequence[Any]) -> Sampler[Any]:
    """Return the sampler, or the default; where there are past studies, in turn with what comes from them."""
    made = _make_sampler(None) if sampler is None else sampler
    wrapped = not past or isinstance(made, (Absent, SAMPLERS["Transfer"]))
    return made if wrapped else _make_sampler({"name": "Transfer", "settings": {"then": made}})


def _make_pruner(record: Mapping[str, Any] | None) -> Pruner[Any]:
    made: Pruner[Any] = make_pruner(**record) if record else make_pruner("Keep")
    return made


def _tabulate(trials: Sequence[Trial], study: Any, attrs: Sequence[str] | None) -> Any:
    """Return a pandas DataFrame, or a dict of columns where pandas is not installed."""
    from tunesmith.analysis.tables import select, trial_table

    table = trial_table(trials, study.metrics)
    table = table if attrs is None else select(table, attrs)
    try:
        import pandas as pd
    except ImportError:
        return table
    return pd.DataFrame(table)


def _make_display(progress: bool | None, n_trials: int | None, timeout: float | None) -> Display | None:
    """Return what shows a running study: a live display, a line for each new best on a terminal, or nothing."""
    from tunesmith import display

    if progress:
        return display.Display(n_trials, timeout)
    return display.NewBest(n_trials, timeout) if progress is None and display.on_terminal() else None


WIRING = Wiring(make_executor, _make_sampler, _make_pruner, _describe, _tabulate, Artifacts, _make_display)


def _study(
    log: Log,
    space: Space | None,
    *,
    sampler: Sampler[Any] | None,
    pruner: Pruner[Any] | None,
    fidelity: Fidelity | None,
    artifacts: str | None,
) -> Study:
    if space is None and log.ledger.created is not None and not log.ledger.created.discover:
        space = log.ledger.space
    return Study(
        log,
        WIRING,
        sampler=_with_past(sampler, () if log.ledger.created is None else log.ledger.created.past),
        pruner=_make_pruner(None) if pruner is None else pruner,
        space=space,
        fidelity=fidelity,
        folder=artifacts or _artifacts_folder(log),
    )

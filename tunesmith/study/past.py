"""Past studies as records for transfer: read once, when a study is made, and kept in its log.

A record is plain data: {"study": name, "trials": numbers, "configs": [...], "losses": [[...], ...]}, smaller losses
being better, and "feasible" beside them where this study has constraints (judged by its own bounds). Only complete
trials with finite losses count; equal configs are one, with the mean of their losses. Of more than 300 the better half
are the best, and the rest are spread evenly over the ranks.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from tunesmith.core.objective import json_value
from tunesmith.errors import InvalidArgumentError, StudyNotFoundError
from tunesmith.numerics.pareto import sort_fronts
from tunesmith.numerics.thinning import thinned
from tunesmith.space.moving import moved
from tunesmith.study.ledger import Ledger
from tunesmith.study.study import Study

if TYPE_CHECKING:
    from tunesmith.core.constraint import Constraint
    from tunesmith.core.trial import Trial
    from tunesmith.space import Space
    from tunesmith.study.log import Log

__all__ = ["Aim", "check_past", "read_past"]

_MOST: Final = 300
_NUMBERS: Final = (int, float, np.integer, np.floating)
_FORMS: Final = "a study, the address of a storage, (storage, study_name), or {'configs': [...], 'losses': [...]}"


@final
@dataclass(frozen=True)
class Aim:
    """The study that is about to be made, as far as past ones must fit it."""

    space: Space
    directions: tuple[str, ...]
    metrics: tuple[str, ...]
    constraints: tuple[Constraint, ...] = ()


def read_past(past: Any, aim: Aim, find: Callable[..., Study]) -> tuple[dict[str, Any], ...]:
    """Return past studies as the records that a log keeps.

    Args:
        past: a list; each item a study, the address of a storage that holds one study, (storage, study_name), or a
            record as plain data. One item may stand alone.
        aim: the study that is about to be made.
        find: opens a study, `find(study_name, storage=...)`.

    Raises:
        InvalidArgumentError: an item is something else, is about other metrics, has no complete trial, shares no
            parameter, or none of its configs has a place in the space.
        StudyNotFoundError: a study or its storage does not exist.
    """
    return tuple(_read(f"past[{place}]", given, aim, find) for place, given in enumerate(_items(past)))


def _items(past: Any) -> list[Any]:
    """Return what was given as a list: one item may stand alone, a tuple of a storage and a name too."""
    if isinstance(past, (str, Study, Mapping)):
        return [past]
    if not isinstance(past, Sequence):
        raise InvalidArgumentError(f"past needs a list; each item is {_FORMS}, got {past!r}")
    if isinstance(past, tuple) and len(past) == 2 and all(isinstance(part, str) for part in past):
        return [past]
    return list(past)


def check_past(log: Log, past: Any, find: Callable[..., Study]) -> None:
    """Refuse other past studies than a study was made with; the same ones stay as they were read then.

    Studies are told apart by their names, plain data by what they hold. A storage that is gone is believed.

    Raises:
        InvalidArgumentError: the study was made without any, or with others.
    """
    created = log.ledger.created
    if not past or created is None:
        return
    given = _items(past)
    names = [str(record.get("study")) for record in created.past]
    same = len(given) == len(names) and all(
        _same(f"past[{i}]", *pair, len(created.directions), find)
        for i, pair in enumerate(zip(given, created.past, strict=True))
    )
    if not same:
        made = f"from the past studies {', '.join(names)}" if names else "without past studies"
        raise InvalidArgumentError(
            f"the study {log.name!r} was made {made}; leave past out, or use another study_name (--study in the shell)"
        )


def _same(where: str, given: Any, record: Mapping[str, Any], width: int, find: Callable[..., Study]) -> bool:
    """Whether an item of `past` may be the one that a record was made from."""
    if isinstance(given, Mapping):
        return json.dumps(_checked(where, given, width), sort_keys=True) == json.dumps(record, sort_keys=True)
    if isinstance(given, (tuple, list)) and len(given) == 2:
        return bool(given[1] == record.get("study"))
    try:
        return _found(where, given, find).name == record.get("study")
    except StudyNotFoundError:
        return True


def _read(where: str, given: Any, aim: Aim, find: Callable[..., Study]) -> dict[str, Any]:
    if isinstance(given, Mapping):
        record = _checked(where, given, len(aim.directions))
    else:
        try:
            study = _found(where, given, find)
        except StudyNotFoundError as error:
            raise StudyNotFoundError(f"{where}: {error}") from None
        record = _record(where, study, aim)
    _check_places(where, record, aim.space)
    return record


def _found(where: str, given: Any, find: Callable[..., Study]) -> Study:
    if isinstance(given, Study):
        return given
    if isinstance(given, str):
        return find(None, storage=given)
    if isinstance(given, (tuple, list)) and len(given) == 2 and isinstance(given[1], str):
        return find(given[1], storage=given[0])
    raise InvalidArgumentError(f"{where} must be {_FORMS}, got {given!r}")


def _record(where: str, study: Study, aim: Aim) -> dict[str, Any]:
    """Return what a study teaches, in the order of the objectives of the one that is about to be made."""
    order = _order(where, study, aim)
    groups: dict[str, list[Trial]] = {}
    for trial in study.get_trials(states=["complete"]):
        if trial.losses and all(map(math.isfinite, trial.losses)):
            groups.setdefault(Ledger.config_key(dict(trial.params)), []).append(trial)
    if not groups:
        raise InvalidArgumentError(
            f"{where}: the study {study.name!r} has no complete trial to learn from; leave it out"
        )
    same = list(groups.values())
    losses = np.array([_mean([trial.losses for trial in group]) for group in same])[:, order]
    chosen = _chosen(losses)
    first = [same[i][0] for i in chosen]
    record = {
        "study": study.name,
        "trials": [trial.number for trial in first],
        "configs": [dict(trial.params) for trial in first],
        "losses": losses[chosen].tolist(),
    }
    if aim.constraints:  # an unknown metric says nothing against a config
        record["feasible"] = [not any(bound.excess(t.metrics) > 0 for bound in aim.constraints) for t in first]
    return record


def _mean(losses: Sequence[Sequence[float]]) -> Any:
    """Return the mean (m,) of rows of losses, huge ones too."""
    return (np.array(losses) / len(losses)).sum(axis=0)


def _order(where: str, study: Study, aim: Aim) -> list[int]:
    """Return where each of our objectives stands among those of the past study."""
    theirs, ours = study.metrics, aim.metrics
    if len(theirs) != len(ours) or not (set(theirs) == set(ours) or _unnamed(theirs) or _unnamed(ours)):
        raise InvalidArgumentError(
            f"{where}: the study {study.name!r} is about {_words(theirs)}, this one about {_words(ours)}; "
            "name the metrics alike, or leave it out"
        )
    order = [theirs.index(name) if set(theirs) == set(ours) else place for place, name in enumerate(ours)]
    for name, place, direction in zip(ours, order, aim.directions, strict=True):
        if study.directions[place] != direction:
            raise InvalidArgumentError(
                f"{where}: the study {study.name!r} was told to {study.directions[place]} {theirs[place]!r}, this one "
                f"to {direction} {name!r}; give it as plain data (configs and losses) if that is meant, or leave it out"
            )
    return order


def _unnamed(metrics: Sequence[str]) -> bool:
    return tuple(metrics) in (("value",), tuple(f"value_{i}" for i in range(len(metrics))))


def _words(metrics: Sequence[str]) -> str:
    return " and ".join(map(repr, metrics))


def _chosen(losses: Any) -> list[int]:
    """Return which of many trials are kept, in their order."""
    order = np.lexsort((losses[:, 0], sort_fronts(losses)))
    return [int(i) for i in thinned(order, _MOST)]


def _checked(where: str, given: Mapping[str, Any], width: int) -> dict[str, Any]:
    """Return a record that was given as plain data, its losses as rows, without what is more than the log keeps."""
    unknown = sorted(set(given) - {"study", "trials", "configs", "losses", "feasible"})
    configs, losses = given.get("configs"), given.get("losses")
    if unknown or not isinstance(configs, Sequence) or not isinstance(losses, Sequence):
        raise InvalidArgumentError(f"{where} as plain data needs 'configs' and 'losses' as lists, got {sorted(given)}")
    if not configs or len(configs) != len(losses):
        raise InvalidArgumentError(
            f"{where} needs one loss a config and at least one, got {len(configs)} configs and {len(losses)} losses"
        )
    for name, kind, what in (("trials", Integral, "whole numbers"), ("feasible", (bool, np.bool_), "True or False")):
        listed = given.get(name, ())
        if not isinstance(listed, Sequence) or not all(isinstance(one, kind) for one in listed):
            raise InvalidArgumentError(f"{where}: {name} must be a list of {what}, got {listed!r}")
        if name in given and len(listed) != len(configs):
            raise InvalidArgumentError(f"{where} has {len(configs)} configs, but {len(listed)} {name}")
    rows = [[loss] if isinstance(loss, _NUMBERS) else loss for loss in losses]
    for place, (config, row) in enumerate(zip(configs, rows, strict=True)):
        if not isinstance(config, Mapping):
            raise InvalidArgumentError(f"{where}: configs[{place}] must be a dict, got {config!r}")
        fine = isinstance(row, Sequence) and len(row) == width and all(_finite(loss) for loss in row)
        if not fine:
            raise InvalidArgumentError(f"{where}: losses[{place}] must be {width} finite number(s), got {row!r}")
    columns = {"trials": range(len(configs)), **given, "configs": configs, "losses": rows}
    kept = _chosen(np.array(rows, dtype=np.float64))
    record: dict[str, Any] = {"study": given.get("study", "past")}
    record |= {name: [column[i] for i in kept] for name, column in columns.items() if name != "study"}
    record["losses"] = [[float(value) for value in row] for row in record["losses"]]
    found: dict[str, Any] = json_value(record, where)
    return found


def _finite(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer beyond 1e308
        return False


def _check_places(where: str, record: Mapping[str, Any], space: Space) -> None:
    """Refuse what can never propose anything; a space that is met by define-by-run may still come to fit."""
    if not len(space):
        return
    names = {name for config in record["configs"] for name in config}
    if not names & set(space.names):
        raise InvalidArgumentError(
            f"{where}: the study {record['study']!r} varies {', '.join(sorted(names)) or 'nothing'}, and shares no "
            f"parameter with this space ({', '.join(space.names)}); leave it out"
        )
    views = [moved(space, config) for config in record["configs"]]
    if all(view.lost for view in views):
        lost = ", ".join(f"{name}={value!r}" for name, value in views[0].lost.items())
        raise InvalidArgumentError(
            f"{where}: no config of the study {record['study']!r} has a place in this space (the first: {lost}); "
            "leave it out"
        )

"""What a new study begins with: configs that the user wants tried first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tunesmith.core import events as ev
from tunesmith.errors import InvalidArgumentError, InvalidConfigError
from tunesmith.study.intake import as_config, part_problems
from tunesmith.study.ledger import Ledger

if TYPE_CHECKING:
    from tunesmith.space import Space

__all__ = ["queued_first"]


def queued_first(space: Space, start: Sequence[Mapping[str, Any]], *, grows: bool) -> list[ev.Queued]:
    """Return the events that queue these configs as the first trials of a study; equal ones are replicates.

    Args:
        space: of the study.
        start: configs, whole or in part.
        grows: whether names beyond the space may be met.

    Raises:
        InvalidArgumentError: `start` is no list of dicts.
        InvalidConfigError: a config does not fit; the message names its place in the list, and why.

    >>> from tunesmith.space import Float, Space
    >>> [event.config for event in queued_first(Space(x=Float(0, 1)), [{"x": 0.5}, {}], grows=False)]
    [{'x': 0.5}, {}]
    """
    if isinstance(start, (Mapping, str)) or not isinstance(start, Sequence):
        raise InvalidArgumentError(f"start needs a list of configs such as [{{'lr': 0.01}}], got {start!r}")
    found = []
    counts: Counter[str] = Counter()
    for place, given in enumerate(start):
        if not isinstance(given, Mapping):
            raise InvalidArgumentError(f"start[{place}] must be a config such as {{'lr': 0.01}}, got {given!r}")
        config = as_config(space, given)
        if problems := part_problems(space, config, grows=grows):
            raise InvalidConfigError([f"start[{place}] is {config!r}", *problems])
        whole = not space.problems(config)
        key = Ledger.config_key(config)
        replicate = counts[key] if whole else 0
        counts[key] += 1
        found.append(ev.Queued(trial=place, config=config, replicate=replicate, whole=whole))
    return found

"""The pruners: each hands out budget and stops or pauses runs, one algorithm a file; imported when first asked for.

`PRUNERS` names them all; `make_pruner(**describe(pruner))` gives an equal one back, which is how a log remembers who
decided.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tunesmith.core.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tunesmith.pruners.asha import ASHA
    from tunesmith.pruners.keep import Keep
    from tunesmith.pruners.median import Median

__all__ = ["ASHA", "PRUNERS", "Keep", "Median", "describe", "make_pruner"]

PRUNERS = Registry(
    "pruner",
    "tunesmith.pruners",
    {
        "ASHA": "asha",
        "Keep": "keep",
        "Median": "median",
    },
)


def make_pruner(name: str, settings: Mapping[str, Any] | None = None) -> Any:
    """Return the pruner of that name with these settings.

    Raises:
        InvalidArgumentError: no pruner of ours has this name, or it has no such setting.

    Example:
        >>> make_pruner("Keep")
        Keep()
    """
    return PRUNERS.make(name, settings)


def describe(pruner: object) -> dict[str, Any]:
    """Return {"name", "settings"} of a pruner, JSON-able, as a log keeps it.

    Example:
        >>> describe(make_pruner("Keep"))
        {'name': 'Keep', 'settings': {}}
    """
    return PRUNERS.describe(pruner)


def __getattr__(name: str) -> type:
    if name in PRUNERS:
        return PRUNERS[name]
    from tunesmith.core.spelling import NEAREST, no_such

    raise no_such("tunesmith.pruners", name, list(PRUNERS), NEAREST["pruner"], listed=True)


def __dir__() -> list[str]:
    return sorted(__all__)

"""What is left of a finite space: which configs are known already, and which are still to be proposed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, final

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from tunesmith.core.history import History
    from tunesmith.core.trial import Trial
    from tunesmith.space import Space

__all__ = ["Identity", "Taken", "identity", "left_over"]

Identity: TypeAlias = frozenset[tuple[str, type, Any]]

_LISTED = 20_000


def identity(config: Mapping[str, Any]) -> Identity:
    """Return what two configs share exactly when they are equal, types included (True is not 1).

    Example:
        >>> identity({"a": 1, "b": 2}) == identity({"b": 2, "a": 1}) != identity({"b": 2, "a": True})
        True
    """
    return frozenset([(name, value.__class__, value) for name, value in config.items()])


@final
@dataclass(slots=True)
class Taken:
    """The configs that closed runs and pending trials hold.

    Attributes:
        space: the space they belong to.
        growing: whether further names may be met (define-by-run), so that the space has no known end.
        told: identities of the configs of closed runs.
        size: number of configs of the space, an upper bound; None when it is continuous or may still grow.
        listed: all configs of a small finite space; a cache.
    """

    space: Space
    growing: bool = False
    told: set[Identity] = field(default_factory=set)
    size: int | None = field(init=False)
    listed: list[tuple[Identity, dict[str, Any]]] | None = None

    def __post_init__(self) -> None:
        self.size = None if self.growing else self.space.size()

    @property
    def free(self) -> bool:
        """Whether nothing is known to vary yet, so that equal configs are no repeats."""
        return self.growing and not len(self.space)

    def fresh(self, config: Mapping[str, Any], held: Container[Identity]) -> bool:
        """Whether no pending trial holds the config and, in a finite space, no closed one.

        Args:
            config: what might be proposed.
            held: identities of the configs of pending trials.
        """
        key = identity(config)
        return key not in held and (self.size is None or key not in self.told)

    def tell(self, runs: History) -> None:
        """Remember the configs of these runs."""
        self.told.update(identity(row.config) for row in runs.records)

    def all_configs(self) -> Iterable[tuple[Identity, dict[str, Any]]]:
        """Go through the configs of a finite space, kept in a list when they are few."""
        if self.listed is None and self.size is not None and self.size <= _LISTED:
            self.listed = list(self._walk())
        return self._walk() if self.listed is None else self.listed

    def _walk(self) -> Iterator[tuple[Identity, dict[str, Any]]]:
        return ((identity(config), config) for config in self.space.configs())


def left_over(taken: Taken, pending: Sequence[Trial], most: int = _LISTED) -> list[dict[str, Any]]:
    """Return the configs of a finite space that no closed run and no pending trial holds, up to `most` of them."""
    held = {identity(trial.params) for trial in pending}
    left: list[dict[str, Any]] = []
    for key, config in taken.all_configs():
        if key not in taken.told and key not in held:
            left.append(dict(config))
            if len(left) == most:
                break
    return left

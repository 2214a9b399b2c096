"""Registries: names of classes that a log may hold, resolved lazily, and nothing else can be named.

Samplers and pruners come back from a log as a name and settings. The name is looked up here; what stands in a log is
never imported by itself.
"""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Iterator, Mapping
from typing import Any, final

from tunesmith.errors import InvalidArgumentError

__all__ = ["Absent", "Registry"]


@final
@dataclasses.dataclass(frozen=True)
class Absent:
    """Stands for a part that a log names and this program does not have: the study can be read, not run."""

    kind: str
    name: str


@final
class Registry(Mapping[str, type]):
    """Class names of one room, each with the module that holds it; a module is imported when its class is asked for.

    Args:
        kind: what the classes are, for messages (`sampler`).
        room: the package that holds the modules (`tunesmith.samplers`).
        modules: class name -> module name within the room.

    Example:
        >>> registry = Registry("registry", "tunesmith.core", {"Registry": "registry"})
        >>> registry["Registry"] is Registry
        True
    """

    def __init__(self, kind: str, room: str, modules: Mapping[str, str]) -> None:
        self.kind = kind
        self.room = room
        self.modules = dict(modules)

    def __getitem__(self, name: str) -> type:
        """Return the class of that name."""
        module = self.modules[name]
        found: type = getattr(importlib.import_module(f"{self.room}.{module}"), name)
        return found

    def __iter__(self) -> Iterator[str]:
        """Go through the names, in alphabetical order."""
        return iter(sorted(self.modules))

    def __len__(self) -> int:
        """Count the names."""
        return len(self.modules)

    def make(self, name: str, settings: Mapping[str, Any] | None = None) -> Any:
        """Return an instance of the named class with these settings; the inverse of `describe`.

        Raises:
            InvalidArgumentError: no class of ours has this name, or it has no such setting.
        """
        if name not in self.modules:
            raise InvalidArgumentError(
                f"{self.kind} must be one of {', '.join(self)}, got {name!r}; pass one of your own as an object"
            )
        made = self[name]
        known = [field.name for field in dataclasses.fields(made) if field.init]
        for setting in settings or {}:
            if setting not in known:
                raise InvalidArgumentError(
                    f"{name} has no setting {setting!r}; it has {', '.join(known) if known else 'none'}"
                )
        return made(**(settings or {}))

    def recall(self, record: Mapping[str, Any]) -> Any:
        """Return what a log names; for a class that is not ours, or not any more, a stand-in that cannot run."""
        try:
            return self.make(**record)
        except InvalidArgumentError:
            return Absent(self.kind, str(record.get("name", "")))

    def describe(self, instance: object) -> dict[str, Any]:
        """Return {"name", "settings"}, JSON-able, from which `make` builds an equal instance.

        A class that is not ours is named with its module, which `make` refuses: its program must pass it again.

        Raises:
            InvalidArgumentError: the instance stands for one that its program must pass again.
        """
        if isinstance(instance, Absent):
            raise InvalidArgumentError(
                f"the study goes on with the {instance.kind} {instance.name!r}, which only its own program has; "
                f"pass it again: load_study(..., {instance.kind}=...)"
            )
        made = type(instance)
        ours = made.__name__ in self.modules and made.__module__.startswith(f"{self.room}.")
        settings: dict[str, Any] = {}
        if dataclasses.is_dataclass(instance) and not isinstance(instance, type):
            fields = (field.name for field in dataclasses.fields(instance) if field.init)
            settings = {name: self._plain(getattr(instance, name)) for name in fields}
        return {"name": made.__name__ if ours else f"{made.__module__}.{made.__qualname__}", "settings": settings}

    def _plain(self, value: Any) -> Any:
        """Return a JSON-able picture of a setting: tuples become lists, mappings dicts, anything foreign its repr.

        A setting that is itself a part of this room (a sampler that asks another one) is described like any part.
        """
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        if isinstance(value, Mapping):
            return {str(name): self._plain(inner) for name, inner in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._plain(inner) for inner in value]
        if type(value).__module__.startswith(f"{self.room}."):
            return self.describe(value)
        return repr(value)

"""What the adapters of libraries without conditional spaces share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.problems.definitions import Parameter


def refuse(p: Parameter, library: str) -> None:
    """Let a parameter without a condition pass.

    Raises:
        ValueError: for a parameter with a condition.
    """
    if p.get("when"):
        raise ValueError(f"{library} has no conditional spaces here, got {p['name']!r} when {p['when']}")

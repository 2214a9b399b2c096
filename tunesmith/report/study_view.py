"""What a report reads of a study: a small protocol, so that anything with these attributes can be reported on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from tunesmith.core.events import Stamped
    from tunesmith.core.history import History
    from tunesmith.core.trial import Trial
    from tunesmith.space import Space

__all__ = ["StudyView"]


class StudyView(Protocol):
    """A study as its readers see it."""

    @property
    def name(self) -> str:
        """The name of the study."""
        ...

    @property
    def directions(self) -> Sequence[str]:
        """`minimize` or `maximize`, one an objective."""
        ...

    @property
    def metrics(self) -> Sequence[str]:
        """The names of the objectives."""
        ...

    @property
    def trials(self) -> Sequence[Trial]:
        """All trials, by number."""
        ...

    @property
    def history(self) -> History:
        """All closed runs as columns."""
        ...

    @property
    def space(self) -> Space:
        """What may vary."""
        ...

    @property
    def seed(self) -> int:
        """The seed of the study."""
        ...

    @property
    def user_attrs(self) -> Mapping[str, Any]:
        """What the user noted on the study; `gain` holds a `Gain.to_dict()`."""
        ...

    def events(self) -> Sequence[Stamped]:
        """Return the log, for the surroundings of each session."""
        ...

"""All exceptions that tunesmith raises on purpose; each message names the argument, the value and the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class TunesmithError(Exception):
    """Root of every exception that tunesmith raises on purpose."""


class InvalidArgumentError(TunesmithError, ValueError):
    """An argument has a value that cannot be right; the message says which, and what would be."""


class InvalidSpaceError(InvalidArgumentError):
    """A domain, condition or rule contradicts itself; raised at definition, never at the first draw."""


class InvalidConfigError(InvalidArgumentError):
    """A config does not belong to its space.

    Args:
        problems: sentences, one for each thing that is wrong with the config.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        Exception.__init__(self, "; ".join(problems))


class UnsatisfiableError(TunesmithError):
    """No config that obeys the rules was found; the message says how many were tried and which rule refused most."""


class StoreError(TunesmithError):
    """A store could not do its work; the message carries the cause and one sentence of advice."""


class ConflictError(StoreError):
    """An append held a key that stands already in the log; nothing was written.

    Args:
        key: the first key of the append that was taken.
    """

    def __init__(self, key: str) -> None:
        self.key = key
        Exception.__init__(self, f"the key {key!r} stands already in the log; nothing was written")


class StoreFullError(StoreError):
    """The disk or the quota under the store is full; make room and run the same command again."""


class StoreReadOnlyError(StoreError):
    """The store cannot be written to (permissions, read-only mount)."""


class StoreVersionError(StoreError):
    """The store was written by another version of the schema; it is left untouched."""


class StudyNotFoundError(TunesmithError, KeyError):
    """No study has this name in this store."""

    def __str__(self) -> str:
        """Return the plain sentence (KeyError would print its repr)."""
        return str(self.args[0]) if self.args else ""


class StudyExistsError(TunesmithError, ValueError):
    """A study of this name exists already; pass `load_if_exists=True` to go on with it."""


class NoCompletedTrialsError(TunesmithError, ValueError):
    """The best of nothing was asked for: no trial has completed (and is feasible) yet."""


class SpaceExhaustedError(TunesmithError, RuntimeError):
    """There is nothing left to propose: every config was tried, or all planned trials have begun."""


class LostTrialError(TunesmithError):
    """This run was closed by somebody else (its lease ran out); its result was not written."""


class TransportError(TunesmithError, TypeError):
    """Something that must travel to a child process cannot; the message names it and the way out."""


class MissingExtraError(TunesmithError, ImportError):
    """An optional dependency is missing; the message says which extra to install."""


class TooManyFailuresError(TunesmithError, RuntimeError):
    """Many trials failed in a row; the study stopped, names the cause, and can be resumed."""


class ReplayError(TunesmithError):
    """A log cannot be replayed here (another version, a sampler that is not ours)."""


class TrialPruned(Exception):  # noqa: N818 - the name that people already type
    """Raised by an objective to end its trial early; its last reported value stands."""

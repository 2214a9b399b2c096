"""The seams: what a sampler, a pruner and a store are, and the small values that pass between them and a study.

Samplers and pruners are settings plus pure methods over an explicit state; they see `Problem`, `Trial` and `History`,
never a study, a store or each other. The seam of executors stands in `tunesmith.core.jobs`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar, final

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from tunesmith.core.events import Event, Stamped
    from tunesmith.core.history import History
    from tunesmith.core.trial import Trial
    from tunesmith.space import Space

__all__ = [
    "Begin",
    "Exhausted",
    "Fidelity",
    "Finish",
    "Problem",
    "Proposal",
    "Pruner",
    "Resume",
    "Sampler",
    "Store",
    "Verdict",
    "Wait",
]

S = TypeVar("S")
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@final
@dataclass(frozen=True, slots=True)
class Fidelity:
    """The budget axis: its name (`epochs`, `samples`, ...), and the least and most a run may spend."""

    name: str
    low: float
    high: float


@final
@dataclass(frozen=True, slots=True)
class Problem:
    """All that a sampler or pruner is told about a study before the first trial.

    Attributes:
        space: what may vary.
        n_losses: number of objectives; all are minimised by the time anybody sees them.
        constraints: names of the constrained metrics, in the order of `History.excesses`.
        fidelity: the budget axis, None when every run costs the same.
        n_trials: trials planned in all, None when open.
        timeout: seconds planned in all, None when open.
        past: past studies given for transfer, as records: each {"study": name, "trials": numbers, "configs": [...],
            "losses": rows of n_losses}, and "feasible" where there are constraints.
        seed: the study's seed, for what must be fixed once a study (the scrambling of a Sobol sequence).
        discover: whether the objective may meet further names (define-by-run); then the space has no known end.
    """

    space: Space
    n_losses: int = 1
    constraints: tuple[str, ...] = ()
    fidelity: Fidelity | None = None
    n_trials: int | None = None
    timeout: float | None = None
    past: tuple[Mapping[str, Any], ...] = ()
    seed: int = 0
    discover: bool = False


@final
@dataclass(frozen=True, slots=True)
class Proposal:
    """A config and who thought of it.

    Attributes:
        config: values of the active parameters.
        by: which model or rule made it (`sobol`, `gp`, `random`, ...), never a silent stand-in.
        reasons: small JSON for people (acquisition value, predicted loss).
        memo: small JSON for the sampler's own later use, kept on the trial and read again from `History.records`. Where
            a person gave a part of the config and the proposal the rest, it stands below the key `part`.
    """

    config: dict[str, Any]
    by: str
    reasons: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    memo: Mapping[str, Any] | None = None


@final
@dataclass(frozen=True, slots=True)
class Exhausted:
    """The sampler has nothing more to propose: the space is at its end."""

    why: str = "every config of the space has been proposed"


@final
@dataclass(frozen=True, slots=True)
class Begin:
    """Start a new trial.

    Attributes:
        proposal: what `offer()` returned.
        budget: how much its run may spend, None for all.
        parent: a trial whose checkpoint it begins from.
        reasons: small JSON, recorded (bracket, rung).
    """

    proposal: Proposal
    budget: float | None = None
    parent: int | None = None
    reasons: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)


@final
@dataclass(frozen=True, slots=True)
class Resume:
    """Go on with a paused trial, up to a larger budget."""

    trial: int
    budget: float | None = None
    reasons: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)


@final
@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing can be decided before some open run has closed."""

    why: str = ""


@final
@dataclass(frozen=True, slots=True)
class Finish:
    """The pruner's plan is at its end."""

    why: str = ""


Assignment: TypeAlias = Begin | Resume | Wait | Finish


class Verdict(StrEnum):
    """The answer to one report: go on, pause (to be resumed, perhaps), or stop for good."""

    GO_ON = "go-on"
    PAUSE = "pause"
    STOP = "stop"


class Sampler(Protocol[S]):
    """Proposes configs; settings plus pure methods over an explicit state.

    `tell` may reuse the memory of the state that it is given: the caller drops it. The fold law holds:
    `tell(tell(s, a), b)` equals `tell(s, a + b)`.
    """

    def init(self, problem: Problem) -> S:
        """Return the state of a study without trials; called again when the problem changes, then all is told."""
        ...

    def tell(self, state: S, runs: History) -> S:
        """Return the state that has also seen these newly closed runs, in order."""
        ...

    def ask(self, state: S, pending: Sequence[Trial], rng: np.random.Generator) -> Proposal | Exhausted:
        """Return the next config.

        Args:
            state: what `tell` returned last.
            pending: trials that are running or queued, with their configs.
            rng: the only randomness; belongs to this decision.
        """
        ...


class Pruner(Protocol[S]):
    """Hands out budget: decides what a free worker does next, and the verdict on each report."""

    def init(self, problem: Problem) -> S:
        """Return the state of a study without trials."""
        ...

    def tell(self, state: S, runs: History) -> S:
        """Return the state that has also seen these newly closed runs, in order (paused ones too)."""
        ...

    def assign(
        self, state: S, history: History, offer: Callable[[], Proposal | Exhausted]
    ) -> Begin | Resume | Wait | Finish:
        """Decide what a free worker does: begin an offered config, resume a paused trial, wait, or finish.

        Args:
            state: what `tell` returned last.
            history: all that may be seen.
            offer: asks the sampler; may be called several times, each call offers another candidate.
        """
        ...

    def judge(self, state: S, trial: Trial, history: History) -> Verdict:
        """Return the verdict on the trial's last report; its own reports stand in `history.curves`."""
        ...


class Store(Protocol):
    """Keeps logs of events, and knows nothing of trials; to read or lease a study that is not there is an error."""

    def append(self, study: str, events: Sequence[Event]) -> int:
        """Add the events, all or none, and return the position of the last one.

        A study begins with the append whose first event is `Created`.

        Raises:
            ConflictError: a key of one of them stands already in this study; nothing was written.
            StudyNotFoundError: there is no such study (any more), and the events do not begin one.
        """
        ...

    def read(self, study: str, after: int = 0) -> Sequence[Stamped]:
        """Return the events behind a position, in order; a later call never meets one at or before what was read."""
        ...

    def studies(self) -> Sequence[str]:
        """Return the names of all studies, oldest first."""
        ...

    def delete(self, study: str) -> None:
        """Remove a study with all its events and leases; unknown names are an error."""
        ...

    def beat(self, study: str, worker: str, seconds: float) -> None:
        """Renew a worker's lease, by the store's own clock; 0 seconds gives it back."""
        ...

    def beats(self, study: str) -> Mapping[str, float]:
        """Return the seconds left on each lease, negative when it has run out."""
        ...

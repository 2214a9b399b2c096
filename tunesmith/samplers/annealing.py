"""Simulated annealing: moves from the present config to a neighbour, and accepts what is worse while it is warm.

Kirkpatrick, Gelatt and Vecchi (1983, "Optimization by simulated annealing", Science 220:671), with the acceptance of
Metropolis et al. (1953). Temperature and neighbourhood fall together, as a level from 1 towards 0:

- `fast`: 1 / (1 + t / half), the fast annealing of Szu and Hartley (1987, Phys. Lett. A 122:157); it needs no end.
- `geometric`: 2^(-t / half), Kirkpatrick's.
- `linear`: 1 - n / length, where length is what the study plans; no restarts.
- `adaptive`: up with each success, down with each failure, so that one move in five succeeds (Rechenberg 1973).

Where we differ:

- *The energy of a config is its rank*: the share of the runs so far that are better. So a loss may have any unit and
  any tail, and the temperature is a plain number: at 0.03 a config that falls 3% of all runs behind is accepted once in
  e cases.
- *Any order of tells.* The chain is a fold of the log: each told run is an offer to it, judged in the order of the log,
  with a uniform number from the study's seed and the trial's. What others proposed or the user queued is an offer too.
- *Moves* change few of the active parameters where it is cool and most where it is warm. Continuous ones take a
  Cauchy step (Szu and Hartley's), folded back at the ends; ordered cells one of at least a cell; categories another
  one. A parameter that becomes active takes the place that it had in the best run in which it was active.
- *Restarts*: a chain that has found nothing better for long is warmed up again, at the best config, half as warm as
  before.
- *Several losses*: what counts is the mean of the differences in rank, weighted at random for each offer (Serafini
  1994, "Simulated annealing for multi-objective optimization problems", rule SL).
- *Constraints*: who breaks less is better, whatever the losses (Deb 2000).

Defaults were chosen on 21 problems together, by seeds 100 to 104; the reference compares with other seeds.

    x (d,)   the present point in the unit cube       t   runs offered to this chain       n   runs offered in all
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, final

import numpy as np

from tunesmith.core.history import COMPLETE, FAILED
from tunesmith.core.protocols import Exhausted, Problem, Proposal
from tunesmith.errors import InvalidArgumentError
from tunesmith.samplers.discovered import Discovered
from tunesmith.samplers.left import identity, left_over
from tunesmith.samplers.quasi import Sobol, SobolState
from tunesmith.seeding import stream
from tunesmith.space.domain import CATEGORICAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tunesmith.core.history import History, Row
    from tunesmith.core.trial import Trial
    from tunesmith.space.domain import Domain

__all__ = ["Annealing", "AnnealingState"]

COOLINGS: Final = ("fast", "geometric", "linear", "adaptive")
_FLOOR: Final = 0.01  # the level of every cooling but the fast one stays above
_UP: Final = 0.4  # of the logarithm of the adaptive level; with
_DOWN: Final = 0.1  # it, one success in five keeps it
_STALE: Final = 30  # a chain ends after so many offers without a better one, or
_STALE_EACH: Final = 5  # so many for each parameter
_DRAWS: Final = 16
_WIDER: Final = 48  # further moves, each in a neighbourhood wider than the one before


@final
@dataclass(frozen=True, slots=True)
class _Offer:
    """One told run: its point (d,), losses (NaN as inf), and by how much it breaks the constraints, 0 to c."""

    x: NDArray[np.float64]
    losses: tuple[float, ...]
    broken: float


@final
@dataclass(slots=True)
class AnnealingState:
    """What is known: the fold of the runs told so far.

    Attributes:
        problem: what the study is about.
        sobol: state of the even spread at the start; holds the configs of closed runs.
        discovered: which optional parameters the objective asks for, and when.
        places: (d,) where each parameter stood in the best run in which it was active.
        merits: (2, d) what that run broke, and its loss.
        ranked: sorted losses of the runs, one list an objective.
        widest: (c,) the largest finite violation of each constraint so far.
        present: where the chain is.
        best: the best run so far, the first of several losses deciding by mean rank.
        merit: what the best run broke, and its loss.
        chain: how many chains came before this one.
        t: runs offered to this chain.
        stale: offers since the best run.
        level: of temperature and neighbourhood, in (0, 1].
    """

    problem: Problem
    sobol: SobolState
    discovered: Discovered
    places: NDArray[np.float64]
    merits: NDArray[np.float64]
    ranked: list[list[float]]
    widest: NDArray[np.float64]
    present: _Offer | None = None
    best: _Offer | None = None
    merit: tuple[float, float] = (math.inf, math.inf)
    chain: int = 0
    t: int = 0
    stale: int = 0
    level: float = 1.0


@final
@dataclass(frozen=True)
class Annealing:
    """Walks from config to config through ever smaller neighbourhoods, and ever less often to a worse one.

    Args:
        cooling: `fast`, `geometric`, `linear` or `adaptive`.
        temperature: at the start, as a share of the runs so far.
        reach: scale of a step at the start, in units of the ranges.
        half: runs after which the level is halved (`fast`, `geometric`).
        length: runs until the linear cooling ends, None for what the study plans.
        startup: how many configs of a Sobol sequence are closed or pending before the first move.
        restarts: whether a chain without progress is warmed up again.

    Raises:
        InvalidArgumentError: a setting is outside its range.

    Example:
        >>> Annealing(cooling="geometric", half=20.0).cooling
        'geometric'
    """

    cooling: str = "fast"
    temperature: float = 0.03
    reach: float = 0.5
    half: float = 5.0
    length: int | None = None
    startup: int = 6
    restarts: bool = True

    def __post_init__(self) -> None:
        if self.cooling not in COOLINGS:
            raise InvalidArgumentError(f"Annealing needs cooling as one of {COOLINGS}, got cooling={self.cooling!r}")
        for name, low, high in (("temperature", 0.0, 1.0), ("reach", 0.0, 1.0), ("half", 0.0, math.inf)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not low < value <= high:
                raise InvalidArgumentError(f"Annealing needs {low} < {name} <= {high}, got {name}={value!r}")
        for name in ("startup", "length"):
            value = getattr(self, name)
            if (name == "startup" or value is not None) and (
                isinstance(value, bool) or not isinstance(value, int) or value < 1
            ):
                raise InvalidArgumentError(f"Annealing needs {name} as a whole number >= 1, got {name}={value!r}")

    def init(self, problem: Problem) -> AnnealingState:
        """Return the state of a study without trials.

        Raises:
            InvalidArgumentError: linear cooling knows no end.
        """
        if self.cooling == "linear" and self.length is None and problem.n_trials is None:
            raise InvalidArgumentError(
                "Annealing with cooling='linear' needs an end: give length=..., or plan n_trials"
            )
        width = len(problem.space.encoding.names)
        return AnnealingState(
            problem,
            Sobol().init(problem),
            Discovered.of(problem.space),
            places=np.full(width, np.nan),
            merits=np.full((2, width), np.inf),
            ranked=[[] for _ in range(problem.n_losses)],
            widest=np.zeros(len(problem.constraints)),
        )

    def tell(self, state: AnnealingState, runs: History) -> AnnealingState:
        """Return the state that has seen these runs too."""
        state.sobol = Sobol().tell(state.sobol, runs)
        for x, row in zip(runs.x, runs.records, strict=True):
            if row.state == COMPLETE:
                state.discovered.tell(x)
            self._judge(state, _offer(state, x, row), row)
        return state

    def ask(self, state: AnnealingState, pending: Sequence[Trial], rng: np.random.Generator) -> Proposal | Exhausted:
        """Return a neighbour of the present config, or the next of the even spread at the start."""
        taken = state.sobol.taken
        if taken.free or state.present is None or len(state.ranked[0]) + len(pending) < self.startup:
            return Sobol().ask(state.sobol, pending, rng)
        if taken.size is not None and len(taken.told) >= taken.size and not left_over(taken, pending, 1):
            return Exhausted()
        return self._neighbour(state, pending, rng)

    def _judge(self, state: AnnealingState, offer: _Offer, row: Row) -> None:
        """Let the chain take the offer or leave it, then cool down."""
        rng = stream(state.problem.seed, "annealing", row.number, row.run)
        for ranked, loss in zip(state.ranked, offer.losses, strict=True):
            insort(ranked, loss)
        behind = -1.0 if state.present is None else _behind(state, offer, state.present, rng)
        warm = len(state.ranked[0]) > self.startup and math.isfinite(max(offer.losses))
        if behind <= 0 or (warm and rng.random() < math.exp(-behind / (self.temperature * state.level))):
            state.present = offer
        state.t += 1
        state.stale += 1
        _remember(state, offer)
        self._cool(state, success=behind < 0)
        if self.restarts and self.cooling != "linear" and state.stale > max(_STALE, _STALE_EACH * len(offer.x)):
            state.chain, state.t, state.stale, state.present = state.chain + 1, 0, 0, state.best
            state.level = _heat(state)

    def _cool(self, state: AnnealingState, *, success: bool) -> None:
        """Set the level for the runs so far."""
        n = len(state.ranked[0])
        t = max(0, state.t - (self.startup if state.chain == 0 else 0))
        if self.cooling == "fast":
            state.level = _heat(state) / (1 + t / self.half)
        elif self.cooling == "geometric":
            state.level = max(_FLOOR, _heat(state) * 2 ** (-t / self.half))
        elif self.cooling == "linear":
            state.level = max(_FLOOR, 1 - n / (self.length or state.problem.n_trials or n))
        elif t > 0:
            state.level = min(1.0, max(_FLOOR, state.level * math.exp(_UP if success else -_DOWN)))

    def _neighbour(
        self, state: AnnealingState, pending: Sequence[Trial], rng: np.random.Generator
    ) -> Proposal | Exhausted:
        """Return the first move that obeys the rules and is not known; the last ones go further."""
        taken, space = state.sobol.taken, state.problem.space
        held = {identity(trial.params) for trial in pending}
        for attempt in range(_DRAWS + _WIDER):
            level = min(1.0, state.level * 1.1 ** max(0, attempt - _DRAWS))
            x = self._moved(state, level, rng)
            config = space.encoding.decode(x[None])[0]
            key = identity(config)
            if key in held or (taken.size is not None and key in taken.told):
                continue
            if not space.rules or not space.problems(config):
                reasons = {"chain": state.chain, "level": round(level, 6)}
                return Proposal(config, by="annealing", reasons=reasons)
        if taken.size is None:
            return Proposal(space.sample(rng), by="random", reasons={"why": "no neighbour obeys the rules"})
        left = left_over(taken, pending)
        if not left:
            return Exhausted()
        return Proposal(left[int(rng.integers(len(left)))], by="remaining", reasons={"left": len(left)})

    def _moved(self, state: AnnealingState, level: float, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return a neighbour (d,) of the present point."""
        encoding = state.problem.space.encoding
        here = state.places if state.present is None else state.present.x
        x = np.where(np.isnan(here), state.places, here)
        x = np.where(np.isnan(x), rng.random(len(x)), x)
        active = np.flatnonzero(encoding.active(x[None])[0] & (encoding.levels != 1))
        if len(active):
            chosen = active[rng.random(len(active)) < max(1 / len(active), level)]
            chosen = chosen if len(chosen) else active[rng.integers(len(active), size=1)]
            for column in chosen.tolist():
                domain = state.problem.space[encoding.names[column]]
                x[column] = _step(float(x[column]), domain, self.reach * level, rng)
        found: NDArray[np.float64] = state.discovered.apply(encoding.snap(x[None]))[0]
        return found


def _heat(state: AnnealingState) -> float:
    """Return the level at which this chain began."""
    return max(0.125, 0.5**state.chain)


def _step(u: float, domain: Domain, reach: float, rng: np.random.Generator) -> float:
    """Return a coordinate near `u`, in another cell where there are cells."""
    cells = domain.levels
    if domain.kind == CATEGORICAL:
        here = int(min(max(u, 0.0) * cells, cells - 1))
        return ((here + 1 + int(rng.integers(cells - 1))) % cells + 0.5) / cells
    step = reach * float(rng.standard_cauchy())
    folded = abs(min(max(u, 0.0), 1.0) + step) % 2
    folded = 2 - folded if folded > 1 else folded
    if cells:
        low, high = (float(edge[0]) for edge in domain.cells(np.array([min(max(u, 0.0), 1.0)])))
        hair = 1e-9 * (high - low)
        if low - hair < folded < high + hair:
            upwards = high < 1 and (step > 0 or low <= 0)
            return high + hair if upwards else low - hair
    return folded


def _offer(state: AnnealingState, x: NDArray[np.float64], row: Row) -> _Offer:
    """Return a told run as the chain judges it; a short run is never better than the median, a failed one the worst."""
    losses = [math.inf if math.isnan(loss) or row.state == FAILED else float(loss) for loss in row.losses]
    if row.state not in (COMPLETE, FAILED):
        middles = [ranked[len(ranked) // 2] if ranked else -math.inf for ranked in state.ranked]
        losses = [max(pair) for pair in zip(losses, middles, strict=True)]
    violations = np.maximum(np.array(row.excesses, dtype=np.float64), 0.0)
    state.widest = np.fmax(state.widest, np.where(np.isfinite(violations), violations, 0.0))
    parts = np.where(np.isnan(violations), 1.0, np.minimum(violations / np.maximum(state.widest, 1e-300), 1.0))
    return _Offer(x.copy(), tuple(losses), float(parts.sum()))


def _behind(state: AnnealingState, offer: _Offer, present: _Offer, rng: np.random.Generator) -> float:
    """Return by what share of all runs the offer ranks behind the present run, negative if before."""
    if offer.broken != present.broken:
        return (offer.broken - present.broken) / max(offer.broken, present.broken)
    shares = [
        _share(ranked, a) - _share(ranked, b)
        for ranked, a, b in zip(state.ranked, offer.losses, present.losses, strict=True)
    ]
    if len(shares) == 1:
        return shares[0]
    return float(np.array(shares) @ rng.dirichlet(np.ones(len(shares))))


def _share(ranked: list[float], loss: float) -> float:
    return bisect_left(ranked, loss) / max(1, len(ranked))


def _remember(state: AnnealingState, offer: _Offer) -> None:
    """Note the offer where it is the best so far: of all, and of those in which a parameter was active."""
    loss = offer.losses[0]
    if len(offer.losses) > 1:
        loss = math.fsum(_share(ranked, one) for ranked, one in zip(state.ranked, offer.losses, strict=True))
    if (offer.broken, loss) < state.merit:
        state.best, state.merit, state.stale = offer, (offer.broken, loss), 0
    broken, merit = state.merits
    better = ~np.isnan(offer.x) & ((offer.broken < broken) | ((offer.broken == broken) & (loss < merit)))
    state.places[better] = offer.x[better]
    state.merits[:, better] = np.array([[offer.broken], [loss]])

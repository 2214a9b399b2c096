"""What the Gaussian-process sampler believes of the losses: fitted processes, and how much a look is worth.

One loss: log expected improvement (`numerics.acquisition`). Two to four losses: a process for each, and the log of the
expected growth of the hypervolume (`numerics.expected_hypervolume`), measured in bent and standardised losses from a
corner behind the front: a tenth of its extent behind, which fills the front up, or for leaps on two losses behind the
worst of all trials, so that what extends the front counts too (on three, where most of the space extends a front, this
left a larger gap on a sphere). With the near corner alone, the search was seen to stay on the first piece of a front in
five pieces, with the far one alone to crowd at the ends of a front. Of a long front those points count that are spread
over it, as many as can be afforded.

Constraints have processes of their own (`samplers.limits`): a look is worth its improvement on what is feasible by the
chance that all constraints hold, and as long as nothing feasible is known, how much less it breaks them.

More than four losses become one by random weights (`numerics.scalarising`), and so do several, or one with constraints,
where an optimistic bound or a draw from the posterior is asked for instead of an expectation.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, final

import numpy as np

from tunesmith.numerics.acquisition import Both, Bound, Draw, Improvement
from tunesmith.numerics.expected_hypervolume import Growth
from tunesmith.numerics.kernels import Layout
from tunesmith.numerics.pareto import domination_counts, non_dominated, scattered
from tunesmith.samplers.evidence import Sample
from tunesmith.samplers.fitting import YOUNG, fitted
from tunesmith.samplers.limits import Limit, chance, less_broken, measured

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tunesmith.numerics.gaussian_process import Process
    from tunesmith.numerics.mixed_search import Score
    from tunesmith.samplers.evidence import Evidence

__all__ = ["ACQUISITIONS", "Belief", "believe"]

_EVERY = 5  # of an older process one fit in so many starts afresh
_LEAP = 0.5  # standard deviations of the bent losses that a leap aims below the best
_LEAPS = 0.2  # the same in each of several losses, below the front
_FRONT = {2: 80, 3: 50, 4: 20}  # losses -> points of the front whose boxes can be afforded
_TOGETHER = {1: 300, 2: 200, 3: 160, 4: 160}  # processes -> training points of each; half of them are the best
_CROWD = 80  # the same for more than four, of which each is fitted at its own turn only
_BEHIND = 0.1
_KAPPA = 2.0  # deviations of optimism
_DOUBT = 5.0  # deviations of optimism where nothing else promises anything
_HOPELESS = -5.0  # log expected improvement, in standard deviations of the bent losses
ACQUISITIONS = ("ei", "ucb", "thompson")


@final
@dataclass(frozen=True)
class Belief:
    """Fitted processes, one for each loss and each constraint that is modelled.

    Attributes:
        processes: one for each loss, or one for all.
        x: (n, d) the points they were fitted to.
        pending: (w, d) points whose losses are believed to come out as expected.
        acquisition: one of `ACQUISITIONS`.
        limits: a process for each constraint that was broken, where they are modelled.
        feasible: (n,) whether all constraints held.
    """

    processes: tuple[Process, ...]
    x: NDArray[np.float64]
    pending: NDArray[np.float64]
    acquisition: str
    limits: tuple[Limit, ...]
    feasible: NDArray[np.bool_]

    @property
    def measure(self) -> str:
        """What `worth` is called.

        That is log_ei for one loss and log_ehvi for several, log_cei and log_cehvi where constraints weigh on it,
        log_less_broken where only they count, or the acquisition asked for.
        """
        if self.acquisition != "ei":
            return self.acquisition
        if self.limits and not self.feasible.any():
            return "log_less_broken"
        return f"log_{'c' if self.limits else ''}{'ei' if len(self.processes) == 1 else 'ehvi'}"

    @property
    def memo(self) -> list[float]:
        """What the next fit may start from: hyperparameters and powers of each process in turn."""
        every = (*self.processes, *(limit.process for limit in self.limits))
        return [round(value, 4) for process in every for value in (*process.memo(), *process.layout.powers)]

    @cached_property
    def known(self) -> NDArray[np.float64]:
        """(n, d) the points of the evidence, the most promising first."""
        expected = np.stack([process.predict(self.x)[0] for process in self.processes], axis=1)
        order = expected[:, 0] if expected.shape[1] == 1 else domination_counts(expected)
        if not self.limits:
            return self.x[np.argsort(order, kind="stable")]
        order = np.where(self.feasible, order, -chance(self.limits)(self.x))  # the infeasible by their chance
        return self.x[np.lexsort((order, ~self.feasible))]

    def worth(self, rng: np.random.Generator, *, leap: bool) -> Score:
        """Return what a look at a point is worth; an expectation of a leap counts only what is better by a margin.

        With two losses a leap also counts what is worse in some loss than the whole front.
        """
        processes = self._expecting
        if self.acquisition == "ucb":
            return Bound(processes[0], _KAPPA)
        if self.acquisition == "thompson":
            return Draw(processes[0], rng)
        margin = (_LEAP if len(processes) == 1 else _LEAPS) * leap
        if self.measure == "log_less_broken":
            return less_broken(self._limiting, np.vstack([self.x, self.pending]))
        expected = np.stack([process.predict(self._allowed)[0] for process in processes], axis=1)
        gain = self._growth(expected, margin) if len(processes) > 1 else self._improvement(expected, margin)
        return Both(gain, chance(self._limiting)) if self.limits else gain

    def _improvement(self, expected: NDArray[np.float64], margin: float) -> Improvement:
        return Improvement(self._expecting[0], float(expected.min()) - margin)

    def _growth(self, expected: NDArray[np.float64], margin: float) -> Growth:
        """Growth of the front of the expected losses (n, m), by a margin for leaps."""
        front = expected[non_dominated(expected)]
        front = front[scattered(front, _FRONT[expected.shape[1]])]
        extent = np.ptp(front, axis=0)
        far = expected.max(axis=0) + _BEHIND
        near = np.where(extent > 0, front.max(axis=0) + _BEHIND * extent, far)
        return Growth(self._expecting, front - margin, far if margin and expected.shape[1] == 2 else near)

    def worth_among(self, points: NDArray[np.float64], rng: np.random.Generator) -> Score:
        """Return what a look is worth that has to improve on these points (k, d) only; on all if there are none."""
        if self.measure != "log_ei" or not len(points):
            return self.worth(rng, leap=False)
        process = self._expecting[0]
        return Improvement(process, float(process.predict(points)[0].min()))

    def doubt(self, worth: float) -> Score | None:
        """Return what to maximise instead where the best improvement on one loss promises nothing, else None.

        It is a bound of so much optimism that it points to where the process knows least. A young process (fewer than
        `YOUNG` points) is not believed when it says that there is nothing to find.

        Args:
            worth: the highest log expected improvement that was found.
        """
        if self.measure != "log_ei" or worth >= _HOPELESS or len(self.x) + len(self.pending) < YOUNG:
            return None
        return Bound(self._expecting[0], _DOUBT)

    @cached_property
    def _expecting(self) -> tuple[Process, ...]:
        """The processes, with what is pending come out as they expect."""
        if not len(self.pending):
            return self.processes
        return tuple(process.believing(self.pending) for process in self.processes)

    @cached_property
    def _limiting(self) -> tuple[Limit, ...]:
        """The limits, with what is pending come out as they expect."""
        return tuple(limit.believing(self.pending) for limit in self.limits) if len(self.pending) else self.limits

    @property
    def _allowed(self) -> NDArray[np.float64]:
        """(k, d) points that an improvement is measured from: feasible ones, and pending ones that should be."""
        held = np.ones(len(self.pending), dtype=bool)
        for limit in self.limits:
            held &= limit.holds(self.pending)
        known = self.x[self.feasible] if self.feasible.any() else self.x
        return np.vstack([known, self.pending[held]])


def believe(
    evidence: Evidence,
    pending: NDArray[np.float64],
    kinds: NDArray[np.int8],
    memo: tuple[float, ...] | None,
    rng: np.random.Generator,
    acquisition: str,
    *,
    warping: bool,
) -> Belief:
    """Return what the evidence tells, fitted from what the last fit found.

    Args:
        evidence: closed trials, at least one.
        pending: (w, d) points that are being tried.
        kinds: (d,) 0 continuous, 1 ordered, 2 categorical.
        memo: that of the last fit of each process in turn, None before the first.
        rng: draws random starts, and the weights of several losses that become one.
        acquisition: one of `ACQUISITIONS`.
        warping: whether to bend the inputs.
    """
    if acquisition != "ei" or evidence.n_losses > max(_FRONT):
        x, y = evidence.targets(rng, _TOGETHER[1])
        sample = Sample(x, y[:, None], np.empty((len(x), 0)), np.ones(len(x), dtype=bool))
    else:
        sample = evidence.each(_TOGETHER.get(evidence.n_losses + evidence.n_constraints, _CROWD))
    x, limited = sample.x, measured(sample.excesses)
    layout = Layout.of(x, kinds)
    told = [(np.arange(len(x)), y) for y in sample.y.T] + [(one.rows, one.targets) for one in limited]
    parts = np.split(np.array(memo), len(told)) if memo and len(memo) % len(told) == 0 else [None] * len(told)
    turn = (len(evidence) + len(pending)) % _EVERY  # of several processes each has its own turn to be fitted afresh
    fits = []
    for i, ((rows, y), part) in enumerate(zip(told, parts, strict=True)):
        due, rests = turn == i % _EVERY, len(told) > max(_TOGETHER)
        fits.append(fitted(x[rows], y, kinds, layout, part, rng, afresh=due, rests=rests, warping=warping))
    losses = len(told) - len(limited)
    limits = tuple(Limit(process, one.ceiling) for process, one in zip(fits[losses:], limited, strict=True))
    return Belief(tuple(fits[:losses]), x, pending, acquisition, limits, sample.feasible)

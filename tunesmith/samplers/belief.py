"""What the Gaussian-process sampler believes of the losses: fitted processes, and how much a look is worth.

One loss: log expected improvement (`numerics.acquisition`). Two to four losses without constraints: a process for each,
and the log of the expected growth of the hypervolume (`numerics.expected_hypervolume`), measured in bent and
standardised losses from a corner behind the front: a tenth of its extent behind, which fills the front up, or for leaps
on two losses behind the worst of all trials, so that what extends the front counts too (on three, where most of the
space extends a front, this left a larger gap on a sphere). With the near corner alone, the search was
seen to stay on the first piece of a front in five pieces, with the far one alone to crowd at the ends of a front. Of a
long front those points count that are spread over it, as many as can be afforded. More losses, or several with
constraints, become one loss by random weights (`numerics.scalarising`), and so do several where an optimistic bound or
a draw from the posterior is asked for instead of an expectation.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, final

import numpy as np

from tunesmith.numerics.acquisition import Bound, Draw, Improvement
from tunesmith.numerics.expected_hypervolume import Growth
from tunesmith.numerics.gaussian_process import Prior, Process, fit
from tunesmith.numerics.kernels import Layout
from tunesmith.numerics.pareto import domination_counts, non_dominated, scattered

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tunesmith.numerics.mixed_search import Score
    from tunesmith.samplers.evidence import Evidence

__all__ = ["ACQUISITIONS", "Belief", "believe"]

_MOST = 300  # training points; with more, the better half of them are the best and the rest are spread over time
_YOUNG = 30  # up to here each fit also starts at the prior's centre and at a random place
_EVERY = 5  # afterwards one fit in so many does
_OLD = 150  # from here on only those are fitted, to so many trials, and the others take what the last one found
_CALLS = 30
_LEAP = 0.5  # standard deviations of the bent losses that a leap aims below the best
_FRONT = {2: 80, 3: 50, 4: 20}  # losses -> points of the front whose boxes can be afforded
_TOGETHER = {2: 200, 3: 160, 4: 160}  # losses -> training points of each process
_BEHIND = 0.1
_KAPPA = 2.0  # deviations of optimism
_DOUBT = 5.0  # deviations of optimism where nothing else promises anything
_HOPELESS = -5.0  # log expected improvement, in standard deviations of the bent losses
ACQUISITIONS = ("ei", "ucb", "thompson")


@final
@dataclass(frozen=True)
class Belief:
    """Fitted processes, one for each loss that is modelled.

    Attributes:
        processes: one for each loss, or one for all.
        x: (n, d) the points they were fitted to.
        pending: (w, d) points whose losses are believed to come out as expected.
        acquisition: one of `ACQUISITIONS`.
    """

    processes: tuple[Process, ...]
    x: NDArray[np.float64]
    pending: NDArray[np.float64]
    acquisition: str

    @property
    def measure(self) -> str:
        """What `worth` is called: log_ei for one process, log_ehvi for several, or the acquisition asked for."""
        if self.acquisition != "ei":
            return self.acquisition
        return "log_ei" if len(self.processes) == 1 else "log_ehvi"

    @property
    def memo(self) -> list[float]:
        """What the next fit may start from: the hyperparameters of each process in turn."""
        return [round(value, 4) for process in self.processes for value in process.memo()]

    @cached_property
    def known(self) -> NDArray[np.float64]:
        """(n, d) the points of the evidence, the most promising first."""
        expected = np.stack([process.predict(self.x)[0] for process in self.processes], axis=1)
        order = expected[:, 0] if expected.shape[1] == 1 else domination_counts(expected)
        return self.x[np.argsort(order, kind="stable")]

    def worth(self, rng: np.random.Generator, *, leap: bool) -> Score:
        """Return what a look at a point is worth; an expectation of a leap counts only what is better by a margin.

        With two losses a leap also counts what is worse in some loss than the whole front.
        """
        processes = self._expecting
        if self.acquisition == "ucb":
            return Bound(processes[0], _KAPPA)
        if self.acquisition == "thompson":
            return Draw(processes[0], rng)
        seen = np.vstack([self.x, self.pending])
        expected = np.stack([process.predict(seen)[0] for process in processes], axis=1)
        margin = _LEAP * leap
        if len(processes) == 1:
            return Improvement(processes[0], float(expected.min()) - margin)
        front = expected[non_dominated(expected)]
        front = front[scattered(front, _FRONT[len(processes)])]
        extent = np.ptp(front, axis=0)
        far = expected.max(axis=0) + _BEHIND
        near = np.where(extent > 0, front.max(axis=0) + _BEHIND * extent, far)
        return Growth(processes, front - margin, far if leap and len(processes) == 2 else near)

    def worth_among(self, points: NDArray[np.float64], rng: np.random.Generator) -> Score:
        """Return what a look is worth that has to improve on these points (k, d) only; on all if there are none."""
        if self.measure != "log_ei" or not len(points):
            return self.worth(rng, leap=False)
        process = self._expecting[0]
        return Improvement(process, float(process.predict(points)[0].min()))

    def doubt(self, worth: float) -> Score | None:
        """Return what to maximise instead where the best improvement on one loss promises nothing, else None.

        It is a bound of so much optimism that it points to where the process knows least. A young process (fewer than
        `_YOUNG` points) is not believed when it says that there is nothing to find.

        Args:
            worth: the highest log expected improvement that was found.
        """
        if self.measure != "log_ei" or worth >= _HOPELESS or len(self.x) + len(self.pending) < _YOUNG:
            return None
        return Bound(self._expecting[0], _DOUBT)

    @cached_property
    def _expecting(self) -> tuple[Process, ...]:
        """The processes, with what is pending come out as they expect."""
        if not len(self.pending):
            return self.processes
        return tuple(process.believing(self.pending) for process in self.processes)


def believe(
    evidence: Evidence,
    pending: NDArray[np.float64],
    kinds: NDArray[np.int8],
    memo: tuple[float, ...] | None,
    rng: np.random.Generator,
    acquisition: str,
) -> Belief:
    """Return what the evidence tells, fitted from what the last fit found.

    Args:
        evidence: closed trials, at least one.
        pending: (w, d) points that are being tried.
        kinds: (d,) 0 continuous, 1 ordered, 2 categorical.
        memo: hyperparameters of the last fit of each process in turn, None before the first.
        rng: draws random starts, and the weights of several losses that become one.
        acquisition: one of `ACQUISITIONS`.
    """
    several = acquisition == "ei" and evidence.n_constraints == 0 and evidence.n_losses in _FRONT
    x, targets = evidence.each(_TOGETHER[evidence.n_losses]) if several else evidence.targets(rng, _MOST)
    turn = (len(evidence) + len(pending)) % _EVERY  # of several processes each has its own turn to be fitted afresh
    columns = targets.reshape(len(x), -1).T
    parts = np.split(np.array(memo), len(columns)) if memo and len(memo) % len(columns) == 0 else [None] * len(columns)
    pairs = enumerate(zip(columns, parts, strict=True))
    fits = [_fitted(x, y, kinds, part, rng, afresh=turn == i) for i, (y, part) in pairs]
    return Belief(tuple(fits), x, pending, acquisition)


def _fitted(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    kinds: NDArray[np.int8],
    memo: NDArray[np.float64] | None,
    rng: np.random.Generator,
    *,
    afresh: bool,
) -> Process:
    """Fit from the prior's centre, from what the last fit found, and now and then from a random place."""
    prior = Prior()
    width = len(Layout.of(x, kinds).equal_only)
    centre = prior.centre(width)
    starts = [memo] if memo is not None and len(memo) == len(centre) else []
    if len(y) > _OLD:
        if afresh or not starts:
            part = np.sort(rng.choice(len(y), _OLD, replace=False))
            climb = np.array(starts or [centre])
            found = np.array(fit(x[part], y[part], kinds, prior=prior, starts=climb, calls=_CALLS).memo())
            starts = [found] if len(found) == len(centre) else starts or [centre]
        return fit(x, y, kinds, prior=prior, starts=np.array(starts), calls=0)
    if not starts or len(y) < _YOUNG or afresh:
        starts += [centre, centre + 0.7 * prior.spread(width) * rng.normal(size=len(centre))]
    return fit(x, y, kinds, prior=prior, starts=np.array(starts), calls=_CALLS)

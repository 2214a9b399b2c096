"""Which config to take when losses are noisy: the one with the best expected value, and how sure that is.

The best of many noisy values belongs to the luckiest trial. Here a Gaussian process (`numerics.gaussian_process`, as
the sampler fits it, but on ranges as declared: bent losses, Matern-5/2, noise learnt) smooths over all complete and
feasible trials, and the config of lowest posterior expectation among those evaluated is recommended, as in Frazier
(2018, "A tutorial on Bayesian optimization", arXiv 1807.02811). Replicates of a config are rows at the same point, so
the process pools them, and what they differ by tells it of the noise.

Noise counts as found when a process that may have some is likelier, by e^3, than one that has none; where replicates
agree at a value that neither a coarse metric nor a ceiling explains, there is none. A rough loss without replicates
looks noisy to any such test.

    f      the bent loss without noise at a config, normal with the posterior's mean and deviation
    e      the noise of one trial, normal with variance rho v
    b(t)   the loss that bends to t (`numerics.warping`)
    h(f)   = E_e b(f + e), what further trials of the config give on average
    expected = E_f h(f),  deviation = sqrt(V_f h(f)),  noise = sqrt(E_f V_e b(f + e)), by Gauss-Hermite quadrature

h grows with f, so that one config is better than another has the probability P(f_1 < f_2) of two joint normals.

Of many trials the hyperparameters are fitted to 150 spread over time, whatever their losses: choosing by a noisy loss
would keep the lucky ones. Then 300 are taken, half of them those *expected* to be best.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, final

import numpy as np

from tunesmith.core.history import COMPLETE
from tunesmith.errors import InvalidArgumentError, NoCompletedTrialsError
from tunesmith.numerics.gaussian_process import Prior, Process, fit
from tunesmith.numerics.kernels import Layout
from tunesmith.numerics.one_thread import one_thread
from tunesmith.numerics.thinning import thinned
from tunesmith.numerics.warping import Bend, bend

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tunesmith.core.history import History

__all__ = ["Recommendation", "Tuned", "recommend"]

_FIT = 150
_MOST = 300
_CALLS = 40
_NODES = 15
_FOUND = 3.0  # log of how much likelier noise has to be than none
_LOUD, _QUIET = 0.3, 1e-6  # noise ratios that a fit starts from, and that stands for none
_TIES = 0.1  # with a larger share of values that several configs have, the metric is coarse
_EXACT = 0.01  # spread of the log of a noise ratio that is given, not learnt


class Tuned(Protocol):
    """What is asked of a study."""

    @property
    def directions(self) -> Sequence[str]:
        """`minimize` or `maximize`, one an objective."""
        ...

    @property
    def history(self) -> History:
        """All closed runs as columns."""
        ...


@final
@dataclass(frozen=True, slots=True)
class Recommendation:
    """The config of the best expected value, in the unit and direction of the user's value.

    Attributes:
        number: the trial of that config with the best value observed.
        config: the active parameters.
        expected: mean of what further trials of the config would give.
        deviation: standard deviation of that mean, as far as it is known.
        noise: standard deviation of one trial around it; 0 where no noise was found.
        observed: mean of the values of its trials.
        trials: how many it has had.
        best_observed: number of the trial with the best observed value.
        over_observed: probability that it is better than the config of `best_observed`; None where it is that config,
            or where that one has a choice that was removed from the space.
        runner_up: the trial of the config that comes second; None where there is no other.
        over_runner_up: probability that it is better than that one.
        evidence: number of trials that the judgement rests on.
    """

    number: int
    config: Mapping[str, Any]
    expected: float
    deviation: float
    noise: float
    observed: float
    trials: int
    best_observed: int
    over_observed: float | None
    runner_up: int | None
    over_runner_up: float | None
    evidence: int

    @property
    def noisy(self) -> bool:
        """Whether noise was found."""
        return self.noise > 0


@final
@dataclass(frozen=True)
class _Judged:
    """What a process believes, one row a config.

    Attributes:
        process: the process.
        x: (m, d) points of the configs.
        rows: (m,) a trial of each.
        expected: (m,) expected losses.
        deviation: (m,) standard deviations of these.
        noise: (m,) standard deviations of a single trial.
    """

    process: Process
    x: NDArray[np.float64]
    rows: NDArray[np.intp]
    expected: NDArray[np.float64]
    deviation: NDArray[np.float64]
    noise: NDArray[np.float64]

    def better(self, first: int, second: NDArray[np.float64]) -> float:
        """Return the probability that a config is better than the one at a point (d,)."""
        pair = np.stack([self.x[first], second])
        with one_thread():
            mean, _ = self.process.predict(pair)
            (a, between), (_, b) = self.process.covariance(pair)
        apart = math.sqrt(max(2.0 * (a + b - 2.0 * between), 0.0))
        gap = float(mean[1] - mean[0])
        return 0.5 * math.erfc(-gap / apart) if apart > 0 else float(gap > 0) + 0.5 * (gap == 0)


def recommend(study: Tuned) -> Recommendation:
    """Return the config with the best expected value among those that have run, and how sure that is.

    Without replicates a rough loss and a noisy one look alike, and then neither the noise nor the probabilities can be
    trusted: run the configs concerned again (`Study.replicate_trial`).

    Args:
        study: a study with one objective, or anything with its `directions` and `history`.

    Raises:
        InvalidArgumentError: the study has several objectives.
        NoCompletedTrialsError: no trial has completed with a feasible value yet.

    Example: of 60 trials the best gave 0.11, by luck; the recommended config gave 0.31 and is expected at 0.35 +- 0.06.
    """
    if len(study.directions) > 1:
        raise InvalidArgumentError("recommend needs one objective, this study has several; use best_trials")
    history = study.history
    done = history.take((history.states == COMPLETE) & history.feasible)
    if not len(done):
        raise NoCompletedTrialsError("no trial has completed with a feasible value yet: nothing can be recommended")
    sign = -1.0 if study.directions[0] == "maximize" else 1.0
    best = int(np.argmin(done.loss))
    placed = np.flatnonzero(_placed(done))
    judged = _judged(done, placed) if np.isfinite(done.loss[best]) and len(placed) > 1 else None
    return _as_observed(done, best, sign) if judged is None else _as_expected(done, best, judged, sign)


def _as_observed(done: History, best: int, sign: float) -> Recommendation:
    """Return the best trial: without noise each value is what it is."""
    alike = _alike(done, best)
    value, others = float(sign * done.loss[best]), np.where(alike, np.inf, done.loss)
    second = None if alike.all() else int(np.argmin(others))
    return Recommendation(
        number=int(done.numbers[best]),
        config=done.records[best].config,
        expected=value,
        deviation=0.0,
        noise=0.0,
        observed=value if (done.loss[alike] == done.loss[best]).all() else float(sign * done.loss[alike].mean()),
        trials=int(alike.sum()),
        best_observed=int(done.numbers[best]),
        over_observed=None,
        runner_up=None if second is None else int(done.numbers[second]),
        over_runner_up=None if second is None else 1.0 if done.loss[best] < done.loss[second] else 0.5,
        evidence=len(done),
    )


def _as_expected(done: History, best: int, judged: _Judged, sign: float) -> Recommendation:
    """Return the config of the best expected value."""
    order = np.argsort(judged.expected, kind="stable").tolist()
    first, second = order[0], order[1] if len(order) > 1 else None
    alike = _alike(done, int(judged.rows[first]))
    rival = done.x[best] if _placed(done)[best] else None  # it need not be among those that the process was fitted to
    return Recommendation(
        number=int(done.numbers[_lowest(done, alike)]),
        config=done.records[judged.rows[first]].config,
        expected=float(sign * judged.expected[first]),
        deviation=float(judged.deviation[first]),
        noise=float(judged.noise[first]),
        observed=float(sign * done.loss[alike].mean()),
        trials=int(alike.sum()),
        best_observed=int(done.numbers[best]),
        over_observed=None if alike[best] or rival is None else judged.better(first, rival),
        runner_up=None if second is None else int(done.numbers[_lowest(done, _alike(done, judged.rows[second]))]),
        over_runner_up=None if second is None else judged.better(first, judged.x[second]),
        evidence=len(judged.process.targets),
    )


def _alike(done: History, row: int) -> NDArray[np.bool_]:
    """Return (n,) which trials have the config of a row."""
    config = done.records[row].config
    return np.array([other == config for other in done.configs])


def _lowest(done: History, among: NDArray[np.bool_]) -> int:
    """Return the row of the lowest loss among some."""
    return int(np.argmin(np.where(among, done.loss, np.inf)))


def _placed(done: History) -> NDArray[np.bool_]:
    """Return (n,) which trials have a place in the space: all but those of a choice that was removed."""
    names = done.space.encoding.names
    return np.array(
        [
            not any(out and name in row.config for name, out in zip(names, absent, strict=True))
            for row, absent in zip(done.records, np.isnan(done.x).tolist(), strict=True)
        ]
    )


def _judged(done: History, placed: NDArray[np.intp]) -> _Judged | None:
    """Return what a process believes of the configs at some rows; None where no noise is found."""
    x, kinds = done.x[placed], done.space.encoding.kinds
    if not x.shape[1]:  # nothing varies: all have the same place
        x, kinds = np.zeros((len(x), 1)), np.zeros(1, dtype=np.int8)
    config = np.unique(np.nan_to_num(x, nan=-9.0), axis=0, return_inverse=True)[1].ravel()
    y, back = bend(done.loss[placed])
    if np.ptp(y) == 0 or _repeated_exactly(y, config):
        return None
    with one_thread():
        part = np.unique(np.linspace(0, len(y) - 1, _FIT).astype(np.intp))
        process = _noisy(x[part], y[part], kinds)
        if process is None:
            return None
        rows = np.arange(len(y))
        if len(y) > len(part):
            rows = thinned(np.argsort(process.predict(x)[0], kind="stable"), _MOST, over_time=True)
            process = _of_more(process, x[rows], y[rows], kinds)
        rows = rows[np.unique(config[rows], return_index=True)[1]]
        mean, deviation = process.predict(x[rows])
    noise = math.sqrt(process.noise * process.variance)
    return _Judged(process, x[rows], placed[rows], *_moments(mean, deviation, noise, back))


def _repeated_exactly(y: NDArray[np.float64], config: NDArray[np.intp]) -> bool:
    """Whether replicates prove that there is no noise: none differ, and some agree where nothing but that explains it.

    Two trials may also agree because a coarse metric has few values, or at the worst of all, where failures end.
    """
    order = np.argsort(config, kind="stable")
    same = np.diff(config[order]) == 0
    if not same.any() or np.diff(y[order])[same].any():
        return False
    values, configs = np.unique(y[np.unique(config, return_index=True)[1]], return_counts=True)
    if (configs > 1).sum() > _TIES * len(values):
        return False
    alone = values[(configs == 1) & (values < y.max())]
    return bool(np.isin(y[order][1:][same], alone).any())


def _noisy(x: NDArray[np.float64], y: NDArray[np.float64], kinds: NDArray[np.int8]) -> Process | None:
    """Return the likeliest process with noise; None where one without explains the losses as well."""
    prior, still = Prior(), Prior(noise=_QUIET, noise_spread=_EXACT)
    starts = _starts(x, kinds)
    noisy = fit(x, y, kinds, prior=prior, starts=starts, calls=_CALLS)
    starts[1] = noisy.memo()
    starts[:, -2] = math.log(_QUIET)
    quiet = fit(x, y, kinds, prior=still, starts=starts, calls=_CALLS)
    return noisy if quiet.loss - noisy.loss > _FOUND else None


def _of_more(process: Process, x: NDArray[np.float64], y: NDArray[np.float64], kinds: NDArray[np.int8]) -> Process:
    """Return a process of other trials with the same hyperparameters; searched anew where other columns are absent."""
    starts, calls = np.array([process.memo()]), 0
    fresh = _starts(x, kinds)
    if fresh.shape[1] != starts.shape[1]:
        starts, calls = fresh, _CALLS
    return fit(x, y, kinds, starts=starts, calls=calls)


def _starts(x: NDArray[np.float64], kinds: NDArray[np.int8]) -> NDArray[np.float64]:
    """Return hyperparameters (2, k + 2) to climb from: the prior's centre, and the same with much noise."""
    centre = Prior().centre(len(Layout.of(x, kinds).equal_only))
    starts = np.stack([centre, centre])
    starts[1, -2] = math.log(_LOUD)
    return starts


def _moments(
    mean: NDArray[np.float64], deviation: NDArray[np.float64], noise: float, back: Bend
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return expected losses, their deviations and the noise, all (m,), of bent means and deviations (m,)."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    weights = weights / weights.sum()
    f = mean[:, None] + deviation[:, None] * nodes
    losses = replace(back, exponent=0).back(f[:, :, None] + noise * nodes)
    h = losses @ weights
    expected = h @ weights
    doubt = _root_mean_square((h - expected[:, None])[:, None], weights)[:, 0]
    scatter = _root_mean_square(_root_mean_square(losses - h[:, :, None], weights)[:, None], weights)[:, 0]
    return np.ldexp(expected, back.exponent), np.ldexp(doubt, back.exponent), np.ldexp(scatter, back.exponent)


def _root_mean_square(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weighted root mean square over the last axis; no square of a tiny number is lost."""
    largest = np.abs(values).max(axis=-1, keepdims=True)
    scaled = values / np.where(largest > 0, largest, 1.0)
    result: NDArray[np.float64] = largest[..., 0] * np.sqrt(np.square(scaled) @ weights)
    return result

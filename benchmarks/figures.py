"""Statistics of regret: means, ranks, ratios and their bootstrap intervals. Arrays in, numbers out."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.records import curve

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from benchmarks.records import Record

FLOOR = 1e-3
"""Mean regrets below this count as this in a ratio, so that one solved problem doesn't decide a geometric mean."""

RESAMPLES = 2_000

Regrets = dict[str, dict[str, "NDArray[np.float64]"]]
"""Optimiser -> problem -> clipped regret at one number of trials, one value per seed."""


@dataclass(frozen=True)
class Interval:
    """An estimate with its bootstrap interval (2.5% and 97.5%); `low` and `high` are NaN for a single draw."""

    value: float
    low: float
    high: float


def regrets_at(records: Iterable[Record], trials: int) -> Regrets:
    """Return the regrets after `trials` trials, clipped at 1.

    A seed that was run twice (as 50 and as 100 trials) counts once, the longer run. Of the shorter runs, those that had
    reached the optimum could be told too, as no later trial can come below it; but beside others that had not, that
    would keep the lucky and drop the rest, so they count only where no run of the optimiser on the problem is dropped.
    """
    runs: dict[tuple[str, str, int], NDArray[np.float64]] = {}
    for record in records:
        if record["kind"] == "regret":
            values = curve(record)
            place = (record["optimiser"], record["problem"], record["seed"])
            if place not in runs or len(values) > len(runs[place]):
                runs[place] = values
    grouped: dict[str, dict[str, list[NDArray[np.float64]]]] = defaultdict(lambda: defaultdict(list))
    for (optimiser, problem, _), values in sorted(runs.items(), key=lambda item: item[0]):
        grouped[optimiser][problem].append(values)
    told = {o: {p: told_at(curves, trials) for p, curves in problems.items()} for o, problems in grouped.items()}
    kept = {o: {p: values for p, values in problems.items() if len(values)} for o, problems in told.items()}
    return {o: problems for o, problems in kept.items() if problems}


def told_at(curves: list[NDArray[np.float64]], trials: int) -> NDArray[np.float64]:
    """Return the clipped regrets at `trials` of those runs of one optimiser on one problem that can be told."""
    long = [values for values in curves if len(values) >= trials]
    solved = [values for values in curves if 0 < len(values) < trials and values[-1] <= 0.0]
    if len(long) + len(solved) == len(curves):
        long = [values if len(values) >= trials else np.pad(values, (0, trials - len(values))) for values in curves]
    return np.minimum(1.0, np.array([values[trials - 1] for values in long]))


def means(per_problem: dict[str, NDArray[np.float64]], problems: Iterable[str]) -> NDArray[np.float64]:
    """Return the mean over seeds on each of the problems, shape (problems,)."""
    return np.array([per_problem[problem].mean() for problem in problems])


def resample(
    per_problem: dict[str, NDArray[np.float64]], problems: list[str], rng: np.random.Generator, seeds: int | None = None
) -> NDArray[np.float64]:
    """Return `RESAMPLES` draws of the means over seeds, shape (RESAMPLES, problems): seeds drawn with replacement.

    As many as there are, or as many as one says.
    """
    columns = []
    for problem in problems:
        values = per_problem[problem]
        picks = rng.integers(len(values), size=(RESAMPLES, seeds or len(values)))
        columns.append(values[picks].mean(axis=1))
    return np.stack(columns, axis=1)


def interval(value: float, draws: NDArray[np.float64], *, varied: bool) -> Interval:
    """Return the percentile interval of bootstrap draws, or none where nothing varied."""
    if not varied:
        return Interval(value, float("nan"), float("nan"))
    low, high = np.quantile(draws, [0.025, 0.975])
    return Interval(value, float(low), float(high))


def mean_regret(per_problem: dict[str, NDArray[np.float64]], problems: list[str], seed: int = 0) -> Interval:
    """Return the mean over problems of the mean regret over seeds; the interval is over seeds."""
    draws = resample(per_problem, problems, np.random.default_rng(seed)).mean(axis=1)
    varied = max(len(per_problem[problem]) for problem in problems) > 1
    return interval(float(means(per_problem, problems).mean()), draws, varied=varied)


def geometric_ratio(mine: NDArray[np.float64], theirs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the geometric mean over the last axis of mine / theirs, both floored at `FLOOR`."""
    ratio: NDArray[np.float64] = np.exp(
        (np.log(np.maximum(mine, FLOOR)) - np.log(np.maximum(theirs, FLOOR))).mean(axis=-1)
    )
    return ratio


def regret_ratio(
    mine: dict[str, NDArray[np.float64]], theirs: dict[str, NDArray[np.float64]], problems: list[str], seed: int = 0
) -> Interval:
    """Return the ratio of mean regrets against a reference; the interval is over the seeds of both."""
    rng = np.random.default_rng(seed)
    value = float(geometric_ratio(means(mine, problems), means(theirs, problems)))
    if mine is theirs:
        return Interval(value, value, value)
    draws = geometric_ratio(resample(mine, problems, rng), resample(theirs, problems, rng))
    varied = max(len(mine[problem]) for problem in problems) > 1
    return interval(value, draws, varied=varied)


def ratio_of_few(
    mine: dict[str, NDArray[np.float64]],
    theirs: dict[str, NDArray[np.float64]],
    problems: list[str],
    seeds: int,
    seed: int = 0,
) -> Interval:
    """Return the ratio that only so many of my seeds would show: the median and the interval over such draws.

    The reference keeps all its seeds. It is what to compare with the ratio of somebody who has so few.
    """
    draws = geometric_ratio(resample(mine, problems, np.random.default_rng(seed), seeds), means(theirs, problems))
    return interval(float(np.median(draws)), draws, varied=True)


def wins(
    mine: dict[str, NDArray[np.float64]], theirs: dict[str, NDArray[np.float64]], problems: list[str]
) -> tuple[int, int]:
    """Return on how many problems the mean regret is better and worse than the reference's."""
    difference = means(mine, problems) - means(theirs, problems)
    return int((difference < -1e-12).sum()), int((difference > 1e-12).sum())


def ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ranks from 1 down each column of (optimisers, problems), lowest first; ties share their mean rank."""
    below = (values[:, None, :] > values[None, :, :] + 1e-12).sum(axis=1)
    equal = (np.abs(values[:, None, :] - values[None, :, :]) <= 1e-12).sum(axis=1)
    shared: NDArray[np.float64] = below + (equal + 1) / 2
    return shared


def mean_ranks(regrets: Regrets, optimisers: list[str], problems: list[str], seed: int = 0) -> dict[str, Interval]:
    """Return each optimiser's mean rank of mean regret; the interval is over problems, drawn with replacement."""
    table = ranks(np.stack([means(regrets[optimiser], problems) for optimiser in optimisers]))
    picks = np.random.default_rng(seed).integers(len(problems), size=(RESAMPLES, len(problems)))
    draws = table[:, picks].mean(axis=2)
    return {
        optimiser: interval(float(table[row].mean()), draws[row], varied=len(problems) > 1)
        for row, optimiser in enumerate(optimisers)
    }

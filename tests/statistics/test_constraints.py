"""Constraints that are known only after a trial: the Gaussian-process sampler against random search, seed by seed."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from tests.statistics.searches import zdt1
from tunesmith.core.protocols import Problem
from tunesmith.numerics.pareto import hypervolume
from tunesmith.samplers import GP, Random
from tunesmith.seeding import stream
from tunesmith.space import Float, Space
from tunesmith.testing.book import Book

pytestmark = pytest.mark.statistics

ALPHA = 1e-3
SEEDS = 8


def searched(make, evaluate, d: int, n: int, losses: int, bounds: int, seed: int) -> Book:
    """Return the book of n trials on d numbers in [0, 1]; `evaluate` returns losses and excesses."""
    space = Space({f"x{i}": Float(0.0, 1.0) for i in range(d)})
    names = tuple(f"c{i}" for i in range(bounds))
    book = Book.of(Problem(space, n_losses=losses, constraints=names, seed=seed))
    sampler = make()
    state = sampler.init(book.problem)
    for i in range(n):
        number = book.begin(sampler.ask(state, (), stream(seed, i, "ask")))
        found, excesses = evaluate(np.array(list(book.trials[number].params.values())))
        book.close(number, found, excesses=excesses)
        state = sampler.tell(state, book.history(i))
    return book


def gramacy(x):
    """Gramacy et al. (2016, Technometrics 58:1): x + y below two curves; the lowest feasible value is 0.5998."""
    wave = 0.5 * math.sin(2 * math.pi * (x[0] ** 2 - 2 * x[1]))
    return (x[0] + x[1],), (1.5 - x[0] - 2 * x[1] - wave, x[0] ** 2 + x[1] ** 2 - 1.5)


def test_finds_the_best_feasible_point_between_two_curves() -> None:
    # 35 trials, seeds 0 to 7
    def best(make, seed: int) -> float:
        history = searched(make, gramacy, 2, 35, 1, 2, seed).history()
        return float(history.loss[history.feasible].min())

    model, random = ([best(make, seed) for seed in range(SEEDS)] for make in (GP, Random))
    assert max(model) < 0.605
    assert mannwhitneyu(model, random, alternative="less").pvalue < ALPHA


def test_finds_its_way_into_a_hundredth_of_the_space_and_to_the_best_there() -> None:
    # four numbers within 0.16 of a corner's neighbourhood, loss falling towards the outside: 40 trials, seeds 0 to 7
    def small(x):
        return (-float(x.sum()),), (float(np.abs(x - 0.7).max()) - 0.16,)

    for seed in range(SEEDS):
        history = searched(GP, small, 4, 40, 1, 1, seed).history()
        assert history.feasible.any(), seed
        assert history.loss[history.feasible].min() < -3.15, seed  # the best is -3.44


def test_fills_the_feasible_part_of_a_front() -> None:
    # the middle of ZDT1's front, 0.3 to 0.7 in the first loss; 50 trials, seeds 0 to 7
    def cut(x):
        return zdt1(x), (abs(x[0] - 0.5) - 0.2,)

    def volume(make, seed: int) -> float:
        history = searched(make, cut, 4, 50, 2, 1, seed).history()
        inside = history.losses[history.feasible]
        return hypervolume(inside, np.array([0.71, 1.5])) if len(inside) else 0.0

    first = np.linspace(0.3, 0.7, 2001)
    whole = hypervolume(np.stack([first, 1 - np.sqrt(first)], axis=1), np.array([0.71, 1.5]))
    model, random = ([volume(make, seed) for seed in range(SEEDS)] for make in (GP, Random))
    assert min(model) > 0.94 * whole
    assert max(random) < min(model)

"""What the statistics of the samplers share: bests and hypervolumes seed by seed, and named problems."""

from __future__ import annotations

import math

import numpy as np

from tunesmith.core.protocols import Problem
from tunesmith.numerics.pareto import hypervolume
from tunesmith.seeding import stream
from tunesmith.space import Categorical, Float, Int, Space
from tunesmith.testing.book import Book
from tunesmith.testing.problems import Case
from tunesmith.testing.samplers import Traits, drive


def bests_of(make, one: Case, n: int, workers: int = 1, *, seeds: int, repeats: bool = False) -> list[float]:
    """Return the least loss of n trials for each of the seeds 0, 1, ..."""
    found = []
    for seed in range(seeds):
        book = drive(make(), one, n, Traits(repeats=repeats), workers=workers, seed=seed)
        found.append(min(one.loss(trial.params) for trial in book.trials))
    return found


def nested(config) -> float:
    """Two models with parameters of their own; the better one needs its own optimum, 0 at svm, c = 10, width = 3."""
    if config["model"] == "svm":
        return (math.log10(config["c"]) - 1) ** 2 + 0.1 * abs(config["width"] - 3)
    return 0.5 + (config["depth"] - 6) ** 2 / 40 + abs(math.log10(config["rate"]) + 1) / 4


NESTED = Case(
    "nested",
    Space(
        model=Categorical("tree", "svm"),
        depth=Int(1, 12, when={"model": "tree"}),
        rate=Float(1e-4, 1.0, log=True, when={"model": "tree"}),
        c=Float(1e-3, 1e3, log=True, when={"model": "svm"}),
        width=Int(1, 9, when={"model": "svm"}),
    ),
    nested,
)


def volumes(make, evaluate, d: int, reference: tuple[float, ...], n: int) -> list[float]:
    """Return the hypervolume below the reference of n trials on d numbers in [0, 1], for the seeds 0 to 7."""
    found = []
    for seed in range(8):
        book = Book.of(Problem(Space({f"x{i}": Float(0.0, 1.0) for i in range(d)}), n_losses=len(reference), seed=seed))
        sampler = make()
        state = sampler.init(book.problem)
        for i in range(n):
            number = book.begin(sampler.ask(state, (), stream(seed, i, "ask")))
            book.close(number, tuple(evaluate(np.array(list(book.trials[number].params.values())))))
            state = sampler.tell(state, book.history(i))
        found.append(hypervolume(book.history().losses, np.array(reference)))
    return found


def zdt1(x):
    """Zitzler, Deb and Thiele (2000): two losses, the front is f2 = 1 - sqrt(f1)."""
    g = 1 + 9 * x[1:].mean()
    return x[0], g * (1 - math.sqrt(x[0] / g))


def dtlz2(x):
    """Deb, Thiele, Laumanns and Zitzler (2002): three losses, the front is an eighth of the unit sphere."""
    g, (a, b) = np.square(x[2:] - 0.5).sum(), x[:2] * math.pi / 2
    return (1 + g) * np.array([math.cos(a) * math.cos(b), math.cos(a) * math.sin(b), math.sin(a)])

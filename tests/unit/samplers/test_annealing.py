"""The chain of simulated annealing by hand: levels, acceptance, moves, restarts, constraints."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import cauchy, kstest

from tunesmith.core.protocols import Problem, Proposal
from tunesmith.errors import InvalidArgumentError
from tunesmith.samplers import Annealing
from tunesmith.seeding import stream
from tunesmith.space import Categorical, Float, Int, Ordinal, Space
from tunesmith.testing.book import Book

LINE = Space(x=Float(0.0, 1.0))


def line(*losses: float, seed: int = 0, **problem) -> Book:
    """One run for each loss, at x = 0.00, 0.01, 0.02, ..."""
    book = Book.of(Problem(LINE, seed=seed, **problem))
    for i, loss in enumerate(losses):
        book.add({"x": i / 100}, loss)
    return book


def told(book: Book, **settings):
    sampler = Annealing(**settings)
    return sampler.tell(sampler.init(book.problem), book.history())


@pytest.mark.parametrize(
    ("settings", "levels"),
    [
        ({"cooling": "fast", "half": 4.0}, [1.0, 4 / 5, 4 / 6, 4 / 7, 4 / 8]),
        ({"cooling": "geometric", "half": 2.0}, [1.0, 2**-0.5, 2**-1.0, 2**-1.5, 2**-2.0]),
        ({"cooling": "linear", "length": 10}, [0.8, 0.7, 0.6, 0.5, 0.4]),  # counts the start too
        # 1 success, 3 failures: exp(.4 - .3), never above 1
        ({"cooling": "adaptive"}, [1.0, 1.0, math.exp(-0.1), math.exp(-0.2), math.exp(-0.3)]),
    ],
)
def test_the_level_falls_as_by_hand(settings, levels) -> None:
    # two runs at the start, then one better and three worse
    losses = (2.0, 2.0, 1.0, 9.0, 9.0, 9.0)
    found = [told(line(*losses[:n]), startup=2, **settings).level for n in range(2, 7)]
    assert found == pytest.approx(levels)


def test_linear_cooling_takes_its_end_from_the_plan_or_asks_for_one() -> None:
    assert told(line(1.0, 2.0, n_trials=8), cooling="linear").level == 0.75
    with pytest.raises(InvalidArgumentError, match="length"):
        Annealing(cooling="linear").init(Problem(LINE))


def test_a_worse_run_is_accepted_as_often_as_metropolis_says() -> None:
    # losses 9 .. 0 and then 1.5: of eleven runs, two are better than it and none than the present one, so it
    # falls 2 / 11 behind; at temperature 0.1 and level 1 / (1 + 8 / 8) the chance is exp(-40 / 11); 1,000 seeds
    book = line(9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0, 0.0, 1.5)
    for temperature, chance in ((0.1, math.exp(-40 / 11)), (0.5, math.exp(-8 / 11))):
        accepted = 0
        for seed in range(1000):
            book.problem = Problem(LINE, seed=seed)
            state = told(book, startup=2, temperature=temperature, half=8.0)
            accepted += state.present.losses == (1.5,)
        assert accepted / 1000 == pytest.approx(chance, abs=4 * math.sqrt(chance / 1000))


def test_equal_and_better_runs_are_always_accepted_and_failures_never() -> None:
    assert told(line(3.0, 3.0)).present.x[0] == 0.01
    assert told(line(3.0, 2.0, 1.0)).present.x[0] == 0.02
    for seed in range(50):
        state = told(line(3.0, math.nan, math.inf, seed=seed), startup=1, temperature=1.0)
        assert state.present.losses == (3.0,)


def test_a_chain_without_progress_is_warmed_up_at_the_best_half_as_warm() -> None:
    losses = [5.0, 1.0] + [2.0 + i for i in range(31)]
    before, after = told(line(*losses[:-1])), told(line(*losses))
    assert (before.chain, after.chain) == (0, 1)
    assert after.present.losses == (1.0,)
    assert (after.t, after.level) == (0, 0.5)
    assert told(line(*losses), restarts=False).chain == 0


def test_steps_are_cauchy_and_folded_back() -> None:
    # two runs, so level 1 and reach 0.5; 3,000 moves from x = 0; folded at 0 and 1, their distribution is known
    space = Space(x=Float(0.0, 1.0))
    book = Book.of(Problem(space))
    book.add({"x": 0.0}, 0.0)
    sampler = Annealing(startup=1)
    state = sampler.tell(sampler.init(book.problem), book.history())
    found = [sampler.ask(state, (), stream(5, path)).config["x"] for path in range(3000)]

    def folded(x: np.ndarray) -> np.ndarray:
        turns = 2.0 * np.arange(-1000, 2001)[:, None]
        return (cauchy.cdf((turns + x) / 0.5) - cauchy.cdf((turns - x) / 0.5)).sum(axis=0)

    assert kstest(found, folded).pvalue > 1e-3


def test_every_move_changes_something_and_what_becomes_active_takes_its_best_place() -> None:
    space = Space(
        kind=Categorical("a", "b"),
        x=Float(0.0, 1.0, when={"kind": "a"}),
        n=Int(1, 9, when={"kind": "b"}),
        size=Ordinal("s", "m", "l"),
    )
    book = Book.of(Problem(space))
    book.add({"kind": "b", "n": 3, "size": "m"}, 5.0)
    book.add({"kind": "b", "n": 7, "size": "m"}, 4.0)  # the best of its branch
    book.add({"kind": "b", "n": 1, "size": "m"}, 6.0)
    best = {"kind": "a", "x": 0.25, "size": "s"}
    book.add(best, 1.0)
    for _ in range(28):
        book.add({"kind": "a", "x": 0.9, "size": "l"}, 9.0)
    sampler = Annealing(startup=1, temperature=1e-9)
    state = sampler.tell(sampler.init(book.problem), book.history())
    moved = [sampler.ask(state, (), stream(1, path)).config for path in range(300)]
    assert best not in moved
    woken = [config["n"] for config in moved if config["kind"] == "b"]
    assert woken
    assert set(woken) == {7}
    assert {config["size"] for config in moved} == {"s", "m", "l"}


def test_who_breaks_less_is_better_whatever_the_losses() -> None:
    book = Book.of(Problem(LINE, constraints=("size", "time")))
    for x, loss, broken in (
        (0.1, 0.0, (4.0, 0.0)),
        (0.2, 5.0, (1.0, 0.0)),
        (0.3, 9.0, (0.0, 0.0)),
        (0.4, 1.0, (2.0, 0.0)),
    ):
        book.close(book.begin(Proposal({"x": x}, "kit")), loss, excesses=broken)
    state = told(book, startup=1)
    assert state.present.x[0] == 0.3
    assert state.merit == (0.0, 9.0)


def test_two_losses_lead_along_the_front() -> None:
    # (x^2, (x - 1)^2): each x is on the front, so the chain should visit both halves; seed 3
    problem = Problem(LINE, n_losses=2, seed=3)
    book, sampler = Book.of(problem), Annealing()
    state = sampler.init(problem)
    for i in range(150):
        number = book.begin(sampler.ask(state, (), stream(3, i)))
        x = book.trials[number].params["x"]
        book.close(number, (x * x, (x - 1) ** 2))
        state = sampler.tell(state, book.history(i))
    late = np.array([trial.params["x"] for trial in book.trials[50:]])
    assert np.mean(late < 0.5) > 0.1
    assert np.mean(late > 0.5) > 0.1


@pytest.mark.parametrize("state", ["pruned", "paused"])
def test_a_low_loss_after_few_steps_is_no_triumph(state: str) -> None:
    book = line(3.0, 2.0, 1.0)
    book.add({"x": 0.9}, -5.0, state)
    assert told(book).merit == (0.0, 1.0)


@pytest.mark.parametrize(
    "settings",
    [
        {"cooling": "slow"},
        {"temperature": 0.0},
        {"reach": 1.5},
        {"half": -1.0},
        {"startup": 0},
        {"length": True},
        {"startup": 2.5},
    ],
)
def test_wrong_settings_are_named(settings) -> None:
    name, value = next(iter(settings.items()))
    with pytest.raises(InvalidArgumentError, match=f"{name}={value!r}"):
        Annealing(**settings)

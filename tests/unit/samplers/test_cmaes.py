"""What CMA-ES does with tells in any order, cells, conditions and restarts; its reference is the package itself."""

from __future__ import annotations

import math

import numpy as np
import pytest
from cmaes import CMA

from tunesmith.core.protocols import Problem, Proposal
from tunesmith.errors import InvalidArgumentError
from tunesmith.samplers import CMAES
from tunesmith.seeding import stream
from tunesmith.space import Categorical, Float, Int, Space
from tunesmith.testing.book import Book
from tunesmith.testing.problems import Case
from tunesmith.testing.samplers import Traits, drive

SPACE = Space(x=Float(0.0, 1.0), y=Float(0.0, 1.0), z=Float(0.0, 1.0))


def bowl(config) -> float:
    return math.fsum((i + 1) * (value - 0.4) ** 2 for i, value in enumerate(config.values()))


def state_of(book: Book, sampler=None):
    sampler = sampler or CMAES()
    return sampler.tell(sampler.init(book.problem), book.history())


def test_the_distribution_is_that_of_the_package_when_told_in_order() -> None:
    book = drive(CMAES(surrogate=False), Case("bowl", SPACE, bowl), 28, Traits())
    reference = CMA(np.full(3, 0.5), 1 / 6, population_size=7)
    x = SPACE.encoding.encode([trial.params for trial in book.trials])
    for start in range(0, 28, 7):
        losses = [bowl(trial.params) for trial in book.trials[start : start + 7]]
        ranks = np.argsort(np.argsort(losses))
        reference.tell([(point, float(rank)) for point, rank in zip(x[start : start + 7], ranks, strict=True)])
    ours = state_of(book).cma
    assert ours.generation == 4
    np.testing.assert_allclose(ours.mean, reference.mean, rtol=1e-9)
    np.testing.assert_allclose(ours._cma._C, reference._C, rtol=1e-9)
    assert ours._cma._sigma == pytest.approx(reference._sigma, rel=1e-9)


def test_the_population_is_that_of_the_tutorial() -> None:
    # 4 + floor(3 ln k), eq. 48: k = 1, 2, 3, 5, 10, 40
    for k, size in ((1, 4), (2, 6), (3, 7), (5, 8), (10, 10), (40, 15)):
        problem = Problem(Space({f"x{i}": Float(0.0, 1.0) for i in range(k)}))
        assert CMAES().init(problem).cma.population_size == size


def test_a_stranger_far_away_moves_the_mean_no_further_than_its_clipped_length() -> None:
    # k = 3: length at most sqrt(3) + 6 / 5 = 2.932 steps of 1/6; the corner is sqrt(3) / 2 away, 5.196 of them
    book = Book.of(Problem(SPACE))
    for _ in range(6):
        book.add({"x": 0.5, "y": 0.5, "z": 0.5}, 1.0)
    book.add({"x": 1.0, "y": 1.0, "z": 1.0}, 0.0)
    told = state_of(book)
    weights = np.log(4.0) - np.log([1, 2, 3])
    step = (math.sqrt(3) + 6 / 5) / 6 / math.sqrt(3)  # of each coordinate
    np.testing.assert_allclose(told.cma.mean, 0.5 + step * weights[0] / weights.sum(), rtol=1e-9)


def test_late_runs_of_an_earlier_generation_count_in_the_present_one() -> None:
    sampler, book = CMAES(population=4), Book.of(Problem(SPACE))
    state = sampler.init(book.problem)
    for path in range(6):  # six workers, four runs a generation
        book.begin(sampler.ask(state, book.pending(), stream(1, path)))
    for number in (5, 0, 3, 1):
        book.close(number, bowl(book.trials[number].params))
    state = sampler.tell(state, book.history())
    assert (state.cma.generation, len(state.generation)) == (1, 0)
    for number in (4, 2):
        book.close(number, bowl(book.trials[number].params))
    state = sampler.tell(state, book.history(4))
    assert (state.cma.generation, len(state.generation)) == (1, 2)
    again = sampler.tell(sampler.init(book.problem), book.history())
    np.testing.assert_array_equal(again.cma.mean, state.cma.mean)


def test_inside_a_cell_the_place_comes_back_from_the_memo() -> None:
    space = Space(x=Float(0.0, 1.0), n=Int(1, 4))
    sampler, book = CMAES(), Book.of(Problem(space))
    proposal = sampler.ask(sampler.init(book.problem), (), stream(3))
    assert isinstance(proposal, Proposal)
    book.close(book.begin(proposal), 1.0)
    told = state_of(book).generation[0]
    assert told.v[1] == proposal.memo["cmaes"]["at"][0]
    assert told.v[1] != space.encoding.encode([proposal.config])[0, 1]


def test_no_integer_is_lost_when_the_distribution_is_narrow() -> None:
    # the loss pulls n to 2 for 400 trials; with margin 1 / (k lambda) = 1/12 its neighbours are still drawn at times
    space = Space(x=Float(0.0, 1.0), n=Int(1, 4))
    one = Case("pull", space, lambda c: abs(c["n"] - 2) + (c["x"] - 0.3) ** 2)
    book = drive(CMAES(restarts="none", surrogate=False), one, 400, Traits())
    late = [trial.params["n"] for trial in book.trials[300:]]
    assert 60 <= late.count(2) < 100


def test_categories_follow_the_better_half_and_are_named() -> None:
    space = Space(x=Float(0.0, 1.0), kind=Categorical("a", "b", "c", "d"))
    one = Case("kinds", space, lambda c: "abcd".index(c["kind"]) + c["x"])
    book = drive(CMAES(), one, 120, Traits())
    late = [trial.params["kind"] for trial in book.trials[80:]]
    assert late.count("a") >= 25  # by even draws 10 of 40
    assert all(trial.reasons["drawn"] == ["kind"] for trial in book.trials)


def test_restarts_begin_elsewhere_and_larger() -> None:
    one = Case("bowl", SPACE, bowl)
    for restarts, count in (("ipop", 1), ("bipop", 1), ("none", 0)):
        book = drive(CMAES(restarts=restarts, surrogate=False), one, 1500, Traits(), seed=2)
        found = max(trial.reasons["restart"] for trial in book.trials)
        assert (found >= count) is True
        assert (found > 0) is (count > 0)
    state = state_of(
        drive(CMAES(restarts="ipop", surrogate=False), one, 1500, Traits(), seed=2), CMAES(restarts="ipop")
    )
    assert state.cma.population_size == 7 * 2**state.restart


def test_the_surrogate_steps_to_the_bottom_of_a_bowl_once_a_generation() -> None:
    # three generations of 7 give it 21 runs, enough for the 10 coefficients of a full quadratic form
    book = drive(CMAES(), Case("bowl", SPACE, bowl), 50, Traits())
    ways = [trial.reasons["way"] for trial in book.trials]
    assert ways[:7] == ["draw"] * 7
    assert [i % 7 for i, way in enumerate(ways) if way == "bottom of the surrogate"].count(0) >= 3
    assert all(i % 7 == 0 for i, way in enumerate(ways) if way == "bottom of the surrogate")
    assert min(bowl(trial.params) for trial in book.trials) < 1e-8


def test_an_edited_space_is_told_as_foreign_points() -> None:
    book = drive(CMAES(), Case("bowl", SPACE, bowl), 5, Traits())
    wider = Book.of(Problem(Space(x=Float(0.0, 2.0), y=Float(0.0, 1.0), n=Int(1, 5), z=Float(0.0, 1.0))))
    for trial in book.trials:
        wider.close(wider.begin(Proposal(dict(trial.params), "cmaes", memo=trial.memo)), bowl(trial.params))
    told = state_of(wider).generation
    np.testing.assert_allclose([one.v[0] for one in told], [trial.params["x"] / 2 for trial in book.trials])
    assert all(one.v[2] == 0.5 for one in told)  # n is unknown: the mean


@pytest.mark.parametrize(
    "settings", [{"population": 3}, {"population": True}, {"sigma": 0.0}, {"sigma": 2}, {"restarts": "often"}]
)
def test_wrong_settings_are_named(settings) -> None:
    name, value = next(iter(settings.items()))
    with pytest.raises(InvalidArgumentError, match=f"{name}={value!r}"):
        CMAES(**settings)

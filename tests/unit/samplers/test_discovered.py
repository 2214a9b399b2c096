"""Parameters met in define-by-run: where the objective would not ask for them, none is proposed."""

from __future__ import annotations

import numpy as np
import pytest

from tunesmith.core.protocols import Problem, Proposal
from tunesmith.samplers import GP, Auto
from tunesmith.samplers.discovered import Discovered
from tunesmith.seeding import stream
from tunesmith.space import Categorical, Float, Int, Space
from tunesmith.testing.book import Book

SPACE = Space(
    x=Float(0.0, 1.0, optional=True),
    m=Categorical("a", "b", optional=True),
    k=Int(1, 4, optional=True),
    deep=Float(0.0, 1.0, optional=True),
)


def told(space: Space, configs: list[dict]) -> Discovered:
    discovered = Discovered.of(space)
    for x in space.encoding.encode(configs):
        discovered.tell(x)
    return discovered


def kept(discovered: Discovered, space: Space, config: dict) -> set[str]:
    point = discovered.apply(space.encoding.encode([config]))
    return set(space.encoding.decode(point)[0])


def test_a_branch_by_hand() -> None:
    # k is asked for when m is a, deep when k is 4
    discovered = told(
        SPACE,
        [
            {"x": 0.1, "m": "a", "k": 1},
            {"x": 0.9, "m": "b"},
            {"x": 0.4, "m": "a", "k": 4, "deep": 0.5},
            {"x": 0.6, "m": "b"},
        ],
    )
    full = {"x": 0.3, "m": "a", "k": 4, "deep": 0.2}
    assert kept(discovered, SPACE, full) == {"x", "m", "k", "deep"}
    assert kept(discovered, SPACE, {**full, "k": 1}) == {"x", "m", "k"}
    assert kept(discovered, SPACE, {**full, "m": "b"}) == {"x", "m"}  # and so deep goes with k
    assert kept(discovered, SPACE, {**full, "k": 2}) == {"x", "m", "k", "deep"}  # never seen: nothing is believed


def test_nothing_is_believed_without_trials_and_of_what_was_always_there() -> None:
    full = {"x": 0.3, "m": "b", "k": 4, "deep": 0.2}
    assert kept(Discovered.of(SPACE), SPACE, full) == set(full)
    assert kept(told(SPACE, [full] * 5), SPACE, full) == set(full)
    declared = Space(m=Categorical("a", "b"), k=Int(1, 4, when={"m": "a"}))
    assert kept(told(declared, [{"m": "b"}] * 5), declared, {"m": "b"}) == {"m"}


def test_a_wrong_belief_is_given_up_at_the_first_contradiction() -> None:
    trials = [{"x": 0.1, "m": "b"}, {"x": 0.2, "m": "a", "k": 2}]
    full = {"x": 0.5, "m": "b", "k": 3}
    assert kept(told(SPACE, trials), SPACE, full) == {"x", "m"}
    assert kept(told(SPACE, [*trials, {"x": 0.3, "m": "b", "k": 1}]), SPACE, full) == set(full)


def test_two_conditions_at_once_need_three_sightings() -> None:
    # k is asked for only when m is a and n is 2: no single column decides
    space = Space(m=Categorical("a", "b", optional=True), n=Int(1, 2, optional=True), k=Int(1, 4, optional=True))
    trials = [{"m": "a", "n": 2, "k": 1}, {"m": "a", "n": 1}, {"m": "b", "n": 2}, {"m": "b", "n": 1}]
    full = {"m": "b", "n": 2, "k": 3}
    assert kept(told(space, trials), space, full) == set(full)
    assert kept(told(space, [*trials, {"m": "b", "n": 2}]), space, full) == {"m", "n"}


def test_a_column_of_many_values_does_not_decide_when_one_of_few_does() -> None:
    space = Space(n=Int(1, 60, optional=True), m=Categorical("a", "b", optional=True), k=Int(1, 4, optional=True))
    trials = [{"n": n, "m": "ab"[n % 2], **({"k": 1} if n % 2 == 0 else {})} for n in range(1, 12)]
    discovered = told(space, trials)
    assert kept(discovered, space, {"n": 1, "m": "a", "k": 2}) == {"n", "m", "k"}  # n = 1 was seen only with b
    assert kept(discovered, space, {"n": 50, "m": "b", "k": 2}) == {"n", "m"}


def test_the_trials_own_points_stay_as_they_are() -> None:
    x = SPACE.encoding.encode([{"x": 0.1, "m": "b"}, {"x": 0.1, "m": "a", "k": 1}])
    discovered = told(SPACE, [{"x": 0.1, "m": "b"}, {"x": 0.1, "m": "a", "k": 1}])
    before = x.copy()
    assert np.array_equal(discovered.apply(x), before, equal_nan=True)
    full = SPACE.encoding.encode([{"x": 0.1, "m": "b", "k": 1}])
    discovered.apply(full)
    assert not np.isnan(full[0, 2])  # no argument is changed


def run(sampler, space: Space, objective, n: int) -> list[dict]:
    """A study whose objective asks for some names only: the others are dropped, missing ones drawn."""
    book = Book.of(Problem(space, seed=1))
    state = sampler.init(book.problem)
    while len(book.trials) < n:
        found = sampler.ask(state, (), stream(1, len(book.trials)))
        if not isinstance(found, Proposal):
            break
        drawn = space.sample(stream(2, len(book.trials)))
        config, loss = objective({**drawn, **found.config})
        book.close(book.begin(Proposal(config, found.by, memo=found.memo)), loss)
        state = sampler.tell(state, book.history(len(book.trials) - 1))
    return [dict(trial.params) for trial in book.trials]


def branching(full: dict) -> tuple[dict, float]:
    """Return the config that was asked for and its loss: k under a only."""
    names = ("x", "m", "k") if full["m"] == "a" else ("x", "m")
    loss = full["x"] ** 2 + (full["k"] if full["m"] == "a" else 2.0)
    return {name: full[name] for name in names}, loss


@pytest.mark.parametrize(("branches", "even"), [(False, 4), (True, 12)])
def test_only_where_a_parameter_was_absent_is_the_even_start_longer(branches: bool, even: int) -> None:
    space = Space(x=Float(0.0, 1.0, optional=True), y=Float(0.0, 1.0, optional=True))
    sampler, book = GP(), Book.of(Problem(space))
    state = sampler.init(book.problem)
    for number in range(14):
        found = sampler.ask(state, (), stream(1, number))
        assert isinstance(found, Proposal)
        assert found.by == ("sobol" if number < even else "gp")
        full = {**space.sample(stream(2, number)), **found.config}
        asked = {"x": full["x"]} if branches and full["x"] < 0.5 else full
        book.close(book.begin(Proposal(asked, found.by, memo=found.memo)), full["x"])
        state = sampler.tell(state, book.history(number))


@pytest.mark.parametrize("sampler", [GP(), Auto()], ids=["GP", "Auto"])
def test_the_model_leaves_a_branch_where_what_it_varies_is_never_asked_for(sampler) -> None:
    space = SPACE.without("deep")
    found = run(sampler, space, branching, 20)
    assert min(branching(config)[1] for config in found if "k" in config) < 1.01
    texts = [str(config) for config in found]
    assert len(set(texts)) >= 19, "configs came back under the name of new ones"


def test_a_finite_discovered_space_ends_with_the_configs_that_are_asked_for() -> None:
    space = Space(m=Categorical("a", "b", "c", optional=True), k=Int(1, 4, optional=True))

    def objective(full: dict) -> tuple[dict, float]:
        return ({"m": "a", "k": full["k"]}, float(full["k"])) if full["m"] == "a" else ({"m": full["m"]}, 2.0)

    found = run(Auto(startup=4), space, objective, 40)
    assert {str(config) for config in found} == {str({"m": "a", "k": k}) for k in range(1, 5)} | {
        str({"m": "b"}),
        str({"m": "c"}),
    }
    assert len(found) <= 10  # six configs, and the start, which could not know better


def test_the_start_stays_short_where_a_trial_broke_off_or_a_plain_parameter_came_later() -> None:
    optional = Space(x=Float(0.0, 1.0, optional=True), y=Float(0.0, 1.0, optional=True))
    plain = Space(x=Float(0.0, 1.0), y=Float(0.0, 1.0))
    for space, state in ((optional, "failed"), (plain, "complete")):
        book = Book.of(Problem(space))
        for number in range(5):
            config = {"x": number / 5} if number == 2 else {"x": number / 5, "y": 0.5}
            book.add(config, float(number), state if number == 2 else "complete")
        found = GP().ask(GP().tell(GP().init(book.problem), book.history()), (), stream(1, 5))
        assert isinstance(found, Proposal)
        assert found.by == "gp"

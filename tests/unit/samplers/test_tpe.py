"""What the Parzen estimator believes of constraints, pending, pruned and failed trials, hints and branches."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tunesmith.core.protocols import Exhausted, Problem, Proposal
from tunesmith.errors import InvalidArgumentError
from tunesmith.samplers import TPE
from tunesmith.seeding import stream
from tunesmith.space import Categorical, Float, Int, Near, Space
from tunesmith.testing.book import Book
from tunesmith.testing.problems import Case
from tunesmith.testing.samplers import Traits, drive

SPACE = Space(x=Float(0.0, 1.0))
EVEN = np.linspace(0.0, 1.0, 21).tolist()


def proposals(book: Book, n: int = 1, seeds: int = 1, sampler: TPE | None = None) -> list[dict[str, Any]]:
    """Return the configs of n asks in a row, the earlier ones pending, for each of some seeds."""
    sampler = sampler or TPE()
    state = sampler.tell(sampler.init(book.problem), book.history())
    found = []
    for seed in range(seeds):
        before = book.pending()
        for path in range(n):
            proposal = sampler.ask(state, [*before, *book.pending()[len(before) :]], stream(seed, path))
            assert isinstance(proposal, Proposal)
            assert proposal.by == "tpe"
            book.begin(proposal)
            found.append(dict(proposal.config))
        for number in list(book.running)[len(before) :]:
            del book.running[number]
    return found


@pytest.mark.parametrize("argument", ["startup", "candidates"])
@pytest.mark.parametrize("value", [0, 1.5, True, "ten"])
def test_settings_are_whole_numbers(argument: str, value: object) -> None:
    with pytest.raises(InvalidArgumentError, match=f"{argument} as a whole number >= 1, got {argument}={value!r}"):
        TPE(**{argument: value})


def test_the_start_is_an_even_spread_and_half_of_hints() -> None:
    plain = drive(TPE(startup=6), Case("plain", SPACE, lambda c: c["x"]), 8, Traits())
    assert [trial.by for trial in plain.trials] == ["sobol"] * 6 + ["tpe"] * 2
    hinted = Space(x=Float(0.0, 1.0, prior=Near(0.8, 20)))
    book = drive(TPE(startup=6), Case("hinted", hinted, lambda c: c["x"]), 6, Traits())
    assert [trial.by for trial in book.trials] == ["sobol", "prior"] * 3
    assert all(abs(trial.params["x"] - 0.8) < 0.25 for trial in book.trials[1::2])


def test_a_hint_pulls_where_losses_say_nothing() -> None:
    # losses drawn at random, 60 studies of 12 trials; of even draws 45 in 100 lie within .25 of the hint
    for place in (0.3, 0.7):
        near = []
        for seed in range(60):
            book = Book.of(Problem(Space(x=Float(0.0, 1.0, prior=Near(place, 10)))))
            for x, loss in stream(seed).random((12, 2)).tolist():
                book.add({"x": x}, loss)
            near.append(abs(proposals(book)[0]["x"] - place) < 0.25)
        assert np.mean(near) > 0.65, (place, np.mean(near))


def test_proposals_lie_where_the_losses_are_low() -> None:
    # 21 even trials of (x - .3)^2; seeds 0 to 29: a draw at random lies within .15 in three of ten cases
    book = Book.of(Problem(SPACE))
    for x in EVEN:
        book.add({"x": x}, (x - 0.3) ** 2)
    assert np.mean([abs(config["x"] - 0.3) < 0.15 for config in proposals(book, seeds=30)]) > 0.9


def test_a_constraint_keeps_it_from_the_lowest_loss() -> None:
    for bound in (0.3, 0.55):
        book = Book.of(Problem(SPACE, constraints=("size",)))
        for x in EVEN:
            number = book.begin(Proposal({"x": x}, "kit"))
            book.close(number, -x, excesses=(max(0.0, x - bound),))
        assert np.mean([bound - 0.25 < c["x"] < bound + 0.05 for c in proposals(book, seeds=20)]) > 0.8


@pytest.mark.parametrize("state", ["pruned", "paused", "failed"])
def test_short_and_failed_runs_are_no_triumph(state: str) -> None:
    book = Book.of(Problem(SPACE))
    for x in EVEN:
        other = x > 0.6
        loss = math.nan if state == "failed" else -5.0
        book.add({"x": x}, loss if other else (x - 0.3) ** 2, state if other else "complete")
    assert np.mean([abs(config["x"] - 0.3) < 0.2 for config in proposals(book, seeds=20)]) > 0.8


def test_a_paused_trial_that_goes_on_counts_once_and_anew() -> None:
    book = Book.of(Problem(SPACE))
    for x in EVEN:
        number = book.begin(Proposal({"x": x}, "kit"), budget=1.0)
        book.close(number, (x - 0.8) ** 2, "paused")
    for number, x in enumerate(EVEN):
        book.resume(number, 9.0)
        book.close(number, (x - 0.2) ** 2)
    sampler = TPE()
    state = sampler.tell(sampler.init(book.problem), book.history())
    assert len(state.groups.all[0].ranked) == len(EVEN)
    assert np.mean([abs(config["x"] - 0.2) < 0.2 for config in proposals(book, seeds=20)]) > 0.8


def test_what_is_pending_is_kept_away_from() -> None:
    # mean distance of six proposals, each made with the others pending and each made alone; seeds 0 to 9
    space = Space(x=Float(0.0, 1.0), y=Float(0.0, 1.0))
    book = Book.of(Problem(space))
    for config in space.sample_many(stream(1), 30):
        book.add(config, (config["x"] - 0.4) ** 2 + (config["y"] - 0.6) ** 2)

    def spread(n: int, seeds: int) -> float:
        found = np.array([[c["x"], c["y"]] for c in proposals(book, n, seeds)])
        found = found.reshape(-1, 6, 2)
        gaps = np.linalg.norm(found[:, :, None] - found[:, None], axis=-1)
        return float(gaps.sum() / 30 / len(found))

    assert spread(6, 10) > 1.1 * spread(1, 60)


def test_a_branch_is_searched_by_its_own_losses() -> None:
    # every trial of the branch "b" is worse than every one of "a"; within "b" the best is at .8 all the same
    space = Space(
        kind=Categorical("a", "b"), u=Float(0.0, 1.0, when={"kind": "a"}), v=Float(0.0, 1.0, when={"kind": "b"})
    )
    book = Book.of(Problem(space))
    for x in EVEN:
        book.add({"kind": "a", "u": x}, (x - 0.3) ** 2)
        book.add({"kind": "b", "v": x}, 5 + (x - 0.8) ** 2)
    found = proposals(book, seeds=200)
    u, v = ([config[name] for config in found if name in config] for name in "uv")
    assert len(u) > len(v) > 0
    assert np.mean(np.abs(np.array(u) - 0.3) < 0.2) > 0.8
    assert np.mean(np.abs(np.array(v) - 0.8) < 0.2) > 0.8


def test_a_finite_space_is_proposed_to_its_end_and_never_twice() -> None:
    space = Space(a=Int(1, 6), b=Categorical(*"pqrs"), c=Int(1, 4, log=True))
    one = Case("table", space, lambda c: c["a"] + c["c"] + (c["b"] == "q"))
    book = drive(TPE(), one, 200, Traits())
    assert len(book.trials) == 96
    assert len({str(trial.params) for trial in book.trials}) == 96
    assert {trial.by for trial in book.trials} == {"sobol", "tpe"}
    state = TPE().tell(TPE().init(book.problem), book.history())
    assert isinstance(TPE().ask(state, [], stream(0)), Exhausted)


@pytest.mark.parametrize("d", [1, 2, 40])
@pytest.mark.parametrize("kind", ["float", "choices", "constant"])
def test_few_and_many_parameters_of_any_kind(d: int, kind: str) -> None:
    domain = {"float": Float(0.0, 1.0), "choices": Categorical(*range(1000)), "constant": Int(4, 4)}[kind]
    one = Case("here", Space({f"p{i}": domain for i in range(d)}), lambda c: float(sum(c.values())))
    book = drive(TPE(startup=5), one, 12, Traits())
    assert len(book.trials) == (1 if kind == "constant" else 12)


def test_several_losses_are_followed_along_the_front() -> None:
    # the front of x^2 and (x - 1)^2 is all of [0, 1] of the range [-2, 3]; 60 trials, the last 30; seed 0
    space = Space(x=Float(-2.0, 3.0))
    book = Book.of(Problem(space, n_losses=2))
    sampler = TPE()
    state = sampler.init(book.problem)
    for number in range(60):
        proposal = sampler.ask(state, [], stream(0, number))
        assert isinstance(proposal, Proposal)
        x = proposal.config["x"]
        book.close(book.begin(proposal), (x**2, (x - 1) ** 2))
        state = sampler.tell(state, book.history(number))
    late = np.array([trial.params["x"] for trial in book.trials[30:]])
    assert np.mean((late > -0.2) & (late < 1.2)) > 0.8  # of random draws 3 in 10
    assert late.min() < 0.35
    assert late.max() > 0.65


def test_an_ask_takes_as_many_kernels_among_many_trials_as_among_few() -> None:
    sizes = []
    for n in (400, 4000):
        book = Book.of(Problem(SPACE))
        for x in stream(n).random(n).tolist():
            book.add({"x": x}, x)
        state = TPE().tell(TPE().init(book.problem), book.history())
        ranked = state.groups.all[0].ranked
        split = ranked.split(25, 64, 64, stream(0))
        sizes.append((len(split.better), len(split.worse), split.weights.sum() + 25 == n))
        assert abs(proposals(book)[0]["x"]) < 0.2
    assert sizes[0] == sizes[1] == (25, 128, True)

"""What the forest believes of categories, branches, pending and failed trials, seen in what it proposes."""

from __future__ import annotations

import json
import math
import sys
from typing import Any

import numpy as np
import pytest

from tunesmith.core.protocols import Exhausted, Problem, Proposal
from tunesmith.errors import InvalidArgumentError, MissingExtraError
from tunesmith.samplers import Forest, describe, make_sampler
from tunesmith.seeding import stream
from tunesmith.space import Categorical, Float, Int, Space
from tunesmith.testing.book import Book
from tunesmith.testing.problems import Case
from tunesmith.testing.samplers import Traits, drive

LINE = Space(x=Float(0.0, 1.0))


def proposals(book: Book, n: int = 1, seed: int = 0, *, steps: int = 0) -> list[Proposal]:
    """Return the next n proposals, each asked for while the ones before are pending."""
    sampler = Forest()
    state = sampler.tell(sampler.init(book.problem), book.history())
    found = []
    for path in range(steps, steps + n):
        proposal = sampler.ask(state, book.pending(), stream(seed, path))
        assert isinstance(proposal, Proposal)
        assert proposal.by == "forest"
        book.begin(proposal)
        found.append(proposal)
    return found


def line(loss, n: int = 13, state=lambda _: "complete", **settings: Any) -> Book:
    book = Book.of(Problem(LINE, **settings))
    for x in np.linspace(0.0, 1.0, n).tolist():
        book.add({"x": x}, loss(x), state(x))
    return book


def test_it_looks_between_the_best_ones() -> None:
    found = [proposals(line(lambda x: (x - 0.3) ** 2), seed=seed)[0].config["x"] for seed in range(5)]
    assert all(0.15 < x < 0.45 for x in found), found


def test_good_categories_are_put_together() -> None:
    # each of 4 parameters has one good choice of 5; a random config has 0.8 good ones on average, and one in 36 has
    # more than two. Seeds 0 to 8
    space = Space({f"c{i}": Categorical(*"abcde") for i in range(4)})
    book = Book.of(Problem(space))
    for config in space.sample_many(stream(4, "known"), 40):
        book.add(config, -float(sum(value == "c" for value in config.values())))
    found = [sum(v == "c" for v in proposals(book, seed=seed)[0].config.values()) for seed in range(9)]
    assert np.mean(found) > 2.0, found


def test_what_is_pending_counts_as_known() -> None:
    # mean distance of four proposals made at once; seeds 0 to 4
    space, spreads = Space(x=Float(0.0, 1.0), y=Float(0.0, 1.0)), []
    for seed in range(5):
        book = Book.of(Problem(space, seed=seed))
        for config in space.sample_many(stream(seed, "known"), 12):
            book.add(config, math.sin(9 * config["x"]) + math.cos(7 * config["y"]))
        found = np.array([[p.config["x"], p.config["y"]] for p in proposals(book, 4, seed)])
        spreads.append(np.linalg.norm(found[:, None] - found, axis=-1)[np.triu_indices(4, 1)].mean())
    assert np.median(spreads) > 0.03, spreads


def test_failures_short_runs_and_constraints_are_minded() -> None:
    failed = line(lambda x: math.nan if x > 0.6 else -x, state=lambda x: "failed" if x > 0.6 else "complete")
    assert 0.4 < proposals(failed)[0].config["x"] < 0.75
    short = line(lambda x: -5.0 if x > 0.7 else (x - 0.3) ** 2, state=lambda x: "pruned" if x > 0.7 else "complete")
    assert abs(proposals(short)[0].config["x"] - 0.3) < 0.15
    bound = Book.of(Problem(LINE, constraints=("size",)))
    for x in np.linspace(0.0, 1.0, 13).tolist():
        bound.close(bound.begin(Proposal({"x": x}, "kit")), -x, excesses=(max(0.0, x - 0.5),))
    assert 0.3 < proposals(bound)[0].config["x"] < 0.6


def test_one_look_in_four_goes_aside_into_another_branch_and_says_so() -> None:
    space = Space(
        model=Categorical("tree", "svm"),
        depth=Float(0.0, 1.0, when={"model": "tree"}),
        c=Float(0.0, 1.0, when={"model": "svm"}),
    )
    book = Book.of(Problem(space))
    for u in np.linspace(0.05, 0.95, 8).tolist():
        book.add({"model": "tree", "depth": u}, 0.5 + (u - 0.5) ** 2 / 100)
    for u in (0.1, 0.9, 0.7, 0.3):
        book.add({"model": "svm", "c": u}, 2.0 + 9.0 * (u - 0.5) ** 2)
    found = proposals(book, 8)
    aside = [proposal for proposal in found if "aside" in proposal.reasons]
    assert [proposal.config["model"] for proposal in aside] == ["svm", "svm"]
    assert {proposal.config["model"] for proposal in found if proposal not in aside} == {"tree"}


def test_a_thousand_choices_and_forty_parameters_are_borne() -> None:
    thousand = Case("here", Space(c=Categorical(*(f"c{i}" for i in range(1000)))), lambda c: float(c["c"][1:]))
    assert len({trial.params["c"] for trial in drive(Forest(), thousand, 20, Traits()).trials}) == 20
    forty = Space({f"x{i}": Float(0.0, 1.0) if i % 2 else Categorical(*"abc") for i in range(40)})
    wide = Case("here", forty, lambda c: c["x1"] + (c["x0"] != "b"))
    book = drive(Forest(trees=20), wide, 12, Traits())
    assert {trial.by for trial in book.trials} == {"sobol", "forest"}


def test_equal_losses_and_constants_are_borne() -> None:
    constant = Space(x=Float(2.0, 2.0), n=Int(1, 3))
    assert len(drive(Forest(startup=1), Case("here", constant, lambda _: 1.0), 9, Traits()).trials) == 3
    flat = drive(Forest(), Case("here", LINE, lambda _: 1.0), 14, Traits())
    assert len({trial.params["x"] for trial in flat.trials}) == 14


def test_a_finite_space_is_gone_through_once() -> None:
    space = Space(a=Categorical("x", "y", "z"), b=Int(1, 4), rules=["b > 1 or a != 'x'"])
    book = drive(Forest(startup=4), Case("here", space, lambda c: c["b"]), 50, Traits(), workers=3)
    assert len(book.trials) == len(list(space.configs())) == 11
    state = Forest().tell(Forest().init(book.problem), book.history())
    assert isinstance(Forest().ask(state, (), stream(0)), Exhausted)


def test_the_forest_does_not_grow_without_end() -> None:
    book, rng = Book.of(Problem(LINE)), stream(8)
    for x in rng.random(900).tolist():
        book.add({"x": x}, abs(x - 0.6))
    proposal = proposals(book)[0]
    assert proposal.reasons["evidence"] == 400
    assert abs(proposal.config["x"] - 0.6) < 0.05


def test_settings_travel_and_wrong_ones_are_refused() -> None:
    sampler = Forest(startup=5, trees=30)
    assert make_sampler(**json.loads(json.dumps(describe(sampler)))) == sampler
    for settings in ({"startup": 0}, {"trees": 2.5}, {"trees": True}):
        with pytest.raises(InvalidArgumentError, match=f"Forest needs {next(iter(settings))}"):
            Forest(**settings)


def test_without_scikit_learn_it_can_be_named_but_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.tree", None)
    with pytest.raises(MissingExtraError, match=r"tunesmith\[sklearn\]"):
        Forest().init(Problem(LINE))

"""What the Gaussian process believes of constraints, pending, pruned and failed trials, seen in what it proposes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tunesmith.core.protocols import Problem, Proposal
from tunesmith.errors import InvalidArgumentError
from tunesmith.numerics.gaussian_process import Process, fit
from tunesmith.samplers import GP, Auto
from tunesmith.seeding import stream
from tunesmith.space import Categorical, Float, Space
from tunesmith.testing.book import Book

SPACE = Space(x=Float(0.0, 1.0))
EVEN = np.linspace(0.0, 1.0, 9)


def proposals(book: Book, n: int = 1, seed: int = 0) -> list[dict[str, float]]:
    """Return the next n configs, each asked for while the ones before are pending."""
    sampler = GP(startup=6)
    state = sampler.tell(sampler.init(book.problem), book.history())
    found = []
    for path in range(n):
        proposal = sampler.ask(state, book.pending(), stream(seed, path))
        assert isinstance(proposal, Proposal)
        assert proposal.by == "gp"
        book.begin(proposal)
        found.append(proposal.config)
    return found


def constrained(bound: float | None) -> Book:
    """Nine even trials of a loss that falls towards x = 1, where x above the bound is infeasible."""
    book = Book.of(Problem(SPACE, constraints=() if bound is None else ("size",)))
    for x in EVEN.tolist():
        number = book.begin(Proposal({"x": x}, "kit"))
        book.close(number, -x, excesses=() if bound is None else (x - bound,))
    return book


def test_a_constraint_keeps_it_from_the_lowest_loss() -> None:
    assert proposals(constrained(None))[0]["x"] > 0.8
    for bound in (0.3, 0.55):
        assert 0.1 < proposals(constrained(bound))[0]["x"] < bound + 0.12


def test_what_is_pending_counts_as_known() -> None:
    # mean distance of four proposals made at once, eight rough trials; seeds 0 to 4. A model that knows only that a
    # pending config must not come twice stays within 0.02
    space, spreads = Space(x=Float(0.0, 1.0), y=Float(0.0, 1.0)), []
    for seed in range(5):
        book = Book.of(Problem(space, seed=seed))
        for config in space.sample_many(stream(seed, "known"), 8):
            book.add(config, math.sin(9 * config["x"]) + math.cos(7 * config["y"]))
        found = np.array([[config["x"], config["y"]] for config in proposals(book, 4, seed)])
        spreads.append(np.linalg.norm(found[:, None] - found, axis=-1)[np.triu_indices(4, 1)].mean())
    assert np.median(spreads) > 0.06, spreads


@pytest.mark.parametrize("state", ["pruned", "paused"])
def test_a_low_loss_after_few_steps_is_no_triumph(state: str) -> None:
    book = Book.of(Problem(SPACE))
    for x in EVEN.tolist():
        short = x > 0.7
        book.add({"x": x}, -5.0 if short else (x - 0.3) ** 2, state if short else "complete")
    assert abs(proposals(book)[0]["x"] - 0.3) < 0.15


def test_failures_are_left_behind() -> None:
    book = Book.of(Problem(SPACE))
    for x in EVEN.tolist():
        failed = x > 0.6
        book.add({"x": x}, math.nan if failed else -x, "failed" if failed else "complete")
    assert 0.4 < proposals(book)[0]["x"] < 0.75


def test_climbs_end_on_the_edge_and_wide_looks_stay_inside() -> None:
    # losses fall towards a corner: of four proposals in a row, the second is a wide look
    book = Book.of(Problem(Space({f"x{i}": Float(0.0, 1.0) for i in range(4)})))
    while len(book.trials) < 12:
        config = book.problem.space.sample(stream(5, len(book.trials)))
        book.add(config, sum(config.values()))
    edges, state, told = [], GP().init(book.problem), 0
    for _ in range(4):
        state, told = GP().tell(state, book.history(told)), len(book.columns.rows)
        found = GP().ask(state, (), stream(6, told))
        assert found.by == "gp"
        edges.append(min(found.config.values()) == 0.0)
        book.close(book.begin(found), sum(found.config.values()))
    assert edges[0]
    assert not edges[1]
    assert edges[2]


@pytest.mark.parametrize("count", [31, 35])
def test_a_leap_without_promise_looks_where_nothing_is_known(count: int) -> None:
    # the basin at 0.2 is known to its floor: a leap below it is hopeless, and between 0.4 and 1 nobody looked
    book = Book.of(Problem(SPACE))
    for x in [*np.linspace(0.0, 0.4, count - 1).tolist(), 1.0]:
        book.add({"x": x}, (x - 0.2) ** 2)
    state = GP().tell(GP().init(book.problem), book.history())
    far = GP().ask(state, (), stream(0, 0))
    assert far.by == "gp"
    assert "doubt" in far.reasons
    assert 0.6 < far.config["x"] < 0.8
    book.close(book.begin(far), (far.config["x"] - 0.2) ** 2)
    state = GP().tell(state, book.history(count))
    climb = GP().ask(state, (), stream(0, 1))  # the next one goes on polishing
    assert "log_ei" in climb.reasons
    assert abs(climb.config["x"] - 0.2) < 0.1


def test_a_young_process_is_not_believed_when_it_sees_no_hope() -> None:
    book = Book.of(Problem(SPACE))
    for x in [*np.linspace(0.0, 0.4, 26).tolist(), 1.0]:
        book.add({"x": x}, (x - 0.2) ** 2)
    state = GP().tell(GP().init(book.problem), book.history())
    leap = GP().ask(state, (), stream(0, 0))
    assert isinstance(leap, Proposal)
    assert leap.reasons["log_ei"] < -5


def test_leaps_look_into_branches_that_were_never_tried_or_seem_hopeless() -> None:
    space = Space(
        model=Categorical("tree", "svm", "net"),
        depth=Float(0.0, 1.0, when={"model": "tree"}),
        c=Float(0.0, 1.0, when={"model": "svm"}),
        rate=Float(0.0, 1.0, when={"model": "net"}),
    )
    book = Book.of(Problem(space))
    for u in np.linspace(0.0, 0.9, 13).tolist():
        book.add({"model": "tree", "depth": u}, 0.5 + (u - 0.5) ** 2 / 100)
    for u in (0.1, 0.9):
        book.add({"model": "svm", "c": u}, 9.0 * (u - 0.5) ** 2 + 2.0)
    first = GP().ask(GP().tell(GP().init(book.problem), book.history()), (), stream(3, 0))
    assert isinstance(first, Proposal)
    assert first.config["rate"] not in (0.0, 1.0)  # a look into an untried branch is not climbed to its edge
    held = Book.of(Problem(space))
    for row in book.columns.rows:
        held.add(dict(row.config), float(row.losses[0]))
    waiting = [held.begin(Proposal({"model": "net", "rate": rate}, "kit")) for rate in (0.1, 0.4, 0.6, 0.9)]
    pending = GP().ask(GP().tell(GP().init(book.problem), held.history()), held.pending(), stream(3, 0))
    assert len(waiting) == 4  # 19 closed or pending: a leap again, and the branch is being tried
    assert isinstance(pending, Proposal)
    assert "aside" not in pending.reasons
    sampler, looks = GP(), []
    state, told = sampler.init(book.problem), 0
    for turn in range(33):  # the first is a leap, as 15 trials are closed, and so is every fourth
        state, told = sampler.tell(state, book.history(told)), len(book.columns.rows)
        found = sampler.ask(state, (), stream(3, turn))
        assert isinstance(found, Proposal)
        looks.append(found)
        close = {"tree": 0.5, "svm": 2.0, "net": 2.0}[found.config["model"]]
        book.close(
            book.begin(found), close + (next(v for k, v in found.config.items() if k != "model") - 0.5) ** 2 / 100
        )
    assert looks[0].config["model"] == "net"
    assert looks[0].reasons["aside"] == "model"
    assert any(look.reasons.get("aside") and look.config["model"] == "svm" for look in looks[20::4])


@pytest.mark.parametrize(
    ("losses", "constraints", "measure", "parts"),
    [
        (1, (), "log_ei", 1),
        (2, (), "log_ehvi", 2),
        (4, (), "log_ehvi", 4),
        (5, (), "log_ei", 1),
        (1, (0.3,), "log_cei", 2),
        (1, (2.0,), "log_ei", 1),  # never broken
        (1, (-1.0,), "log_less_broken", 2),  # never kept
        (1, (-math.inf,), "log_ei", 1),  # never kept, and nobody knows by how much
        (1, (0.3, 0.4, 2.0), "log_cei", 3),
        (2, (0.3,), "log_cehvi", 3),
        (4, (0.3,), "log_cehvi", 5),
        (5, (0.3,), "log_ei", 1),
        (1, (0.3,) * 13, "log_cei", 2),
    ],
)
def test_a_process_for_each_of_a_few_losses_and_for_constraints(losses, constraints, measure, parts) -> None:
    # one parameter has a length, a noise ratio, a share and a power: four numbers to remember for each process
    names = tuple(f"c{i}" for i in range(len(constraints)))
    book = Book.of(Problem(SPACE, n_losses=losses, constraints=names))
    for x in EVEN.tolist():
        number = book.begin(Proposal({"x": x}, "kit"))
        book.close(
            number, tuple((x - k / 4) ** 2 for k in range(losses)), excesses=[x - bound for bound in constraints]
        )
    sampler = GP(startup=6)
    state = sampler.tell(sampler.init(book.problem), book.history())
    proposal = sampler.ask(state, (), stream(0, 0))
    assert isinstance(proposal, Proposal)
    assert measure in proposal.reasons
    assert len(proposal.memo["gp"]) == 4 * parts


def test_two_losses_are_looked_for_between_their_optima() -> None:
    # (x - 0.3)² and (x - 0.6)²: everything between 0.3 and 0.6 is on the front, nothing else is
    book = Book.of(Problem(SPACE, n_losses=2))
    for x in EVEN.tolist():
        number = book.begin(Proposal({"x": x}, "kit"))
        book.close(number, ((x - 0.3) ** 2, (x - 0.6) ** 2))
    found = [config["x"] for config in proposals(book, 6)]
    assert sum(0.28 < x < 0.62 for x in found) >= 4, found
    assert np.ptp(found) > 0.1, found


def test_a_trial_that_failed_is_worse_in_each_loss() -> None:
    book = Book.of(Problem(SPACE, n_losses=2))
    for x in EVEN.tolist():
        number = book.begin(Proposal({"x": x}, "kit"))
        book.close(number, ((x, 1 - x) if x < 0.5 else (math.nan, math.nan)))
    assert all(config["x"] < 0.6 for config in proposals(book, 3))


@pytest.mark.parametrize("acquisition", ["ei", "ucb", "thompson"])
def test_the_acquisition_is_told_and_an_unknown_one_refused(acquisition: str) -> None:
    book = constrained(None)
    sampler = GP(acquisition=acquisition)
    state = sampler.tell(sampler.init(book.problem), book.history())
    proposal = sampler.ask(state, (), stream(0, 0))
    assert isinstance(proposal, Proposal)
    assert {"ei": "log_ei"}.get(acquisition, acquisition) in proposal.reasons
    with pytest.raises(InvalidArgumentError, match="one of ei, ucb, thompson, got acquisition='pi'"):
        GP(acquisition="pi")


@pytest.mark.parametrize("losses", [2, 3, 4])
def test_a_long_front_keeps_a_process_for_each_loss(losses: int) -> None:
    # on the unit sphere nobody dominates anybody, so all trials are on the front
    book = Book.of(Problem(SPACE, n_losses=losses))
    points = np.abs(np.random.default_rng(losses).normal(size=(120, losses)))
    for x, row in zip(np.linspace(0.0, 1.0, 120), points, strict=True):
        number = book.begin(Proposal({"x": float(x)}, "kit"))
        book.close(number, tuple((row / np.linalg.norm(row)).tolist()))
    sampler = GP()
    state = sampler.tell(sampler.init(book.problem), book.history())
    proposal = sampler.ask(state, (), stream(0, 0))
    assert isinstance(proposal, Proposal)
    assert len(proposal.memo["gp"]) == 4 * losses


def test_many_trials_without_a_last_fit_are_fitted_to_some_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    # as after an import
    fits: list[tuple[int, int]] = []

    def counted(x: np.ndarray, *args: Any, calls: int, **settings: Any) -> Process:
        fits.append((len(x), calls))
        return fit(x, *args, calls=calls, **settings)

    monkeypatch.setattr("tunesmith.samplers.fitting.fit", counted)
    book = Book.of(Problem(SPACE))
    for x in np.linspace(0.0, 1.0, 201).tolist():
        book.close(book.begin(Proposal({"x": x}, "kit")), ((x - 0.3) ** 2,))
    proposals(book)
    assert fits == [(150, 30), (150, 0), (150, 0), (201, 0)]  # two powers are tried, in between


@pytest.mark.parametrize(("sampler", "told"), [(GP(), ["a"]), (Auto(), ["a"]), (GP(warping=False), [])])
def test_tells_which_ranges_it_bends(sampler: GP | Auto, told: list[str]) -> None:
    space = Space(a=Float(0.0, 1.0), b=Float(0.0, 1.0))
    book = Book.of(Problem(space))
    for a, b in np.random.default_rng(0).random((40, 2)).tolist():
        config = {"a": a**4, "b": b}
        book.close(book.begin(Proposal(config, "kit")), ((np.log10(config["a"] + 1e-4) + 3) ** 2 + (b - 0.4) ** 2,))
    for _ in range(3):
        state = sampler.tell(sampler.init(book.problem), book.history())
        found = sampler.ask(state, (), stream(0, len(book.trials)))
        assert isinstance(found, Proposal)
        book.close(book.begin(found), (4.0,))
    powers = found.reasons.get("bent", {})
    assert list(powers) == told
    assert all(power > 0 for power in powers.values())


def test_ranges_are_left_alone_where_that_is_asked_for() -> None:
    book = Book.of(Problem(SPACE))
    for x in EVEN.tolist():
        book.close(book.begin(Proposal({"x": x}, "kit")), ((x - 0.3) ** 2,))
    sampler = GP(warping=False)
    proposal = sampler.ask(sampler.tell(sampler.init(book.problem), book.history()), (), stream(0, 0))
    assert isinstance(proposal, Proposal)
    assert len(proposal.memo["gp"]) == 3
    with pytest.raises(InvalidArgumentError, match="warping as True or False, got warping=1"):
        GP(warping=1)

"""Which configs come from past studies, when, and when no more: tables by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tunesmith.core.protocols import Problem, Proposal
from tunesmith.errors import InvalidArgumentError
from tunesmith.samplers import Auto, Sobol, Transfer, describe, make_sampler
from tunesmith.samplers.past import Source
from tunesmith.seeding import stream
from tunesmith.space import Categorical, Float, Int, Space
from tunesmith.testing.book import Book

LINE = Space(x=Float(0.0, 1.0))


def past(name: str, at: list[float], losses: list[float]) -> dict[str, Any]:
    configs = [{"x": x} for x in at]
    return {"study": name, "trials": list(range(10, 10 + len(at))), "configs": configs, "losses": [[v] for v in losses]}


BOWL = past("bowl", [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0], [abs(i - 7) for i in range(11)])
VALLEY = past("valley", [i / 10 for i in range(11)], [-abs(i - 7) for i in range(11)])  # the reverse: best at the ends


def drive(sampler, problem: Problem, loss, n: int, workers: int = 1) -> Book:
    """Return a book of n trials; the oldest of `workers` open ones closes first."""
    book = Book.of(problem)
    state, told, open_ = sampler.init(problem), 0, []
    for number in range(n):
        found = sampler.ask(state, book.pending(), stream(0, number))
        assert isinstance(found, Proposal)
        open_.append(book.begin(found))
        while len(open_) >= (workers if number < n - 1 else 1):
            first = open_.pop(0)
            book.close(first, loss(book.trials[first].params))
        state, told = sampler.tell(state, book.history(told)), len(book.columns.rows)
    return book


def test_the_best_of_an_agreeing_study_in_turn_with_the_other_sampler() -> None:
    book = drive(Transfer(then=Sobol()), Problem(LINE, past=(BOWL,)), lambda c: abs(c["x"] - 0.65) * 1000, 9)
    assert [trial.by for trial in book.trials[:3]] == ["transfer", "sobol", "transfer"]
    first, third = book.trials[0], book.trials[2]
    assert first.params == {"x": 0.7}
    assert first.reasons == {"study": "bowl", "trial": 17, "rank": 1, "of": 11, "agreement": 1.0, "source": 0}
    # 0.6 and 0.8 are too like 0.7; of 0.5 and 0.9, of equal rank there, the one that is unlike the Sobol point is next
    assert third.params["x"] in (0.5, 0.9)
    assert abs(third.params["x"] - book.trials[1].params["x"]) >= 0.15


def test_at_most_so_many_and_never_two_in_a_row() -> None:
    wide = past("wide", [i / 40 for i in range(41)], [float(i) for i in range(41)])
    space, flat = LINE, lambda _: 1.0  # equal losses speak neither for nor against
    for most in (0, 1, 2):
        book = drive(Transfer(then=Sobol(), most=most, until=0), Problem(space, past=(wide,)), flat, 8)
        by = [trial.by for trial in book.trials]
        assert by == ["transfer", "sobol"] * most + ["sobol"] * (8 - 2 * most)


def test_two_of_five_configs_come_from_the_past() -> None:
    wide = past("wide", [i / 40 for i in range(41)], [float(i) for i in range(41)])
    book = drive(Transfer(then=Sobol(), most=0), Problem(LINE, past=(wide,)), lambda c: c["x"], 20)
    by = ["past" if trial.by == "transfer" else "" for trial in book.trials]
    assert by[:5] == ["", "", "", "past", ""]  # the model needs three complete trials
    assert by[5:] == ["past", "", "past", "", ""] * 3


def test_a_study_that_puts_the_trials_here_the_wrong_way_round_proposes_nothing_more() -> None:
    book = drive(Transfer(then=Sobol()), Problem(LINE, past=(VALLEY,)), lambda c: abs(c["x"] - 0.7), 10)
    transfers = [trial for trial in book.trials if trial.by == "transfer"]
    assert transfers[0].params == {"x": 0.0}
    assert len(transfers) <= 2
    agreement = Source.of(VALLEY, LINE).agreement(book.columns.array("x"), book.columns.array("losses"))
    assert agreement < -0.5
    assert Source.of(BOWL, LINE).agreement(book.columns.array("x"), book.columns.array("losses")) > 0.5


def test_the_study_that_agrees_more_is_asked() -> None:
    problem = Problem(LINE, past=(VALLEY, BOWL))
    book = drive(Transfer(then=Sobol(), most=4), problem, lambda c: abs(c["x"] - 0.7), 12)
    transfers = [trial.reasons for trial in book.trials if trial.by == "transfer"]
    assert [told.get("study") for told in transfers[:2]] == ["valley", "bowl"]  # nothing is known: each its turn
    assert all(told.get("study") == "bowl" or set(told["agreement"]) == {"bowl"} for told in transfers[2:])
    assert "log_ei" in transfers[-1]


def test_the_joint_model_goes_on_where_the_copies_end() -> None:
    # here the optimum lies 0.06 beside that of the past; copies are at 0.7, the model leaves for 0.64
    book = drive(Transfer(then=Sobol(), most=1), Problem(LINE, past=(BOWL,)), lambda c: (c["x"] - 0.64) ** 2, 10)
    modelled = [trial for trial in book.trials if "log_ei" in trial.reasons]
    assert len(modelled) >= 3
    assert all(set(trial.reasons["agreement"]) == {"bowl"} for trial in modelled)
    assert min(abs(trial.params["x"] - 0.64) for trial in modelled) < 0.02
    none = drive(Transfer(then=Sobol(), most=1, until=4), Problem(LINE, past=(BOWL,)), lambda c: c["x"], 10)
    assert [trial.by for trial in none.trials[5:]] == ["sobol"] * 5


def test_pending_trials_count_as_tried_and_as_given() -> None:
    book = drive(Transfer(then=Sobol(), until=0), Problem(LINE, past=(BOWL,)), lambda _: 1.0, 8, workers=4)
    by = [trial.by for trial in book.trials]
    assert by[:3] == ["transfer", "sobol", "transfer"]
    assert by.count("transfer") == 2
    assert len({trial.params["x"] for trial in book.trials}) == 8


def test_from_60_complete_trials_on_this_study_speaks_for_itself() -> None:
    many = past("many", [i / 200 for i in range(201)], [float(i) for i in range(201)])
    sampler, problem = Transfer(then=Sobol(), most=90, until=0), Problem(Space(x=Float(0.0, 1.0)), past=(many,))
    book = Book.of(problem)
    for i in range(58):
        book.add({"x": 0.9 + i / 1000}, i / 1000.0)
    state = sampler.tell(sampler.init(problem), book.history())
    assert sampler.ask(state, (), stream(0)).by == "transfer"
    book.add({"x": 0.98}, 0.98)
    book.add({"x": 0.99}, 0.99)
    state = sampler.tell(state, book.history(58))
    assert sampler.ask(state, (), stream(0)).by == "sobol"


def test_failed_trials_do_not_end_it_and_do_not_grow_the_model() -> None:
    sampler, problem = Transfer(then=Sobol(), most=0), Problem(LINE, past=(BOWL,))
    book = Book.of(problem)
    for i in range(400):
        book.add({"x": i / 400}, abs(i / 400 - 0.7), "complete" if i % 20 == 0 else "failed")
    state = sampler.tell(sampler.init(problem), book.history())
    found = sampler.ask(state, (), stream(0))
    assert isinstance(found, Proposal)
    assert found.by == "transfer"


def test_configs_are_moved_into_this_space() -> None:
    old = {
        "study": "old",
        "configs": [
            {"lr": 0.1, "opt": "lion", "gone": 1},  # best, but its choice is no more
            {"lr": 1.1, "opt": "adam", "gone": 2},  # next, a little outside
            {"lr": 9.0, "opt": "adam", "gone": 3},  # far outside
            {"lr": 0.5, "opt": "sgd", "gone": 4},
        ],
        "losses": [[1.0], [2.0], [3.0], [4.0]],
    }
    space = Space(lr=Float(0.0, 1.0), opt=Categorical("sgd", "adam"), n=Int(1, 9, default=4), new=Float(0.0, 1.0))
    book = drive(Transfer(then=Sobol()), Problem(space, past=(old,)), lambda c: c["lr"], 3)
    first, third = book.trials[0], book.trials[2]
    assert (first.params["lr"], first.params["opt"], first.params["n"]) == (1.0, "adam", 4)
    assert first.reasons == {
        "study": "old", "trial": 1, "rank": 2, "of": 4, "agreement": 1.0, "source": 0, "clipped": {"lr": 1.1},
    }  # fmt: skip
    assert (third.params["lr"], third.params["opt"], third.reasons["rank"]) == (0.5, "sgd", 4)


def test_infeasible_configs_of_the_past_are_not_proposed() -> None:
    best_broken = {**BOWL, "feasible": [i != 7 for i in range(11)]}
    book = drive(Transfer(then=Sobol()), Problem(LINE, past=(best_broken,)), lambda _: 1.0, 1)
    assert book.trials[0].params["x"] in (0.6, 0.8)


def test_of_several_losses_the_front_comes_first() -> None:
    record = {
        "configs": [{"x": i / 10} for i in range(6)],
        "losses": [[3, 3], [1, 4], [2, 2], [4, 1], [4, 4], [5, 5]],  # the front: 1, 2, 3; then 0; then 4, 5
    }
    source = Source.of(record, LINE)
    assert [one.trial for one in source.good] == [1, 2, 3, 0, 4]


@pytest.mark.parametrize("space", [Space(other=Float(0.0, 1.0)), Space()], ids=["nothing-shared", "empty"])
def test_a_past_that_shares_nothing_is_left_alone(space: Space) -> None:
    sampler, problem = Transfer(then=Sobol()), Problem(space, past=(BOWL,))
    found = sampler.ask(sampler.init(problem), (), stream(0))
    assert isinstance(found, Proposal)
    assert found.by == "sobol"


def test_without_a_past_it_is_the_other_sampler() -> None:
    problem = Problem(LINE)
    alone = drive(Auto(), problem, lambda c: c["x"], 9)
    assert [t.params for t in drive(Transfer(), problem, lambda c: c["x"], 9).trials] == [
        t.params for t in alone.trials
    ]


def test_only_ranks_of_the_past_count() -> None:
    bent = {**BOWL, "losses": [[2.0**v] for (v,) in BOWL["losses"]]}

    def configs(record: dict[str, Any]) -> list[Any]:
        problem = Problem(LINE, past=(record,))
        return [t.params for t in drive(Transfer(then=Sobol()), problem, lambda c: abs(c["x"] - 0.7), 8).trials]

    assert configs({**BOWL, "losses": [[1e6 * v - 3] for (v,) in BOWL["losses"]]}) == configs(BOWL)
    assert configs(bent)[0] == configs(BOWL)[0]


def test_a_trial_that_ran_twice_counts_once() -> None:
    sampler, problem = Transfer(then=Sobol(), most=1), Problem(LINE, past=(BOWL,))
    book = Book.of(problem)
    state = sampler.init(problem)
    number = book.begin(sampler.ask(state, (), stream(0)))
    book.report(number, 1, 0.5)
    book.close(number, state="paused")
    state = sampler.tell(state, book.history())
    book.resume(number, None)
    assert sampler.ask(state, book.pending(), stream(1)).by == "sobol"
    book.close(number, 0.4)
    state = sampler.tell(state, book.history(1))
    assert state.given.total() == 1
    assert sampler.ask(state, (), stream(2)).by == "sobol"


def test_settings_go_through_a_log() -> None:
    made = Transfer(then=Sobol(), most=2, least=0.5)
    told = describe(made)
    assert told == {
        "name": "Transfer",
        "settings": {"then": {"name": "Sobol", "settings": {}}, "most": 2, "least": 0.5, "until": 60},
    }
    assert make_sampler(**told) == made
    assert replace(made, then=None).then == Auto()
    assert Transfer(then="Sobol").then == Sobol()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"most": -1}, "most as a whole number"),
        ({"most": True}, "most as a whole number"),
        ({"until": 1.5}, "until as a whole number"),
        ({"least": 2.0}, "least from -1 to 1"),
        ({"then": Sobol}, "another sampler such as then=GP"),
        ({"then": "Foo"}, "sampler must be one of Annealing"),
        ({"then": Transfer()}, "another sampler such as then=GP"),
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidArgumentError, match=words):
        Transfer(**settings)

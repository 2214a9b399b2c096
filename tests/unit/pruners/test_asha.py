from __future__ import annotations

import math

import pytest

from tunesmith.core.protocols import Begin, Exhausted, Fidelity, Finish, Problem, Proposal, Resume, Verdict, Wait
from tunesmith.core.trial import TrialState
from tunesmith.errors import InvalidArgumentError
from tunesmith.pruners import ASHA
from tunesmith.samplers import Stateless
from tunesmith.space import Float, Space
from tunesmith.testing.book import Book
from tunesmith.testing.simulation import Outcome, simulate

SPACE = Space(x=Float(0.0, 100.0))
GO, STOP = Verdict.GO_ON, Verdict.STOP


def in_order(xs):
    return Stateless(
        lambda _problem, closed, pending, _rng: (
            {"x": float(xs[n])}
            if (n := len({row.number for row in closed.records} | {t.number for t in pending})) < len(xs)
            else None
        ),
        by="in order",
    )


def run(xs, pruner: ASHA, *, last: int = 27, workers: int = 1) -> Outcome:
    """Run configs one by one; the loss is x at every step."""
    return simulate(
        in_order(xs), pruner, Problem(SPACE), lambda config, _step: config["x"], last_step=last, workers=workers
    )


def lengths(out: Outcome) -> list[int]:
    return [trial.last_step for trial in out.book.trials]


# ---------------------------------------------------------------------------------------------- stopping, by hand


def test_27_configs_best_first_one_runs_to_its_end() -> None:
    # rung 0 (step 1): the n-th config is the worst of n, and goes on only if n is among the best max(1, n // 3): n = 1.
    out = run(range(27), ASHA(max_budget=27))
    assert lengths(out) == [27] + [1] * 26
    assert out.spent == 27 + 26


def test_27_configs_worst_first_all_run_to_their_end() -> None:
    # each newcomer is the best so far at every rung
    out = run(range(27, 0, -1), ASHA(max_budget=27))
    assert lengths(out) == [27] * 27


def test_nine_configs_in_a_mixed_order_by_hand() -> None:
    # losses             5   3   8   1   2   7   4   6   0
    # n at rung 0        1   2   3   4   5   6   7   8   9     places max(1, n // 3): 1 1 1 1 1 2 2 2 3
    # rank at rung 0     1   1   3   1   2   5   4   6   1
    # goes on at 1       y   y   n   y   n   n   n   n   y
    # rung 1 (step 3)    5   3       1                   0     all best so far: all go on
    # rung 2 (step 9)    5   3       1                   0
    out = run([5, 3, 8, 1, 2, 7, 4, 6, 0], ASHA(max_budget=27))
    assert lengths(out) == [27, 27, 1, 27, 1, 1, 1, 1, 27]


def test_rungs_that_are_full_let_the_second_best_pass() -> None:
    # at the sixth trial two places are free: 2 is the second best of 1, 3, 4, 5, 6, 2 and goes on to rung 1, where 1
    # alone (n = 2, one place) is better
    out = run([1, 3, 4, 5, 6, 2], ASHA(max_budget=27))
    assert lengths(out) == [27, 1, 1, 1, 1, 3]


def test_equal_losses_all_go_on() -> None:
    assert lengths(run([4] * 5, ASHA(max_budget=27))) == [27] * 5


def test_the_budgets_of_the_problem_and_of_the_settings() -> None:
    def judged(pruner: ASHA, problem: Problem) -> list[int]:
        out = simulate(in_order([0, 1]), pruner, problem, lambda c, _: c["x"], last_step=40)
        return [trial.last_step for trial in out.book.trials]

    axis = Problem(SPACE, fidelity=Fidelity("epochs", 4, 40))
    assert judged(ASHA(), Problem(SPACE)) == [40, 1]
    assert judged(ASHA(), axis) == [40, 4]
    assert judged(ASHA(min_budget=2.5), axis) == [40, 3]
    assert judged(ASHA(max_budget=4), axis) == [40, 40]  # no rung below the end
    with pytest.raises(InvalidArgumentError, match="got 50 and 40"):
        ASHA(min_budget=50).init(axis)


def test_no_rung_at_or_above_the_largest_budget() -> None:
    # rungs 1, 3, 9 below 20: the second of two equal starters becomes worse only after step 9
    curve = lambda config, step: config["x"] if step > 9 else 0.0
    out = simulate(in_order([0, 1]), ASHA(max_budget=20), Problem(SPACE), curve, last_step=40)
    assert lengths(out) == [40, 40]
    out = simulate(in_order([0, 1]), ASHA(), Problem(SPACE), curve, last_step=40)  # rung 27 stops it
    assert lengths(out) == [40, 27]


def verdicts(pruner: ASHA, peers: list[dict[int, float]], mine: dict[int, float]) -> list[Verdict]:
    book = Book.of(Problem(SPACE))
    for curve in peers:
        number = book.begin(Proposal({"x": 1.0}, "kit"))
        for step, loss in curve.items():
            book.report(number, step, loss)
    number, found = book.begin(Proposal({"x": 0.0}, "kit")), []
    for step, loss in mine.items():
        book.report(number, step, loss)
        state = pruner.init(book.problem)
        found.append(pruner.judge(state, book.trials[number], book.history().seen_by(number)))
    return found


def test_between_rungs_nothing_is_judged() -> None:
    found = verdicts(ASHA(), [dict.fromkeys(range(1, 12), 0.0)], dict.fromkeys(range(1, 12), 1.0))
    assert [step for step, verdict in enumerate(found, 1) if verdict is STOP] == [1, 3, 9]


def test_a_rung_is_the_first_report_at_or_after_its_budget() -> None:
    # the peers report at 4 and 8 only, in rung 1 = [3, 9) with their first loss there
    peers = [{4: 5.0, 8: 0.0}, {4: 6.0, 8: 0.0}]
    assert verdicts(ASHA(), peers, {3: 4.9}) == [GO]
    assert verdicts(ASHA(), peers, {3: 5.1}) == [STOP]
    assert verdicts(ASHA(), peers, {2: 9.0, 7: 5.1, 8: 9.0}) == [GO, STOP, GO]  # nobody else stands at rung 0


def test_zero_based_steps_reach_rung_zero_at_step_one() -> None:
    assert verdicts(ASHA(), [{0: 1.0, 1: 1.0}], {0: 9.0, 1: 9.0}) == [GO, STOP]


def test_nan_at_a_rung_stops_and_ranks_behind_all() -> None:
    assert verdicts(ASHA(), [], {1: math.nan}) == [STOP]
    assert verdicts(ASHA(), [{1: math.nan}, {1: math.nan}], {1: 1e9}) == [GO]
    assert verdicts(ASHA(), [{1: math.nan}], {2: math.nan}) == [STOP]


# --------------------------------------------------------------------------------------------- promotion, by hand


def story(out: Outcome) -> list[str]:
    """Tell the decisions in short: b3 begins trial 3, r0:2 resumes trial 0 at rung 2."""
    told, number = [], 0
    for decision in out.decisions:
        if isinstance(decision, Begin):
            told.append(f"b{number}")
            number += 1
        elif isinstance(decision, Resume):
            told.append(f"r{decision.trial}:{decision.reasons['rung']}")
    return told


def test_nine_configs_best_first_one_worker() -> None:
    # after three at rung 0 the first (0) is promoted; six free a second place (1), nine a third (2); rung 1 then has
    # three (0, 1, 2) and promotes 0 to rung 2, whose budget is the largest: it runs to its end
    out = run(range(9), ASHA(max_budget=9, pausing=True), last=9)
    assert story(out) == ["b0", "b1", "b2", "r0:1", "b3", "b4", "b5", "r1:1", "b6", "b7", "b8", "r2:1", "r0:2"]
    assert lengths(out) == [9, 3, 3, 1, 1, 1, 1, 1, 1]
    assert out.spent == 9 * 1 + 3 * 2 + 1 * 6
    assert isinstance(out.ended, Finish)
    assert "8 trials stay paused" in out.ended.why


def test_nine_configs_worst_first_one_worker() -> None:
    # losses 9 8 7 ...: of the first three the third (trial 2) is best; of six, trials 5 and 4 stand first, and both
    # places are free for them, for 2 was promoted before and stands third: more than floor(n/3) are promoted in the end
    out = run(range(9, 0, -1), ASHA(max_budget=9, pausing=True), last=9)
    told = story(out)
    assert told[:8] == ["b0", "b1", "b2", "r2:1", "b3", "r3:1", "b4", "r4:1"]
    assert out.book.trials[8].state is TrialState.COMPLETE  # the best one reaches the end


def test_27_configs_best_first_spend_what_the_table_says() -> None:
    # rung budgets 1, 3, 9, 27 with 27, 9, 3, 1 trials; resumed runs go on from where they paused
    out = run(range(27), ASHA(max_budget=27, pausing=True))
    assert [lengths(out).count(n) for n in (1, 3, 9, 27)] == [18, 6, 2, 1]
    assert out.spent == 27 * 1 + 9 * 2 + 3 * 6 + 1 * 18
    assert [t.number for t in out.book.trials if t.state is TrialState.COMPLETE] == [0]


def test_the_highest_rung_is_served_first() -> None:
    # both rung 0 and rung 1 could promote: rung 1 is asked first
    pruner, book = ASHA(max_budget=9, pausing=True), Book.of(Problem(SPACE))
    for i in range(3):
        number = book.begin(Proposal({"x": float(i)}, "kit"), 3.0, {"rung": 1})
        book.report(number, 3, float(i))
        book.close(number, state="paused")
    for i in range(3):
        number = book.begin(Proposal({"x": float(i)}, "kit"), 1.0, {"rung": 0})
        book.report(number, 1, float(i))
        book.close(number, state="paused")
    state = pruner.tell(pruner.init(book.problem), book.history())
    decision = pruner.assign(state, book.history(), Exhausted)
    assert decision == Resume(0, 9.0, {"rung": 2})
    book.resume(0, 9.0, {"rung": 2})
    assert pruner.assign(state, book.history(), Exhausted) == Resume(3, 3.0, {"rung": 1})
    book.resume(3, 3.0, {"rung": 1})
    assert isinstance(pruner.assign(state, book.history(), Exhausted), Wait)


def test_the_first_rung_gets_the_lowest_budget_and_its_number() -> None:
    pruner = ASHA(min_budget=2, max_budget=50, eta=4, pausing=True)
    decision = pruner.assign(pruner.init(Problem(SPACE)), Book.of(Problem(SPACE)).history(), lambda: Proposal({}, "k"))
    assert (decision.budget, decision.reasons) == (2.0, {"rung": 0})
    budgets = {d.budget for d in run(range(64), pruner, last=50).decisions if isinstance(d, Begin | Resume)}
    assert budgets == {2.0, 8.0, 32.0, 50.0}  # 128 is cut to the largest budget


def test_a_run_pauses_at_its_budget_and_a_nan_there_ends_it() -> None:
    out = run([1, 2], ASHA(min_budget=4, max_budget=16, eta=4, pausing=True), last=16)
    assert [(n, s) for n, s, v in out.verdicts if v is Verdict.PAUSE] == [(0, 4), (1, 4)]
    bad = simulate(in_order([1, 2]), ASHA(pausing=True), Problem(SPACE), lambda *_: math.nan, last_step=9, n_trials=2)
    assert [trial.state for trial in bad.book.trials] == [TrialState.PRUNED] * 2


def test_failed_trials_take_a_place_at_their_rung_and_are_never_promoted() -> None:
    pruner, book = ASHA(max_budget=9, pausing=True), Book.of(Problem(SPACE))
    for i in range(3):
        number = book.begin(Proposal({"x": float(i)}, "kit"), 1.0, {"rung": 0})
        if i < 2:
            book.close(number, state="failed")
        else:
            book.report(number, 1, 77.0)
            book.close(number, state="paused")
    state = pruner.tell(pruner.init(book.problem), book.history())
    assert pruner.assign(state, book.history(), Exhausted) == Resume(2, 3.0, {"rung": 1})


def test_a_trial_that_a_person_paused_before_its_budget_is_no_result() -> None:
    pruner, book = ASHA(min_budget=5, max_budget=45, pausing=True), Book.of(Problem(SPACE))
    for i in range(6):
        number = book.begin(Proposal({"x": float(i)}, "kit"), 5.0, {"rung": 0})
        book.report(number, 2 if i == 0 else 5, float(i))
        book.close(number, state="paused")
    state = pruner.tell(pruner.init(book.problem), book.history())
    assert pruner.assign(state, book.history(), Exhausted) == Resume(1, 15.0, {"rung": 1})


def test_runs_that_return_at_their_budget_are_results_but_not_promoted() -> None:
    pruner, book = ASHA(max_budget=9, pausing=True), Book.of(Problem(SPACE))
    for i in range(3):
        book.close(book.begin(Proposal({"x": float(i)}, "kit"), 1.0, {"rung": 0}), float(i))
    state = pruner.tell(pruner.init(book.problem), book.history())
    assert state.rungs[0].results == [(0.0, 0), (1.0, 1), (2.0, 2)]
    assert isinstance(pruner.assign(state, book.history(), lambda: Exhausted("end")), Finish)


def test_a_study_too_small_for_its_rungs_still_completes_its_best_trial() -> None:
    out = run([3, 1, 2, 4], ASHA(max_budget=27, pausing=True))
    assert story(out) == ["b0", "b1", "b2", "r1:1", "b3", "r1:2", "r1:3"]
    assert [d.reasons.get("why") for d in out.decisions if isinstance(d, Resume)][1:] == ["the last one standing"] * 2
    assert out.book.trials[1].state is TrialState.COMPLETE


def test_many_workers_never_wait_while_there_are_configs() -> None:
    out = run(range(60), ASHA(max_budget=27, pausing=True), workers=8)
    last_begin = max(i for i, d in enumerate(out.decisions) if isinstance(d, Begin))
    assert not any(isinstance(d, Wait) for d in out.decisions[:last_begin])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"eta": 1}, "eta > 1, got eta=1"),
        ({"eta": math.nan}, "eta"),
        ({"min_budget": 0}, "min_budget=0"),
        ({"max_budget": math.inf}, "max_budget=inf"),
        ({"min_budget": 9, "max_budget": 3}, "got 9 and 3"),
    ],
)
def test_settings_that_make_no_sense_are_named(settings: dict, message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        ASHA(**settings)

from __future__ import annotations

import math
import statistics

import pytest

from tunesmith.core.protocols import Problem, Proposal, Verdict
from tunesmith.errors import InvalidArgumentError
from tunesmith.pruners import Median
from tunesmith.seeding import stream
from tunesmith.space import Float, Space
from tunesmith.testing.book import Book

SPACE = Space(x=Float(0.0, 1.0))
CURVES = [[9.0, 5.0, 4.0], [8.0, 6.0, 2.0], [7.0, 4.0, 3.0]]  # completed trials, steps 1, 2, 3


def begin(book: Book) -> int:
    return book.begin(Proposal({"x": 0.5}, "kit"))


def filled(curves: list[list[float]], state: str = "complete") -> Book:
    book = Book.of(Problem(SPACE))
    for curve in curves:
        number = begin(book)
        for step, loss in enumerate(curve, 1):
            book.report(number, step, loss)
        book.close(number, curve[-1], state)
    return book


def verdicts(pruner: Median, book: Book, curve: list[float] | dict[int, float]) -> list[Verdict]:
    """Judge a new trial's curve step by step."""
    state = pruner.tell(pruner.init(book.problem), book.history())
    number = begin(book)
    points = curve if isinstance(curve, dict) else dict(enumerate(curve, 1))
    found = []
    for step, loss in points.items():
        book.report(number, step, loss)
        found.append(pruner.judge(state, book.trials[number], book.history().seen_by(number)))
    return found


GO, STOP = Verdict.GO_ON, Verdict.STOP


@pytest.mark.parametrize(
    ("curve", "expected"),
    [
        # medians of the values by hand: step 1: 8, step 2: 5, step 3: 3
        ([8.0, 5.0, 3.0], [GO, GO, GO]),  # exactly the median goes on
        ([8.1, 5.1, 3.1], [STOP, STOP, STOP]),
        ([3.0, 99.0, 99.0], [GO, GO, GO]),  # the best so far counts: 3 at every step
        ([5.0, 99.0, 99.0], [GO, GO, STOP]),
        ([math.nan, 5.0, math.nan], [STOP, GO, STOP]),
        ([math.inf, 1.0, 1.0], [STOP, GO, GO]),
    ],
)
def test_against_the_median_of_values_by_hand(curve: list[float], expected: list[Verdict]) -> None:
    assert verdicts(Median(startup=3), filled(CURVES), curve) == expected


@pytest.mark.parametrize(
    ("curve", "expected"),
    [
        # running averages by hand: 9, 7, 6 / 8, 7, 16/3 / 7, 5.5, 14/3 -> medians 8, 7, 16/3
        ([8.0, 7.0, 5.3], [GO, GO, GO]),
        ([8.1, 7.1, 5.4], [STOP, STOP, STOP]),
        ([8.0, 7.0, 7.0], [GO, GO, STOP]),
    ],
)
def test_against_the_median_of_running_averages_by_hand(curve: list[float], expected: list[Verdict]) -> None:
    assert verdicts(Median(startup=3, against="averages"), filled(CURVES), curve) == expected


def test_of_an_even_number_the_middle_two_are_averaged() -> None:
    book = filled([[1.0], [2.0], [4.0], [9.0]])  # median 3
    assert verdicts(Median(startup=4), book, [3.0]) == [GO]
    assert verdicts(Median(startup=4), book, [3.01]) == [STOP]


def test_a_completed_trials_nan_counts_as_worst() -> None:
    book = filled([[1.0], [math.nan], [math.nan]])  # 1, inf, inf
    assert verdicts(Median(startup=1), book, [1e9]) == [GO]
    assert verdicts(Median(startup=1), filled([[1.0], [2.0], [math.nan]]), [2.5]) == [STOP]
    averages = Median(startup=1, against="averages")
    assert verdicts(averages, filled([[math.inf, -math.inf]]), [1.0, 1.0]) == [GO, GO]


def test_only_completed_trials_have_a_say() -> None:
    for state in ("pruned", "failed", "paused"):
        assert verdicts(Median(startup=0), filled(CURVES, state), [99.0] * 3) == [GO] * 3


def test_no_verdict_before_startup_and_below_min_trials() -> None:
    assert verdicts(Median(startup=4), filled(CURVES), [99.0] * 3) == [GO] * 3
    book = filled([[1.0, 1.0, 1.0], [1.0, 1.0], [1.0]])
    assert verdicts(Median(startup=3, min_trials=2), book, [9.0] * 3) == [STOP, STOP, GO]


def test_warmup_and_interval() -> None:
    book = filled([[1.0] * 12] * 3)
    assert verdicts(Median(startup=1, warmup=4), book, [9.0] * 6) == [GO] * 3 + [STOP] * 3
    found = verdicts(Median(startup=1, warmup=2, interval=3), book, [9.0] * 9)
    assert [step for step, verdict in enumerate(found, 1) if verdict is STOP] == [2, 5, 8]
    # reports every two steps: 2 is the first, 6 the first of [5, 8), 8 of [8, 11), 12 of [11, 14)
    sparse = verdicts(Median(startup=1, warmup=2, interval=3), book, {2: 9.0, 4: 9.0, 6: 9.0, 8: 9.0, 10: 9.0, 12: 9.0})
    assert sparse == [STOP, GO, STOP, STOP, GO, STOP]


def test_a_step_that_nobody_completed_gives_no_verdict() -> None:
    assert verdicts(Median(startup=1), filled(CURVES), {10: 99.0}) == [GO]


def test_against_the_median_of_the_standard_library() -> None:
    rng = stream(5, "median")
    curves = [rng.random(4).tolist() for _ in range(17)]
    mine = rng.random(4).tolist()
    book = filled(curves)
    expected = [STOP if min(mine[: s + 1]) > statistics.median(curve[s] for curve in curves) else GO for s in range(4)]
    assert verdicts(Median(), book, mine) == expected
    averages = [
        STOP if min(mine[: s + 1]) > statistics.median(statistics.fmean(curve[: s + 1]) for curve in curves) else GO
        for s in range(4)
    ]
    assert verdicts(Median(against="averages"), book, mine) == averages


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"startup": -1}, "startup=-1"),
        ({"interval": 0}, "interval=0"),
        ({"warmup": 1.5}, r"warmup=1\.5"),
        ({"min_trials": True}, "min_trials=True"),
        ({"against": "mean"}, "'values' or 'averages'"),
    ],
)
def test_settings_that_make_no_sense_are_named(settings: dict, message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        Median(**settings)

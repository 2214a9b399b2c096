"""The laws of samplers: what every sampler must keep, whatever it believes about the losses.

A law is called as `law(make, case, traits)`: `make()` returns the sampler with its settings, `case` is one of
`tunesmith.testing.problems.ALL_CASES`, `traits` says what the sampler does not promise. It raises AssertionError with a
sentence. `ALL_SAMPLER_LAWS` holds them all.

Example:
    >>> from tunesmith.samplers import Random
    >>> from tunesmith.testing.problems import case
    >>> proposes_members_of_the_space(Random, case("ruled"), Traits(repeats=True))
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, is_dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias, final

from tunesmith.core.protocols import Exhausted, Problem, Proposal
from tunesmith.samplers import SAMPLERS, describe, make_sampler
from tunesmith.samplers.left import identity
from tunesmith.seeding import stream
from tunesmith.testing.book import Book, book_of
from tunesmith.testing.problems import Case, case

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tunesmith.core.history import History
    from tunesmith.core.trial import Trial

__all__ = ["ALL_SAMPLER_LAWS", "Make", "SamplerLaw", "Traits", "drive", "transcript"]

Make: TypeAlias = Callable[[], Any]

_STRANGE: Final = (math.nan, math.inf, 1e308, -1e308, 0.0, 5e-324, -math.inf)


@final
@dataclass(frozen=True)
class Traits:
    """What a sampler does and does not promise.

    Attributes:
        repeats: it may propose a known config again, and never ends.
        ends: it proposes finitely many configs of a space without end.
        model: it learns from losses, so that after `startup` runs `by` names its model.
        startup: how many runs it wants to see before.
        many: it can serve several objectives.
        asks: how many asks a law may make; fewer for a sampler that thinks long.
        length: how many trials of a finite space a law may run through to reach its end.
    """

    repeats: bool = False
    ends: bool = False
    model: bool = False
    startup: int = 0
    many: bool = True
    asks: int = 24
    length: int = 80


SamplerLaw: TypeAlias = Callable[[Make, Case, Traits], None]


def _told(sampler: Any, problem: Problem, *parts: History) -> Any:
    state = sampler.init(problem)
    for part in parts:
        state = sampler.tell(state, part)
    return state


def _ask(sampler: Any, state: Any, pending: Sequence[Trial] = (), path: int = 0) -> Proposal | Exhausted:
    found = sampler.ask(state, pending, stream(99, path))
    assert isinstance(found, (Proposal, Exhausted)), f"ask must return Proposal or Exhausted, got {found!r}"
    return found


def _check(found: Proposal | Exhausted, problem: Problem, traits: Traits) -> None:
    if isinstance(found, Exhausted):
        assert traits.ends or problem.space.size() is not None, f"a space without end was called exhausted: {found.why}"
        assert found.why, "Exhausted must say why"
        return
    problems = problem.space.problems(found.config)
    assert not problems, f"{found.config!r} does not belong to the space: {problems}"
    assert found.by, f"{found!r} does not say who proposed it"
    odd = [v for v in found.config.values() if type(v) not in (type(None), bool, int, float, str)]
    assert not odd, f"{found.config!r} holds {odd!r}, which a log cannot keep"
    for part in (dict(found.reasons), found.memo and dict(found.memo)):
        text = json.dumps(part, allow_nan=False)
        assert json.loads(text) == part, f"{part!r} changes on its way through JSON"
        assert len(text) < 20_000, f"{len(text)} characters of memo or reasons are not small"


def drive(sampler: Any, one: Case, n: int, traits: Traits, *, workers: int = 1, seed: int = 0) -> Book:
    """Return a book of up to n trials, as `workers` workers would run them; oldest runs close first."""
    book = Book.of(one.problem(seed))
    state, told, open_ = sampler.init(book.problem), 0, list[int]()
    while len(book.trials) < n:
        found = sampler.ask(state, book.pending(), stream(seed, len(book.trials), "ask"))
        _check(found, book.problem, traits)
        if isinstance(found, Exhausted) and not open_:
            break
        if isinstance(found, Proposal):
            open_.append(book.begin(found))
        if isinstance(found, Exhausted) or len(open_) == workers:
            number = open_.pop(0)
            book.close(number, one.loss(book.trials[number].params))
            state, told = sampler.tell(state, book.history(told)), len(book.columns.rows)
    for number in open_:
        book.close(number, one.loss(book.trials[number].params))
    return book


def _some(one: Case, n: int, seed: int = 5) -> Book:
    """Return a book of n random configs of the case, completed."""
    return book_of(one, one.space.sample_many(stream(seed, "some"), n), seed)


def _same(a: Proposal | Exhausted, b: Proposal | Exhausted, when: str) -> None:
    if isinstance(a, Proposal) and isinstance(b, Proposal):
        assert (a.config, a.by) == (b.config, b.by), f"{when}: {a.config} by {a.by}, and {b.config} by {b.by}"
        assert a.memo == b.memo, f"{when}: the memos differ, {a.memo} and {b.memo}"
    assert type(a) is type(b), f"{when}: {a!r} and {b!r}"


# ---------------------------------------------------------------------------------------------------------- the laws


def proposes_members_of_the_space(make: Make, one: Case, traits: Traits) -> None:
    """Configs belong to the space, values and memos are JSON, and each says who made it; alone and with workers."""
    drive(make(), one, traits.asks, traits)
    drive(make(), one, traits.asks // 2, traits, workers=4, seed=1)


def asks_of_nothing_known(make: Make, one: Case, traits: Traits) -> None:
    """The very first ask works, and telling an empty history changes nothing."""
    problem = one.problem()
    sampler = make()
    first = _ask(sampler, _told(sampler, problem))
    _check(first, problem, traits)
    assert isinstance(first, Proposal), "nothing was proposed of a space that nobody has touched"
    empty = Book.of(problem).history()
    _same(first, _ask(sampler, _told(sampler, problem, empty)), "after telling nothing")


def same_state_same_answer(make: Make, one: Case, traits: Traits) -> None:
    """The answer depends on state, pending trials and the generator only, and asking leaves the state as it was."""
    book = _some(one, traits.startup + 3)
    sampler, other = make(), make()
    state = _told(sampler, book.problem, book.history())
    answers = [_ask(sampler, state, path=path) for path in (0, 1, 0, 0)]
    for again in answers[2:]:
        _same(answers[0], again, "the same ask again")
    _same(answers[0], _ask(other, _told(other, book.problem, book.history())), "another instance")


def other_randomness_another_answer(make: Make, one: Case, traits: Traits) -> None:
    """In a space without end, eight studies of different seeds don't all propose the same after the first ask."""
    if one.finite or not len(one.space):
        return
    found = []
    for seed in range(8):
        sampler, book = make(), _some(one, 3, seed)
        state = _told(sampler, book.problem, book.history())
        for path in range(2):
            answer = sampler.ask(state, book.pending(), stream(seed, path))
            _check(answer, book.problem, traits)
            book.begin(answer)
        found.append(identity(book.trials[-1].params))
    assert len(set(found)) > 1, "eight seeds, one config"


def telling_in_parts(make: Make, one: Case, traits: Traits) -> None:
    """Fold law: tell(a + b) and tell(tell(a), b) answer alike, with asks in between, whatever the parts."""
    book = drive(make(), one, traits.startup + 5, traits, workers=2)
    total, sampler = len(book.columns.rows), make()
    whole = _told(sampler, book.problem, book.history())
    state = sampler.init(book.problem)
    for row in range(total):
        if row % 3 == 0:
            _ask(sampler, state, path=row)
        state = sampler.tell(state, book.history(row, row + 1))
    halves = _told(sampler, book.problem, book.history(0, total // 2), book.history(total // 2))
    for path in range(2):
        answer = _ask(sampler, whole, path=path)
        _same(answer, _ask(sampler, state, path=path), "told one by one")
        _same(answer, _ask(sampler, halves, path=path), "told in halves")


def pending_trials_are_respected(make: Make, one: Case, traits: Traits) -> None:
    """Six asks in a row, each with the earlier ones pending, give six configs, or say that the space is at its end."""
    if traits.repeats or not len(one.space):
        return
    sampler, book = make(), _some(one, traits.startup)
    state = _told(sampler, book.problem, book.history())
    known = {identity(row.config) for row in book.columns.rows} if one.finite else set()
    for path in range(6):
        found = _ask(sampler, state, book.pending(), path)
        _check(found, book.problem, traits)
        if isinstance(found, Exhausted):
            count = len(known)
            assert traits.ends or count == len(list(one.space.configs())), f"Exhausted, but only {count} are known"
            return
        assert identity(found.config) not in known, f"{found.config} is known or pending already"
        known.add(identity(found.config))
        book.begin(found)


def bears_strange_losses(make: Make, one: Case, traits: Traits) -> None:
    """NaN, infinite and extreme losses, failed, pruned and paused runs: the next ask works, without a warning."""
    n = traits.startup + 4
    for state in ("complete", "failed", "pruned", "paused", "mixed"):
        book = Book.of(one.problem())
        configs = one.space.sample_many(stream(3, "strange"), n)
        for i, config in enumerate(configs):
            kind = ("complete", "failed", "pruned", "paused")[i % 4] if state == "mixed" else state
            book.add(config, math.nan if kind == "failed" else _STRANGE[i % len(_STRANGE)], kind)
        sampler = make()
        _check(_ask(sampler, _told(sampler, book.problem, book.history())), book.problem, traits)


def bears_equal_losses_and_duplicates(make: Make, one: Case, traits: Traits) -> None:
    """One config many times over, and many configs of one loss, teach nothing and break nothing."""
    n = traits.startup + 6
    config = one.space.sample(stream(4, "duplicate"))
    for losses, configs in (
        ([1.0] * n, [config] * n),
        ([float(i) for i in range(n)], [config] * n),
        ([1.0] * n, one.space.sample_many(stream(4, "equal"), n)),
    ):
        book = Book.of(one.problem())
        for c, loss in zip(configs, losses, strict=True):
            book.add(c, loss)
        sampler = make()
        _check(_ask(sampler, _told(sampler, book.problem, book.history())), book.problem, traits)


def bears_runs_of_an_older_space(make: Make, one: Case, traits: Traits) -> None:
    """Runs outside a space that was narrowed or has gained a parameter since are told like any other."""
    book = _some(one, 12)
    outside: list[dict[str, Any]] = []
    for row in book.columns.rows:
        moved = {k: v * 3 + 1 if type(v) in (int, float) else v for k, v in row.config.items()}
        outside.append(dict(list(moved.items())[:-1]) if len(outside) % 2 else moved)
    later = book_of(Case(one.name, one.space, lambda _: 1.0), outside)
    sampler = make()
    _check(_ask(sampler, _told(sampler, later.problem, later.history())), later.problem, traits)


def losses_have_no_unit(make: Make, one: Case, traits: Traits) -> None:
    """Losses times four, or times 1/1024, lead to the same configs."""
    answers = []
    for factor in (1.0, 4.0, 2.0**-10):
        book = Book.of(one.problem())
        for config in one.space.sample_many(stream(6, "unit"), traits.startup + 4):
            book.add(config, one.loss(config) * factor)
        sampler = make()
        answers.append(_ask(sampler, _told(sampler, book.problem, book.history())))
    for answer in answers[1:]:
        assert type(answer) is type(answers[0]), f"{answers[0]!r} and {answer!r}"
        if isinstance(answer, Proposal) and isinstance(answers[0], Proposal):
            assert answer.config == answers[0].config, f"in another unit {answers[0].config} becomes {answer.config}"


def a_finite_space_ends(make: Make, one: Case, traits: Traits) -> None:
    """Each config of a finite space is proposed once, failed ones are not repeated, then the sampler is exhausted."""
    if traits.repeats or not one.finite or not len(one.space):
        return
    total = len(list(one.space.configs()))
    if total > traits.length:
        return
    failing = Case(one.name, one.space, lambda config: math.nan if len(str(config)) % 3 == 0 else one.loss(config))
    book = drive(make(), failing, 2 * total, traits, workers=3)
    assert len({identity(trial.params) for trial in book.trials}) == len(book.trials), "a config was proposed twice"
    assert len(book.trials) == total, f"{len(book.trials)} of {total} configs were proposed"


def several_losses_and_constraints(make: Make, one: Case, traits: Traits) -> None:
    """With two objectives and a constraint, some of them broken or unknown, the next ask works."""
    if not traits.many:
        return
    problem = Problem(one.space, n_losses=2, constraints=("latency",), seed=2)
    book = Book.of(problem)
    for i, config in enumerate(one.space.sample_many(stream(7, "many"), traits.startup + 4)):
        loss = one.loss(config)
        number = book.begin(Proposal(dict(config), "kit"))
        book.close(number, (loss, 1.0 - loss), excesses=((-1.0, 2.0, math.nan)[i % 3],))
    sampler = make()
    _check(_ask(sampler, _told(sampler, problem, book.history())), problem, traits)


def settings_make_it_again(make: Make, one: Case, traits: Traits) -> None:
    """A frozen dataclass; one of ours comes back equal from its name and settings in JSON."""
    del one, traits
    sampler = make()
    assert is_dataclass(sampler), f"{sampler!r} is no dataclass"
    assert type(sampler).__setattr__ is not object.__setattr__, f"{sampler!r} is not frozen"
    text = json.dumps(describe(sampler), allow_nan=False)
    if type(sampler).__name__ in SAMPLERS:
        assert make_sampler(**json.loads(text)) == sampler, f"{text} does not make {sampler!r} again"


def a_model_says_so(make: Make, one: Case, traits: Traits) -> None:
    """A sampler that learns names its model after the start, never a stand-in, and its answer depends on the losses.

    A draw that calls itself the model fails here, since with the same generator it is the same for all losses.
    """
    size = one.space.size()
    if not traits.model or not len(one.space) or (size is not None and size < 10 * (traits.startup + 6)):
        return
    answers = []
    for sign in (1.0, -1.0):
        book = Book.of(one.problem())
        for config in one.space.sample_many(stream(8, "model"), traits.startup + 6):
            book.add(config, sign * one.loss(config))
        sampler = make()
        found = _ask(sampler, _told(sampler, book.problem, book.history()))
        assert isinstance(found, Proposal)
        assert found.by not in ("random", "sobol", "grid", "default", "prior"), f"after the start it says {found.by!r}"
        answers.append(found.config)
    if (one.space.encoding.kinds != 2).any():  # of categories alone, those seen say nothing about the others
        assert answers[0] != answers[1], f"turning the losses round changes nothing: {answers[0]}"


def transcript(name: str, settings: dict[str, Any], case_name: str, n: int) -> str:
    """Return the configs of a short study as JSON text, for a comparison between processes."""
    book = drive(make_sampler(name, settings), case(case_name), n, Traits(ends=True))
    return json.dumps([[trial.by, dict(trial.params)] for trial in book.trials])


def hash_seed_changes_nothing(make: Make, one: Case, traits: Traits) -> None:
    """Another process with another hash seed proposes the same; for samplers of the registry."""
    told = describe(make())
    if told["name"] not in SAMPLERS:
        return
    n = min(traits.startup + 4, traits.asks)
    code = (
        "from tunesmith.testing.samplers import transcript; "
        f"print(transcript({told['name']!r}, {told['settings']!r}, {one.name!r}, {n}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    here = transcript(told["name"], told["settings"], one.name, n)
    assert done.stdout.strip() == here, f"{told['name']} proposes otherwise in another process"


ALL_SAMPLER_LAWS: Final[tuple[SamplerLaw, ...]] = (
    proposes_members_of_the_space,
    asks_of_nothing_known,
    same_state_same_answer,
    other_randomness_another_answer,
    telling_in_parts,
    pending_trials_are_respected,
    bears_strange_losses,
    bears_equal_losses_and_duplicates,
    bears_runs_of_an_older_space,
    losses_have_no_unit,
    a_finite_space_ends,
    several_losses_and_constraints,
    settings_make_it_again,
    a_model_says_so,
    hash_seed_changes_nothing,
)

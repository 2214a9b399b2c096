"""The laws bite: each is broken once by a planted sampler or pruner, and says so."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pytest

from tunesmith.core.protocols import Begin, Exhausted, Finish, Proposal, Resume, Verdict, Wait
from tunesmith.pruners import ASHA, Keep, Median
from tunesmith.pruners.offers import begin_or_end
from tunesmith.samplers import Random
from tunesmith.testing import pruners as pruner_laws
from tunesmith.testing import samplers as sampler_laws
from tunesmith.testing.problems import case
from tunesmith.testing.samplers import Traits


@dataclass(frozen=True)
class Planted:
    """Random search with one flaw."""

    flaw: str = ""

    def init(self, problem):
        return {"problem": problem, "rows": [], "asks": 0, "tells": 0}

    def tell(self, state, runs):
        if self.flaw == "warns":
            abs(runs.losses).max() + int(runs.losses.sum())
        state["rows"] += runs.records
        state["tells"] += 1
        return state

    def ask(self, state, pending, rng):
        space = state["problem"].space
        config, by, memo = space.sample(rng), "random", None
        state["asks"] += 1
        flaw, rows = self.flaw, state["rows"]
        if flaw == "outside":
            config = dict.fromkeys(config, 1000000000.0)
        elif flaw == "numpy":
            import numpy as np

            config = {name: np.float64(v) if isinstance(v, float) else v for name, v in config.items()}
        elif flaw == "nobody":
            by = ""
        elif flaw == "memo":
            memo = {"x": math.nan}
        elif flaw == "exhausted":
            return Exhausted()
        elif flaw == "remembers" and state["asks"] % 2:
            config = space.sample(rng)
        elif flaw == "constant":
            config = space.defaults()
        elif flaw == "counts tells":
            config = space.sample_many(rng, 1 + state["tells"])[-1]
        elif flaw == "unit" and rows and rows[0].losses[0] > 1:
            config = space.sample(rng)
        elif (flaw == "older" and any(space.problems(row.config) for row in rows)) or (
            flaw == "many" and state["problem"].n_losses > 1
        ):
            raise ValueError(rows)
        elif flaw == "twins" and len({str(row.config) for row in rows}) < len(rows):
            raise ZeroDivisionError
        elif flaw == "hash":
            config = space.sample_many(rng, 1 + hash("a name") % 1000)[-1]
        return Proposal(config, by=by, memo=memo)


@dataclass
class Thawed:
    """A sampler whose settings may change."""

    def init(self, problem):
        return Random().init(problem)


LAWS_AND_FLAWS = [
    ("proposes_members_of_the_space", "outside", "continuous"),
    ("proposes_members_of_the_space", "numpy", "continuous"),
    ("proposes_members_of_the_space", "nobody", "continuous"),
    ("proposes_members_of_the_space", "memo", "continuous"),
    ("asks_of_nothing_known", "exhausted", "continuous"),
    ("same_state_same_answer", "remembers", "continuous"),
    ("other_randomness_another_answer", "constant", "continuous"),
    ("telling_in_parts", "counts tells", "continuous"),
    ("pending_trials_are_respected", "constant", "small-finite"),
    ("bears_strange_losses", "warns", "continuous"),
    ("bears_equal_losses_and_duplicates", "twins", "continuous"),
    ("bears_runs_of_an_older_space", "older", "continuous"),
    ("losses_have_no_unit", "unit", "continuous"),
    ("a_finite_space_ends", "", "small-finite"),
    ("several_losses_and_constraints", "many", "continuous"),
    ("a_model_says_so", "", "continuous"),
]


@pytest.mark.parametrize(("law", "flaw", "name"), LAWS_AND_FLAWS)
def test_a_sampler_with_a_flaw_is_caught(law: str, flaw: str, name: str) -> None:
    with pytest.raises((AssertionError, ValueError, KeyError, ZeroDivisionError, OverflowError)):
        getattr(sampler_laws, law)(lambda: Planted(flaw), case(name), Traits(model=True))


def test_a_sampler_whose_settings_may_change_is_caught() -> None:
    with pytest.raises(AssertionError, match="not frozen"):
        sampler_laws.settings_make_it_again(Thawed, case("continuous"), Traits())


def test_a_sampler_that_hashes_texts_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"n": 0}

    def other_here(*_args: Any) -> str:
        told["n"] += 1
        return "[]"

    monkeypatch.setattr(sampler_laws, "transcript", other_here)
    with pytest.raises(AssertionError, match="another process"):
        sampler_laws.hash_seed_changes_nothing(Random, case("conditional"), Traits())
    assert told["n"] == 1


def test_every_sampler_law_is_broken_once() -> None:
    elsewhere = {"settings_make_it_again", "hash_seed_changes_nothing"}
    assert {law.__name__ for law in sampler_laws.ALL_SAMPLER_LAWS} == {law for law, _, _ in LAWS_AND_FLAWS} | elsewhere


@dataclass(frozen=True)
class Faulty:
    """A pruner with one flaw."""

    flaw: str

    def init(self, problem):
        del problem
        return {"tells": 0, "asked": 0, "rows": []}

    def tell(self, state, runs):
        if self.flaw == "failures" and any(math.isnan(row.losses[0]) and math.isnan(row.step) for row in runs.records):
            raise ValueError(runs)
        state["tells"] += 1
        state["rows"] += runs.records
        return state

    def assign(self, state, history, offer):
        state["asked"] += 1
        if self.flaw == "waits":
            return Wait("for ever")
        if self.flaw == "fixed config":
            return Begin(Proposal({"x": 0.0}, "me"))
        if self.flaw == "budget pauses" and history.paused:
            return Resume(history.paused[0], 2.0)
        budget = 5.0 if self.flaw in ("early pause", "budget pauses") else None
        if self.flaw == "nan is good" and history.paused:
            return Resume(history.paused[0], 99.0)
        decision = begin_or_end(history, offer, budget)
        if isinstance(decision, Wait) and self.flaw == "finishes early":
            return Finish("enough")
        if isinstance(decision, Begin) and self.flaw == "stops at ten" and len(history) >= 10:
            return Finish("ten are enough")
        return decision

    def judge(self, state, trial, history):
        steps, losses = history.curves.of(trial.number)
        flaw = self.flaw
        if flaw == "last report" and not len(steps):
            return losses[-1]
        if flaw == "forgets" and state["asked"] % 2:
            return Verdict.PAUSE
        if flaw == "counts tells" and state["tells"] % 3 == 0:
            return Verdict.STOP
        if flaw == "stops all" or (flaw == "unit" and losses[-1] > 2) or (flaw == "looks back" and len(steps) > 3):
            return Verdict.STOP
        if (flaw == "early pause" and len(steps) == 3) or (flaw == "budget pauses" and len(steps) % 5 == 0):
            return Verdict.PAUSE
        if flaw == "nan is good" and math.isnan(losses[-1]) and trial.budget is None:
            return Verdict.PAUSE
        if flaw == "best stops" and trial.params["x"] < 0.1 and len(steps) > 5:
            return Verdict.STOP
        return Verdict.GO_ON


PRUNER_LAWS_AND_FLAWS = [
    ("begins_when_nothing_is_known", "waits"),
    ("begins_when_nothing_is_known", "fixed config"),
    ("ends_when_nothing_is_offered", "finishes early"),
    ("a_study_comes_to_its_end", "stops at ten"),
    ("promotes_once_and_upwards", "budget pauses"),
    ("a_pause_keeps_to_the_budget", "early pause"),
    ("the_best_is_never_stopped", "best stops"),
    ("a_lone_trial_goes_on", "stops all"),
    ("nothing_reported_nothing_judged", "last report"),
    ("same_log_same_decision", "forgets"),
    ("telling_in_parts", "counts tells"),
    ("losses_have_no_unit", "unit"),
    ("nan_is_worst", "nan is good"),
    ("bears_failed_and_silent_trials", "failures"),
    ("bears_late_and_repeated_reports", "looks back"),
]


@pytest.mark.parametrize(("law", "flaw"), PRUNER_LAWS_AND_FLAWS)
def test_a_pruner_with_a_flaw_is_caught(law: str, flaw: str) -> None:
    with pytest.raises((AssertionError, ValueError, IndexError)):
        getattr(pruner_laws, law)(lambda: Faulty(flaw))


def test_every_pruner_law_is_broken_once() -> None:
    names = {law.__name__ for law in pruner_laws.ALL_PRUNER_LAWS}
    assert names == {law for law, _ in PRUNER_LAWS_AND_FLAWS} | {"settings_make_it_again"}


def test_a_pruner_whose_settings_may_change_is_caught() -> None:
    with pytest.raises(AssertionError, match="not frozen"):
        pruner_laws.settings_make_it_again(Thawed)


@pytest.mark.parametrize("make", [Keep, Median, ASHA])
def test_a_pruner_without_a_flaw_is_let_through(make: Any) -> None:
    pruner_laws.nan_is_worst(make)

"""Records of trials: how they show themselves, and what they say of words that they don't have."""

from __future__ import annotations

import copy
import datetime as dt
import enum
import pickle
from types import MappingProxyType

import pytest

from tunesmith.core.trial import Run, Trial, TrialState, config_words, read_states
from tunesmith.errors import InvalidArgumentError

CONFIG = {"lr": 0.00123456789, "optimizer": "adam", "layers": 2, "norm": None}


@pytest.mark.parametrize(
    ("trial", "shown"),
    [
        (Trial(7, TrialState.COMPLETE, CONFIG, (0.25,)), "<Trial 7, complete, value 0.25: {}>"),
        (Trial(8, TrialState.COMPLETE, CONFIG, (0.25, 12.0)), "<Trial 8, complete, values 0.25, 12: {}>"),
        (Trial(9, TrialState.FAILED, CONFIG, reason="timeout"), "<Trial 9, failed (timeout): {}>"),
        (Trial(10, TrialState.RUNNING, CONFIG), "<Trial 10, running: {}>"),
    ],
)
def test_a_record_shows_number_state_values_and_config(trial, shown):
    assert repr(trial) == shown.format("lr=0.00123457, optimizer='adam', layers=2, norm=None")


def test_a_long_config_is_cut():
    shown = repr(Trial(0, TrialState.WAITING, {f"parameter_{i}": i / 7 for i in range(200)}))
    assert shown.startswith("<Trial 0, waiting: parameter_0=0, parameter_1=0.142857, ")
    assert shown.endswith(" more>")
    assert len(shown) < 200
    assert len(config_words({"text": "x" * 5000, "n": 1})) < 150
    assert config_words({}) == ""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("intermediate_values", "trial.reports"),
        ("vlaue", "did you mean 'value'?"),
        ("suggest_float", r"ts.FixedTrial\(trial.params\)"),
        ("set_user_attr", "study.set_user_attr"),
    ],
)
def test_a_word_of_another_library_is_answered_with_ours(name, said):
    trial = Trial(0, TrialState.COMPLETE)
    with pytest.raises(AttributeError, match=f"Trial has no '{name}'; .*{said}"):
        getattr(trial, name)
    assert not hasattr(trial, name)
    assert copy.copy(trial) == trial


def test_the_duration_reaches_from_the_first_start_to_the_end():
    runs = (Run(1, 0, "w", None, 10.0, 12.0), Run(2, 1, "w", None, 20.0, 21.5))
    assert Trial(0, TrialState.COMPLETE, runs=runs).duration == dt.timedelta(seconds=11.5)
    assert Trial(0, TrialState.RUNNING, runs=runs).duration is None
    assert Trial(0, TrialState.WAITING).duration is None


class Foreign(enum.IntEnum):
    COMPLETE = 1
    FAIL = 3


def test_states_are_read_by_name():
    assert read_states(None) == set(TrialState)
    assert read_states([TrialState.PRUNED, "Complete", Foreign.FAIL]) == {"pruned", "complete", "failed"}
    assert read_states("complete") == read_states((Foreign.COMPLETE,)) == {TrialState.COMPLETE}
    assert TrialState.FAIL is TrialState.FAILED
    assert len(TrialState) == 6
    with pytest.raises(InvalidArgumentError, match=r"a state must be one of waiting, running, .*got 'done'"):
        read_states(["done"])


REMADE = [copy.copy, copy.deepcopy, lambda trial: pickle.loads(pickle.dumps(trial))]  # noqa: S301 - our own bytes


@pytest.mark.parametrize("remake", REMADE)
def test_a_record_may_be_copied_and_pickled_and_stays_frozen(remake):
    trial = Trial(
        3,
        TrialState.PRUNED,
        MappingProxyType(CONFIG),
        (0.5,),
        reports=MappingProxyType({1: MappingProxyType({"loss": 0.5})}),
        runs=(Run(1, 0, "w", None, 10.0, 12.0), Run(2, 1, "w", 9, 20.0)),
        user_attrs=MappingProxyType({"note": {"a": [1, 2]}}),
        memo={"lengths": [1.0]},
    )
    made = remake(trial)
    assert made == trial
    assert {made, trial} == {trial}
    assert made.params == CONFIG
    with pytest.raises(TypeError, match="does not support item assignment"):
        made.params["lr"] = 1.0
    with pytest.raises(TypeError, match="does not support item assignment"):
        made.reports[1]["loss"] = 1.0
    with pytest.raises(AttributeError):
        made.number = 4

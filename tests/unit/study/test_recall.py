"""What a loaded study, a replay and a snapshot take from the log: budget axis, parts of one's own, damaged caches."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np
import pytest

import tunesmith as ts
from tunesmith.core.protocols import Fidelity, Problem, Proposal
from tunesmith.errors import InvalidArgumentError, ReplayError
from tunesmith.pruners import ASHA
from tunesmith.samplers import Random
from tunesmith.study.snapshot import Snapshots

SPACE = ts.Space(x=ts.Float(-1, 1))


def train(trial):
    for step in range((trial.last_step or 0) + 1, int(trial.budget or 10) + 1):
        trial.report(trial.params["x"] ** 2 + 1 / step, step=step)
        if trial.should_prune():
            raise ts.TrialPruned
    return trial.params["x"] ** 2


def test_the_budget_axis_is_recorded_loaded_and_replayed(tmp_path):
    storage, axis = str(tmp_path / "study.db"), Fidelity("epochs", 2, 11)
    study = ts.create_study(SPACE, storage=storage, sampler=Random(), pruner=ASHA(pausing=True), fidelity=axis, seed=1)
    study.optimize(train, n_trials=25)
    assert max(t.budget for t in study.trials) == 11
    assert study.replay() == []
    again = ts.load_study(storage=storage)
    again.optimize(train, n_trials=45)
    assert {t.budget for t in again.trials} <= {2, 6, 11}
    assert again.replay() == []


@dataclass(frozen=True)
class Mine:
    """Proposes where its setting says; no part of the package."""

    at: float = 0.5

    def init(self, problem: Problem):
        return None

    def tell(self, state, runs):
        return None

    def ask(self, state, pending, rng):
        return Proposal({"x": self.at}, "mine")


def test_a_study_with_a_sampler_of_ones_own_is_read_without_it_and_goes_on_with_it(tmp_path):
    storage = str(tmp_path / "study.db")
    study = ts.create_study(SPACE, storage=storage, sampler=Mine(), seed=1)
    study.optimize(lambda trial: trial.params["x"], n_trials=2)
    assert study.replay() == []
    read = ts.load_study(storage=storage)
    assert read.best_value == 0.5
    assert len(read.trials) == 2
    with pytest.raises(InvalidArgumentError, match=r"Mine.*pass it again: load_study\(\.\.\., sampler="):
        read.optimize(lambda trial: 1.0, n_trials=3)
    with pytest.raises(InvalidArgumentError, match="pass it again"):
        read.ask()
    with pytest.raises(ReplayError, match="Mine"):
        read.replay()
    with pytest.raises(ReplayError, match="Mine"):
        ts.load_study(storage=storage, sampler=Mine(at=0.25)).replay()
    ts.load_study(storage=storage, sampler=Mine()).optimize(lambda trial: 1.0, n_trials=3)
    assert ts.load_study(storage=storage, sampler=Mine()).replay() == []


class Dumping:
    """A sampler whose state is one array."""

    def dump(self, state):
        return {"sum": np.array(state)}

    def load(self, problem, arrays):
        return float(arrays["sum"])


def snapshot(tmp_path):
    study = ts.create_study(SPACE, sampler=Random(), seed=1)
    study.optimize(lambda trial: trial.params["x"], n_trials=5)
    kept = Snapshots(str(tmp_path), {"name": "Dumping"})
    problem = Problem(study.space, n_trials=5)
    kept.save(Dumping(), 7.0, problem, study.history, 5)
    return kept, problem, study.history


@pytest.mark.parametrize("keep", [0, 4, 30, 0.5, 0.9, -10])
def test_a_damaged_snapshot_counts_as_none(tmp_path, keep):
    kept, problem, history = snapshot(tmp_path)
    assert kept.load(Dumping(), problem, history) == (7.0, 5)
    whole = kept.path.read_bytes()
    kept.path.write_bytes(whole[: int(keep * len(whole)) if isinstance(keep, float) else keep])
    assert kept.load(Dumping(), problem, history) is None
    kept.path.write_bytes(bytes(b ^ 255 if i % 61 == 7 else b for i, b in enumerate(whole)))
    assert kept.load(Dumping(), problem, history) is None


@pytest.mark.parametrize(
    "change", [{"discover": True}, {"fidelity": Fidelity("e", 1, 2)}, {"seed": 3}, {"past": ({},)}]
)
def test_a_snapshot_of_another_problem_is_not_used(tmp_path, change):
    kept, problem, history = snapshot(tmp_path)
    other = Problem(**{"space": problem.space, "n_trials": 5, **change})
    assert kept.load(Dumping(), other, history) is None
    assert kept.load(Dumping(), Problem(problem.space, n_trials=60), history) == (7.0, 5), "only the plan differs"


def test_a_study_that_never_ran_is_loaded_with_the_parts_it_was_created_with(tmp_path):
    storage, axis = str(tmp_path / "study.db"), Fidelity("epochs", 2, 11)
    parts = {"sampler": Random(use_priors=True), "pruner": ASHA(pausing=True)}
    ts.create_study(SPACE, storage=storage, fidelity=axis, seed=1, **parts)
    read = ts.load_study(storage=storage)
    assert (read._sampler, read._pruner, read._fidelity) == (*parts.values(), axis)
    other = ts.load_study(storage=storage, sampler=Random())
    other.optimize(train, n_trials=1)
    assert ts.load_study(storage=storage)._sampler == Random(), "a session is later than the beginning"


def test_a_study_of_before_is_loaded_with_the_default_and_one_of_ones_own_must_be_passed_again(tmp_path):
    storage = str(tmp_path / "study.db")
    ts.create_study(SPACE, storage=storage, study_name="mine", sampler=Mine(), seed=1)
    with pytest.raises(InvalidArgumentError, match=r"Mine.*pass it again"):
        ts.load_study("mine", storage=storage).ask()
    store = ts.open_store(storage)
    created = ts.create_study(SPACE, seed=1).events()[0].event
    store.append("old", [msgspec.structs.replace(created, sampler={}, pruner={}, limits={})])
    assert type(ts.load_study("old", storage=storage)._sampler).__name__ == "Auto"


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"metrics": "loss"}, r"was made with metrics=\('accuracy',\), got \('loss',\); leave metrics as it was"),
        ({"constraints": {"ms": "<= 5"}}, "was made with constraints="),
        ({"seed": 2}, "was made with seed=1, got 2"),
        ({"discover": True}, "was made with discover=False, got True"),
        ({"max_attempts": 5}, "was made with max_attempts=3, got 5; leave max_attempts as it was"),
    ],
)
def test_other_settings_than_a_study_was_made_with_are_refused(other, said, tmp_path):
    made = {"storage": str(tmp_path / "a.db"), "study_name": "a", "load_if_exists": True, "seed": 1}
    made |= {"metrics": "accuracy", "constraints": {"ms": "<= 9"}}
    ts.create_study(SPACE, **made)
    assert ts.create_study(SPACE, **made).metrics == ("accuracy",)
    with pytest.raises(InvalidArgumentError, match=said):
        ts.create_study(SPACE, **made | other)
    left_out = {key: made[key] for key in ("storage", "study_name", "load_if_exists")}
    assert ts.create_study(SPACE, **left_out).seed == 1

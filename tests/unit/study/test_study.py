"""The life of a study: totals, queue, results from elsewhere, callbacks, stop rules, objectives."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from typing import Any, final

import pytest

import tunesmith as ts
from tunesmith.core import events as ev
from tunesmith.core.protocols import Proposal
from tunesmith.pruners import Median
from tunesmith.samplers import Random

SPACE = ts.Space(x=ts.Float(-1, 1), n=ts.Int(1, 5), m=ts.Float(0, 1, when={"n": ">= 3"}))


def square(trial):
    return trial.params["x"] ** 2


@pytest.fixture
def study():
    return ts.create_study(SPACE, sampler=Random(), seed=7)


def test_n_trials_is_the_total_of_the_study_whoever_asks(study):
    assert study.optimize(square, n_trials=10) == "all 10 trials are done"
    study.optimize(square, n_trials=10)
    assert len(study.trials) == 10
    study.optimize(square, n_trials=13)
    assert len(study.trials) == 13


def test_a_prompt_shows_the_name_and_the_trials():
    study = ts.create_study(SPACE, direction="maximize", sampler=Random(), study_name="seen", seed=1)
    assert repr(study) == "<Study 'seen', maximize: no trials>"
    study.optimize(lambda trial: 1.0, n_trials=2)
    assert repr(study) == "<Study 'seen', maximize: 2 complete, best value 1 (trial 0)>"


def test_the_same_seed_gives_the_same_study_and_another_does_not():
    def run(seed):
        study = ts.create_study(SPACE, sampler=Random(), seed=seed)
        study.optimize(square, n_trials=5)
        return [dict(t.params) for t in study.trials]

    assert run(1) == run(1) != run(2)


@final
@dataclass(frozen=True)
class Remembering:
    """Proposes 0.5, with lists in what it says and remembers that it goes on writing to."""

    said: dict[str, Any]

    def init(self, problem):
        return 0

    def tell(self, state, runs):
        return state + len(runs)

    def ask(self, state, pending, rng):
        self.said["deep"]["list"].append(state)
        return Proposal({"x": 0.5}, by="test", reasons=self.said, memo=self.said)


def test_what_a_sampler_said_is_changed_by_nobody():
    study = ts.create_study(ts.Space(x=ts.Float(0, 1)), sampler=Remembering({"deep": {"list": []}}), seed=1)
    study.optimize(lambda trial: trial.params["x"], n_trials=2)
    assert [trial.memo["deep"]["list"] for trial in study.trials] == [[0], [0, 1]]
    for told in (study.trials[1].memo, study.trials[1].reasons):
        told["deep"]["list"].append("changed")
        with pytest.raises(TypeError):
            told["deep"] = "changed"
        assert told["deep"] == {"list": [0, 1]}
    assert study.trials[1].memo == study.trials[1].reasons == {"deep": {"list": [0, 1]}}


def test_queued_configs_come_first_and_are_completed_where_they_are_partial(study):
    study.enqueue_trial({"x": 0.5, "n": 2})
    number = study.enqueue_trial({"n": 4}, user_attrs={"why": "hunch"})
    assert study.trials[number].state == "waiting"
    study.optimize(square, n_trials=4)
    first, second, *others = study.trials
    assert dict(first.params) == {"x": 0.5, "n": 2}
    assert second.params["n"] == 4
    assert set(second.params) == {"x", "n", "m"}
    assert second.user_attrs["why"] == "hunch"
    assert {t.by for t in (first, second)} == {"queue"}
    assert {t.by for t in others} == {"random"}
    assert len(study.trials) == 4


def test_a_trial_from_elsewhere_counts_and_can_be_the_best(study):
    number = study.add_trial(
        {"x": 0.0, "n": 1}, -1.0, reports={1: 0.5, 2: {"value": 0.1}}, user_attrs={"from": "paper"}
    )
    study.optimize(square, n_trials=3)
    assert study.best_trial.number == number
    assert study.best_value == -1.0
    assert study.trials[number].reports[2] == {"value": 0.1}
    assert len(study.trials) == 3


def test_replicates_of_any_two_configs_are_paired_by_seed(study):
    study.optimize(square, n_trials=2)
    study.replicate_trial(0, 2)
    study.replicate_trial(1, 2)
    study.optimize(square, n_trials=6)
    trials = study.trials
    assert [t.replicate for t in trials] == [0, 0, 1, 2, 1, 2]
    assert dict(trials[2].params) == dict(trials[0].params)
    assert trials[2].seed == trials[4].seed != trials[3].seed == trials[5].seed
    assert trials[0].seed == trials[1].seed


def test_callbacks_see_each_end_and_a_broken_one_is_let_go(study, caplog):
    seen, broken = [], []

    def good(s, trial):
        assert s is study
        seen.append((trial.number, trial.state))

    def bad(_, trial):
        broken.append(trial.number)
        raise RuntimeError("oops")

    study.optimize(square, n_trials=4, callbacks=[bad, good])
    assert seen == [(n, "complete") for n in range(4)]
    assert broken == [0]
    assert "disconnected" in caplog.text


def test_a_callback_can_stop_the_study(study):
    study.optimize(square, n_trials=100, callbacks=[lambda s, t: s.stop("enough") if t.number == 4 else None])
    assert len(study.trials) == 5


def test_a_target_that_nothing_can_reach_is_refused():
    with pytest.raises(ts.errors.InvalidArgumentError, match="TargetValue needs a number that can be reached, got nan"):
        ts.TargetValue(float("nan"))


def test_stop_rules_end_the_study():
    study = ts.create_study(SPACE, sampler=Random(), seed=1, direction="maximize")
    why = study.optimize(lambda t: t.number, n_trials=100, stop=ts.TargetValue(7))
    assert "target value 7" in why
    assert study.best_value == 7
    assert len(study.trials) == 8

    flat = ts.create_study(SPACE, sampler=Random(), seed=1)
    why = flat.optimize(lambda t: max(5 - t.number, 0), n_trials=100, stop=[ts.Plateau(patience=6)])
    assert "has not improved" in why
    assert len(flat.trials) == 12  # best at trial 5, then six without improvement

    few = ts.create_study(SPACE, sampler=Random(), seed=1)
    few.optimize(lambda t: math.nan if t.number % 2 else 1.0, n_trials=100, stop=ts.MaxTrials(3))
    assert few.counts["complete"] == 3


def test_a_timeout_begins_no_further_trials(study):
    clock = threading.Event()
    why = study.optimize(lambda t: clock.wait(0.05) or 1.0, timeout=0.12)
    assert "timeout of 0.12" in why
    assert 1 <= len(study.trials) <= 4
    assert study.counts["running"] == 0


def test_several_objectives_have_a_pareto_front():
    study = ts.create_study(
        SPACE, directions=["minimize", "maximize"], metrics=["loss", "speed"], sampler=Random(), seed=1
    )
    points = [(1, 1), (2, 2), (2, 1), (3, 3), (1, 0)]
    study.optimize(lambda t: points[t.number], n_trials=5)
    assert [t.number for t in study.best_trials] == [0, 1, 3]
    with pytest.raises(ts.errors.InvalidArgumentError, match="best_trials"):
        _ = study.best_trial
    study.optimize(lambda _: {"speed": 9.0, "loss": 0.5, "watts": 3}, n_trials=6)
    assert study.trials[5].values == (0.5, 9.0)
    assert study.trials[5].metrics["watts"] == 3


def test_a_trial_that_breaks_a_constraint_is_infeasible_and_never_the_best():
    study = ts.create_study(SPACE, constraints={"latency": "<= 10", "acc": ">= 0.5"}, sampler=Random(), seed=1)
    told = [{"value": 3.0, "latency": 5, "acc": 0.9}, {"value": 1.0, "latency": 12.5, "acc": 0.4}, {"value": 0.5}]
    study.optimize(lambda t: told[t.number], n_trials=3)
    good, bad, unknown = study.trials
    assert good.feasible
    assert bad.violations == pytest.approx((2.5, 0.1))
    assert all(math.isnan(v) for v in unknown.violations)
    assert not bad.feasible
    assert not unknown.feasible
    assert study.best_trial.number == 0
    assert [t.number for t in study.best_trials] == [0]


def test_a_pruned_trial_keeps_its_last_value():
    study = ts.create_study(SPACE, sampler=Random(), pruner=Median(startup=2), seed=1, direction="maximize")

    def objective(trial):
        for step in range(5):
            trial.report({"acc": -trial.number + step, "other": 99}, step)
            if trial.should_prune():
                raise ts.TrialPruned
        return -trial.number

    study.optimize(objective, n_trials=6)
    pruned = [t for t in study.trials if t.state == "pruned"]
    assert pruned
    for trial in pruned:
        assert trial.value == trial.reports[max(trial.reports)]["acc"]
        assert trial.losses == (-trial.value,)
    assert study.best_trial.number == 0


def test_pruned_by_an_exception_of_another_library_is_recognised_by_name(study):
    class TrialPruned(Exception):  # noqa: N818
        pass

    def objective(trial):
        trial.report(1.0, 0)
        raise TrialPruned

    study.optimize(objective, n_trials=1)
    assert study.trials[0].state == "pruned"


def test_an_exhausted_space_ends_the_study_and_refuses_to_be_asked():
    study = ts.create_study(ts.Space(a=ts.Int(1, 3), b=ts.Categorical("x", "y")), sampler=ts.samplers.Grid(), seed=1)
    study.optimize(lambda t: t.params["a"])
    assert len(study.trials) == 6
    with pytest.raises(ts.errors.SpaceExhaustedError):
        study.ask()


def test_a_plain_function_of_the_parameters():
    best = ts.maximize(lambda x, n, m=0.5: -(x**2) + n + m, SPACE, n_trials=30, seed=1)
    assert best.best_value > 4
    assert ts.minimize(lambda x: x, {"x": ts.Float(0, 1)}, n_trials=3, seed=1).counts["complete"] == 3


def test_fixed_trial_runs_an_objective_by_hand():
    def objective(trial):
        trial.report(1.0, 3)
        trial.set_user_attr("note", "ok")
        assert not trial.should_prune()
        return trial.suggest_float("x", -1, 1) ** 2 + trial.suggest_categorical("k", [1, 2])

    trial = ts.FixedTrial({"x": 0.5, "k": 2})
    assert objective(trial) == 2.25
    assert trial.reports == {3: {"value": 1.0}}
    assert trial.user_attrs == {"note": "ok"}
    with pytest.raises(ts.errors.InvalidArgumentError, match="outside"):
        ts.FixedTrial({"x": 3}).suggest_float("x", 0, 1)


def test_loading_gives_the_same_study_with_its_sampler(tmp_path):
    url = f"sqlite:///{tmp_path}/s.db"
    study = ts.create_study(SPACE, storage=url, sampler=Random(use_priors=True), seed=7, study_name="one")
    study.optimize(square, n_trials=5)
    loaded = ts.load_study(storage=url)
    assert loaded.trials == study.trials
    assert loaded._sampler == Random(use_priors=True)
    assert ts.study_names(storage=url) == ["one"]
    with pytest.raises(ts.errors.StudyExistsError, match="load_if_exists"):
        ts.create_study(SPACE, storage=url, study_name="one")
    with pytest.raises(ts.errors.InvalidArgumentError, match="another space"):
        ts.create_study(SPACE.without("m"), storage=url, study_name="one", load_if_exists=True)
    with pytest.raises(ts.errors.StudyNotFoundError, match="'two'"):
        ts.load_study("two", storage=url)
    ts.delete_study("one", storage=url)
    assert ts.study_names(storage=url) == []


def test_the_record_of_a_session_allows_an_exact_rerun(tmp_path):
    study = ts.create_study(SPACE, storage=f"sqlite:///{tmp_path}/s.db", seed=7)
    study.optimize(square, n_trials=2)
    session = next(s.event for s in study.events() if isinstance(s.event, ev.Session))
    for name in ("tunesmith", "python", "libraries", "platform", "cores", "host", "command", "pid"):
        assert session.record[name], name
    assert session.sampler["name"] == "Auto"
    assert session.limits["n_trials"] == 2
    usage = study.trials[0].runs[0].usage
    assert {"pid", "host", "cpu"} <= set(usage)


def test_a_table_of_trials(study):
    pytest.importorskip("pandas")
    study.optimize(square, n_trials=3)
    frame = study.trials_dataframe()
    assert list(frame["number"]) == [0, 1, 2]
    assert frame["value"].tolist() == [t.value for t in study.trials]
    assert frame["params_x"].tolist() == [t.params["x"] for t in study.trials]


def test_a_sampler_that_proposes_outside_the_space_is_named():
    class Wrong:
        def init(self, problem):
            return None

        def tell(self, state, runs):
            return None

        def ask(self, state, pending, rng):
            return ts.samplers.Random().ask(ts.samplers.Random().init(None), pending, rng)

    class Outside(Wrong):
        def ask(self, state, pending, rng):
            from tunesmith.core.protocols import Proposal

            return Proposal({"x": 9.0, "n": 1}, "wrong")

    study = ts.create_study(SPACE, sampler=Outside(), seed=1)
    with pytest.raises(ts.errors.InvalidConfigError, match="Outside proposed"):
        study.optimize(square, n_trials=1)
    assert study.counts["running"] == 0
    assert not study._log.ledger.tickets


def test_a_late_result_is_refused_and_the_worker_goes_on(study, caplog):
    from tunesmith.study.closing import lose

    def objective(trial):
        if trial.number == 1 and trial.run == 1:
            log = study._log  # somebody takes us for dead and closes the run
            log.append(lose(log.ledger, 1, 1, "lost", "its worker is gone"))
        return trial.params["x"] ** 2

    study.optimize(objective, n_trials=4)
    trials = study.trials
    assert [t.state for t in trials] == ["complete"] * 4
    assert [r.reason for r in trials[1].runs] == ["lost", "returned"]
    assert "closed by somebody else" in caplog.text


def test_what_is_queued_must_obey_rules_and_conditions_as_far_as_it_is_given():
    space = ts.Space(
        {"m": ts.Categorical("rf", "svm"), "d": ts.Int(1, 5), "c": ts.Float(0, 9, when={"m": "svm"})}, rules=["d != 3"]
    )
    study = ts.create_study(space, sampler=Random(), seed=1)
    with pytest.raises(ts.errors.InvalidConfigError, match="rule 'd != 3' forbids"):
        study.enqueue_trial({"m": "rf", "d": 3})
    with pytest.raises(ts.errors.InvalidConfigError, match="'c' is not active"):
        study.enqueue_trial({"m": "rf", "c": 1.0})
    study.enqueue_trial({"c": 1.0})
    study.optimize(lambda t: t.params["d"], n_trials=1)
    assert study.trials[0].params["m"] == "svm"


def test_a_constraint_that_was_never_measured_is_named_on_the_trial():
    study = ts.create_study(SPACE, constraints={"latency": "<= 10"}, sampler=Random(), seed=1)
    study.optimize(square, n_trials=1)
    assert "'latency' is constrained and was never reported" in study.trials[0].message
    study.optimize(lambda t: {"value": 1.0, "latency": math.inf}, n_trials=2)
    assert "'latency' is constrained and was never reported as a finite number" in study.trials[1].message
    with pytest.raises(ts.errors.InvalidArgumentError, match="resources must be a dict"):
        study.optimize(square, n_trials=2, resources="gpu")

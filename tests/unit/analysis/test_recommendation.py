"""What is recommended under noise: tables worked by hand, and agreement with the best observed where there is none."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import tunesmith as ts
from tests.unit.analysis.conftest import make_history, make_trial
from tunesmith.analysis import recommendation
from tunesmith.analysis.recommendation import recommend
from tunesmith.errors import InvalidArgumentError, NoCompletedTrialsError

LETTER = ts.Space(letter=ts.Categorical("a", "b", "c"))
LINE = ts.Space(x=ts.Float(0.0, 1.0))


@dataclass
class Told:
    """A study as `recommend` sees it."""

    history: Any
    directions: tuple[str, ...] = ("minimize",)


def told(space, rows, **more):
    """Return a study of (config, value, ...) rows."""
    trials = [make_trial(i, value, params=config, **extra) for i, (config, value, extra) in enumerate(rows)]
    return Told(make_history(trials, space), **more)


def lettered(**values):
    """Return trials of the letters in turn, so that the first of each come first."""
    longest = max(map(len, values.values()))
    return [({"letter": k}, v[i], {}) for i in range(longest) for k, v in values.items() if i < len(v)]


def line(f, n=40, noise=0.0, seed=0):
    rng = np.random.default_rng(seed)
    return [({"x": float(x)}, float(f(x) + noise * rng.normal()), {}) for x in rng.random(n)]


def test_replicates_beat_a_lucky_trial_by_hand():
    # a: mean (0.0 + 3.1 + 2.9 + 3.0) / 4 = 2.25, b: mean 1.0; all deviate by about 1.5 and 0.1 from their means
    rows = lettered(a=[0.0, 3.1, 2.9, 3.0], b=[1.0, 1.1, 0.9, 1.0], c=[5.0, 4.0, 6.0, 5.0])
    found = recommend(told(LETTER, rows))
    assert (found.config, found.trials, found.observed) == ({"letter": "b"}, 4, pytest.approx(1.0))
    assert (found.number, found.best_observed) == (7, 0)  # the third b, and the first a
    assert found.runner_up == 0
    assert found.over_observed == found.over_runner_up
    assert 0.8 < found.over_observed < 1.0
    assert 0.7 < found.expected < 1.7  # drawn towards the others
    assert found.noisy


def test_one_config_alone_is_averaged_by_hand():
    values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]  # mean 4.5, deviation 2.29, of the mean 0.81
    for space, config in ((LETTER, {"letter": "a"}), (ts.Space(), {})):
        found = recommend(told(space, [(config, value, {}) for value in values]))
        assert found.expected == pytest.approx(4.5, abs=0.15)  # the bend has a prior, so it is not quite even
        assert found.noise == pytest.approx(2.29, rel=0.25)
        assert found.deviation == pytest.approx(0.81, rel=0.35)
        assert (found.trials, found.runner_up, found.over_runner_up, found.over_observed) == (8, None, None, None)


@pytest.mark.parametrize("f", [lambda x: (x - 0.3) ** 2, lambda x: math.exp(5 * x), lambda x: abs(x - 0.7)])
def test_without_noise_it_is_the_best_observed(f):
    study = told(LINE, line(f))
    found, best = recommend(study), int(study.history.loss.argmin())
    assert (found.number, found.best_observed) == (best, best)
    assert found.expected == found.observed == study.history.loss.min()
    assert (found.noise, found.deviation, found.over_observed, found.over_runner_up) == (0.0, 0.0, None, 1.0)
    assert not found.noisy


def test_replicates_that_agree_say_that_a_rough_loss_is_not_noisy():
    rough = line(lambda _: 0.0, n=60, noise=1.0)
    assert recommend(told(LINE, rough)).noisy
    found = recommend(told(LINE, [*rough, rough[3]]))
    assert not found.noisy
    assert found.expected == min(value for _, value, _ in rough)


def test_replicates_that_differ_by_next_to_nothing_are_averaged():
    rows = [({"x": i / 28}, (i / 28 - 0.5) ** 2, {}) for i in range(29)]
    found = recommend(told(LINE, [*rows, ({"x": 0.5}, 1e-5, {})]))
    assert (found.config, found.trials, found.noisy) == ({"x": 0.5}, 2, False)
    assert (found.expected, found.observed) == (0.0, pytest.approx(5e-6))


def test_failures_that_agree_and_coarse_values_prove_nothing():
    valley = line(lambda x: 4.0 * (x - 0.5) ** 2, n=60, noise=0.2)
    failed = ({"x": 0.999}, 2.3026, {})  # where no model has learnt anything, every trial ends like this
    assert recommend(told(LINE, [*valley, failed, failed])).noisy
    rng = np.random.default_rng(5)
    places = rng.random(60).tolist()
    coarse = [({"x": x}, 1.0 - rng.binomial(50, 0.9 - 2.0 * (x - 0.5) ** 2) / 50, {}) for x in places]
    assert recommend(told(LINE, coarse)).noisy
    tie = next(row for row in coarse if row[1] < 0.3)
    assert recommend(told(LINE, [*coarse, tie])).noisy


def test_a_loss_beyond_all_others_loses_no_moment():
    rows = line(lambda x: 4.0 * (x - 0.5) ** 2, n=30, noise=0.3)
    rows[7] = (rows[7][0], -1e308, {})
    found = recommend(told(LINE, rows))
    assert found.noisy or found.number == found.best_observed


def test_the_best_observed_is_judged_though_the_process_was_fitted_without_it():
    for seed in range(4, 10):
        study = told(LINE, line(lambda x: 4.0 * (x - 0.5) ** 2, n=700, noise=0.5, seed=seed))
        found = recommend(study)
        assert found.evidence == 300
        assert (found.over_observed is None) == (found.number == found.best_observed)


def test_of_a_noisy_valley_the_middle_is_taken_and_the_noise_is_measured():
    study = told(LINE, line(lambda x: 4.0 * (x - 0.5) ** 2, n=80, noise=0.2))
    found = recommend(study)
    truth = 4.0 * (found.config["x"] - 0.5) ** 2
    assert truth < 0.05
    assert found.noise == pytest.approx(0.2, rel=0.4)
    assert abs(found.expected - truth) < 3 * found.deviation < 0.3
    assert found.expected > study.history.loss.min()  # which is luck
    assert found.evidence == 80


def test_a_maximised_value_comes_back_in_its_own_direction():
    rows = line(lambda x: 4.0 * (x - 0.5) ** 2, n=50, noise=0.2)
    low, high = recommend(told(LINE, rows)), recommend(told(LINE, rows, directions=("maximize",)))
    assert (high.number, high.expected, high.observed) == (low.number, -low.expected, -low.observed)
    assert (high.deviation, high.noise, high.over_observed) == (low.deviation, low.noise, low.over_observed)


@pytest.mark.parametrize("unit", [2.0**-30, 2.0**900])
def test_losses_have_no_unit(unit):
    rows = line(lambda x: 4.0 * (x - 0.5) ** 2, n=50, noise=0.2)
    plain = recommend(told(LINE, rows))
    scaled = recommend(told(LINE, [(config, unit * value, {}) for config, value, _ in rows]))
    assert scaled.number == plain.number
    assert scaled.expected == pytest.approx(unit * plain.expected)
    assert scaled.noise == pytest.approx(unit * plain.noise)


def test_only_complete_and_feasible_trials_count():
    rows = [
        ({"letter": "a"}, 0.0, {"state": "pruned", "violations": (0.0,)}),
        ({"letter": "a"}, 0.0, {"violations": (2.0,)}),
        ({"letter": "b"}, 0.0, {"violations": (math.nan,)}),
        ({"letter": "b"}, None, {"state": "failed", "violations": (0.0,)}),
        ({"letter": "b"}, 2.0, {"violations": (0.0,)}),
        ({"letter": "c"}, 3.0, {"violations": (0.0,)}),
    ]
    found = recommend(told(LETTER, rows))
    assert (found.number, found.trials, found.evidence) == (4, 1, 2)
    with pytest.raises(NoCompletedTrialsError, match="nothing can be recommended"):
        recommend(told(LETTER, rows[:4]))


def test_several_losses_are_told_to_look_at_the_front():
    with pytest.raises(InvalidArgumentError, match="best_trials"):
        recommend(Told(make_history([], LETTER, 2), ("minimize", "minimize")))


def test_branches_are_compared_with_each_other():
    space = ts.Space(
        kind=ts.Categorical("flat", "deep"),
        depth=ts.Float(0.0, 1.0, when={"kind": "deep"}),
        width=ts.Float(0.0, 1.0, when={"kind": "flat"}),
    )
    rng, rows = np.random.default_rng(3), []
    for at in rng.random(40).tolist():
        rows.append(({"kind": "flat", "width": at}, 1.0 + at + 0.3 * float(rng.normal()), {}))
        rows.append(({"kind": "deep", "depth": at}, 2.0 * at + 0.3 * float(rng.normal()), {}))
    found = recommend(told(space, rows))
    assert found.config["kind"] == "deep"
    assert found.config["depth"] < 0.25
    assert found.noise == pytest.approx(0.3, rel=0.5)


def test_a_removed_choice_is_no_candidate_unless_nothing_is_noisy():
    rows = lettered(a=[1.0, 1.2, 0.8], b=[2.0, 2.2, 1.8], c=[0.0, 0.2, 0.1])
    study = told(LETTER, rows)
    study.history.columns.respace(ts.Space(letter=ts.Categorical("a", "b")))
    assert recommend(study).config == {"letter": "a"}
    assert recommend(study).best_observed == 2
    assert recommend(study).over_observed is None  # the process knows nothing of it


def test_many_trials_are_thinned_by_what_is_expected(monkeypatch):
    sizes = []

    def counted(x, y, kinds, **more):
        sizes.append(len(y))
        return fit(x, y, kinds, **more)

    fit = recommendation.fit
    monkeypatch.setattr(recommendation, "fit", counted)
    found = recommend(told(LINE, line(lambda x: 4.0 * (x - 0.5) ** 2, n=3000, noise=0.5)))
    assert sizes == [150, 150, 300]
    assert found.evidence == 300
    assert 4.0 * (found.config["x"] - 0.5) ** 2 < 0.05
    assert found.expected > -0.4  # the lowest of 3,000 values is about -1.5


@pytest.mark.parametrize("losses", [[1.0], [2.0, 2.0, 2.0], [math.inf, math.inf], [math.inf, 1.0, 2.0, 3.0]])
def test_few_equal_and_infinite_values_are_borne(losses):
    found = recommend(told(LINE, [({"x": 0.1 * i}, value, {}) for i, value in enumerate(losses)]))
    assert found.number == int(np.argmin(losses))
    assert not found.noisy


def test_probability_of_being_better_is_that_of_joint_draws():
    rows = line(lambda x: 4.0 * (x - 0.5) ** 2, n=30, noise=0.4)
    study = told(LINE, rows)
    judged = recommendation._judged(study.history, np.arange(30))
    pair, rng = [4, 7], np.random.default_rng(0)
    draws = np.array([judged.process.draw(judged.x[pair], rng) for _ in range(4000)])
    assert judged.better(pair[0], judged.x[pair[1]]) == pytest.approx((draws[:, 0] < draws[:, 1]).mean(), abs=0.03)
    assert judged.better(pair[0], judged.x[pair[1]]) == pytest.approx(1.0 - judged.better(pair[1], judged.x[pair[0]]))


def test_a_study_is_recommended_from_and_queues_replicates():
    study = ts.create_study(LINE, sampler=ts.samplers.Random(), seed=1)
    study.optimize(lambda trial: 4.0 * (trial.params["x"] - 0.5) ** 2 + math.sin(1e4 * trial.params["x"]), n_trials=40)
    found = ts.recommend(study)
    assert study.trials[found.number].params == found.config
    assert found.best_observed == study.best_trial.number
    assert found.over_observed > 0.5

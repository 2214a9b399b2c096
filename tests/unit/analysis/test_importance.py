"""PED-ANOVA against tables worked by hand, against the mean that chance has, and on what it is for."""

from __future__ import annotations

import numpy as np
import pytest

from tunesmith.analysis.importance import importance, ped_anova
from tunesmith.errors import InvalidArgumentError
from tunesmith.space import Categorical, Float, Int, Space

KINDS = np.array([2], dtype=np.int8)
TWO = np.array([2], dtype=np.int64)
A, B, NONE = 0.25, 0.75, np.nan


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def one(cells: list[float], draws: int = 50) -> np.ndarray:
    """Return the four figures of one parameter of two choices, for ten trials given best first; the top is five."""
    return ped_anova(np.array(cells)[:, None], np.arange(10), KINDS, TWO, rng=rng(), top=0.5, draws=draws)[0]


def test_a_divergence_by_hand() -> None:
    # Among the top five: 4 a, 1 b; among all ten: 5 a, 5 b. Sum of (.8-.5)^2/.5 twice.
    figures = one([A, A, A, A, B, A, B, B, B, B])
    assert figures[0] == pytest.approx(0.36)
    assert figures[3] == 10


def test_a_conditional_parameter_by_hand() -> None:
    # Active in 4 of the top five (3 a, 1 b) and in 6 of ten (3 a, 3 b): alpha = .8, beta = .6, and within the regime
    # the divergence of (.75, .25) from (.5, .5) is .25, times alpha^2 / beta.
    figures = one([A, A, A, B, NONE, B, B, NONE, NONE, NONE])
    assert figures[0] == pytest.approx(0.25 * 0.8**2 / 0.6)
    assert figures[3] == 6


def test_being_active_at_all_is_not_credited_to_the_child() -> None:
    figures = one([A, B, A, B, NONE, NONE, NONE, NONE, NONE, NONE])
    assert figures[0] == pytest.approx(0.0)


def test_chance_has_the_mean_of_sampling_without_replacement() -> None:
    # E T = (K - 1) (n - c) / (c (n - 1)) with K = 2 cells, n = 10 trials and c = 5 at the top.
    figures = one([A, A, A, A, B, A, B, B, B, B], draws=8000)
    assert figures[1] == pytest.approx(5 / 45, rel=0.05)


def test_a_parameter_with_one_value_explains_nothing() -> None:
    figures = ped_anova(np.full((40, 1), 0.5), np.arange(40), KINDS, np.array([1]), rng=rng())[0]
    assert figures.tolist() == [0.0, 0.0, 1.0, 40.0]


def test_a_continuous_parameter_does_not_depend_on_where_its_good_end_is() -> None:
    x = rng().random((200, 1))
    kinds, levels = np.array([0], dtype=np.int8), np.array([0])
    low = ped_anova(x, np.argsort(x[:, 0]), kinds, levels, rng=rng())[0]
    high = ped_anova(1 - x, np.argsort(x[:, 0]), kinds, levels, rng=rng())[0]
    assert low[0] == pytest.approx(high[0])
    # Top quarter of a uniform parameter: the density ratio is 4 on a quarter, so T is near 3.
    assert 2.3 < low[0] < 3.1


SPACE = Space(
    rate=Float(1e-4, 1.0, log=True), noise=Float(0, 1), layers=Int(1, 8), kind=Categorical("a", "b", "c"),
    child=Float(0, 1, when={"kind": "a"}),
)  # fmt: skip


def test_the_parameter_that_decides_is_found_and_the_others_are_not(trial, history) -> None:
    configs = [SPACE.sample(rng(i)) for i in range(120)]
    trials = [trial(i, (np.log10(c["rate"]) + 2) ** 2, params=c) for i, c in enumerate(configs)]
    table = importance(history(trials, SPACE))
    assert table.parameters[0].name == "rate"
    assert table.parameters[0].share > 0.8
    assert [one.name for one in table.parameters if one.clear] == ["rate"]
    assert sum(table.shares().values()) == pytest.approx(1)
    assert (table.trials, table.top, table.note) == (120, 30, "")
    assert table.exact
    assert table.deciding == tuple(one for one in table.parameters if one.p_value <= 0.05)
    assert len(table.deciding) < len(table.parameters)


def test_a_child_that_decides_within_its_regime_is_found(trial, history) -> None:
    configs = [SPACE.sample(rng(i)) for i in range(300)]
    losses = [abs(c["child"] - 0.3) if "child" in c else 0.3 for c in configs]
    table = importance(history([trial(i, v, params=c) for i, (c, v) in enumerate(zip(configs, losses))], SPACE))  # noqa: B905
    assert {one.name for one in table.parameters if one.clear} == {"child", "kind"}


@pytest.mark.statistics
def test_pure_noise_is_seldom_called_clear(trial, history) -> None:
    """At level 0.05, 60 studies have 3 false alarms on average; more than 9 have a chance of 0.001."""
    alarms = 0
    for seed in range(60):
        source = rng(seed)
        trials = [trial(i, float(source.random()), params=SPACE.sample(source)) for i in range(60)]
        alarms += any(one.clear for one in importance(history(trials, SPACE), seed=seed).parameters)
    assert alarms <= 9


def test_failed_trials_are_left_out_and_pruned_ones_are_behind(trial, history) -> None:
    space = Space(kind=Categorical("good", "bad"))
    # The pruned ones report tiny losses early on: they must not count as the best.
    trials = [trial(i, 1.0 + i, params={"kind": "good"}) for i in range(10)]
    trials += [trial(10 + i, 0.001, "pruned", params={"kind": "bad"}) for i in range(10)]
    trials += [trial(20 + i, None, "failed", params={"kind": "bad"}) for i in range(10)]
    table = importance(history(trials, space))
    assert table.trials == 20
    assert table.parameters[0].divergence == pytest.approx(1.0)  # (1, 0) against (.5, .5)


def test_infeasible_trials_are_behind_feasible_ones(trial, history) -> None:
    space = Space(kind=Categorical("good", "bad"))
    trials = [trial(i, 5.0, params={"kind": "good"}, violations=(0.0,)) for i in range(10)]
    trials += [trial(10 + i, 0.0, params={"kind": "bad"}, violations=(2.0,)) for i in range(10)]
    assert importance(history(trials, space)).parameters[0].divergence == pytest.approx(1.0)


def test_several_objectives_are_ordered_by_domination(trial, history) -> None:
    configs = [SPACE.sample(rng(i)) for i in range(120)]
    trials = []
    for i, c in enumerate(configs):
        losses = (c["noise"] + 3 * c["layers"], 1 - c["noise"] + 3 * c["layers"])
        trials.append(trial(i, params=c, values=losses, losses=losses))
    assert importance(history(trials, SPACE, n_losses=2)).parameters[0].name == "layers"


def test_only_the_last_run_of_a_trial_counts(trial, history) -> None:
    trials = [trial(i, float(i), params={"x": i / 20}) for i in range(20)]
    paused = [trial(i, 0.0, "paused", params={"x": i / 20}) for i in range(20)]
    space = Space(x=Float(0, 1))
    both, alone = importance(history(paused + trials, space)), importance(history(trials, space))
    assert both == alone


@pytest.mark.parametrize(
    ("n", "words"), [(0, "Nothing can be said"), (1, "from 1 finished trial."), (6, "guess"), (30, "few")]
)
def test_little_data_is_said(trial, history, n: int, words: str) -> None:
    space = Space(x=Float(0, 1))
    table = importance(history([trial(i, float(i), params={"x": i / 50}) for i in range(n)], space))
    assert words in table.note
    assert len(table.parameters) == 1
    assert not table.exact


def test_the_same_seed_gives_the_same_table(trial, history) -> None:
    trials = [trial(i, float(rng(i).random()), params=SPACE.sample(rng(i))) for i in range(40)]
    assert importance(history(trials, SPACE), seed=3) == importance(history(trials, SPACE), seed=3)


@pytest.mark.parametrize("wrong", [{"top": 0.0}, {"top": 0.6}, {"draws": 3}])
def test_wrong_settings_are_named(trial, history, wrong: dict[str, float]) -> None:
    space = Space(x=Float(0, 1))
    with pytest.raises(InvalidArgumentError, match=next(iter(wrong))):
        importance(history([trial(i, float(i), params={"x": 0.5}) for i in range(10)], space), **wrong)

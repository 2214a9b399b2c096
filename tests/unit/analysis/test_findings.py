"""Each sentence appears when, and only when, the trials bear it out."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from tunesmith.analysis.findings import Tone, default_trial, findings
from tunesmith.analysis.importance import importance
from tunesmith.space import Categorical, Float, Int, Space

SPACE = Space(x=Float(0, 1, default=0.5), kind=Categorical("a", "b"))


def told(trials, history, space=SPACE, metrics=("loss",), **more) -> str:
    table = importance(history(trials, space, n_losses=len(metrics)))
    return "\n".join(f"{one.tone}: {one.text}" for one in findings(trials, space, metrics, table, **more))


def draw(trial, n: int, loss) -> list:
    rng = np.random.default_rng(4)
    configs = [SPACE.defaults(), *(SPACE.sample(rng) for _ in range(n - 1))]
    return [trial(i, float(loss(c, i)), params=c, reports={9: {"loss": 0.0}}) for i, c in enumerate(configs)]


def test_a_study_without_results_says_so(trial, history) -> None:
    assert "No trial has been started" in told([], history)
    assert "No trial has finished" in told([trial(0, None, "running", params={"x": 0.1, "kind": "a"})], history)
    failed = [trial(i, None, "failed", params=SPACE.defaults(), reason="nan") for i in range(3)]
    assert "Of 3 finished trials none completed" in told(failed, history)
    assert "3 trials failed, 100 % of all, by reason: nan (3)" in told(failed, history)


def test_the_best_and_the_defaults(trial, history) -> None:
    trials = draw(trial, 40, lambda c, _i: 1 + abs(c["x"] - 0.2))
    text = told(trials, history)
    best = min(trials, key=lambda t: t.losses[0])
    assert f"Trial {best.number} is the best of 40 complete trials" in text
    assert f"The defaults gave 1.3 (trial 0); the best config is better by {1.3 - best.value:.4g}" in text
    assert default_trial(trials, SPACE) is trials[0]


def test_when_nothing_beats_the_defaults(trial, history) -> None:
    assert "Nothing beat the defaults (trial 0)." in told(draw(trial, 15, lambda _c, i: i), history)


def test_what_mattered_and_where_the_good_values_lie(trial, history) -> None:
    text = told(draw(trial, 100, lambda c, _i: abs(c["x"] - 0.7)), history)
    assert "x mattered most for being among the best 25 trials. No effect beyond" in text
    assert "No effect beyond chance can be seen for kind." in text
    assert "The best 10 complete trials have x between 0." in text


def test_a_region_says_how_many_of_the_best_have_the_parameter(trial, history) -> None:
    space = Space(kind=Categorical("a", "b"), width=Float(0.0, 1.0, when={"kind": "b"}))
    rng, trials = np.random.default_rng(3), []
    for n in range(160):
        width = float(rng.random())
        plain = n % 40 == 0
        config = {"kind": "a"} if plain else {"kind": "b", "width": width}
        trials.append(trial(n, 0.001 + n / 1e5 if plain else abs(width - 0.7), params=config))
    text = told(trials, history, space)
    assert re.search(r"The best 16 complete trials have width between 0\.\d+ and 0\.\d+ \(12 of 16\)", text), text


def test_what_only_some_trials_have_is_said_to_count_among_these(trial, history) -> None:
    space = Space(kind=Categorical("a", "b"), width=Float(0.0, 1.0, when={"kind": "b"}))
    rng, trials = np.random.default_rng(3), []
    for n in range(160):
        width = float(rng.random())
        plain = n % 4 == 0
        config = {"kind": "a"} if plain else {"kind": "b", "width": width}
        trials.append(trial(n, 0.5 + n / 1e5 if plain else 0.1 + abs(width - 0.7), params=config))
    text = told(trials, history, space)
    assert "beyond chance. width is compared only among the 120 of 160 trials that have it.\n" in text, text
    trials.append(trial(160, 0.0, params={"kind": "a"}))
    text = told(trials, history, space)
    assert "only among the 120 of 161 trials that have it; the best trial has no width.\n" in text, text
    whole = told(draw(trial, 100, lambda c, _i: abs(c["x"] - 0.7)), history)
    assert "x mattered most" in whole
    assert "trials that have it" not in whole


def test_few_trials_give_an_order_and_no_figures(trial, history) -> None:
    text = told(draw(trial, 40, lambda c, _i: abs(c["x"] - 0.7)), history)
    assert "x mattered most for being among the best 10 trials. No effect beyond chance can be seen for kind." in text
    assert "%" not in text.replace("better by", "").split("mattered")[1]


def test_several_parameters_stand_in_their_order(trial, history) -> None:
    text = told(draw(trial, 200, lambda c, _i: abs(c["x"] - 0.7) + 0.2 * (c["kind"] == "b")), history)
    assert re.search(r"x \(\d+ %\) mattered most for being among the best 50 trials, then kind \(\d+ %\); in per", text)


def test_a_gain_of_more_than_the_whole_has_no_percentage(trial, history) -> None:
    few = told(draw(trial, 15, lambda _c, i: 2.0 - 0.1 * i), history)
    assert "The defaults gave 2 (trial 0); the best config is better by 1.4 (70.0 %), on the data" in few
    many = told(draw(trial, 15, lambda _c, i: 0.01 - i), history)
    assert "better by 14, on the data that the search used" in many


def test_noise_mattered_to_nobody(trial, history) -> None:
    rng = np.random.default_rng(8)
    assert "No parameter stands out from chance" in told(draw(trial, 60, lambda _c, _i: rng.random()), history)


def test_a_best_at_the_edge_asks_for_a_wider_range(trial, history) -> None:
    assert "x stands at the upper end of its range" in told(draw(trial, 80, lambda c, _i: -c["x"]), history)
    assert "end of its range" not in told(draw(trial, 80, lambda c, _i: abs(c["x"] - 0.5)), history)


def test_ranges_that_the_model_bends_are_named_with_the_way_to_declare_them(trial, history) -> None:
    space = Space(
        lr=Float(1e-5, 0.1), width=Int(0, 4096), momentum=Float(0.0, 0.999), l2=Float(1e-6, 1.0, log=True),
        shift=Float(-5.0, 5.0), batch=Int(8, 512, step=8), calm=Float(0.0, 1.0), kind=Categorical("a", "b"),
    )  # fmt: skip
    powers = {"lr": 1.0, "width": 1.5, "momentum": -1.0, "l2": -1.5, "shift": 1.0, "batch": 1.0, "gone": 1.0}

    def run(bent: int, straight: int = 0) -> str:
        reasons = [{"evidence": 9, "bent": powers}] * bent + [{"evidence": 9}] * straight
        trials = [trial(i, 1.0 + i, params=space.defaults(), reasons=r) for i, r in enumerate(reasons)]
        return told(trials, history, space)

    text = run(bent=20)
    assert "lr matters most near the lower end of its range (log=True would suit it)" in text
    assert "width matters most near the lower end of its range (log=True would suit it, with a lowest value ab" in text
    assert "momentum matters most near the upper end of its range (the distance from 0.999 on a log scale" in text
    assert "l2 matters most near the upper end of its range (a narrower range there would suit it)" in text
    assert "shift matters most near the lower end of its range (the distance from -5 on a log scale" in text
    assert "batch matters most near the lower end of its range (log=True without step would suit it)" in text
    assert "calm matters" not in text
    assert "learnt that" in run(bent=8, straight=2)
    assert "learnt that" not in run(bent=20, straight=3)  # of late the model has found it straight
    assert "learnt that" not in run(bent=7)


def test_a_sampler_of_the_users_may_say_other_things_of_a_trial(trial, history) -> None:
    trials = draw(trial, 20, lambda c, _i: c["x"])
    for bent in ("double", {"x": "double"}):
        odd = [replace(one, reasons={"evidence": "much", "bent": bent}) for one in trials]
        assert "learnt that" not in told(odd, history)


def test_a_search_that_stands_still_is_told(trial, history) -> None:
    trials = draw(trial, 40, lambda c, i: 0.0 if i == 3 else 1 + c["x"])
    assert "The last 36 complete trials brought no improvement" in told(trials, history)
    assert "no improvement" not in told(draw(trial, 40, lambda _c, i: -i), history)


def test_pruning_says_what_it_saved(trial, history) -> None:
    trials = draw(trial, 6, lambda _c, i: i)  # ten steps each
    trials += [
        trial(6 + i, 9.0, "pruned", params=SPACE.defaults(), reports={k: {"loss": 9.0} for k in range(2)})
        for i in range(4)
    ]
    # Saved 4 times 8 of 100 steps.
    assert "4 of 10 trials that report steps were pruned early, which saved about 32 % of the" in told(trials, history)
    silent = [trial(10 + i, float(i), params=SPACE.defaults()) for i in range(20)]
    assert "4 of 10 trials that report steps were pruned early, which saved about 32 %" in told(
        trials + silent, history
    )


def test_the_caution_about_the_best_goes_once_it_was_checked(trial, history) -> None:
    trials = draw(trial, 20, lambda c, _i: c["x"])
    assert "looks better than it is" in told(trials, history)
    assert "looks better than it is" not in told(trials, history, checked=True)


def test_several_objectives_tell_of_the_front(trial, history) -> None:
    trials = [
        trial(i, params={"x": v, "kind": "a"}, values=(v, 1 - v), losses=(v, 1 - v))
        for i, v in enumerate([0.1, 0.4, 0.9])
    ]
    trials.append(trial(3, params={"x": 0.5, "kind": "b"}, values=(0.9, 0.9), losses=(0.9, 0.9)))
    text = told(trials, history, metrics=("error", "size"))
    assert "3 of 4 complete trials are on the Pareto front of error and size" in text
    assert "is the best" not in text


def test_tones() -> None:
    assert {str(tone) for tone in Tone} == {"result", "advice", "caution"}


def test_a_noisy_study_says_which_config_is_expected_to_be_best(trial, history):
    from dataclasses import replace

    from tunesmith.analysis.recommendation import Recommendation

    space = Space(x=Float(0.0, 1.0))
    trials = [trial(i, 0.1 * i, params={"x": 0.1 * i}) for i in range(4)]
    shares = importance(history(trials, space))
    found = Recommendation(2, {"x": 0.2}, 0.25, 0.031, 0.5, 0.2, 1, 0, 0.81, 0, 0.81, 4)

    def said(recommendation):
        told = findings(trials, space, ["loss"], shares, recommendation=recommendation)
        return [one.text for one in told if "noisy" in one.text]

    sentence = (
        "Values look noisy, or rough: those of one config seem to scatter by about 0.5, which only trials of the same "
        "config can tell. By the expected value the config of trial 2 is the best, with loss 0.25 +- 0.031, not that "
        "of trial 0. Run both again before you choose."
    )
    assert said(found) == [sentence]
    assert said(replace(found, noise=0.0)) == said(replace(found, number=0)) == said(None) == []

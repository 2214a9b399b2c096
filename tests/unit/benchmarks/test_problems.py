"""Values of the benchmark problems by hand, and the tables against their definitions."""

from __future__ import annotations

from math import pi
from pathlib import Path

import numpy as np
import pytest

from benchmarks.environments import cache_folder
from benchmarks.problems.catalogue import SEVEN, catalogue, load, select
from benchmarks.problems.conditional import MODELCHOICE, modelchoice
from benchmarks.problems.convert import GROUPS, table
from benchmarks.problems.definitions import Definition, definitions, levels
from benchmarks.problems.digits import DIGITS, error
from benchmarks.problems.draws import active, draw, hangs
from benchmarks.problems.nested import NESTED, nested
from benchmarks.problems.synthetic import FUNCTIONS, SHIFT

HARTMANN_OPTIMUM = (0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.657301)
BEST_NET = {"family": "mlp", "layers": 3, "width": 128, "dropout": 0.2, "lr": 1e-3, "optimizer": "adam"}


def point(values) -> dict:
    return {f"x{i}": float(value) for i, value in enumerate(values)}


@pytest.mark.parametrize("x", [(-pi, 12.275), (pi, 2.275), (9.42478, 2.475)])
def test_branin_has_three_equal_optima(x):
    assert FUNCTIONS["branin"](point(x)) == pytest.approx(0.397887, abs=1e-5)


def test_branin_at_the_origin_by_hand():
    # (0 - 0 + 0 - 6)^2 + 10 (1 - 1/(8 pi)) cos 0 + 10
    assert FUNCTIONS["branin"](point((0, 0))) == pytest.approx(36 + 10 * (1 - 1 / (8 * pi)) + 10)


@pytest.mark.parametrize(
    ("name", "best"),
    [
        ("hartmann6", HARTMANN_OPTIMUM),
        ("ackley10", 10 * SHIFT),
        ("rastrigin10", 5.12 * SHIFT),
        ("rosenbrock5", np.ones(5)),
    ],
)
def test_a_function_is_zero_at_its_optimum_and_higher_beside_it(name, best):
    assert FUNCTIONS[name](point(best)) == pytest.approx(0.0, abs=2e-5)
    assert FUNCTIONS[name](point(np.asarray(best) + 0.1)) > 0.01


def test_rosenbrock_by_hand():
    assert FUNCTIONS["rosenbrock5"](point((0, 0, 0, 0, 0))) == 4.0
    assert FUNCTIONS["rosenbrock5"](point((2, 4, 16, 256, 65536))) == pytest.approx(1 + 9 + 225 + 65025)


def test_mixedcat_by_hand():
    best = {"x0": 1.0, "x1": 3.0, "x2": -2.0, "lr": 10**-3.2, "n": 11, "act": "c", "opt": "adam"}
    assert FUNCTIONS["mixedcat"](best) == pytest.approx(0.0, abs=1e-12)
    # act d: .6 + bowl (1 + 9 + 4) / 10 + ripple .2 (1 - cos 3); sgd: .3 + (-3.2 + 1)^2 / 2; n 6: .3
    other = best | {"act": "d", "opt": "sgd", "n": 6}
    assert FUNCTIONS["mixedcat"](other) == pytest.approx(0.6 + 1.4 + 0.2 * (1 - np.cos(3.0)) + 0.3 + 2.42 + 0.3)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_the_reference_of_a_function_is_the_median_of_its_space(name):
    problem = catalogue()[name]
    rng = np.random.default_rng(0)
    losses = [FUNCTIONS[name](draw(problem.space, rng)) for _ in range(3_000)]
    assert np.median(losses) == pytest.approx(problem.ref, rel=0.15)
    assert min(losses) > problem.best


def test_the_conditional_problem_has_its_optimum_where_it_says():
    assert modelchoice(BEST_NET) == pytest.approx(MODELCHOICE.best, abs=1e-12)
    sgd = BEST_NET | {"optimizer": "sgd", "momentum": 0.9}
    assert modelchoice(sgd) == pytest.approx(0.05)
    assert modelchoice({"family": "forest", "trees": 1000, "depth": 14, "features": 0.4}) == pytest.approx(0.15)
    linear = {"family": "linear", "C": 10**0.5, "penalty": "elastic", "l1_ratio": 0.35}
    assert modelchoice(linear) == pytest.approx(0.30)


def test_the_conditional_problem_is_never_below_a_familys_floor():
    rng = np.random.default_rng(1)
    floors = {"linear": 0.30, "forest": 0.15, "mlp": 0.0}
    configs = [draw(MODELCHOICE.space, rng) for _ in range(3_000)]
    losses = [modelchoice(config) for config in configs]
    assert all(loss >= floors[c["family"]] for loss, c in zip(losses, configs, strict=True))
    assert np.median(losses) == pytest.approx(MODELCHOICE.ref, rel=0.05)


HIDDEN = {
    "logs2": {"a": 1e-3, "b": 1e-2},
    "logs4": {"a": 1e-3, "b": 1e-2, "c": 0.0, "d": 0.0},
    "momentum": {"lr": 10**-1.5, "m": 0.99},
    "sizes": {"units": 64, "batch": 16, "lr": 10**-2.5},
}


@pytest.mark.parametrize("name", sorted(HIDDEN))
def test_hidden_scales_have_their_best_and_their_median(name):
    problem = load(name, Path())
    assert problem.evaluate(HIDDEN[name]) == pytest.approx(problem.definition.best, abs=1e-12)
    rng = np.random.default_rng(1)
    losses = [problem.evaluate(draw(problem.definition.space, rng)) for _ in range(3_000)]
    assert np.median(losses) == pytest.approx(problem.definition.ref, rel=0.05)
    assert min(losses) > problem.definition.best


def test_the_hidden_scales_by_hand():
    # a and b two and three decades off; c and d: 1 + 4 (1 - .3)²
    config = {"a": 0.1, "b": 1e-5, "c": 1.0, "d": 1.0}
    assert load("logs4", Path()).evaluate(config) == pytest.approx(4 + 9 + 1 + 4 * 0.49)
    assert load("momentum", Path()).evaluate({"lr": 0.01, "m": 0.9}) == pytest.approx(1.5**2 + 1)
    assert load("sizes", Path()).evaluate({"units": 256, "batch": 4, "lr": 1.0}) == pytest.approx(1 + 1 + 6.25)


def test_the_nested_problem_by_hand():
    best = {"family": "net", "layers": 3, "units": 128, "lr": 10**-2.5, "optimizer": "adam"}
    warm = {"schedule": "cosine", "warmup": "yes", "warm": 0.1, "peak": 10.0}
    assert nested(best | warm) == pytest.approx(NESTED.best, abs=1e-12)
    assert nested(best | warm | {"warm": 0.3, "peak": 100.0}) == pytest.approx(0.4 * 0.04 + 0.06)
    assert nested(best | {"schedule": "cosine", "warmup": "no"}) == pytest.approx(0.06)
    assert nested(best | {"schedule": "step", "factor": 0.1, "every": 22}) == pytest.approx(0.13)
    sgd = {"optimizer": "sgd", "momentum": 0.9, "schedule": "constant"}
    assert nested(best | sgd) == pytest.approx(0.18)
    dart = {"family": "tree", "depth": 6, "eta": 0.1, "booster": "dart", "drop": 0.1, "order": "weight", "share": 0.7}
    assert nested(dart) == pytest.approx(0.12)
    assert nested({"family": "tree", "depth": 8, "eta": 0.1, "booster": "plain"}) == pytest.approx(0.16 + 0.016)
    machine = {"family": "kernel", "C": 10.0, "shape": "poly", "gamma": 10**-2.5, "degree": 4}
    assert nested(machine) == pytest.approx(0.36)


def test_the_nested_problem_is_never_below_its_floors_and_has_the_median_it_says():
    rng = np.random.default_rng(4)
    floors = {"kernel": 0.30, "tree": 0.12, "net": 0.0}
    configs = [draw(NESTED.space, rng) for _ in range(3_000)]
    losses = [nested(config) for config in configs]
    assert all(loss >= floors[c["family"]] for loss, c in zip(losses, configs, strict=True))
    assert np.median(losses) == pytest.approx(NESTED.ref, rel=0.05)


def test_a_parameter_may_hang_on_several_choices():
    rng = np.random.default_rng(5)
    configs = [draw(NESTED.space, rng) for _ in range(300)]
    for config in configs:
        assert ("gamma" in config) == (config.get("shape") in {"rbf", "poly"})
        assert ("peak" in config) == (config.get("warmup") == "yes")
    gamma = {"name": "gamma", "type": "float", "when": {"shape": ["rbf", "poly"]}}
    assert hangs(gamma, ("shape", "poly"))
    assert not hangs(gamma, ("shape", "linear"))
    assert not hangs(gamma, ("family", "poly"))
    assert not hangs(gamma, None)
    assert hangs({"name": "family", "type": "categorical"}, None)


def test_the_digits_are_trained_on_and_each_loss_is_a_fixed_number_of_errors():
    pytest.importorskip("sklearn")
    best = {"model": "svm", "C": 23.967046758018622, "kernel": "rbf", "gamma": 0.0007983927658097034}
    assert error(best) == pytest.approx(DIGITS.best, abs=3 / 718)  # libraries differ in the last bits
    forest = {"model": "forest", "trees": 20, "max_depth": 3, "max_features": 0.1, "min_leaf": 10}
    net = {"model": "mlp", "layers": 1, "units": 16, "lr": 1e-4, "alpha": 1e-4, "batch": 4}
    for config in (forest, net):
        found = error(config)
        assert found == error(config)
        assert found * 718 == pytest.approx(round(found * 718), abs=1e-6)
        assert DIGITS.ref < found < 1.0


def test_the_digits_need_an_interpreter(tmp_path):
    with pytest.raises(ValueError, match="digits needs an evaluator"):
        load("digits", tmp_path)


def test_a_draw_holds_the_active_parameters_only():
    rng = np.random.default_rng(2)
    configs = [draw(MODELCHOICE.space, rng) for _ in range(200)]
    for config in configs:
        assert ("momentum" in config) == (config.get("optimizer") == "sgd")
        assert ("l1_ratio" in config) == (config.get("penalty") == "elastic")
        assert ("C" in config) == (config["family"] == "linear")
    assert {config["family"] for config in configs} == {"linear", "forest", "mlp"}
    assert not active({"name": "b", "when": {"a": "x"}}, {})


def test_log_integers_are_drawn_in_range_and_on_a_log_scale():
    rng = np.random.default_rng(3)
    space = [{"name": "n", "type": "int", "low": 1, "high": 100, "log": True}]
    drawn = [draw(space, rng)["n"] for _ in range(4_000)]
    assert min(drawn) == 1
    assert max(drawn) == 100
    assert np.median(drawn) == pytest.approx(7, abs=1)  # sqrt(0.5 * 100.5) = 7.09


def test_there_are_21_problems_with_the_published_shapes():
    problems = definitions()
    assert len(problems) == 21
    assert problems["hpolib_protein_structure"].shape() == (2, 2, 4, 3, 3, 6, 2, 6, 6)
    assert problems["hpobench_car"].shape() == (10, 10, 3, 10, 10)
    assert problems["nb201_cifar100"].shape() == (5,) * 6
    assert all(problem.best < problem.ref for problem in catalogue().values())


def test_regret_is_0_at_best_and_1_at_the_reference():
    problem = definitions()["branin"]
    assert problem.regret(problem.best) == 0.0
    assert problem.regret(problem.ref) == 1.0


def test_levels_of_a_float_are_refused():
    with pytest.raises(ValueError, match="float has no levels, got parameter 'lr'"):
        levels({"name": "lr", "type": "float", "low": 0.0, "high": 1.0})


def test_words_select_problems_without_repetition():
    assert select(["7"]) == list(SEVEN)
    assert select(["branin", "synthetic"])[0] == "branin"
    assert len(select(["21", "all"])) == 22
    assert select(["conditional"]) == ["modelchoice", "nested"]
    with pytest.raises(KeyError, match="no problem or group 'brainin'"):
        select(["brainin"])


def test_a_pickled_table_becomes_an_array_of_means():
    rows = {"00": {"val_acc": [0.5, 0.7]}, "01": {"val_acc": [0.9]}, "10": {"val_acc": [1.0]}, "11": {"val_acc": [0.0]}}
    np.testing.assert_allclose(table(rows, (2, 2), "hpobench"), [[0.4, 0.1], [0.0, 1.0]])
    with pytest.raises(ValueError, match="one finite val_acc for each of 6 cells, got 4 rows"):
        table(rows, (2, 3), "hpobench")


def test_a_lookup_reads_the_cell_of_the_config(tmp_path, monkeypatch):
    space = (
        {"name": "n", "type": "int", "low": 2, "high": 3},
        {"name": "c", "type": "categorical", "choices": ["a", "b"]},
    )
    tiny = Definition("tiny", "hpobench", space, 0.0, 1.0)
    monkeypatch.setattr("benchmarks.problems.catalogue.catalogue", lambda: {"tiny": tiny})
    with pytest.raises(FileNotFoundError, match=r"no table tiny\.npz"):
        load("tiny", tmp_path)
    np.savez(tmp_path / "tiny.npz", loss=np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert load("tiny", tmp_path).evaluate({"n": 3, "c": "a"}) == 3.0
    np.savez(tmp_path / "tiny.npz", loss=np.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"needs shape \(2, 2\), got \(2, 3\)"):
        load("tiny", tmp_path)


@pytest.mark.parametrize("name", [name for name, d in definitions().items() if d.group in GROUPS])
def test_a_table_has_the_best_and_median_of_its_definition(name):
    path = cache_folder() / "tables" / f"{name}.npz"
    if not path.exists():
        pytest.skip(f"no converted table {path.name}; `python -m benchmarks.run --prepare` makes it")
    with np.load(path) as file:
        loss = file["loss"]
    assert loss.min() == pytest.approx(definitions()[name].best, abs=1e-12)
    assert np.median(loss) == pytest.approx(definitions()[name].ref, rel=1e-12)

"""Tables of loss and size: two logarithms of the same cell, and the exact volume of their front."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import fronts
from benchmarks.environments import cache_folder
from benchmarks.problems.convert import convert_size, grid
from benchmarks.problems.definitions import definitions
from benchmarks.problems.draws import draw
from benchmarks.problems.sized import SIZED, Sized, load, staircase
from tunesmith.numerics.pareto import hypervolume

NAME = "hpolib_protein_structure"


def test_the_staircase_by_hand():
    # below (0, 4): from size 1 to 2 loss -1 counts, from 2 on loss -3; the point (-2, 3) is dominated, (1, 0) outside
    points = np.array([[-3.0, 2.0], [-1.0, 1.0], [-2.0, 3.0], [1.0, 0.0], [-0.5, 1.0]])
    assert staircase(points, (0.0, 4.0)) == 1 * 1 + 2 * 3
    assert staircase(points, (-5.0, 4.0)) == 0


def test_the_staircase_is_the_hypervolume():
    points = np.random.default_rng(0).normal(size=(200, 2))
    assert staircase(points, (0.5, 0.3)) == pytest.approx(hypervolume(points, np.array([0.5, 0.3])))


@pytest.mark.parametrize(("name", "sized"), SIZED.items())
def test_the_reference_is_the_median_loss_and_the_space_that_of_the_table(name, sized):
    assert name == f"{sized.table}_size"
    assert sized.reference[0] == pytest.approx(np.log10(definitions()[sized.table].ref), abs=0.006)
    assert sized.space == list(definitions()[sized.table].space)


@pytest.fixture
def data(tmp_path):
    shape = definitions()[NAME].shape()
    cells = np.arange(1.0, np.prod(shape) + 1).reshape(shape)
    np.savez(tmp_path / f"{NAME}.npz", loss=cells / 1e6)
    np.savez(tmp_path / f"{NAME}_size.npz", size=cells * 10)
    return tmp_path


def test_both_losses_are_logarithms_of_one_cell(data):
    problem = load(SIZED[f"{NAME}_size"], data)
    loss, size = problem.losses(draw(problem.space, np.random.default_rng(0)))
    assert size - loss == pytest.approx(7)
    assert SIZED[f"{NAME}_size"].ready(data)
    (data / f"{NAME}_size.npz").unlink()
    assert not SIZED[f"{NAME}_size"].ready(data)
    with pytest.raises(FileNotFoundError, match=rf"no table {NAME}_size\.npz"):
        load(SIZED[f"{NAME}_size"], data)


def test_a_size_is_the_mean_over_seeds_and_its_front_is_checked(tmp_path, monkeypatch):
    size = grid({"0": {"model_size": [99.0, 101.0]}, "1": {"model_size": [10.0]}}, (2,), "model_size")
    assert size.tolist() == [100.0, 10.0]
    loss = np.array([0.01, 0.1])
    monkeypatch.setitem(SIZED, "tiny_size", Sized("tiny", (0.0, 3.0), 3.0))  # from 1 to 2 a strip of 1, to 3 one of 2
    convert_size(tmp_path, "tiny", loss, size)
    with np.load(tmp_path / "tiny_size.npz") as file:
        assert file["size"].tolist() == [100.0, 10.0]
    with pytest.raises(ValueError, match=r"has volume 5, defined is 3"):
        convert_size(tmp_path, "tiny", loss, size / 10)


def test_a_run_on_a_table_and_its_gap(data):
    where = ["--cache", str(data), "--data", str(data), "--problems", f"{NAME}_size"]
    assert fronts.main([*where, "--optimisers", "tunesmith_random", "--seeds", "1", "--trials", "100"]) == 0
    assert f'"problem": "{NAME}_size"' in (data / "fronts.jsonl").read_text()


def test_a_table_that_is_not_there_is_said(tmp_path, capsys):
    assert fronts.main(["--cache", str(tmp_path), "--problems", f"{NAME}_size", "--seeds", "1"]) == 0
    assert f"SKIPPED {NAME}_size: no table" in capsys.readouterr().out


@pytest.mark.parametrize("name", SIZED)
def test_the_stated_volume_is_that_of_the_table(name):
    folder = cache_folder() / "tables"
    if not SIZED[name].ready(folder):
        pytest.skip(f"no converted table of {name}; `python -m benchmarks.run --prepare` makes it")
    loaded = load(SIZED[name], folder)
    points = np.log10(np.stack([loaded.loss.ravel(), loaded.size.ravel()], axis=1))
    assert staircase(points, loaded.reference) == pytest.approx(SIZED[name].volume, abs=1e-6)
    assert points[:, 1].max() < loaded.reference[1] < points[:, 1].max() + 0.11

"""The command line inside this process: quick, with its exit code and both streams."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple

import pytest

import tunesmith as ts
from tunesmith.cli.main import main
from tunesmith.samplers import Random

SPACE = """
parameters:
  lr: {type: float, low: 1.0e-5, high: 0.1, log: true}
  optimizer: {type: categorical, choices: [sgd, adam]}
  momentum: {type: float, low: 0.8, high: 0.99, when: {optimizer: sgd}}
"""


class Ended(NamedTuple):
    code: int
    out: str
    err: str


Cli = Callable[..., Ended]


@pytest.fixture
def cli(monkeypatch, capsys, tmp_path) -> Cli:
    """Run a command line in an empty folder that holds space.yaml."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TUNESMITH_STORAGE", raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "space.yaml").write_text(SPACE)

    def run(*words: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["tunesmith", *map(str, words)])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        return Ended(code, *capsys.readouterr())

    return run


@pytest.fixture
def stored(cli, tmp_path):
    """A study of six trials in tunesmith.db: one failed, one whose note looks like a formula."""
    study = ts.create_study(
        ts.Space.from_yaml(SPACE),
        direction="maximize",
        metrics="accuracy",
        storage=str(tmp_path / "tunesmith.db"),
        study_name="first",
        sampler=Random(),
        seed=3,
    )

    def objective(trial):
        trial.report({"accuracy": 0.25, "loss": 2.0}, step=1)
        if trial.number == 2:
            raise ValueError("=HYPERLINK(evil)")
        if trial.number == 3:
            trial.set_user_attr("note", "=1+1")
        return trial.number / 10

    study.optimize(objective, n_trials=6)
    return study

"""Studies for the tests of the report: built from records alone, without running anything."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tunesmith.core.curves import CurveTable
from tunesmith.core.events import Created, Session, Stamped
from tunesmith.core.history import STATE_CODES, Columns, History, Row
from tunesmith.core.trial import Run, Trial, TrialState
from tunesmith.space import Categorical, Float, Int, Space

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

START = 1_760_000_000.0
SPACE = Space(
    learning_rate=Float(1e-5, 1e-1, log=True),
    layers=Int(1, 6),
    optimizer=Categorical("adam", "sgd", "lion"),
    momentum=Float(0.5, 0.99, when={"optimizer": "sgd"}),
    dropout=Float(0.0, 0.6),
    batch_size=Int(16, 512, log=True),
    augment=Categorical(True, False),
)
MEMORY = """Traceback (most recent call last):
  File "train.py", line 88, in objective
    loss = model(batch).mean()
  File "model.py", line 41, in forward
    return self.head(self.body(x))
MemoryError: could not allocate 2.1 GiB for activations"""


@dataclass(frozen=True)
class View:
    """What `StudyView` asks for, as plain fields."""

    name: str
    directions: tuple[str, ...]
    metrics: tuple[str, ...]
    trials: list[Trial]
    space: Space
    seed: int = 7
    user_attrs: Mapping[str, Any] = field(default_factory=dict)
    log: tuple[Stamped, ...] = ()

    @property
    def history(self) -> History:
        columns = Columns(len(self.directions), 0, self.space)
        for trial in self.trials:
            if str(trial.state) in STATE_CODES:
                losses = trial.losses or (math.nan,) * len(self.directions)
                last = math.nan if trial.last_step is None else float(trial.last_step)
                columns.append(
                    Row(
                        trial.number,
                        1,
                        trial.number,
                        STATE_CODES[str(trial.state)],
                        losses,
                        (),
                        math.nan,
                        last,
                        trial.seconds,
                        0,
                        trial.params,
                        None,
                        trial.by,
                        {},
                    )
                )
        return History(columns, slice(0, len(columns.rows)), CurveTable())

    def events(self) -> tuple[Stamped, ...]:
        return self.log


def surroundings(space: Space) -> tuple[Stamped, ...]:
    created = Created(space=space.to_dict(), directions=("maximize",), metrics=("accuracy",), seed=7)
    record = {
        "tunesmith": "0.1.0", "python": "3.12.4", "libraries": {"numpy": "2.1.0", "scipy": "1.14.1"},
        "platform": "Linux x86_64", "cores": 8, "memory": 2**34, "host": "host-1", "pid": 4242, "processor": "",
        "git_commit": "4f2c9e1d0b7a", "git_dirty": True, "git_diff": "+ secret" * 999, "git_diff_cut": False,
        "command": ["train.py", "--epochs", "20"], "directory": "/home/ada/digits",
    }  # fmt: skip
    session = Session(
        worker="host-1", limits={"n_trials": 120}, sampler={"name": "TPE", "settings": {"startup": 16}},
        pruner={"name": "ASHA", "settings": {"factor": 3}}, executor={"name": "processes", "slots": 4}, record=record,
    )  # fmt: skip
    return (Stamped(1, START, created), Stamped(2, START + 1, session))


def quality(config: Mapping[str, Any]) -> float:
    """Return the final accuracy of a config: mostly its learning rate, then its optimizer and dropout."""
    away = math.log10(config["learning_rate"]) + 2.7
    score = 0.945 - 0.045 * away**2 - 0.12 * (config["dropout"] - 0.2) ** 2
    score -= {"adam": 0.0, "lion": 0.012, "sgd": 0.03}[config["optimizer"]] + 0.004 * abs(config["layers"] - 3)
    return score - 0.08 * abs(config.get("momentum", 0.9) - 0.9)


def draw(rng: np.random.Generator, number: int, total: int) -> dict[str, Any]:
    """Return a config, nearer to the good ones the later it is drawn; the first one is the default."""
    config = SPACE.defaults() if number == 0 else SPACE.sample(rng)
    if number and rng.random() < number / total:
        config["learning_rate"] = float(10 ** rng.normal(-2.7, 0.35))
        config["dropout"] = float(np.clip(rng.normal(0.2, 0.08), 0, 0.6))
    return config


def one_trial(rng: np.random.Generator, number: int, total: int, steps: int) -> Trial:
    config = draw(rng, number, total)
    final = quality(config) + float(rng.normal(0, 0.006))
    speed = float(rng.uniform(2.5, 5))
    curve = {
        step: {
            "accuracy": max(0.1, final - 0.55 * math.exp(-(step + 1) / speed) + float(rng.normal(0, 0.005))),
            "loss": 2.2 * math.exp(-(step + 1) / speed) + 1.3 * (1 - final) + abs(float(rng.normal(0, 0.02))),
        }
        for step in range(steps)
    }
    begun = START + 9.0 * number
    fate = rng.random()
    common: dict[str, Any] = {"params": config, "by": "sobol" if number < 16 else "tpe", "seed": 100 + number}
    if number and fate < 0.05:
        kind, message, trace = ("memory", "the process went over 2 GB", "") if fate < 0.015 else (
            "exception", "MemoryError: could not allocate 2.1 GiB for activations", MEMORY)  # fmt: skip
        run = Run(1, number, "host-1", None, begun, begun + 3, kind, message, {"cpu": 2.5})
        return Trial(
            number,
            TrialState.FAILED,
            losses=(math.nan,),
            runs=(run,),
            reason=kind,
            message=message,
            traceback=trace,
            **common,
        )
    if number > 8 and steps and final < 0.9 and fate < 0.75:
        last = min(int(rng.choice([2, 6])), steps - 1)
        value = curve[last]["accuracy"]
        run = Run(1, number, "host-1", None, begun, begun + 1.6 * last, "pruned", "", {"cpu": 1.5 * last})
        reports = {step: curve[step] for step in range(last + 1)}
        return Trial(
            number,
            TrialState.PRUNED,
            values=(value,),
            losses=(-value,),
            reports=reports,
            runs=(run,),
            reason="pruned",
            **common,
        )
    run = Run(1, number, "host-1", None, begun, begun + 31 + 6 * float(rng.random()), "returned", "", {"cpu": 30.0})
    return Trial(
        number,
        TrialState.COMPLETE,
        values=(final,),
        losses=(-final,),
        reports=curve,
        runs=(run,),
        reason="returned",
        **common,
    )


def realistic(n: int = 120, steps: int = 20, **more: Any) -> View:
    """Return a study that looks like one of training networks: n trials, some pruned, a few failed."""
    rng = np.random.Generator(np.random.PCG64(11))
    trials = [one_trial(rng, number, n, steps) for number in range(n)]
    return View("digits-mlp", ("maximize",), ("accuracy",), trials, SPACE, log=surroundings(SPACE), **more)


def two_objectives(n: int = 80) -> View:
    rng = np.random.Generator(np.random.PCG64(3))
    space = Space(width=Int(8, 512, log=True), rate=Float(1e-4, 1e-1, log=True))
    trials = []
    for number in range(n):
        config = space.sample(rng)
        error = 0.05 + 0.6 / math.sqrt(config["width"]) + 0.03 * (math.log10(config["rate"]) + 2.5) ** 2
        latency = 0.4 + config["width"] / 60 + abs(float(rng.normal(0, 0.3)))
        run = Run(1, number, "host-1", None, START + number, START + number + 2, "returned")
        trials.append(
            Trial(number, TrialState.COMPLETE, config, (error, latency), (error, latency), runs=(run,), by="random")
        )
    return View("edge-model", ("minimize", "minimize"), ("error", "latency_ms"), trials, space)


def simple(trials: list[Trial], space: Space | None = None, name: str = "small") -> View:
    return View(name, ("minimize",), ("loss",), trials, Space(x=Float(0, 1)) if space is None else space)


@pytest.fixture(name="realistic")
def _realistic() -> Callable[..., View]:
    return realistic


@pytest.fixture(name="two_objectives")
def _two_objectives() -> Callable[..., View]:
    return two_objectives


@pytest.fixture(name="simple")
def _simple() -> Callable[..., View]:
    return simple

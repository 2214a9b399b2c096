"""tunesmith itself, through its own ask and tell."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, final

import tunesmith as ts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.problems.definitions import Config, Parameter


def domain(p: Parameter) -> Any:
    """Return the domain of one described parameter."""
    when = p.get("when")
    if p["type"] == "categorical":
        return ts.Categorical(*p["choices"], when=when)
    kind = ts.Int if p["type"] == "int" else ts.Float
    return kind(p["low"], p["high"], log=bool(p.get("log")), when=when)


def space_of(description: list[Parameter]) -> ts.Space:
    """Return the space that a description means."""
    return ts.Space({p["name"]: domain(p) for p in description})


@final
class Tunesmith:
    """One study in memory, told in the order of its asks."""

    def __init__(self, study: ts.Study) -> None:
        self._study = study
        self._waiting: deque[Any] = deque()

    def ask(self) -> Config:
        self._waiting.append(self._study.ask())
        return dict(self._waiting[-1].params)

    def tell(self, config: Config, loss: float | list[float], excesses: Sequence[float] = ()) -> None:
        del config
        metrics = {f"c{number}": excess for number, excess in enumerate(excesses)}
        self._study.tell(self._waiting.popleft(), {"value": loss, **metrics} if metrics else loss)

    def recommend(self) -> int:
        """Return the number, from 0, of the trial whose config is expected to be best."""
        return ts.recommend(self._study).number


def make(
    space: list[Parameter],
    seed: int,
    n_trials: int,
    *,
    sampler: str | None = None,
    losses: int = 1,
    constraints: int = 0,
    **settings: Any,
) -> Tunesmith:
    """Return a study with the named sampler of `tunesmith.samplers` and its settings, or with the library's default."""
    del n_trials
    chosen: dict[str, Any] = {} if sampler is None else {"sampler": getattr(ts.samplers, sampler)(**settings)}
    if constraints:
        chosen["constraints"] = {f"c{number}": "<= 0" for number in range(constraints)}
    return Tunesmith(ts.create_study(space_of(space), directions=["minimize"] * losses, seed=seed, **chosen))

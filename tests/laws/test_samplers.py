"""Every sampler of the registry keeps every law on every case; a public class that is missing here fails."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import tunesmith.samplers as room
from tunesmith.samplers import (
    CMAES,
    DE,
    GP,
    NSGA,
    SAMPLERS,
    TPE,
    Annealing,
    Auto,
    Evolution,
    Forest,
    Genetic,
    Grid,
    Halton,
    LatinHypercube,
    Random,
    Sobol,
    Stateless,
    Transfer,
)
from tunesmith.testing.problems import ALL_CASES, Case
from tunesmith.testing.samplers import (
    ALL_SAMPLER_LAWS,
    SamplerLaw,
    Traits,
    hash_seed_changes_nothing,
    settings_make_it_again,
)

ONE_CASE = {hash_seed_changes_nothing, settings_make_it_again}  # the space makes no difference


def first_half(problem, closed, pending, rng):
    """A function as an author might write it: the better half of the closed runs, moved a little."""
    space = problem.space
    if len(closed) < 4:
        return space.sample(rng)
    best = closed.records[int(closed.loss.argmin())] if (closed.loss == closed.loss).all() else closed.records[-1]
    config = space.sample(rng)
    for name, value in best.config.items():
        if name in config and space[name].contains(value) and rng.random() < 0.5:
            config[name] = value
    return config if not space.problems(config) else space.sample(rng)


@dataclass(frozen=True)
class Entry:
    """One sampler with settings, as the laws are run on it."""

    name: str
    make: Callable[[], Any]
    traits: Traits
    cases: tuple[str, ...] = ()
    spared: tuple[str, ...] = ()


ENTRIES = (
    Entry("Random", Random, Traits(repeats=True)),
    Entry("Random-priors", lambda: Random(use_priors=True), Traits(repeats=True)),
    Entry("Random-ends", lambda: Random(n=40, patience=15), Traits(repeats=True, ends=True)),
    Entry("Halton", Halton, Traits(length=200)),
    Entry("LatinHypercube", lambda: LatinHypercube(n=10), Traits(length=200)),
    Entry("Grid-refine", lambda: Grid(levels=3, refine=2), Traits(ends=True, length=200), spared=("forty-dimensions",)),
    Entry("Sobol", Sobol, Traits(length=200)),
    Entry("Genetic", Genetic, Traits(model=True, startup=10)),
    Entry("NSGA", NSGA, Traits(model=True, startup=20)),
    Entry("Evolution", Evolution, Traits(model=True, startup=10)),
    Entry("DE", DE, Traits(model=True, startup=12)),
    Entry("Grid", lambda: Grid(levels=3), Traits(ends=True, length=200), spared=("forty-dimensions",)),
    Entry("GP", GP, Traits(model=True, startup=8, asks=16)),
    Entry("Forest", lambda: Forest(trees=20), Traits(model=True, startup=8, asks=16)),
    Entry("Auto", Auto, Traits(model=True, startup=8, asks=16)),
    Entry("CMAES", CMAES, Traits(model=True, startup=12, length=200)),
    Entry("Annealing", Annealing, Traits(model=True, startup=6, length=200)),
    Entry(
        "Annealing-linear",
        lambda: Annealing(cooling="linear", length=20),
        Traits(model=True, startup=6),
        ("conditional",),
    ),
    Entry("TPE", TPE, Traits(model=True, startup=10)),
    Entry("Transfer", lambda: Transfer(then=TPE()), Traits(model=True, startup=10), ("conditional", "discovered")),
    Entry("Stateless", lambda: Stateless(first_half), Traits(repeats=True)),
)


def public_classes(folder: Path, methods: set[str]) -> set[str]:
    """Return the public classes of a room that have the methods of its seam."""
    found = set()
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                names = {item.name for item in node.body if isinstance(item, ast.FunctionDef)}
                if methods <= names:
                    found.add(node.name)
    return found


def test_every_public_sampler_is_in_the_registry_and_runs_through_the_laws() -> None:
    classes = public_classes(Path(room.__file__).parent, {"init", "tell", "ask"})
    assert classes == set(SAMPLERS) | {"Stateless"}
    assert classes == {type(entry.make()).__name__ for entry in ENTRIES}


RUNS = [
    pytest.param(
        law,
        entry,
        case,
        id=f"{law.__name__}-{entry.name}-{case.name}",
        marks=[pytest.mark.slow] if law is hash_seed_changes_nothing and entry.name != "Auto" else [],
    )
    for entry in ENTRIES
    for law in ALL_SAMPLER_LAWS
    for case in ALL_CASES
    if case.name not in entry.spared
    and (not entry.cases or case.name in entry.cases)
    and (law not in ONE_CASE or case.name == "conditional")
]


@pytest.mark.parametrize(("law", "entry", "case"), RUNS)
def test_law(law: SamplerLaw, entry: Entry, case: Case) -> None:
    law(entry.make, case, entry.traits)

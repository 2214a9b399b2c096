"""Every pruner of the registry keeps every law; a public class that is missing here fails."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tunesmith.pruners as room
from tunesmith.pruners import ASHA, PRUNERS, Keep, Median
from tunesmith.testing.pruners import ALL_PRUNER_LAWS, PrunerLaw

ENTRIES: dict[str, Callable[[], Any]] = {
    "Keep": Keep,
    "Median": lambda: Median(startup=3),
    "Median-averages": lambda: Median(startup=2, warmup=3, interval=4, min_trials=2, against="averages"),
    "ASHA": ASHA,
    "ASHA-capped": lambda: ASHA(min_budget=2, max_budget=20, eta=2.5),
    "ASHA-pausing": lambda: ASHA(max_budget=30, pausing=True),
    "ASHA-pausing-endless": lambda: ASHA(pausing=True, eta=4),
}


def test_every_public_pruner_is_in_the_registry_and_runs_through_the_laws() -> None:
    classes = set()
    for path in Path(room.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                methods = {item.name for item in node.body if isinstance(item, ast.FunctionDef)}
                if {"init", "tell", "assign", "judge"} <= methods:
                    classes.add(node.name)
    assert classes == set(PRUNERS)
    assert classes == {type(make()).__name__ for make in ENTRIES.values()}


@pytest.mark.parametrize("law", ALL_PRUNER_LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("make", ENTRIES.values(), ids=ENTRIES)
def test_law(law: PrunerLaw, make: Callable[[], Any]) -> None:
    law(make)

"""Names that do not exist: the nearest one, another library's word, and never a guess for what a tool asks."""

from __future__ import annotations

import subprocess
import sys

import pytest

import tunesmith as ts
from tunesmith.core.spelling import NEAREST, no_such
from tunesmith.pruners import PRUNERS
from tunesmith.samplers import SAMPLERS

KNOWN = ["optimize", "best_params", "suggest_float", "_log"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("optimise", "Study has no 'optimise'; did you mean 'optimize'?"),
        ("bestParams", "Study has no 'bestParams'; did you mean 'best_params'?"),
        ("sugest_float", "Study has no 'sugest_float'; did you mean 'suggest_float'?"),
        ("frobnicate", "Study has no 'frobnicate'"),
        ("log", "Study has no 'log'"),
        ("_repr_html_", "Study has no '_repr_html_'"),
        ("study_id", "Study has no 'study_id'; use its name"),
    ],
)
def test_what_is_said_of_a_name_that_does_not_exist(name, said):
    error = no_such("Study", name, KNOWN, {"study_id": "use its name"})
    assert str(error) == said
    assert error.name == name


def test_what_there_is_can_be_listed():
    assert str(no_such("room", "x", ["A", "B"], listed=True)) == "room has no 'x'; it has A, B"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("creat_study", "tunesmith has no 'creat_study'; did you mean 'create_study'?"),
        ("get_all_study_names", "write study_names(storage=...)"),
        ("visualization", "write_report(study, 'report.html')"),
        ("frobnicate", "it has Categorical, Fidelity"),
    ],
)
def test_the_top_package_says_what_to_write(name, said):
    with pytest.raises(AttributeError) as caught:
        getattr(ts, name)
    assert said in str(caught.value)


def test_rooms_know_what_comes_nearest_to_the_parts_of_optuna():
    with pytest.raises(AttributeError, match=r"has no 'GPSampler'; the nearest is samplers.GP\(\)"):
        _ = ts.samplers.GPSampler
    with pytest.raises(AttributeError, match=r"has no 'MedianPruner'; the nearest is pruners.Median\("):
        _ = ts.pruners.MedianPruner
    with pytest.raises(AttributeError, match="did you mean 'Random'"):
        _ = ts.samplers.random_
    for kind, registry in (("sampler", SAMPLERS), ("pruner", PRUNERS)):
        named = [word for text in NEAREST[kind].values() for word in text.split() if word.startswith(f"{kind}s.")]
        assert named
        assert {word.split(".")[1].split("(")[0] for word in named} <= set(registry)


def test_the_interpreter_does_not_guess_a_second_time():
    code = "import tunesmith as ts; ts.create_study().optimise"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip().splitlines()[-1] == "AttributeError: Study has no 'optimise'; did you mean 'optimize'?"

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tunesmith import pruners, samplers
from tunesmith.errors import InvalidArgumentError


@pytest.mark.parametrize("name", samplers.SAMPLERS)
def test_every_sampler_is_an_attribute_and_comes_back_from_its_description(name: str) -> None:
    made = samplers.make_sampler(name)
    assert type(made) is getattr(samplers, name) is samplers.SAMPLERS[name]
    text = json.dumps(samplers.describe(made))
    assert samplers.make_sampler(**json.loads(text)) == made


@pytest.mark.parametrize("name", pruners.PRUNERS)
def test_every_pruner_is_an_attribute_and_comes_back_from_its_description(name: str) -> None:
    made = pruners.make_pruner(name)
    assert type(made) is getattr(pruners, name) is pruners.PRUNERS[name]
    text = json.dumps(pruners.describe(made))
    assert pruners.make_pruner(**json.loads(text)) == made


def test_settings_survive_json() -> None:
    for sampler in (samplers.Grid(levels={"a": 3, "b": (1, 2)}), samplers.Random(use_priors=True)):
        assert samplers.make_sampler(**json.loads(json.dumps(samplers.describe(sampler)))) == sampler
    for pruner in (pruners.Median(startup=2, against="averages"), pruners.ASHA(max_budget=9, pausing=True)):
        assert pruners.make_pruner(**json.loads(json.dumps(pruners.describe(pruner)))) == pruner


def test_unknown_names_and_settings_are_answered_with_the_known_ones() -> None:
    with pytest.raises(InvalidArgumentError, match=r"one of .*Grid.*Sobol.*got 'Bayes'"):
        samplers.make_sampler("Bayes")
    with pytest.raises(InvalidArgumentError, match=r"Median has no setting 'patience'.*startup"):
        pruners.make_pruner("Median", {"patience": 3})
    with pytest.raises(AttributeError, match="Bayes"):
        _ = samplers.Bayes
    with pytest.raises(AttributeError, match="Bayes"):
        _ = pruners.Bayes
    with pytest.raises(InvalidArgumentError, match="got 'os"):
        samplers.make_sampler("os.system", {})


def test_what_is_not_ours_is_named_with_its_module() -> None:
    told = samplers.describe(object())
    assert told == {"name": "builtins.object", "settings": {}}


def test_a_class_of_the_same_name_elsewhere_is_not_ours() -> None:
    class Sobol:
        pass

    assert samplers.describe(Sobol())["name"].endswith("<locals>.Sobol")


def test_importing_the_rooms_loads_neither_scipy_nor_any_algorithm() -> None:
    code = (
        "import sys, tunesmith.samplers, tunesmith.pruners; "
        "print([m for m in sys.modules if m.split('.')[0] == 'scipy' or m.startswith('tunesmith.samplers.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

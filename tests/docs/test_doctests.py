"""The examples in docstrings are run: `>>>` lines of the package give what stands below them."""

from __future__ import annotations

import doctest
import importlib
import importlib.util
import math
import re
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "tunesmith").rglob("*.py"))
WITH_EXAMPLES = [path for path in FILES if ">>> " in path.read_text(encoding="utf-8")]
OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
EXTRAS = {"torch", "sklearn", "pandas", "plotly", "starlette", "uvicorn", "ray", "distributed", "psycopg"}
NUMBER = re.compile(r"[-+]?(?:\d+\.\d*|\.\d+|\d+(?=[eE]))(?:[eE][-+]?\d+)?")


class Rounding(doctest.OutputChecker):
    """Takes two outputs for equal when they differ only in the last digits of floats, as processors do."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        if super().check_output(want, got, optionflags):
            return True
        pairs = list(zip(NUMBER.findall(want), NUMBER.findall(got), strict=False))
        same_text = super().check_output(NUMBER.sub("#", want), NUMBER.sub("#", got), optionflags)
        return same_text and all(math.isclose(float(a), float(b), rel_tol=1e-9, abs_tol=1e-12) for a, b in pairs)


def run_examples(module: object) -> tuple[int, str]:
    """Run a module's examples; return how many there are and what is wrong with them."""
    wrong: list[str] = []
    runner = doctest.DocTestRunner(Rounding(), verbose=False, optionflags=OPTIONS)
    for test in doctest.DocTestFinder().find(module):
        runner.run(test, out=wrong.append)
    return runner.summarize(verbose=False).attempted, "".join(wrong)


def test_a_wrong_example_is_seen_and_a_rounding_is_not() -> None:
    module = types.ModuleType("module", ">>> 0.1 + 0.2\n0.3\n>>> 1 + 1\n3\n>>> (1, 0.25)\n(1, 0.26)\n")
    attempted, wrong = run_examples(module)
    assert attempted == 3
    assert "1 + 1" in wrong
    assert "0.26" in wrong
    assert "0.1 + 0.2" not in wrong


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=module_name)
def test_the_examples_of_a_module(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        module = importlib.import_module(module_name(path))
    except ImportError as error:
        if error.name in EXTRAS and importlib.util.find_spec(error.name) is None:
            pytest.skip(f"needs {error.name}")
        raise
    attempted, wrong = run_examples(module)
    assert attempted > 0
    assert not wrong, wrong

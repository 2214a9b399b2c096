"""A function in another process answers a line with a number, and its end is told."""

from __future__ import annotations

import os
import sys

import pytest

from benchmarks.environments import ROOT
from benchmarks.problems.served import Served

DOUBLE = """
from benchmarks.problems.served import serve
serve(lambda given: 2 * given["x"] if given["x"] >= 0 else 1 / 0)
"""


def test_it_answers_until_it_ends(tmp_path, monkeypatch, capfd):
    (tmp_path / "double.py").write_text(DOUBLE)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(ROOT)]))
    served = Served(sys.executable, "double", [], "the double")
    try:
        assert served({"x": 0.1}) == 0.2
        assert served({"x": 3}) == 6.0
        with pytest.raises(RuntimeError, match="the double ended with code 1"):
            served({"x": -1})
    finally:
        served.close()
    assert "ZeroDivisionError" in capfd.readouterr().err

"""A worker's lines are kept as they come, and a worker that fails or takes too long is told with its reason."""

from __future__ import annotations

import argparse
import json

import pytest

from benchmarks import launch as launching
from benchmarks.launch import launch


@pytest.fixture
def options(tmp_path, monkeypatch):
    monkeypatch.setattr(launching, "ROOT", tmp_path)
    monkeypatch.setattr(launching, "variables", dict)
    return argparse.Namespace(cache=tmp_path, out=tmp_path / "out.jsonl", timeout=60.0, failures=[])


def program(options, text):
    (options.cache / "stub_worker.py").write_text(text)


def test_lines_are_kept_and_what_is_no_record_is_passed_over(options):
    program(options, "print('hello\\n{\"a\": 1}\\n{torn')")
    assert launch("own", "stub_worker", [], options) == [{"a": 1}]
    assert json.loads(options.out.read_text()) == {"a": 1}
    assert options.failures == []


def test_a_failure_is_told_and_what_was_finished_counts(options, capsys):
    program(options, 'print(\'{"a": 1}\', flush=True)\nraise SystemExit("no such thing")')
    assert launch("own", "stub_worker", ["--x"], options) == [{"a": 1}]
    assert "no such thing" in capsys.readouterr().out
    assert options.failures == ["--x"]


def test_a_worker_that_takes_too_long_is_cut_off(options, capsys):
    options.timeout = 0.5
    program(options, "import time\ntime.sleep(60)")
    assert launch("own", "stub_worker", [], options) == []
    assert "cut off after 0.5 s" in capsys.readouterr().out

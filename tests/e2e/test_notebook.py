"""The same in a notebook: functions, closures, lambdas and cached helpers of its cells, in child processes."""

from __future__ import annotations

import json
import sys

import pytest

import tunesmith as ts
from tests.e2e.conftest import check_whole
from tests.e2e.test_script import EXAMPLE, HEAD

pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")
pytestmark = [pytest.mark.e2e, pytest.mark.slow]

RUNNER = """
import sys
import nbclient, nbformat

notebook = nbformat.read("tune.ipynb", as_version=4)
nbclient.NotebookClient(notebook, timeout=200, kernel_name="python3").execute()
nbformat.write(notebook, "done.ipynb")
"""


def run_notebook(shell, *cells):
    """Execute cells in a kernel of this interpreter; return what each printed to standard output."""
    spec = shell.folder / "share" / "jupyter" / "kernels" / "python3"
    spec.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (spec / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "Python 3", "language": "python"}))
    shell.environment["JUPYTER_PATH"] = str(shell.folder / "share" / "jupyter")
    book = {
        "cells": [
            {
                "cell_type": "code",
                "id": f"cell-{i}",
                "metadata": {},
                "source": cell,
                "outputs": [],
                "execution_count": None,
            }
            for i, cell in enumerate(cells)
        ],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (shell.folder / "tune.ipynb").write_text(json.dumps(book))
    ended = shell.run(sys.executable, "-c", RUNNER)
    assert ended.returncode == 0, ended.stderr[-3000:]
    done = json.loads((shell.folder / "done.ipynb").read_text())
    return [
        "".join(text for out in cell["outputs"] if out.get("name") == "stdout" for text in out["text"])
        for cell in done["cells"]
    ]


def test_the_example_runs_in_a_notebook_and_goes_on_after_an_interrupt(shell):
    again = "print(study.optimize(lambda trial: double(trial.params['lr']), n_trials=104, n_jobs=2))"
    interrupt = """
import os, signal, threading, time

def slow(trial):
    time.sleep(600)

def ring():
    while study.counts["running"] < 2:
        time.sleep(0.05)
    os.kill(os.getpid(), signal.SIGINT)

thread = threading.Thread(target=ring)
thread.start()
try:
    study.optimize(slow, n_trials=104, n_jobs=2)
except KeyboardInterrupt:
    print("interrupted", study.counts["waiting"])
thread.join()
"""
    *_, example, interrupted, last = run_notebook(shell, HEAD, EXAMPLE, interrupt, again)
    study = ts.load_study(storage=str(shell.folder / "tune.db"))
    check_whole(study, 104)
    assert (shell.folder / "began").read_text() == "x"
    first = min(study.trials[:100], key=lambda trial: trial.value)
    assert example == f"{dict(first.params)} {first.value}\n"
    assert interrupted == "interrupted 2\n"
    assert last == "all 104 trials are done\n"

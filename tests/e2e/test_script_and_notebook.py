"""The example of the first page runs word for word: as a script without a guard, and in the cells of a notebook."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

DEFINITIONS = """
import tunesmith as ts

space = ts.Space(
    lr=ts.Float(1e-5, 1e-1, log=True),
    layers=ts.Int(1, 4),
    optimizer=ts.Categorical("sgd", "adam"),
    momentum=ts.Float(0.8, 0.99, when={"optimizer": "sgd"}),
)

class Model:
    def __init__(self, lr, layers, optimizer, momentum=0.9):
        self.lr, self.layers = lr, layers

def build(**params):
    return Model(**params)

def train_one_epoch(model):
    return model.lr

def evaluate(model):
    return model.lr * model.layers
"""

OBJECTIVE = """
def objective(trial):
    model = build(**trial.params)
    for epoch in range(20):
        trial.report({"val_loss": train_one_epoch(model)}, step=epoch)
        if trial.should_prune():
            raise ts.TrialPruned
    return evaluate(model)
"""

STUDY = """
study = ts.create_study(space, direction="minimize", storage="sqlite:///tune.db", seed=7)
study.optimize(objective, n_trials=40, n_jobs=4)     # processes; n_trials is the study's total
print(study.best_params, study.best_value)
"""

CHECK = """
print("trials", len(study.trials), sorted({str(trial.state) for trial in study.trials}))
"""


def test_as_a_script(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(DEFINITIONS + OBJECTIVE + STUDY + CHECK)
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "trials 40 ['complete']" in done.stdout


def test_in_a_notebook(tmp_path: Path) -> None:
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    lambdas = "short = ts.minimize(lambda x: x * x, ts.Space(x=ts.Float(-1, 1)), n_trials=6, n_jobs=2)"
    cells = [DEFINITIONS, OBJECTIVE, STUDY, CHECK, lambdas]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    script = tmp_path / "run.py"  # a program of its own: an event loop leaves warnings behind
    script.write_text(
        "import sys, nbformat\nfrom nbclient import NotebookClient\n"
        "notebook = nbformat.read(sys.argv[1], as_version=4)\n"
        "NotebookClient(notebook, timeout=240, kernel_name='python3').execute()\n"
        "print([output.text for cell in notebook.cells for output in cell.outputs if 'text' in output])\n"
    )
    assert nbclient is not None
    nbformat.write(notebook, tmp_path / "n.ipynb")
    command = [sys.executable, str(script), str(tmp_path / "n.ipynb")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "trials 40 ['complete']" in done.stdout

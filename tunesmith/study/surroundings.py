"""The record of where a study runs: versions, platform, hardware, version control, command line."""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path
from typing import Any

from tunesmith.version import __version__

__all__ = ["surroundings"]

_LIBRARIES = (
    "numpy", "scipy", "scikit-learn", "torch", "pandas", "sqlalchemy", "msgspec", "xgboost", "lightgbm", "cmaes",
)  # fmt: skip
_LONGEST_DIFF = 200_000


def surroundings() -> dict[str, Any]:
    """Return versions, platform, hardware, git state and command line as plain data; a missing tool leaves a gap."""
    return {
        **_fixed(),
        **_git(str(Path.cwd())),
        "command": list(sys.argv),
        "directory": str(Path.cwd()),
        "pid": os.getpid(),
    }


@functools.cache
def _fixed() -> dict[str, Any]:
    import platform

    return {
        "tunesmith": __version__,
        "python": platform.python_version(),
        "libraries": {name: version for name in _LIBRARIES if (version := _version(name))},
        "platform": platform.platform(),
        "machine": platform.machine(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory": _memory(),
        "host": platform.node(),
    }


def _version(name: str) -> str | None:
    import importlib.metadata

    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return ""


def _memory() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return None


@functools.cache
def _git(directory: str) -> dict[str, Any]:
    """Return commit, whether the tree is dirty, and the diff; empty outside a repository or without git."""
    commit = _run(directory, "rev-parse", "HEAD")
    if commit is None:
        return {}
    status = _run(directory, "status", "--porcelain", "--untracked-files=no") or ""
    found: dict[str, Any] = {"git_commit": commit.strip(), "git_dirty": bool(status.strip())}
    if found["git_dirty"]:
        diff = _run(directory, "diff", "HEAD") or ""
        found["git_diff"] = diff[:_LONGEST_DIFF]
        found["git_diff_cut"] = len(diff) > _LONGEST_DIFF
    return found


def _run(directory: str, *words: str) -> str | None:
    import subprocess

    try:
        done = subprocess.run(["git", "-C", directory, *words], capture_output=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", errors="replace")

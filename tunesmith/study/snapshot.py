"""Snapshots: a sampler's state as named arrays beside the log, so that a large study resumes without telling all anew.

A snapshot is a cache and nothing more: it counts only when the sampler's settings, the space, the version and the rows
that it stands for all agree with the log; delete it and everything comes out the same.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tunesmith.version import __version__

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tunesmith.core.history import History
    from tunesmith.core.protocols import Problem, Sampler

__all__ = ["Snapshots"]


@final
@dataclass(frozen=True, slots=True)
class Snapshots:
    """Where the snapshot of one study's sampler lies.

    Attributes:
        folder: the study's artifacts folder.
        settings: the sampler as data, `{"name", "settings"}`.
    """

    folder: str
    settings: Mapping[str, Any]

    @property
    def path(self) -> Path:
        """The file."""
        return Path(self.folder) / "snapshot.npz"

    def load(self, sampler: Sampler[Any], problem: Problem, history: History) -> tuple[Any, int] | None:
        """Return (state, rows told) when a snapshot fits a prefix of the history, else None."""
        if not hasattr(sampler, "load"):
            return None
        try:
            with self.path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            about = json.loads(str(arrays.pop("about")[()]))
        except (OSError, ValueError, KeyError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error):
            return None
        rows = about.get("rows") if isinstance(about, dict) else None
        if not isinstance(rows, int) or not 0 <= rows <= len(history) or about != self._about(problem, history, rows):
            return None
        try:
            return sampler.load(problem, arrays), rows
        except (ArithmeticError, LookupError, TypeError, ValueError):  # written by another state of the same version
            return None

    def save(self, sampler: Sampler[Any], state: Any, problem: Problem, history: History, rows: int) -> None:
        """Write the state aside and rename it; a full disk costs the snapshot, not the study."""
        if not hasattr(sampler, "dump") or state is None:
            return
        arrays: Mapping[str, NDArray[Any]] = sampler.dump(state)
        about = json.dumps(self._about(problem, history, rows))
        aside = self.path.with_suffix(f".{os.getpid()}.npz")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            np.savez(aside, about=np.array(about), **arrays)  # type: ignore[arg-type]
            aside.replace(self.path)
        except OSError:
            with contextlib.suppress(OSError):
                aside.unlink()

    def _about(self, problem: Problem, history: History, rows: int) -> dict[str, Any]:
        """Return what a snapshot must agree on; the digest covers every told run's number, run and loss.

        The plan (trials, seconds) may differ, as it does at every resume: `load` is given the new one.
        """
        told = history.take(np.arange(rows))
        content = (told.numbers.tobytes(), told.runs.tobytes(), told.losses.tobytes(), told.states.tobytes())
        space = json.dumps(problem.space.to_dict(), sort_keys=True)
        return {
            "version": __version__,
            "sampler": json.loads(json.dumps(dict(self.settings))),
            "problem": [
                *(problem.n_losses, list(problem.constraints), problem.seed, problem.discover),
                repr(problem.fidelity),
                hashlib.sha256(json.dumps(problem.past, sort_keys=True).encode()).hexdigest(),
            ],
            "space": hashlib.sha256(space.encode()).hexdigest(),
            "rows": rows,
            "told": hashlib.sha256(b"".join(content)).hexdigest(),
        }

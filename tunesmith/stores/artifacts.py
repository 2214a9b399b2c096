"""Large files beside the log (checkpoints, weights, figures), each written aside and renamed, and checked when read.

A file lies at `folder/trial/run/name`. Its size and hash belong in the log; whoever reads it passes them, and gets
nothing when the file is missing or is not the one that was written. So a lost folder costs a run, never a wrong result.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
import shutil
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypedDict, final

from tunesmith.errors import InvalidArgumentError, StoreError, StoreFullError, StoreReadOnlyError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

__all__ = ["Artifacts", "Receipt", "default_folder"]

_FULL = {errno.ENOSPC, errno.EDQUOT}
_READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}
_PART = ".part"


class Receipt(TypedDict):
    """What the log keeps of a file: its size in bytes, and its SHA-256 in hexadecimal."""

    size: int
    sha256: str


@final
class Artifacts:
    """The files of one study.

    Args:
        folder: where they lie; created with the first file.

    Example:
        >>> import tempfile
        >>> artifacts = Artifacts(tempfile.mkdtemp())
        >>> receipt = artifacts.put(3, 1, "weights.bin", b"abc")
        >>> receipt["size"]
        3
        >>> artifacts.get(3, 1, "weights.bin", **receipt)
        b'abc'
        >>> artifacts.get(3, 1, "weights.bin", size=3, sha256="0" * 64) is None
        True
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder).absolute()

    def __repr__(self) -> str:
        return f"Artifacts({str(self.folder)!r})"

    def put(self, trial: int, run: int, name: str, data: bytes) -> Receipt:
        """Write a file, whole or not at all, in place of one of the same name.

        Args:
            trial: the trial's number, from 0.
            run: the run's number within it, from 1.
            name: a relative name; `/` makes folders.
            data: what it holds.

        Raises:
            InvalidArgumentError: the name leads out of the folder, or is no file name everywhere.
            StoreFullError: the disk is full.
            StoreReadOnlyError: the folder cannot be written to.
        """
        path = self.path(trial, run, name)
        aside = path.with_name(f".{path.name[:100]}.{secrets.token_hex(8)}{_PART}")
        with _named_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._check_inside(path)
            try:
                with aside.open("xb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                aside.replace(path)
            except BaseException:
                aside.unlink(missing_ok=True)
                raise
            _sync_folder(path.parent)
        return Receipt(size=len(data), sha256=hashlib.sha256(data).hexdigest())

    def get(self, trial: int, run: int, name: str, size: int, sha256: str) -> bytes | None:
        """Return what the file holds, or None when it is missing or is not the file that the receipt was given for."""
        path = self.path(trial, run, name)
        try:
            self._check_inside(path)
            if path.stat().st_size != size:
                return None
            data = path.read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        return data if len(data) == size and hashlib.sha256(data).hexdigest() == sha256 else None

    def path(self, trial: int, run: int, name: str) -> Path:
        """Return where the file lies, or would lie."""
        _check_number("trial", trial, 0)
        _check_number("run", run, 1)
        return self.folder.joinpath(str(trial), str(run), *_parts(name))

    def delete(self, trial: int, run: int | None = None, name: str | None = None) -> None:
        """Remove one file, or all files of a run, or all of a trial; what is not there is gone already."""
        _check_number("trial", trial, 0)
        if run is None:
            if name is not None:
                raise InvalidArgumentError(f"delete needs the run of the file {name!r}, got run=None")
            _remove_tree(self.folder / str(trial))
            return
        _check_number("run", run, 1)
        if name is None:
            _remove_tree(self.folder / str(trial) / str(run))
            return
        path = self.path(trial, run, name)
        with _named_errors(path):
            self._check_inside(path)
            path.unlink(missing_ok=True)

    def keep(self, trials: Collection[int]) -> list[int]:
        """Remove the files of all trials but these, and return the numbers of those removed, in order."""
        kept = set(trials)
        gone = sorted(number for number in self.trials() if number not in kept)
        for number in gone:
            _remove_tree(self.folder / str(number))
        return gone

    def trials(self) -> list[int]:
        """Return the numbers of all trials that have files, in order."""
        if not self.folder.is_dir():
            return []
        return sorted(int(entry.name) for entry in self.folder.iterdir() if re.fullmatch(r"0|[1-9][0-9]*", entry.name))

    def _check_inside(self, path: Path) -> None:
        """Refuse a path that symbolic links lead out of the folder."""
        if not path.resolve().is_relative_to(self.folder.resolve()):
            raise InvalidArgumentError(f"{path} leads out of {self.folder} by a symbolic link; remove the link")


def default_folder(database: str | os.PathLike[str], study: str) -> Path:
    """Return the artifacts folder of a study that lives in a SQLite file: `<file>.artifacts/<study>`.

    The study's part is its name with all but letters, digits, `.`, `_` and `-` replaced, and a few digits of its hash,
    so that two names never share a folder.

    Example:
        >>> default_folder("tune.db", "my study").as_posix()
        'tune.db.artifacts/my-study-67549874cb'
    """
    readable = re.sub(r"[^A-Za-z0-9._-]+", "-", study).strip("-.")[:60]
    mark = hashlib.sha256(study.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return Path(f"{os.fspath(database)}.artifacts") / (f"{readable}-{mark}" if readable else mark)


def _parts(name: str) -> tuple[str, ...]:
    bad = not name or any(ord(character) < 32 or character in '\\:*?"<>|' for character in name)
    parts = PurePosixPath(name).parts if not bad else ()
    if bad or name != "/".join(parts) or any(part in {"..", "/"} or part.endswith((" ", ".")) for part in parts):
        raise InvalidArgumentError(
            f"the name of an artifact is a relative path such as 'weights.bin' or 'figures/loss.png', without '..', "
            f'control characters or any of \\ : * ? " < > |, got {name!r}'
        )
    if any(part.startswith(".") and part.endswith(_PART) for part in parts):
        raise InvalidArgumentError(f"the name of an artifact may not look like one that is being written, got {name!r}")
    return parts


def _check_number(what: str, number: int, least: int) -> None:
    if isinstance(number, bool) or not isinstance(number, int) or number < least:
        raise InvalidArgumentError(f"{what} must be an integer >= {least}, got {what}={number!r}")


def _remove_tree(folder: Path) -> None:
    with _named_errors(folder), contextlib.suppress(FileNotFoundError):
        if folder.is_symlink():
            folder.unlink()
        else:
            shutil.rmtree(folder)


@contextlib.contextmanager
def _named_errors(path: Path) -> Iterator[None]:
    """Turn what the system says into a store's error with a sentence of advice."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StoreFullError(f"the disk under {path} is full; make room and run the same command again") from error
        if error.errno in _READ_ONLY:
            raise StoreReadOnlyError(f"{path} cannot be written to ({error.strerror}); check the folder") from error
        raise StoreError(f"{path} could not be written ({error.strerror}); check the folder and the name") from error


def _sync_folder(folder: Path) -> None:
    """Make the renaming survive a loss of power, where folders can be synced."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

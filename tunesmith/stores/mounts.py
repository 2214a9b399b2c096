"""On which kind of file system a path lies, to refuse the ones that a SQLite file does not survive.

The write-ahead log of SQLite needs memory shared between all its processes, which a network file system does not give
(https://sqlite.org/wal.html: "WAL does not work over a network filesystem").
"""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["NETWORK_KINDS", "kind_of_mount"]

_NETWORK = ("afs", "beegfs", "ceph", "cifs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "orangefs", "pvfs2")
_USER_SPACE = ("ceph", "gcsfuse", "glusterfs", "juicefs", "rclone", "s3fs", "sshfs")
NETWORK_KINDS = frozenset((*_NETWORK, "smb3", "smbfs", *(f"fuse.{kind}" for kind in _USER_SPACE)))
_TABLE = Path("/proc/self/mountinfo")


def kind_of_mount(path: Path) -> str:
    """Return the kind of file system (`ext4`, `nfs4`, ...) that a path lies on, empty when it cannot be told.

    Linux only: read from the kernel's table of mounts; the longest mount point above the path decides.
    """
    try:
        lines = _TABLE.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    wanted = path.resolve()
    best, kind = -1, ""
    for line in lines:
        left, dash, right = line.partition(" - ")
        fields = left.split()
        if not dash or len(fields) < 5:
            continue
        point = Path(_unescape(fields[4]))
        depth = len(point.parts)
        if depth >= best and wanted.is_relative_to(point):
            best, kind = depth, right.split()[0]
    return kind


def _unescape(text: str) -> str:
    """Undo the kernel's octal escapes of blanks and backslashes."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)

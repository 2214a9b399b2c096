"""Processes for the tests of stores, and a PostgreSQL server where its programs are installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Children:
    """Forked children of a test, each of which must end well."""

    def __init__(self) -> None:
        self.alive: list[int] = []

    def start(self, work: Callable[[], object]) -> int:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of forks beside threads
            pid = os.fork()
        if pid == 0:
            code = 1
            try:
                work()
                code = 0
            except BaseException:
                traceback.print_exc(file=sys.__stderr__)
            finally:
                os._exit(code)
        self.alive.append(pid)
        return pid

    def wait(self, pid: int) -> int:
        self.alive.remove(pid)
        return os.waitpid(pid, 0)[1]

    def wait_for_all(self) -> list[int]:
        return [self.wait(pid) for pid in list(self.alive)]


@pytest.fixture
def children() -> Iterator[Children]:
    if not hasattr(os, "fork"):
        pytest.skip("this system cannot fork")
    family = Children()
    yield family
    for pid in list(family.alive):
        os.kill(pid, 9)
        family.wait(pid)


def _program(name: str) -> str | None:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(found[-1]) if found else None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A PostgreSQL server in a folder of its own, on the loopback; never as root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        self.url = f"postgresql://tester:se%2Fcret@127.0.0.1:{self.port}/postgres"
        self._user = {"user": "nobody", "extra_groups": []} if os.getuid() == 0 else {}
        self._process: subprocess.Popen[bytes] | None = None
        if self._user:
            shutil.chown(folder, "nobody")
        password = folder / "password"
        password.write_text("se/cret")
        password.chmod(0o644)
        command = [_program("initdb"), "-D", folder / "data", "-U", "tester", "-A", "scram-sha-256"]
        command += [f"--pwfile={password}", "-E", "UTF8", "--locale=C", "--no-sync"]
        subprocess.run(command, check=True, capture_output=True, cwd=folder, **self._user)

    def start(self) -> None:
        import psycopg

        command = [_program("postgres"), "-D", self.folder / "data", "-p", str(self.port), "-k", self.folder, "-F"]
        command += ["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=20"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, **self._user)
        for _ in range(300):
            try:
                psycopg.connect(self.url).close()
            except psycopg.OperationalError:
                time.sleep(0.1)
            else:
                return
        pytest.fail((self.folder / "log").read_text())

    def crash(self) -> None:
        """Stop as `pg_ctl stop -m immediate` does."""
        self._process.send_signal(3)
        self._process.wait(30)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    pytest.importorskip("psycopg", reason="needs psycopg")
    if _program("initdb") is None or _program("postgres") is None:
        pytest.skip("needs the programs initdb and postgres")
    with tempfile.TemporaryDirectory(prefix="tunesmith-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = Server(folder)
        server.start()
        yield server
        server.crash()

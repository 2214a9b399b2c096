"""Who holds a run: identities survive the log, and a process is called gone only when that is certain."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tunesmith.core.worker import is_gone, new_worker, read_worker


def test_an_identity_survives_the_log_and_no_two_are_equal() -> None:
    worker = new_worker()
    assert read_worker(str(worker)) == worker
    assert new_worker() != worker


def test_a_living_process_is_not_gone() -> None:
    assert not is_gone(str(new_worker()))


def test_an_ended_process_is_gone() -> None:
    code = "from tunesmith.core.worker import new_worker; print(new_worker())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    ended = read_worker(done.stdout.strip())
    assert ended is not None
    assert ended.host == new_worker().host
    assert is_gone(str(ended))


def test_another_process_under_the_same_number_is_not_the_same_process() -> None:
    worker = new_worker()
    assert is_gone(str(worker._replace(started=worker.started - 500.0)))


def test_who_ran_before_the_last_boot_is_gone() -> None:
    assert is_gone(str(new_worker()._replace(boot="an-older-boot")))


def test_of_another_host_nothing_is_certain() -> None:
    worker = new_worker()
    assert not is_gone(str(worker._replace(host=f"not-{worker.host}", pid=2**30, boot="other")))


@pytest.mark.parametrize("text", ["", "somebody", "host/boot/pid/1.0/mark", "host/boot/7", "host/boot/7/soon/mark"])
def test_a_text_that_is_no_identity_is_never_certainly_gone(text: str) -> None:
    assert read_worker(text) is None
    assert not is_gone(text)

from __future__ import annotations

import time

import pytest

from tunesmith.stores.patience import Patience


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the pauses made from here on; they take no time but their own."""
    made: list[float] = []
    now = [100.0]

    def sleep(seconds: float) -> None:
        made.append(seconds)
        now[0] += seconds

    monkeypatch.setattr(time, "sleep", sleep)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return made


def test_it_gives_up_after_its_limit(pauses: list[float]) -> None:
    patience = Patience(1.5)
    while patience.wait():
        pass
    assert 1.5 <= sum(pauses) < 1.51
    assert not patience.wait()


def test_nobody_waits_who_has_no_patience(pauses: list[float]) -> None:
    assert not Patience(0.0).wait()
    assert pauses == []


def test_who_has_waited_longer_tries_more_often(pauses: list[float]) -> None:
    patience = Patience(5.0)
    while patience.wait():
        pass
    assert all(0 < pause <= 0.004 for pause in pauses)
    early, late = pauses[:4], pauses[-1000:]
    assert min(early) > 0.0004
    assert max(late) <= 0.00025
    assert sum(late) / len(late) < sum(early) / len(early) / 4


def test_two_do_not_pause_in_step(pauses: list[float]) -> None:
    for patience in (Patience(5.0), Patience(5.0)):
        for _ in range(5):
            patience.wait()
    assert pauses[:5] != pauses[5:]

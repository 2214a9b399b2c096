"""Every store keeps every law, and every law catches a store that breaks it."""

from __future__ import annotations

import ast
import itertools
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tunesmith import stores as room
from tunesmith.core.events import Created, Noted, Stamped, decode, encode
from tunesmith.errors import ConflictError, InvalidArgumentError, StudyNotFoundError
from tunesmith.stores.entries import to_entries
from tunesmith.stores.memory import MemoryStore
from tunesmith.stores.sql import SQLStore
from tunesmith.testing import store_races, stores
from tunesmith.testing.stores import ALL_STORE_LAWS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tunesmith.core.protocols import Store
    from tunesmith.testing.stores import StoreMaker


def memory_maker(folder: Path) -> StoreMaker:
    return lambda clock=None, like=None: like or MemoryStore(clock)


def sqlite_maker(folder: Path) -> StoreMaker:
    numbers = itertools.count()

    def make(clock: Callable[[], float] | None = None, like: Store | None = None) -> Store:
        if like is not None:
            return SQLStore(f"sqlite:///{like.path}")
        return SQLStore(f"sqlite:///{folder}/{next(numbers)}.db", clock=clock)

    return make


MAKERS = {"MemoryStore": memory_maker, "SQLStore": sqlite_maker}


@pytest.mark.parametrize("law", ALL_STORE_LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("name", MAKERS)
def test_the_store_keeps_the_law(law: Callable[[StoreMaker], None], name: str, tmp_path: Path) -> None:
    law(MAKERS[name](tmp_path))


def test_every_public_store_runs_through_the_laws() -> None:
    found = set()
    for path in Path(room.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                methods = {item.name for item in node.body if isinstance(item, ast.FunctionDef)}
                if {"append", "read", "studies", "delete", "beat", "beats"} <= methods:
                    found.add(node.name)
    assert found == set(MAKERS)


def test_no_law_is_left_out() -> None:
    written = {value for module in (stores, store_races) for name, value in vars(module).items() if name[:4] == "law_"}
    assert set(ALL_STORE_LAWS) == written
    assert len(ALL_STORE_LAWS) >= 20


class Faulty:
    """A plain store with one planted fault, or none."""

    def __init__(self, fault: str = "", clock: Callable[[], float] | None = None) -> None:
        self.fault = fault
        self.clock = clock or time.time
        self.logs: dict[str, list[Stamped]] = {}
        self.keys: dict[str, set[str]] = {}
        self.leases: dict[tuple[str, str], float] = {}
        self.numbers: dict[str, int] = {}
        self.lock = threading.RLock() if fault not in {"no lock", "draws before it locks"} else threading.Semaphore(99)

    def append(self, study: str, events: list) -> int:
        if self.fault == "case-blind":
            study = study.lower()
        with self.lock:
            if study not in self.logs:
                self._begin(study, events)
            back = [self._through(event) for event in events]
            taken = self.keys[study] if self.fault != "keys for all" else set().union(*self.keys.values())
            mine: list[str] = []
            for event in back:
                for key in event.keys:
                    if key in taken or (key in mine and self.fault != "blind in one append"):
                        raise ConflictError("some key" if self.fault == "names no key" else key)
                    mine.append(key)
                    if self.fault == "leaves keys behind":
                        self.keys[study].add(key)
                if self.fault == "half an append":
                    self._write(study, [event])
                    self.keys[study].update(event.keys)
            if self.fault == "half an append":
                return len(self.logs[study])
            if self.fault == "no lock":
                time.sleep(0.002)
            position = self._write(study, back)
            if self.fault != "no keys":
                self.keys[study].update(mine)
            return position

    def _begin(self, study: str, events: list) -> None:
        if not study or "\0" in study or "\ud800" in study:
            raise InvalidArgumentError("name")
        if self.fault != "begins with anything" and not (events and isinstance(events[0], Created)):
            raise StudyNotFoundError(study)
        self.logs.setdefault(study, [])
        self.keys.setdefault(study, set())

    def _through(self, event: Any) -> Any:
        if self.fault == "keeps the author's dict":
            return event
        if self.fault == "nan becomes null":
            return decode(encode(event))
        back = to_entries([event])[0].event
        if self.fault == "rounds numbers" and isinstance(back, Noted) and isinstance(back.value, int):
            return Noted(key=back.key, value=float(back.value), trial=back.trial)
        return back

    def _write(self, study: str, events: list) -> int:
        log = self.logs[study]
        first = self.numbers.get(study, 0) + 1 if self.fault == "draws before it locks" else len(log) + 1
        self.numbers[study] = first - 1 + len(events)
        now = self.clock()
        if self.fault != "time goes back" and log:
            now = max(now, log[-1].time)
        log += [Stamped(first + i, now, event) for i, event in enumerate(events)]
        log.sort(key=lambda stamped: stamped.position)
        return first - 1 + len(events)

    def read(self, study: str, after: int = 0) -> list[Stamped]:
        if self.fault == "case-blind":
            study = study.lower()
        if self.fault == "reads nothing of nobody" and study not in self.logs:
            return []
        self._known(study)
        if after < 0:
            raise InvalidArgumentError("after")
        behind = after - 1 if self.fault == "reads one too many" else after
        return [stamped for stamped in list(self.logs[study]) if stamped.position > behind]

    def studies(self) -> list[str]:
        return sorted(self.logs) if self.fault == "sorts studies" else list(self.logs)

    def delete(self, study: str) -> None:
        self._known(study)
        del self.logs[study]
        if self.fault != "keeps keys of the deleted":
            del self.keys[study]
        if self.fault != "keeps leases of the deleted":
            self.leases = {key: until for key, until in self.leases.items() if key[0] != study}

    def beat(self, study: str, worker: str, seconds: float) -> None:
        self._known(study)
        if not 0 <= seconds < float("inf"):
            raise InvalidArgumentError("seconds")
        self.leases[study, worker] = self.clock() + seconds
        if not seconds and self.fault != "never gives back":
            del self.leases[study, worker]

    def beats(self, study: str) -> dict[str, float]:
        self._known(study)
        now = 0.0 if self.fault == "leases are endless" else self.clock()
        return {worker: until - now for (name, worker), until in self.leases.items() if name == study}

    def _known(self, study: str) -> None:
        if study not in self.logs:
            raise StudyNotFoundError(study)


CAUGHT_BY = {
    "half an append": "law_a_refused_append_writes_nothing",
    "leaves keys behind": "law_a_refused_append_writes_nothing",
    "names no key": "law_a_conflict_names_the_first_key_taken",
    "blind in one append": "law_a_conflict_names_the_first_key_taken",
    "no keys": "law_a_scarce_place_has_one_winner",
    "no lock": "law_a_scarce_place_has_one_winner",
    "draws before it locks": "law_positions_become_visible_in_order",
    "keys for all": "law_studies_are_strangers",
    "sorts studies": "law_studies_are_strangers",
    "case-blind": "law_studies_are_strangers",
    "begins with anything": "law_a_study_begins_with_created",
    "reads nothing of nobody": "law_unknown_names_are_errors",
    "keeps the author's dict": "law_the_log_keeps_what_was_written",
    "rounds numbers": "law_every_event_comes_back",
    "nan becomes null": "law_what_json_cannot_hold_is_refused",
    "reads one too many": "law_reading_on_is_reading_all",
    "time goes back": "law_time_never_goes_back",
    "keeps keys of the deleted": "law_a_deleted_study_is_gone",
    "keeps leases of the deleted": "law_a_deleted_study_is_gone",
    "never gives back": "law_leases_run_out",
    "leases are endless": "law_leases_run_out",
}


def faulty_maker(fault: str) -> StoreMaker:
    return lambda clock=None, like=None: like or Faulty(fault, clock)


@pytest.mark.parametrize(("fault", "law"), CAUGHT_BY.items(), ids=list(CAUGHT_BY))
def test_the_law_catches_a_planted_fault(fault: str, law: str) -> None:
    with pytest.raises((AssertionError, ConflictError)):
        getattr(stores, law)(faulty_maker(fault))


def test_the_store_of_the_plants_keeps_the_laws_when_it_has_no_fault() -> None:
    for law in {*CAUGHT_BY.values()}:
        getattr(stores, law)(faulty_maker(""))

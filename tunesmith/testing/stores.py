"""The laws that every store keeps, as functions that raise AssertionError; no test framework is needed.

A law takes `make_store`, which returns a new and empty store. Two arguments let a law look closer:

- `clock`: what the store takes for the time; it must be asked inside the append, once the position is taken, so that
  a law can hold an append up there;
- `like`: a store made before; what comes back is another handle on the same logs (another connection), or the same
  store where there can be no other.

Example:
    >>> from tunesmith.stores.memory import MemoryStore
    >>> for law in ALL_STORE_LAWS:
    ...     law(lambda clock=None, like=None: like or MemoryStore(clock))
"""

from __future__ import annotations

import typing
from functools import partial
from typing import TYPE_CHECKING, Any

from tunesmith.core.events import Closed, Event, Noted, decode, encode
from tunesmith.errors import ConflictError, InvalidArgumentError, StudyNotFoundError
from tunesmith.testing.events import AWKWARD_TEXTS, closed, created, note, note_values, opened, sample_events
from tunesmith.testing.store_races import (
    StoreMaker,
    law_a_scarce_place_has_one_winner,
    law_a_study_has_one_creator,
    law_positions_become_visible_in_order,
    law_writers_at_once_leave_one_log,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["ALL_STORE_LAWS", "StoreMaker"]


def law_positions_count_from_one(make_store: StoreMaker) -> None:
    """Positions are 1, 2, 3, ...; append returns the last one, read carries them."""
    store = make_store()
    assert store.append("s", [created()]) == 1
    assert store.append("s", [note(1), note(2), note(3)]) == 4
    assert store.append("s", [note(4)]) == 5
    assert [stamped.position for stamped in store.read("s")] == [1, 2, 3, 4, 5]


def law_every_event_comes_back(make_store: StoreMaker) -> None:
    """Every kind of event comes back equal to what its JSON says, bit for bit."""
    store = make_store()
    events = sample_events()
    kinds = {type(event) for event in events}
    assert kinds == set(typing.get_args(Event)), "the samples leave out a kind of event"
    store.append("s", events)
    back = [stamped.event for stamped in store.read("s")]
    assert back == [decode(encode(event)) for event in events]
    assert [encode(event) for event in back] == [encode(event) for event in events]
    assert [type(event) for event in back] == [type(event) for event in events]


def law_the_log_keeps_what_was_written(make_store: StoreMaker) -> None:
    """A dict that its author changes after the append changes nothing in the log."""
    store = make_store()
    value: dict[str, Any] = {"list": [1]}
    store.append("s", [created(), Noted(key="k", value=value)])
    value["list"].append(2)
    assert note_values(store, "s") == [{"list": [1]}]


def law_what_json_cannot_hold_is_refused(make_store: StoreMaker) -> None:
    """An event that would come back different, or not at all, is refused with all its append."""
    store = make_store()
    store.append("s", [created()])
    for value in (float("nan"), float("inf"), {1: 2}, {"a": {3, 4}}, b"bytes", "\ud800", object(), [float("nan")]):
        bad = Noted(key="k", value=value)
        _must_raise(InvalidArgumentError, partial(store.append, "s", [note(1), bad]))
    bad_loss = Closed(trial=0, run=1, state="complete", reason="returned", values=(float("nan"),))
    _must_raise(InvalidArgumentError, lambda: store.append("s", [bad_loss]))
    assert len(store.read("s")) == 1
    assert store.append("s", [Noted(key="k", value=(1, (2, 3)))]) == 2, "a tuple is a list to JSON, and is welcome"
    assert note_values(store, "s") == [[1, [2, 3]]]


def law_a_refused_append_writes_nothing(make_store: StoreMaker) -> None:
    """One key that stands already refuses the whole append; its other keys stay free."""
    store = make_store()
    store.append("s", [created(), opened(1)])
    error = _must_raise(ConflictError, lambda: store.append("s", [note(1), opened(2), opened(1), opened(3)]))
    assert error.key == "trial/1/run/1", error.key
    assert len(store.read("s")) == 2
    assert store.append("s", [opened(2), opened(3)]) == 4, "a refused append used up a position or a key"


def law_a_conflict_names_the_first_key_taken(make_store: StoreMaker) -> None:
    """The error names the first of the append's keys that stands already; keys of one append count, too."""
    store = make_store()
    store.append("s", [created(), opened(1), opened(2)])
    for batch, key in (
        ([opened(3), opened(2), opened(1)], "trial/2/run/1"),
        ([opened(3), opened(4), opened(3)], "trial/3/run/1"),
        ([closed(3), closed(3)], "trial/3/run/1/closed"),
        ([created()], "created"),
    ):
        error = _must_raise(ConflictError, partial(store.append, "s", batch))
        assert error.key == key, f"{error.key} instead of {key}"
    assert len(store.read("s")) == 3


def law_studies_are_strangers(make_store: StoreMaker) -> None:
    """Positions, keys and events belong to one study."""
    store = make_store()
    for name in ("a", "b", "A", "a "):
        store.append(name, [created()])
        assert store.append(name, [opened(1), note(name)]) == 3
    for name in ("a", "b", "A", "a "):
        assert note_values(store, name) == [name]
    assert list(store.studies()) == ["a", "b", "A", "a "], "the oldest comes first"


def law_awkward_names_are_names(make_store: StoreMaker) -> None:
    """Any text but the empty one and NUL names a study, and any text a worker."""
    store = make_store()
    for name in AWKWARD_TEXTS:
        store.append(name, [created(), note(name)])
        store.beat(name, name, 60)
    assert list(store.studies()) == list(AWKWARD_TEXTS)
    for name in AWKWARD_TEXTS:
        assert note_values(store, name) == [name]
        assert list(store.beats(name)) == [name]
    for name in ("", "a\0b", "\ud800"):
        _must_raise(InvalidArgumentError, partial(store.append, name, [created()]))
    assert list(store.studies()) == list(AWKWARD_TEXTS)


def law_a_study_begins_with_created(make_store: StoreMaker) -> None:
    """Nothing but `Created` begins a study, and it begins once."""
    store = make_store()
    _must_raise(StudyNotFoundError, lambda: store.append("s", [note(1)]))
    _must_raise(StudyNotFoundError, lambda: store.append("s", [note(1), created()]))
    assert list(store.studies()) == []
    store.append("s", [created()])
    _must_raise(ConflictError, lambda: store.append("s", [created(seed=8)]))
    assert len(store.read("s")) == 1


def law_unknown_names_are_errors(make_store: StoreMaker) -> None:
    """Reading, deleting and leasing need a study that exists; the error names it."""
    store = make_store()
    store.append("other", [created()])
    calls: Sequence[Callable[[], object]] = (
        lambda: store.read("nobody"),
        lambda: store.delete("nobody"),
        lambda: store.beat("nobody", "w", 1),
        lambda: store.beats("nobody"),
        lambda: store.append("nobody", [note(1)]),
        lambda: store.append("nobody", []),
    )
    for call in calls:
        assert "nobody" in str(_must_raise(StudyNotFoundError, call))
    assert list(store.studies()) == ["other"]


def law_reading_on_is_reading_all(make_store: StoreMaker) -> None:
    """Reads behind the last position seen add up to one read of everything."""
    store = make_store()
    store.append("s", [created()])
    seen = list(store.read("s"))
    for size in (1, 3, 2, 7, 1, 20):
        store.append("s", [note(i) for i in range(size)])
        new = store.read("s", after=seen[-1].position)
        assert len(new) == size
        seen += new
    assert seen == list(store.read("s"))
    for after in range(len(seen) + 1):
        assert list(store.read("s", after=after)) == seen[after:]
    assert list(store.read("s", after=len(seen) + 100)) == []
    _must_raise(InvalidArgumentError, lambda: store.read("s", after=-1))


def law_large_and_empty_appends(make_store: StoreMaker) -> None:
    """A hundred events or none are one append; a value of a megabyte is a value."""
    store = make_store()
    assert store.append("s", [created()]) == 1
    assert store.append("s", []) == 1
    assert store.append("s", [opened(i) for i in range(100)]) == 101
    assert store.append("s", [note("x" * 2**20)]) == 102
    assert store.append("s", []) == 102
    back = store.read("s")
    assert [stamped.position for stamped in back] == list(range(1, 103))
    assert note_values(store, "s") == ["x" * 2**20]


def law_time_never_goes_back(make_store: StoreMaker) -> None:
    """Events carry the store's clock, and never a time before that of an earlier event."""
    times = iter([100.0, 200.5, 150.0, 300.0])
    store = make_store(clock=lambda: next(times))
    for i in range(4):
        store.append("s", [note(i), note(i)] if i else [created(), note(0)])
    assert [stamped.time for stamped in store.read("s")] == [100.0, 100.0, 200.5, 200.5, 200.5, 200.5, 300.0, 300.0]


def law_a_deleted_study_is_gone(make_store: StoreMaker) -> None:
    """Events, keys and leases go; a late writer does not bring it back; its name may begin again."""
    store = make_store()
    for name in ("s", "other"):
        store.append(name, [created(), opened(1)])
        store.beat(name, "w", 60)
    store.delete("s")
    assert list(store.studies()) == ["other"]
    _must_raise(StudyNotFoundError, lambda: store.append("s", [note("late")]))
    _must_raise(StudyNotFoundError, lambda: store.delete("s"))
    assert store.append("s", [created(), opened(1)]) == 2
    assert not store.beats("s")
    assert list(store.studies()) == ["other", "s"]
    assert len(store.read("other")) == 2
    assert list(store.beats("other")) == ["w"]


def law_leases_run_out(make_store: StoreMaker) -> None:
    """A lease lasts as long as was asked, by the store's clock; beating renews it, 0 seconds gives it back."""
    now = [1000.0]
    store = make_store(clock=lambda: now[0])
    store.append("s", [created()])
    store.append("t", [created()])
    assert not store.beats("s")
    store.beat("s", "a", 30)
    store.beat("s", "b", 10)
    now[0] += 20
    assert dict(store.beats("s")) == {"a": 10.0, "b": -10.0}
    store.beat("s", "a", 30)
    store.beat("s", "b", 0)
    store.beat("s", "never held", 0)
    assert dict(store.beats("s")) == {"a": 30.0}
    assert not store.beats("t")
    for seconds in (-1.0, float("nan"), float("inf")):
        _must_raise(InvalidArgumentError, partial(store.beat, "s", "a", seconds))
    assert dict(store.beats("s")) == {"a": 30.0}
    assert len(store.read("s")) == 1, "leases are no part of the log"


def law_another_handle_sees_the_same(make_store: StoreMaker) -> None:
    """What one handle has written, another reads, and stands in its way."""
    store = make_store()
    store.append("s", [*sample_events()])
    store.beat("s", "w", 60)
    other = make_store(like=store)
    assert list(other.read("s")) == list(store.read("s"))
    assert list(other.studies()) == ["s"]
    assert 0 < other.beats("s")["w"] <= 60
    _must_raise(ConflictError, lambda: other.append("s", [created()]))
    last = other.append("s", [note("more")])
    assert [stamped.position for stamped in store.read("s", after=last - 1)] == [last]


ALL_STORE_LAWS: tuple[Callable[[StoreMaker], None], ...] = (
    law_positions_count_from_one,
    law_every_event_comes_back,
    law_the_log_keeps_what_was_written,
    law_what_json_cannot_hold_is_refused,
    law_a_refused_append_writes_nothing,
    law_a_conflict_names_the_first_key_taken,
    law_studies_are_strangers,
    law_awkward_names_are_names,
    law_a_study_begins_with_created,
    law_unknown_names_are_errors,
    law_reading_on_is_reading_all,
    law_large_and_empty_appends,
    law_time_never_goes_back,
    law_a_deleted_study_is_gone,
    law_leases_run_out,
    law_another_handle_sees_the_same,
    law_writers_at_once_leave_one_log,
    law_a_scarce_place_has_one_winner,
    law_a_study_has_one_creator,
    law_positions_become_visible_in_order,
)


def _must_raise(kind: type[Any], call: Callable[[], object]) -> Any:
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was not raised")

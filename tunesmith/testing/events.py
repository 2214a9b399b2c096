"""Sample events for the kits: every kind, with values that are easily lost on the way to disk and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tunesmith.core.events import (
    Claimed,
    Closed,
    Created,
    Event,
    Noted,
    Passed,
    Proposed,
    Queued,
    Reported,
    Requested,
    Session,
    SpaceChanged,
)

if TYPE_CHECKING:
    from tunesmith.core.protocols import Store

__all__ = ["AWKWARD_TEXTS", "AWKWARD_VALUES", "closed", "created", "note", "note_values", "opened", "sample_events"]

AWKWARD_TEXTS: tuple[str, ...] = (
    "x'); DROP TABLE tunesmith_events; --",
    'a "quoted" name',
    "back\\slash",
    "per%cent %s %(name)s",
    "colon :name and ? mark",
    "Übergröße 学習率 🎛",
    "e\u0301 and \u00e9",
    "trailing blank ",
    "new\nline\ttab",
    "a/b/../c",
    "0",
    "null",
    "n" * 500,
)

AWKWARD_VALUES: tuple[Any, ...] = (
    0,
    -0.0,
    0.1 + 0.2,
    5e-324,
    1.7976931348623157e308,
    2**53 + 1,
    2**63 - 1,
    -(2**63),
    True,
    None,
    "",
    "nan",
    "inf",
    "-inf",
    "1e5",
    "\x00\x1f\x7f\u2028\ufeff",
    [],
    {},
    {"": {"a b": [1, [2.0, [None, {"ü": "😀"}]]]}},
)


def created(**changes: Any) -> Created:
    """Return the event that begins a study."""
    fields: dict[str, Any] = {"space": {}, "directions": ("minimize",), "metrics": ("loss",), "seed": 7}
    return Created(**(fields | changes))


def note(value: Any) -> Noted:
    """Return an event that holds a value and no key."""
    return Noted(key="k", value=value)


def note_values(store: Store, study: str) -> list[Any]:
    """Return the values of all notes in a study, in order."""
    return [stamped.event.value for stamped in store.read(study) if isinstance(stamped.event, Noted)]


def opened(trial: int) -> Proposed:
    """Return the event that opens run 1 of a trial, a scarce place."""
    return Proposed(ticket=None, trial=trial, run=1, config={})


def closed(trial: int) -> Closed:
    """Return the event that closes run 1 of a trial, a scarce place."""
    return Closed(trial=trial, run=1, state="complete", reason="returned")


def sample_events() -> list[Event]:
    """Return events of every kind that begin a study and may follow one another in it."""
    config = {"lr": 1e-5, "layers": 3, "optimizer": "sgd", "-0": -0.0, "ü": "x'y\"z"}
    deep: dict[str, Any] = {"leaf": 1}
    for level in range(50):
        deep = {str(level): deep, "list": [deep]} if level < 5 else {str(level): deep}
    events: list[Event] = [
        created(
            space={"lr": {"kind": "float", "low": 1e-5, "high": 0.1, "log": True}},
            directions=("minimize", "maximize"),
            metrics=("loss", "accuracy"),
            constraints={"latency": "<= 10"},
            seed=2**63 - 1,
            discover=True,
            max_attempts=5,
            past=({"configs": [config], "losses": [0.5]},),
            record={"version": "1", "deep": deep},
        ),
        Session(
            worker="host/boot/1/2.00/ab", limits={"n_trials": 10}, lag=4, sampler={"name": "GP"}, record={"a": [1]}
        ),
        SpaceChanged(version=2, space={"b": {"kind": "int"}}, why="wider", trial=None),
        Queued(trial=0, config={"lr": 0.5}, replicate=1, attrs={"who": "Ada"}, whole=True),
        Claimed(worker="host/boot/1/2.00/ab", session=2),
        Proposed(
            ticket=5,
            trial=0,
            run=1,
            config=config,
            worker="host/boot/1/2.00/ab",
            budget=81.0,
            by="gp",
            reasons={"ei": 1e-300},
            memo={"scales": [0.1, -0.0]},
            seen=4,
            queued=True,
        ),
        Reported(trial=0, run=1, points=((0, {"loss": 0.25, "a": "nan"}), (2**40, {"loss": "-inf"}))),
        Closed(
            trial=0,
            run=1,
            state="failed",
            reason="exception",
            values=(-0.0, 1.5),
            metrics={"loss": "inf"},
            message="ValueError: ✗",
            traceback="line\n  line\n",
            dropped=("momentum",),
            output="\x1b[31mred",
            seconds=12.5,
            usage={"memory": 2**40},
        ),
        Claimed(worker="w"),
        Passed(ticket=9, why="nothing to do"),
        Requested(action="stop", trial=0, by="Ada", why="dull"),
    ]
    return events + [Noted(key=f"value {i}", value=value, trial=i) for i, value in enumerate(AWKWARD_VALUES)]

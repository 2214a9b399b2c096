"""One call of `optimize`: its arguments are checked, the parts of a loop are put together, and the loop is run."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, final

from tunesmith.core.jobs import Limits as RunLimits
from tunesmith.core.worker import new_worker
from tunesmith.errors import InvalidArgumentError
from tunesmith.study.checks import check_end, check_optimize, check_resources, exceptions, functions
from tunesmith.study.loop import Loop, Terms
from tunesmith.study.mind import Limits, Mind
from tunesmith.study.readers import Readers
from tunesmith.study.session import record_session
from tunesmith.study.signals import soft_ends
from tunesmith.study.target import Target, objectives_here

if TYPE_CHECKING:
    from tunesmith.space import Space
    from tunesmith.study.log import Log
    from tunesmith.study.stopping import StopRule
    from tunesmith.study.wiring import Display, Wiring

__all__ = ["Call", "Ground", "carry_out"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The arguments of `Study.optimize`, as they were given."""

    objective: Callable[..., Any]
    n_trials: int | None
    timeout: float | None
    n_jobs: int
    callbacks: Any
    catch: Any
    lag: int | None
    executor: Any
    trial_timeout: float | None
    trial_memory: int | None
    resources: Mapping[str, float] | None
    stop: StopRule | Sequence[StopRule]
    max_failures: int | None
    style: Literal["trial", "arguments"]
    progress: bool | Callable[[Any], None] | None
    gc_after_trial: bool


@final
@dataclass(frozen=True, slots=True)
class Ground:
    """What a study stands on.

    Attributes:
        log: its log.
        wiring: makers of parts of the other rooms.
        make_mind: limits -> sampler and pruner with their states.
        space: the declared space with its objects, None for define-by-run.
        discover: whether undeclared names may be met.
        folder: of artifacts, None for none.
    """

    log: Log
    wiring: Wiring
    make_mind: Callable[[Limits], Mind]
    space: Space | None
    discover: bool
    folder: str | None


def carry_out(call: Call, ground: Ground, study: Any) -> str:
    """Run one call of `optimize` to its end and return why it ended; `study` is what callbacks and displays are given.

    Raises:
        InvalidArgumentError: an argument cannot be meant, or the call stands inside an objective of the same study.
    """
    log, wiring = ground.log, ground.wiring
    if log.token in objectives_here():
        raise InvalidArgumentError(
            "optimize was called inside an objective of the same study, whose trial would wait for itself; call it "
            "outside of the objective, or make a study of its own for the inner search"
        )
    n_jobs = check_optimize(
        call.objective,
        call.n_trials,
        call.timeout,
        call.n_jobs,
        call.lag,
        call.trial_timeout,
        call.trial_memory,
        max_failures=call.max_failures,
    )
    readers, terms, display = _terms(call, ground, study)
    needs = {"limits": terms.limits != RunLimits(), "resources": terms.resources}
    carrier = wiring.make_executor(call.executor, n_jobs, needs)
    mind = ground.make_mind(Limits(call.n_trials, call.timeout, call.lag))
    worker = str(new_worker())
    if call.lag is not None and (asked := log.sync().asked_runs()):
        raise InvalidArgumentError(f"lag={call.lag} needs asked trials told or given back first; open: {asked[:10]}")
    log.sync()
    record_session(log, mind, wiring, worker, n_jobs, {"name": type(carrier).__name__})
    target = Target(
        call.objective, call.style, ground.space, ground.discover, log.ledger.metrics, wiring.open_files, log.token
    )
    with soft_ends():
        try:
            return Loop(log, mind, carrier, target, worker=worker, terms=terms).run()
        finally:
            readers.end(display)


def _terms(call: Call, ground: Ground, study: Any) -> tuple[Readers, Terms, Display | None]:
    """Return what the loop is to keep to, and who reads along."""
    rules: tuple[StopRule, ...] = functions("stop", call.stop)
    forgiven = exceptions("catch", call.catch)
    told = functions("callbacks", call.callbacks)
    log = ground.log
    size = None if ground.discover else log.ledger.space.size()
    check_end(call.n_trials, call.timeout, (*rules, *told), size)
    wanted = check_resources(call.resources)
    if call.gc_after_trial:
        told = (*told, lambda _study, _trial: gc.collect())
    readers = Readers(study, lambda number: log.ledger.trial(number), told)  # noqa: PLW0108 - ledgers are made anew
    progress = call.progress
    display = None if callable(progress) else ground.wiring.make_display(progress, call.n_trials, call.timeout)
    terms = Terms(
        timeout=call.timeout,
        limits=RunLimits(call.trial_timeout, call.trial_memory),
        resources=wanted,
        stop=rules,
        max_failures=call.max_failures,
        forgiven=forgiven,
        folder=ground.folder,
        closed=readers.closed,
        tick=readers.ticker(progress if callable(progress) else display),
    )
    return readers, terms, display

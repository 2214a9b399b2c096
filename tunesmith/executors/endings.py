"""What all executors say alike: the last word of a run that has none of its own, and what cannot be enforced."""

from __future__ import annotations

import os
import traceback

from tunesmith.core.jobs import Job, Lost
from tunesmith.core.objective import writable
from tunesmith.errors import InvalidArgumentError, LostTrialError, TunesmithError

__all__ = ["check_free", "check_process", "end_fork", "escaped", "over", "refuse_limits", "silent"]


def escaped(handle: str, error: BaseException) -> Lost:
    """Return the last word of a run whose target let an exception escape."""
    text = f"{type(error).__name__}: {error}".rstrip(": ")
    trace = writable("".join(traceback.format_exception(error)))
    return Lost(handle=handle, reason="crashed", message=writable(text), usage={"traceback": trace[-8192:]})


def silent(handle: str) -> Lost:
    """Return the last word of a run whose target came back without one."""
    return Lost(handle=handle, reason="crashed", message="the target returned without a result")


def over(handle: str) -> LostTrialError:
    """Return the error for whoever speaks on a channel whose run has ended (a thread that was left over)."""
    return LostTrialError(f"run {handle} has ended; nothing more can be sent for it")


def check_process(handle: str, process: int) -> None:
    """Raise in a fork of the process that carries a run: it may compute, but not speak for the run.

    Raises:
        TunesmithError: this is a fork.
    """
    if os.getpid() != process:
        raise TunesmithError(
            f"run {handle} lives in process {process}, and this is its fork {os.getpid()}: "
            "only the process that runs the objective can report or ask for a verdict"
        )


def end_fork(process: int) -> None:
    """End a fork that the objective made and forgot to end; it would go on as a second parent or child of ours."""
    if os.getpid() != process:
        os._exit(1)


def refuse_limits(job: Job, executor: str) -> None:
    """Raise when a job asks for what needs a process of its own.

    Raises:
        InvalidArgumentError: the job has limits or resources.
    """
    limits = job.limits
    for name, value in (("trial_timeout", limits.seconds), ("trial_memory", limits.memory)):
        if value is not None:
            raise InvalidArgumentError(
                f"{name}={value!r} needs an executor that can end a run by force, and {executor} cannot; "
                "use executor='processes'"
            )
    if job.resources:
        raise InvalidArgumentError(
            f"resources={dict(job.resources)!r} need a process of their own, and {executor} has none to give; "
            "use executor='processes'"
        )


def check_free(job: Job, running: int, slots: int) -> None:
    """Raise when all slots are taken.

    Raises:
        InvalidArgumentError: there is no room for the job.
    """
    if running >= slots:
        raise InvalidArgumentError(
            f"start({job.task.handle!r}) needs a free slot, and all {slots} are taken; receive the end of a run first"
        )

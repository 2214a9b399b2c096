"""Which devices belong to which slot: GPUs by their visible ids, and threads for the numerical libraries.

Both are told to a child through its environment, which must stand before it starts; so a child belongs to a slot, and
a slot keeps its devices.
"""

from __future__ import annotations

import math
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tunesmith.errors import InvalidArgumentError

__all__ = ["THREAD_VARIABLES", "cores", "environment_of", "share", "visible_gpus"]

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
"""What the numerical libraries read, once, when they are loaded."""


def cores() -> int:
    """Return how many CPU cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def visible_gpus(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the ids of the GPUs that this process may use: from CUDA_VISIBLE_DEVICES, else by looking for them.

    >>> visible_gpus({"CUDA_VISIBLE_DEVICES": "2,3"})
    ('2', '3')
    """
    text = environment.get("CUDA_VISIBLE_DEVICES")
    if text is not None:
        ids = [item.strip() for item in text.split(",")]
        end = next((i for i, item in enumerate(ids) if item in ("", "-1", "NoDevFiles")), len(ids))
        return tuple(ids[:end])
    found = [path for path in Path("/dev").glob("nvidia*") if re.fullmatch(r"nvidia\d+", path.name)]
    return tuple(map(str, range(len(found) or _listed())))


def _listed() -> int:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return 0
    try:
        done = subprocess.run([tool, "-L"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    return sum(line.startswith("GPU ") for line in done.stdout.splitlines())


def share(gpus: Sequence[str], amount: float, slots: int) -> tuple[tuple[str, ...], ...]:
    """Return the devices of each slot.

    Args:
        gpus: ids of the visible devices.
        amount: devices a slot: a whole number, or a fraction below 1 for several slots a device.
        slots: how many slots there are.

    Raises:
        InvalidArgumentError: the amount makes no sense, or there are not enough devices for all slots.

    >>> share(("0", "1"), 0.5, 4)
    (('0',), ('1',), ('0',), ('1',))
    """
    if not 0 < amount < math.inf or (amount > 1 and amount != int(amount)):
        raise InvalidArgumentError(
            f"resources={{'gpu': {amount!r}}} needs a whole number of devices or a fraction between 0 and 1"
        )
    per_device = int(1 / amount + 1e-9) if amount < 1 else 1
    whole = max(1, int(amount))
    room = len(gpus) * per_device if amount < 1 else len(gpus) // whole
    if room < slots:
        there = ", ".join(gpus) or "none"
        raise InvalidArgumentError(
            f"resources={{'gpu': {amount:g}}} with {slots} slots needs {slots * amount:g} GPUs, visible are: {there}; "
            f"use at most {room} slots (n_jobs), a smaller share, or gpus=[...]"
        )
    if amount < 1:
        return tuple((gpus[slot % len(gpus)],) for slot in range(slots))
    return tuple(tuple(gpus[slot * whole : (slot + 1) * whole]) for slot in range(slots))


def environment_of(
    resources: Mapping[str, float], slot: int, slots: int, gpus: Sequence[str], environment: Mapping[str, str]
) -> dict[str, str]:
    """Return the variables that a slot's child is started with, above those of its parent.

    Without a `cpu` in the resources the cores are divided by the slots, so that n children with n threads each do not
    get in each other's way; a variable that the user has set stays as it is.

    Args:
        resources: what one slot needs: `gpu` devices, `cpu` threads.
        slot: which slot, from 0.
        slots: how many there are.
        gpus: ids of the devices that may be handed out.
        environment: of the parent.

    Raises:
        InvalidArgumentError: an unknown resource, or more than there is.
    """
    extra: dict[str, str] = {}
    _check(resources)
    if resources.get("gpu"):
        devices = share(gpus, resources["gpu"], slots)
        extra["CUDA_VISIBLE_DEVICES"] = ",".join(devices[slot])
    threads = max(1, int(resources["cpu"]) if "cpu" in resources else cores() // slots)
    for name in THREAD_VARIABLES:
        if "cpu" in resources or name not in environment:
            extra[name] = str(threads)
    return extra


def _check(resources: Mapping[str, Any]) -> None:
    for name, amount in resources.items():
        if name not in ("cpu", "gpu"):
            raise InvalidArgumentError(f"resources know 'cpu' and 'gpu', got {name!r}: {amount!r}")
        if isinstance(amount, bool) or not isinstance(amount, (int, float)) or not amount >= 0:
            raise InvalidArgumentError(f"resources need numbers from 0 up, got {name!r}: {amount!r}")

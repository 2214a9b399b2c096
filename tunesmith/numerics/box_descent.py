"""Minimise one function from many starts at once inside a box: projected BFGS in step, one batched call an iteration.

Each start keeps its own inverse Hessian and step length. A call evaluates one point of every start; a start whose point
does not descend enough (Armijo) keeps its place and halves its step, the others move and learn curvature. So many
starts cost little more than one where a call's price is mostly overhead. BFGS: Nocedal and Wright (2006), eq. 6.17;
coordinates at a bound whose gradient points outwards are held (Bertsekas 1982).

    x (s, d) points   g (s, d) gradients   H (s, d, d) inverse Hessians   t (s,) steps
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Objective = Callable[[NDArray[np.float64]], tuple[NDArray[np.float64], NDArray[np.float64]]]

__all__ = ["descend"]

ARMIJO = 1e-4
SHRINK = 0.3


def descend(
    objective: Objective,
    x: NDArray[np.float64],
    low: NDArray[np.float64] | float,
    high: NDArray[np.float64] | float,
    *,
    calls: int,
    scale: float = 0.1,
    tolerance: float = 1e-6,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the points (s, d) and values (s,) reached from the starts x (s, d) after at most `calls` calls.

    Args:
        objective: (s, d) -> values (s,), gradients (s, d); always given all s points.
        x: starts inside the box.
        low: lower bounds, broadcast to (s, d).
        high: upper bounds.
        calls: the most calls of the objective.
        scale: length of the first step, in units of x.
        tolerance: stop when no start expects to gain more than this.
    """
    x = np.clip(x, low, high)
    low, high = np.broadcast_to(low, x.shape), np.broadcast_to(high, x.shape)
    value, gradient = objective(x)
    count, width = x.shape
    norm = np.sqrt(np.square(gradient).sum(axis=1)) + 1e-12
    inverse = np.eye(width) * (scale / norm)[:, None, None]
    learned = np.zeros(count, dtype=bool)
    step = np.ones(count)
    for _ in range(calls - 1):
        held = ((x <= low) & (gradient > 0)) | ((x >= high) & (gradient < 0))
        free = np.where(held, 0.0, gradient)
        direction = np.where(held, 0.0, -np.matmul(inverse, free[:, :, None])[:, :, 0])
        gain = -(direction * free).sum(axis=1)
        if not (gain * step > tolerance).any():
            break
        trial = np.clip(x + step[:, None] * direction, low, high)
        new, slope = objective(trial)
        moved = trial - x
        good = new <= value + ARMIJO * (gradient * moved).sum(axis=1)
        good &= np.isfinite(new)
        bend = np.where(held, 0.0, slope - gradient)
        curved = (moved * bend).sum(axis=1)
        use = good & (curved > 1e-10 * np.sqrt(np.square(moved).sum(axis=1) * np.square(bend).sum(axis=1)))
        if use.any():
            inverse = _update(inverse, moved, bend, use, ~learned)
            learned |= use
        x = np.where(good[:, None], trial, x)
        value = np.where(good, new, value)
        gradient = np.where(good[:, None], slope, gradient)
        step = np.where(good, 1.0, step * SHRINK)
    return x, value


def _update(
    inverse: NDArray[np.float64],
    moved: NDArray[np.float64],
    bend: NDArray[np.float64],
    use: NDArray[np.bool_],
    fresh: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """BFGS update of the inverse Hessians of the starts in `use`; fresh ones are rescaled first (eq. 6.20)."""
    curved = np.where(use, (moved * bend).sum(axis=1), 1.0)
    size = curved / np.maximum(np.square(bend).sum(axis=1), 1e-300)
    inverse = np.where((use & fresh)[:, None, None], np.eye(moved.shape[1]) * size[:, None, None], inverse)
    rho = 1.0 / curved
    shifted = np.matmul(inverse, bend[:, :, None])[:, :, 0]  # H y
    cross = moved[:, :, None] * shifted[:, None, :] * rho[:, None, None]
    height = (1.0 + (bend * shifted).sum(axis=1) * rho) * rho
    updated = inverse - cross - cross.transpose(0, 2, 1) + height[:, None, None] * moved[:, :, None] * moved[:, None, :]
    return np.where(use[:, None, None], updated, inverse)

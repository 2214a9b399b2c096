"""One thread for the linear algebra of a decision: small matrices are slower on many, and differ in the last digits."""

from __future__ import annotations

import functools
from contextlib import AbstractContextManager
from typing import Any

__all__ = ["one_thread"]


def one_thread() -> AbstractContextManager[Any]:
    """Return a context in which BLAS runs on one thread, whatever the environment says; restored behind it.

    A Gaussian process of a hundred trials is about ten times slower when BLAS splits its small matrices over threads,
    and its sums come out in another order, so a replay under another thread count would differ in the last digits.
    """
    context: AbstractContextManager[Any] = _controller().limit(limits=1, user_api="blas")
    return context


@functools.cache
def _controller() -> Any:
    """Find the BLAS libraries of NumPy and SciPy once; looking for them takes a few milliseconds."""
    import scipy.linalg  # noqa: F401 - loads its own BLAS, so that it is found
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()

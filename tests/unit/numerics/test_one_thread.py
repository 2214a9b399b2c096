"""One thread for a decision, whatever the environment says."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

import tunesmith as ts
from tunesmith.numerics import mixed_search
from tunesmith.numerics.one_thread import one_thread


def blas_threads() -> set[int]:
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def test_blas_runs_on_one_thread_inside_and_as_before_outside() -> None:
    with threadpool_limits(2, user_api="blas"):
        before = blas_threads()
        with one_thread():
            assert blas_threads() == {1}
        assert blas_threads() == before


def test_the_model_thinks_on_one_thread(monkeypatch) -> None:
    seen = []
    original = mixed_search.maximise

    def watched(*args, **kwargs):
        seen.append(blas_threads())
        return original(*args, **kwargs)

    monkeypatch.setattr("tunesmith.samplers.gp.maximise", watched)
    study = ts.create_study(ts.Space(x=ts.Float(-1, 1)), sampler=ts.samplers.GP(startup=3), seed=1)
    with threadpool_limits(2, user_api="blas"):
        study.optimize(lambda t: t.params["x"] ** 2, n_trials=5)
    assert seen == [{1}, {1}]


PROGRAM = """
import tunesmith as ts
study = ts.create_study(ts.Space(x=ts.Float(-1, 1), y=ts.Float(-1, 1)), sampler=ts.samplers.GP(startup=3), seed=1)
study.optimize(lambda t: t.params["x"] ** 2 + abs(t.params["y"]), n_trials=9)
print([t.params["x"].hex() for t in study.trials])
"""


def test_the_number_of_threads_in_the_environment_changes_nothing() -> None:
    told = []
    for threads in ("1", "2"):
        environment = {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads, "PATH": "/usr/bin:/bin"}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
        )
        told.append(done.stdout)
    assert told[0] == told[1]
    assert np.size(told) == 2

"""An objective that cannot reach a child stops the study at once, and no trial pays for it."""

from __future__ import annotations

import threading

import pytest

import tunesmith as ts
from tunesmith.errors import TransportError
from tunesmith.samplers import Random


class Missing:
    def __reduce__(self):
        return getattr, (object(), "weights_of_nobody")


@pytest.mark.parametrize(("held", "named"), [(Missing(), "weights_of_nobody"), (threading.Lock(), "lock")])
def test_a_failed_transport_stops_the_study_names_the_object_and_gives_the_trials_back(held, named):
    study = ts.create_study(ts.Space(x=ts.Float(0, 1)), sampler=Random(), seed=1)
    with pytest.raises(TransportError, match=named):
        study.optimize(lambda trial: float(held is not None), n_trials=4, n_jobs=2)
    waiting = study.counts["waiting"]
    assert 1 <= waiting == len(study.trials)
    assert {trial.reason for trial in study.trials} == {"released"}

    study.optimize(lambda trial: 1.0, n_trials=4, n_jobs=2)
    assert study.counts["complete"] == len(study.trials) == 4

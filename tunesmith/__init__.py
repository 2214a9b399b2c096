"""tunesmith turns a function that trains a model into the best model it can give, and the evidence for it."""

from tunesmith import errors, pruners, samplers
from tunesmith.api import create_study, delete_study, load_study, maximize, minimize, open_store, study_names
from tunesmith.core.protocols import Fidelity
from tunesmith.core.trial import Run, Trial, TrialState
from tunesmith.errors import TrialPruned, TunesmithError
from tunesmith.space import Categorical, Float, Int, Near, Normal, Ordinal, Space
from tunesmith.study.fixed import FixedTrial
from tunesmith.study.stopping import MaxTrials, Plateau, TargetValue
from tunesmith.study.study import Study
from tunesmith.version import __version__

__all__ = [
    "Categorical",
    "Fidelity",
    "FixedTrial",
    "Float",
    "Int",
    "MaxTrials",
    "Near",
    "Normal",
    "Ordinal",
    "Plateau",
    "Run",
    "Space",
    "Study",
    "TargetValue",
    "Trial",
    "TrialPruned",
    "TrialState",
    "TunesmithError",
    "__version__",
    "create_study",
    "delete_study",
    "errors",
    "load_study",
    "maximize",
    "minimize",
    "open_store",
    "pruners",
    "samplers",
    "study_names",
]

"""tunesmith turns a function that trains a model into the best model it can give, and the evidence for it.

Names are loaded when they are first used, so that `import tunesmith` costs next to nothing.
"""

import importlib
from typing import TYPE_CHECKING, Any

from tunesmith.version import __version__

if TYPE_CHECKING:
    from tunesmith import errors, pruners, samplers
    from tunesmith.analysis.recommendation import Recommendation, recommend
    from tunesmith.api import create_study, delete_study, load_study, maximize, minimize, open_store, study_names
    from tunesmith.core.protocols import Fidelity
    from tunesmith.core.trial import Run, Trial, TrialState
    from tunesmith.errors import TrialPruned, TunesmithError
    from tunesmith.space import Categorical, Float, Int, Near, Normal, Ordinal, Space
    from tunesmith.study.fixed import FixedTrial
    from tunesmith.study.stopping import MaxTrials, Plateau, TargetValue
    from tunesmith.study.study import Study

_HOMES = {
    "tunesmith.analysis.recommendation": ("Recommendation", "recommend"),
    "tunesmith.api": (
        "create_study", "delete_study", "load_study", "maximize", "minimize", "open_store", "study_names",
    ),
    "tunesmith.core.protocols": ("Fidelity",),
    "tunesmith.core.trial": ("Run", "Trial", "TrialState"),
    "tunesmith.errors": ("TrialPruned", "TunesmithError"),
    "tunesmith.space": ("Categorical", "Float", "Int", "Near", "Normal", "Ordinal", "Space"),
    "tunesmith.study.fixed": ("FixedTrial",),
    "tunesmith.study.stopping": ("MaxTrials", "Plateau", "TargetValue"),
    "tunesmith.study.study": ("Study",),
}  # fmt: skip
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
_ROOMS = ("errors", "pruners", "samplers")

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
    "Recommendation",
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
    "recommend",
    "samplers",
    "study_names",
]


def __getattr__(name: str) -> Any:
    """Load a public name from its home the first time it is asked for (PEP 562)."""
    if name in _ROOMS:
        return importlib.import_module(f"tunesmith.{name}")
    if name not in _HOME_OF:
        from tunesmith.core.spelling import TOP_INSTEAD, no_such

        raise no_such("tunesmith", name, __all__, TOP_INSTEAD, listed=True)
    value = getattr(importlib.import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__

"""What to say of a name that does not exist: the nearest one that does, or what another library's word is here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from tunesmith.errors import InvalidArgumentError

__all__ = ["NEAREST", "TOP_INSTEAD", "check_word", "no_such"]

_LATER = "there is none like it yet; leave it out for the default"
NEAREST: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "sampler": {
            "TPESampler": "the nearest is samplers.TPE(); samplers.Auto(), the default, often finds more",
            "GPSampler": "the nearest is samplers.GP()",
            "RandomSampler": "the nearest is samplers.Random()",
            "GridSampler": "the nearest is samplers.Grid(), on the grid of the study's space",
            "BruteForceSampler": "the nearest is samplers.Grid()",
            "CmaEsSampler": "the nearest is samplers.CMAES()",
            "QMCSampler": "the nearest are samplers.Sobol(), Halton() and LatinHypercube()",
            **dict.fromkeys(("NSGAIISampler", "NSGAIIISampler"), "the nearest is samplers.NSGA()"),
            "PartialFixedSampler": _LATER,
        },
        "pruner": {
            "MedianPruner": "the nearest is pruners.Median(startup=5, warmup=0)",
            "SuccessiveHalvingPruner": "the nearest is pruners.ASHA(min_budget=1, eta=4)",
            "HyperbandPruner": "the nearest is pruners.ASHA(), one bracket of it",
            "NopPruner": "leave it out, or pass pruners.Keep()",
            **dict.fromkeys(("PatientPruner", "PercentilePruner", "ThresholdPruner", "WilcoxonPruner"), _LATER),
        },
    }
)
"""Samplers and pruners of Optuna, and what comes nearest to each here."""

TOP_INSTEAD: Mapping[str, str] = MappingProxyType(
    {
        "copy_study": "create the other study, then: for trial in study.trials: other.add_trial(trial)",
        "create_trial": "study.add_trial(params, value) adds a finished trial",
        "distributions": "they are Float, Int, Categorical and Ordinal",
        "exceptions": "they are in tunesmith.errors, and TrialPruned here",
        "get_all_study_names": "write study_names(storage=...)",
        "get_all_study_summaries": "write study_names(storage=...), then load_study(name, storage=...).counts",
        "importance": "from tunesmith.analysis.importance import importance; importance(study.history)",
        "logging": "progress=False silences optimize; logging.getLogger('tunesmith') is the logger",
        "storages": "storage=... takes a URL such as sqlite:///tune.db, or a path",
        "study": "Study, create_study and load_study are here",
        "trial": "Trial, TrialState and FixedTrial are here",
        "visualization": "from tunesmith.report import write_report; write_report(study, 'report.html')",
    }
)
"""Names in Optuna's top package, and what to write for them."""

_NOTHING: Mapping[str, str] = MappingProxyType({})


def no_such(
    owner: str, name: str, known: Collection[str], instead: Mapping[str, str] = _NOTHING, *, listed: bool = False
) -> AttributeError:
    """Return the error to raise for an attribute that does not exist.

    Args:
        owner: what has no such attribute, as its user knows it.
        name: the attribute that was asked for.
        known: the attributes that it has; private ones are not proposed.
        instead: what to write for words of other libraries.
        listed: whether to list what there is, where nothing is near.

    Example:
        >>> print(no_such("Study", "optimise", ["optimize", "trials"]))
        Study has no 'optimise'; did you mean 'optimize'?
        >>> print(no_such("Study", "set_metric_names", [], {"set_metric_names": "give create_study(metrics=[...])"}))
        Study has no 'set_metric_names'; give create_study(metrics=[...])
    """
    text = f"{owner} has no {name!r}"
    if name.startswith("_"):
        pass  # asked by a protocol of the language or a tool, not by a person
    elif name in instead:
        text += f"; {instead[name]}"
    elif near := _nearest(name, known):
        text += f"; did you mean {near!r}?"
    elif listed:
        text += f"; it has {', '.join(known)}"
    return AttributeError(text, name=name)  # without `obj`, so that the interpreter does not guess a second time


def check_word(what: str, word: object, known: Collection[str]) -> None:
    """Refuse a word that is none of those that there are.

    Raises:
        InvalidArgumentError: with those that there are, and the nearest where one is near.

    Example:
        >>> check_word("a state", "complet", ["complete", "failed"])
        Traceback (most recent call last):
        ...
        tunesmith.errors.InvalidArgumentError: a state must be complete or failed, got 'complet'; \
did you mean 'complete'?
    """
    if isinstance(word, str) and word in known:
        return
    *most, last = known
    near = _nearest(word, known) if isinstance(word, str) else ""
    hint = f"; did you mean {near!r}?" if near else ""
    raise InvalidArgumentError(f"{what} must be {', '.join(most)} or {last}, got {word!r}{hint}")


def _nearest(name: str, known: Collection[str]) -> str:
    from difflib import get_close_matches

    public = [each for each in known if not each.startswith("_")]
    lower = {each.lower(): each for each in public}
    found = get_close_matches(name.lower(), lower, n=1, cutoff=0.7)
    return lower[found[0]] if found else ""

"""What a study found, in plain sentences: each is computed from the trials, and says so when it rests on little."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tunesmith.analysis.importance import Importance, ImportanceTable
from tunesmith.analysis.progress import Progress, progress_of
from tunesmith.analysis.recommendation import Recommendation
from tunesmith.core.trial import Trial, TrialState
from tunesmith.numerics.pareto import non_dominated

if TYPE_CHECKING:
    from tunesmith.space import Space

__all__ = ["Finding", "Tone", "default_trial", "findings"]

_EDGE = 0.05
_FEW = 10
_AGREEING = 8  # so many of the model's last `_FEW` proposals have to bend a range the same way


class Tone(StrEnum):
    """What kind of sentence a finding is."""

    RESULT = "result"
    ADVICE = "advice"
    CAUTION = "caution"


@final
@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence or two about a study, and what kind of sentence it is."""

    tone: Tone
    text: str


@final
@dataclass(frozen=True, slots=True)
class _Scene:
    """What every finding is made from."""

    trials: Sequence[Trial]
    space: Space
    metrics: Sequence[str]
    importance: ImportanceTable
    progress: Progress
    best: Trial | None
    checked: bool
    recommendation: Recommendation | None

    @property
    def metric(self) -> str:
        return self.metrics[0] if self.metrics else "value"

    @property
    def single(self) -> bool:
        return len(self.metrics) <= 1


def findings(
    trials: Sequence[Trial],
    space: Space,
    metrics: Sequence[str],
    importance: ImportanceTable,
    *,
    checked: bool = False,
    recommendation: Recommendation | None = None,
) -> list[Finding]:
    """Return what the trials show, most useful first.

    Args:
        trials: all trials of the study.
        space: what could vary.
        metrics: names of the objectives.
        importance: of the parameters.
        checked: whether the best config was compared with the defaults on data that no trial had seen.
        recommendation: the config of the best expected value, where one was looked for.
    """
    progress = progress_of(trials)
    best = next((t for t in trials if t.number == progress.best_number), None) if len(metrics) <= 1 else None
    scene = _Scene(trials, space, metrics, importance, progress, best, checked, recommendation)
    makers: tuple[Callable[[_Scene], Finding | None], ...] = (
        _nothing, _best, _expected, _front, _defaults, _mattered, _good_region, _edge, _scale, _stalled, _pruning,
        _failures, _optimism,
    )  # fmt: skip
    return [found for maker in makers if (found := maker(scene)) is not None]


def default_trial(trials: Sequence[Trial], space: Space) -> Trial | None:
    """Return the complete trial that stands for "the defaults", None when they were never tried.

    It is the best of those with the user attribute `default` set to True (a study may try the defaults of several
    families), else the first one of the space's default config.
    """
    complete = [t for t in trials if t.state is TrialState.COMPLETE and t.losses]
    marked = [t for t in complete if t.user_attrs.get("default") is True]
    if marked:
        return min(marked, key=lambda t: (t.losses[0], t.number))
    defaults = space.defaults()
    return next((t for t in complete if dict(t.params) == defaults), None)


def _nothing(scene: _Scene) -> Finding | None:
    if len(scene.progress.numbers):
        return None
    finished = sum(t.state.is_finished for t in scene.trials)
    if not scene.trials:
        return Finding(Tone.RESULT, "No trial has been started yet.")
    if finished == 0:
        return Finding(Tone.RESULT, "No trial has finished yet.")
    return Finding(Tone.CAUTION, f"Of {_count(finished, 'finished trial')} none completed and kept the constraints.")


def _best(scene: _Scene) -> Finding | None:
    if scene.best is None or scene.best.value is None:
        return None
    total = len(scene.progress.numbers)
    text = (
        f"Trial {scene.best.number} is the best of {_count(total, 'complete trial')}, "
        f"with {scene.metric} {_number(scene.best.value)}."
    )
    if total >= _FEW:
        text += f" The middle one of them reached {_number(_ranked(scene)[total // 2].value)}."
    return Finding(Tone.RESULT, text)


def _expected(scene: _Scene) -> Finding | None:
    found = scene.recommendation
    if found is None or not found.noisy or found.number == found.best_observed:
        return None
    return Finding(
        Tone.ADVICE,
        f"Values look noisy, or rough: those of one config seem to scatter by about {_number(found.noise)}, which only "
        f"trials of the same config can tell. By the expected value the config of trial {found.number} is the best, "
        f"with {scene.metric} {_number(found.expected)} +- {_number(found.deviation)}, not that of trial "
        f"{found.best_observed}. Run both again before you choose.",
    )


def _front(scene: _Scene) -> Finding | None:
    ranked = [t for t in _ranked(scene) if not any(math.isnan(loss) for loss in t.losses)]
    if scene.single or not ranked:
        return None
    front = int(non_dominated(np.array([t.losses for t in ranked])).sum())
    names = _listed(list(scene.metrics))
    return Finding(
        Tone.RESULT,
        f"{front} of {_count(len(ranked), 'complete trial')} {'is' if front == 1 else 'are'} on the Pareto front of "
        f"{names}: no other trial is at least as good in all of them and better in one.",
    )


def _defaults(scene: _Scene) -> Finding | None:
    if scene.best is None or scene.best.value is None:
        return None
    trial = default_trial(scene.trials, scene.space)
    if trial is None or trial.value is None:
        return None
    if trial.number == scene.best.number:
        return Finding(Tone.RESULT, f"Nothing beat the defaults (trial {trial.number}).")
    gap = abs(scene.best.value - trial.value)
    share = f" ({100 * gap / abs(trial.value):.1f} %)" if 0 < gap <= abs(trial.value) else ""
    return Finding(
        Tone.RESULT,
        f"The defaults gave {_number(trial.value)} (trial {trial.number}); "
        f"the best config is better by {_number(gap)}{share}, on the data that the search used.",
    )


def _mattered(scene: _Scene) -> Finding | None:
    clear = scene.importance.deciding
    if scene.importance.top == 0:
        return None
    if not clear:
        return Finding(
            Tone.RESULT,
            f"No parameter stands out from chance yet, judging by {_count(scene.importance.trials, 'finished trial')}.",
        )
    figures = scene.importance.exact and len(clear) > 1
    first, *others = [one.name + (f" ({100 * one.share:.0f} %)" if figures else "") for one in clear[:4]]
    text = f"{first} mattered most for being among the best {scene.importance.top} trials"
    text += f", then {_listed(others)}" if others else ""
    text += "; in per cent of what they explain beyond chance." if figures else "."
    text += _partial(scene, clear[:4])
    rest = [one.name for one in scene.importance.parameters if one not in clear]
    if rest:
        shown = _listed(rest) if len(rest) <= 4 else f"the other {len(rest)} parameters"
        text += f" No effect beyond chance can be seen for {shown}."
    return Finding(Tone.RESULT, text)


def _partial(scene: _Scene, shown: Sequence[Importance]) -> str:
    """Return what to add of parameters that only some trials have: their effect is one among these trials."""
    total = scene.importance.trials
    some = [one for one in shown if one.active < total]
    if not some:
        return ""
    if len(some) == 1:
        text = f" {some[0].name} is compared only among the {some[0].active} of {total} trials that have it"
    else:
        names = _listed([f"{one.name} ({one.active} of {total})" for one in some])
        text = f" {names} are compared only among the trials that have them"
    lacking = [] if scene.best is None else [one.name for one in some if one.name not in scene.best.params]
    return text + (f"; the best trial has no {' and no '.join(lacking)}." if lacking else ".")


def _good_region(scene: _Scene) -> Finding | None:
    ranked = _ranked(scene)
    top = ranked[: max(5, len(ranked) // 10)]
    clear = [one.name for one in scene.importance.deciding][:3]
    if len(ranked) < 2 * len(top) or not clear or not scene.single:
        return None
    parts = [part for name in clear if (part := _region(scene.space, name, top))]
    if not parts:
        return None
    return Finding(Tone.RESULT, f"The best {len(top)} complete trials have {_listed(parts)}.")


def _region(space: Space, name: str, top: Sequence[Trial]) -> str:
    values = [t.params[name] for t in top if name in t.params]
    if not values or name not in space:
        return ""
    if hasattr(space[name], "choices"):
        value, times = Counter(values).most_common(1)[0]
        text = f"{name} = {value}"
    else:
        low, high, times = _number(min(values)), _number(max(values)), len(values)
        text = f"{name} = {low}" if low == high else f"{name} between {low} and {high}"
    return text + ("" if times == len(top) else f" ({times} of {len(top)})")


def _edge(scene: _Scene) -> Finding | None:
    if scene.best is None or len(scene.progress.numbers) < _FEW:
        return None
    ranked = _ranked(scene)[: max(3, min(5, len(scene.progress.numbers) // 10))]
    ends = [
        f"{one.name} stands at the {end} end of its range"
        for one in scene.importance.parameters
        if one.name in scene.space and one.clear and (end := _end(scene.space[one.name], one.name, ranked))
    ]
    if not ends:
        return None
    return Finding(Tone.ADVICE, f"In the best trials {_listed(ends)}: a wider range may do better still.")


def _end(domain: Any, name: str, top: Sequence[Trial]) -> str:
    if hasattr(domain, "choices") or 0 < domain.levels < 5:
        return ""
    places = np.array([domain.to_unit(t.params[name]) for t in top if name in t.params])
    if len(places) < 3:
        return ""
    slack = max(_EDGE, 1.0 / domain.levels if domain.levels else 0.0)
    middle = float(np.median(places))
    return "lower" if middle <= slack else "upper" if middle >= 1 - slack else ""


def _scale(scene: _Scene) -> Finding | None:
    """Tell which ranges the sampler's model has lately bent, nearly always towards the same end."""
    modelled = [t.reasons for t in sorted(scene.trials, key=lambda t: t.number) if "evidence" in t.reasons][-_FEW:]
    bent = [powers for reasons in modelled if isinstance(powers := reasons.get("bent"), Mapping)]
    if not scene.single or len(bent) < _AGREEING:
        return None
    texts = []
    for name, domain in scene.space.parameters.items():
        if hasattr(domain, "choices"):
            continue
        told = [power for powers in bent if isinstance(power := powers.get(name), float)]
        lower, upper = sum(power > 0 for power in told), sum(power < 0 for power in told)
        if max(lower, upper) >= _AGREEING:
            end = "upper" if upper > lower else "lower"
            texts.append(f"{name} matters most near the {end} end of its range ({_suited(domain, end)})")
    if not texts:
        return None
    return Finding(
        Tone.ADVICE, f"The search learnt that {_listed(texts)}. Declared so, the next search knows it at once."
    )


def _suited(domain: Any, end: str) -> str:
    """Return how to declare a range that matters near one end."""
    if domain.log:
        return "a narrower range there would suit it"
    if end == "upper" or domain.low < 0:
        edge = domain.high if end == "upper" else domain.low
        return f"the distance from {_number(edge)} on a log scale would suit it"
    stepped = domain.step not in (None, 1)
    return f"log=True{' without step' * stepped} would suit it" + (
        "" if domain.low > 0 else ", with a lowest value above 0"
    )


def _stalled(scene: _Scene) -> Finding | None:
    since, total = scene.progress.since_improvement, len(scene.progress.numbers)
    if not scene.single or total < 2 * _FEW or since < total / 2:
        return None
    return Finding(
        Tone.ADVICE,
        f"The last {_count(since, 'complete trial')} brought no improvement: more of the same will bring little. "
        "Change the space, or stop here.",
    )


def _pruning(scene: _Scene) -> Finding | None:
    pruned = [t for t in scene.trials if t.state is TrialState.PRUNED and t.last_step is not None]
    full = [t.last_step for t in scene.trials if t.state is TrialState.COMPLETE and t.last_step is not None]
    if not pruned or not full:
        return None
    length = float(np.median(np.array(full, dtype=np.float64))) + 1
    spent = sum((t.last_step or 0) + 1 for t in pruned)
    saved = max(0.0, length * len(pruned) - spent)
    reporting = len(pruned) + len(full)
    share = saved / (length * reporting)
    return Finding(
        Tone.RESULT,
        f"{len(pruned)} of {reporting} trials that report steps {'was' if len(pruned) == 1 else 'were'} pruned early, "
        f"which saved about {100 * share:.0f} % of the steps that running them all to the end would have taken.",
    )


def _failures(scene: _Scene) -> Finding | None:
    failed = [t for t in scene.trials if t.state is TrialState.FAILED]
    if not failed:
        return None
    reasons = Counter(t.reason or "unknown" for t in failed).most_common(3)
    words = _listed([f"{reason} ({times})" for reason, times in reasons])
    share = 100 * len(failed) / len(scene.trials)
    return Finding(
        Tone.CAUTION, f"{_count(len(failed), 'trial')} failed, {share:.0f} % of all, by reason: {words}. See Failures."
    )


def _optimism(scene: _Scene) -> Finding | None:
    if scene.checked or scene.best is None or len(scene.progress.numbers) < _FEW:
        return None
    return Finding(
        Tone.CAUTION,
        f"The best of {len(scene.progress.numbers)} measured values looks better than it is. "
        "Measure the best config again, on data that the search has not seen, before you quote a figure.",
    )


def _ranked(scene: _Scene) -> list[Trial]:
    """Return the complete and feasible trials, best first by the first objective."""
    counted = set(scene.progress.numbers.tolist())
    return sorted((t for t in scene.trials if t.number in counted), key=lambda t: (t.losses[0], t.number))


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _count(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"

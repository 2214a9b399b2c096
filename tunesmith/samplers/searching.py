"""What samplers with a model of the losses share around their search: the region, and what is left at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tunesmith.numerics.mixed_search import Region
from tunesmith.samplers.left import identity, left_over

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tunesmith.core.trial import Trial
    from tunesmith.numerics.mixed_search import Score
    from tunesmith.samplers.discovered import Discovered
    from tunesmith.samplers.left import Taken
    from tunesmith.space import Space

__all__ = ["Left", "best_left", "region_of"]


@final
@dataclass(frozen=True)
class Left:
    """The best of what is left: its config, its score, and how many were left."""

    config: dict[str, Any]
    value: float
    left: int


_FINE = 24  # ordered columns of more cells count as continuous


def region_of(space: Space, discovered: Discovered) -> Region:
    """Return the space as the search sees it: cells of short and unordered columns, None for all others."""
    encoding = space.encoding

    def repair(full: NDArray[np.float64]) -> NDArray[np.float64]:
        x = discovered.apply(encoding.snap(full))
        return np.where(encoding.active(x), x, np.nan)

    grids = []
    for name, levels, kind in zip(encoding.names, encoding.levels.tolist(), encoding.kinds.tolist(), strict=True):
        whole = kind == 2 or 0 < levels <= _FINE
        domain = space.parameters[name]
        grids.append(np.array([domain.to_unit(domain.level(i)) for i in range(levels)]) if whole else None)
    return Region(tuple(grids), encoding.kinds == 2, repair, encoding.allowed)


def best_left(taken: Taken, discovered: Discovered, pending: Sequence[Trial], score: Score) -> Left | None:
    """Return the config of highest score among all that is left of a finite space; None if none is."""
    held = {identity(trial.params) for trial in pending}
    asked = discovered.apply(taken.space.encoding.encode(left_over(taken, pending)))
    left = [config for config in taken.space.encoding.decode(np.unique(asked, axis=0)) if taken.fresh(config, held)]
    if not left:
        return None
    values = score(taken.space.encoding.encode(left))
    best = int(np.argmax(values))
    return Left(left[best], round(float(values[best]), 6), len(left))

"""Drawing configs from the hints of the user instead of evenly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunesmith.space.sampling import draw

if TYPE_CHECKING:
    import numpy as np

    from tunesmith.space.domain import FloatArray
    from tunesmith.space.primitive import Config
    from tunesmith.space.space import Space

__all__ = ["sample_prior"]


def sample_prior(space: Space, rng: np.random.Generator) -> Config:
    """Return one config drawn from the user's hints; a parameter without a hint is drawn evenly.

    One uniform number per parameter, in the order of names, as `Space.sample` uses them.
    """
    hints = [(index, domain.prior_unit) for index, domain in enumerate(space.parameters.values()) if domain.prior_unit]
    if not hints:
        return space.sample(rng)

    def shape(u: FloatArray) -> FloatArray:
        x = u.copy()
        for index, hint in hints:
            x[:, index] = [hint.quantile(share) for share in u[:, index].tolist()]
        return x

    return draw(space.plan, rng, shape)

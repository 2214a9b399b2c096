"""The samplers: each proposes configs, one algorithm a file; imported when first asked for.

`SAMPLERS` names them all; `make_sampler(**describe(sampler))` gives an equal one back, which is how a log remembers
who proposed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tunesmith.core.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tunesmith.samplers.adapter import Stateless
    from tunesmith.samplers.annealing import Annealing
    from tunesmith.samplers.auto import Auto
    from tunesmith.samplers.cmaes import CMAES
    from tunesmith.samplers.differential import DE
    from tunesmith.samplers.evolution import Evolution
    from tunesmith.samplers.forest import Forest
    from tunesmith.samplers.genetic import Genetic
    from tunesmith.samplers.gp import GP
    from tunesmith.samplers.grid import Grid
    from tunesmith.samplers.halton import Halton
    from tunesmith.samplers.latin import LatinHypercube
    from tunesmith.samplers.nsga import NSGA
    from tunesmith.samplers.quasi import Sobol
    from tunesmith.samplers.random import Random
    from tunesmith.samplers.tpe import TPE
    from tunesmith.samplers.transfer import Transfer

__all__ = [
    "CMAES",
    "DE",
    "GP",
    "NSGA",
    "SAMPLERS",
    "TPE",
    "Annealing",
    "Auto",
    "Evolution",
    "Forest",
    "Genetic",
    "Grid",
    "Halton",
    "LatinHypercube",
    "Random",
    "Sobol",
    "Stateless",
    "Transfer",
    "describe",
    "make_sampler",
]

SAMPLERS = Registry(
    "sampler",
    "tunesmith.samplers",
    {
        "Annealing": "annealing",
        "Auto": "auto",
        "CMAES": "cmaes",
        "DE": "differential",
        "Evolution": "evolution",
        "Forest": "forest",
        "GP": "gp",
        "Genetic": "genetic",
        "Grid": "grid",
        "Halton": "halton",
        "LatinHypercube": "latin",
        "NSGA": "nsga",
        "Random": "random",
        "Sobol": "quasi",
        "TPE": "tpe",
        "Transfer": "transfer",
    },
)


def make_sampler(name: str, settings: Mapping[str, Any] | None = None) -> Any:
    """Return the sampler of that name with these settings.

    Raises:
        InvalidArgumentError: no sampler of ours has this name, or it has no such setting.

    Example:
        >>> make_sampler("LatinHypercube", {"n": 20})
        LatinHypercube(n=20)
    """
    return SAMPLERS.make(name, settings)


def describe(sampler: object) -> dict[str, Any]:
    """Return {"name", "settings"} of a sampler, JSON-able, as a log keeps it.

    Example:
        >>> describe(make_sampler("LatinHypercube", {"n": 20}))
        {'name': 'LatinHypercube', 'settings': {'n': 20}}
    """
    return SAMPLERS.describe(sampler)


def __getattr__(name: str) -> type:
    if name == "Stateless":
        from tunesmith.samplers.adapter import Stateless

        return Stateless
    if name in SAMPLERS:
        return SAMPLERS[name]
    from tunesmith.core.spelling import NEAREST, no_such

    raise no_such("tunesmith.samplers", name, list(SAMPLERS), NEAREST["sampler"], listed=True)


def __dir__() -> list[str]:
    return sorted(__all__)

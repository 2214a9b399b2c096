"""Samplers, pruners and the budget axis as words of a command line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from tunesmith.errors import InvalidArgumentError
from tunesmith.pruners import PRUNERS
from tunesmith.samplers import SAMPLERS

if TYPE_CHECKING:
    from tunesmith.core.protocols import Fidelity
    from tunesmith.core.registry import Registry

__all__ = [
    "FidelityOption",
    "PrunerOption",
    "PrunerSettings",
    "SamplerOption",
    "SamplerSettings",
    "make_part",
    "parts",
    "read_fidelity",
    "read_value",
]

_SETTING: Final = typer.Option(metavar="NAME=VALUE", help="A setting of it; may be repeated.")

SamplerOption = Annotated[str, typer.Option(help=f"The sampler: {', '.join(SAMPLERS)}.")]
SamplerSettings = Annotated[list[str] | None, _SETTING]
PrunerOption = Annotated[str, typer.Option(help=f"The pruner: {', '.join(PRUNERS)}; needs lines with step=.")]
PrunerSettings = Annotated[list[str] | None, _SETTING]
FidelityOption = Annotated[
    str | None, typer.Option(metavar="NAME:LOW:HIGH", help="What a run may spend, such as epochs:1:27, for ASHA.")
]
_WORDS: Final = {
    **dict.fromkeys(("true", "yes", "on"), True),
    **dict.fromkeys(("false", "no", "off"), False),
    **dict.fromkeys(("none", "null"), None),
}


def parts(
    sampler: str,
    sampler_settings: Sequence[str] | None,
    pruner: str,
    pruner_settings: Sequence[str] | None,
    fidelity: str | None,
) -> dict[str, Any]:
    """Return sampler, pruner and budget axis, as `create_study` takes them."""
    return {
        "sampler": make_part(SAMPLERS, sampler, sampler_settings or ()),
        "pruner": make_part(PRUNERS, pruner, pruner_settings or ()),
        "fidelity": None if fidelity is None else read_fidelity(fidelity),
    }


def make_part(registry: Registry, name: str, settings: Sequence[str]) -> Any:
    """Return the sampler or pruner of that name, in any case, with settings such as `startup=10`.

    >>> from tunesmith.pruners import PRUNERS
    >>> make_part(PRUNERS, "asha", ["eta=4", "pausing=true"])
    ASHA(min_budget=None, max_budget=None, eta=4, pausing=True)
    """
    known = {each.lower(): each for each in registry}
    values: dict[str, Any] = {}
    for word in settings:
        setting, sign, text = word.partition("=")
        if not sign or not setting.strip():
            raise InvalidArgumentError(f"--{registry.kind}-option needs a setting such as startup=10, got {word!r}")
        values[setting.strip().replace("-", "_")] = read_value(text.strip())
    try:
        return registry.make(known.get(name.lower(), name), values)
    except TypeError as error:  # a text where a number is meant
        raise InvalidArgumentError(f"--{registry.kind}-option {' '.join(settings)}: {error}") from error


def read_value(text: str) -> Any:
    """Return a number, a truth value or None where the text is one, else the text.

    >>> read_value("1e-3"), read_value("yes"), read_value("averages")
    (0.001, True, 'averages')
    """
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    try:
        return json.loads(text)
    except ValueError:
        return text


def read_fidelity(text: str) -> Fidelity:
    """Return the budget axis that is written as name, least and most budget.

    >>> read_fidelity("epochs:1:27")
    Fidelity(name='epochs', low=1.0, high=27.0)
    """
    from tunesmith.core.protocols import Fidelity

    name, _, ends = text.partition(":")
    try:
        low, high = map(float, ends.split(":"))
    except ValueError:
        raise InvalidArgumentError(
            f"--fidelity needs a name, the least and the most that a run may spend, such as epochs:1:27, got {text!r}"
        ) from None
    return Fidelity(name, low, high)

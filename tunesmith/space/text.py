"""A space as JSON-able data and as YAML.

The form, written by hand or by `Space.to_yaml`::

    parameters:
      lr: {type: float, low: 1e-5, high: 0.1, log: true, prior: {near: 0.001, confidence: high}}
      layers: {type: int, low: 1, high: 4, default: 2}
      optimizer: {type: categorical, choices: [sgd, adam]}
      momentum: {type: float, low: 0.8, high: 0.99, when: {optimizer: sgd}}
      width: {type: ordinal, choices: [64, 128, 256], when: {layers: ">= 2"}}
    rules:
      - layers < 4 or lr < 0.01

Keys of a float or int: type, low, high, log, step; of choices: type, choices; of each: default, prior, when, optional.
`prior` is `{mean: .., std: ..}`, `{near: .., confidence: ..}` or, for a categorical, a list of weights. The data form
lists the parameters, each with its `name`, because a store may not keep the order of keys. A choice that is an object
is `{label: .., value: ..}`, where value is a list, `{tuple: [..]}` or `{dict: {..}}`; one that only the program knows
is `{label: ..}`. Bare words such as yes and off are texts, see `yaml_core`; true and false alone are truth values.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tunesmith.errors import InvalidSpaceError
from tunesmith.space.choices import Categorical, Ordinal
from tunesmith.space.domain import Domain
from tunesmith.space.floats import Float
from tunesmith.space.ints import Int
from tunesmith.space.labels import UNKNOWN, ChoiceTable, is_primitive, label_of, tag, untag
from tunesmith.space.names import checked_name
from tunesmith.space.priors import Near, Normal
from tunesmith.space.yaml_core import compose, dump, load

__all__ = ["data_of", "parameters_from", "read_yaml", "write_yaml"]

_TYPES: dict[str, Any] = {"float": Float, "int": Int, "categorical": Categorical, "ordinal": Ordinal}
_COMMON = ("default", "prior", "when", "optional")
_KEYS = {
    "float": ("low", "high", "log", "step", *_COMMON),
    "int": ("low", "high", "log", "step", *_COMMON),
    "categorical": ("choices", *_COMMON),
    "ordinal": ("choices", *_COMMON),
}
_MOST_VALUES = 1_000_000
_NUMBERS = ("low", "high", "step", "default")


def data_of(parameters: Mapping[str, Domain], rules: tuple[str, ...]) -> dict[str, Any]:
    """Return a space's content as JSON-able data."""
    return {
        "parameters": [{"name": name, **_domain_data(domain)} for name, domain in parameters.items()],
        "rules": list(rules),
    }


def _domain_data(domain: Domain) -> dict[str, Any]:
    data: dict[str, Any] = {"type": type(domain).__name__.lower()}
    if isinstance(domain, (Float, Int)):
        data |= {"low": domain.low, "high": domain.high}
        data |= {"log": True} if domain.log else {}
        data |= {"step": domain.step} if domain.step not in (None, 1) or isinstance(domain.step, float) else {}
    elif isinstance(domain, (Categorical, Ordinal)):
        pairs = zip(domain.table.labels, domain.table.objects, strict=True)
        data["choices"] = [_choice_data(label, thing) for label, thing in pairs]
    if domain.has_default:
        data["default"] = domain.start()
    prior = getattr(domain, "prior", None)
    if isinstance(prior, Normal):
        data["prior"] = {"mean": prior.mean, "std": prior.std}
    elif isinstance(prior, Near):
        data["prior"] = {"near": prior.value, "confidence": prior.confidence}
    elif prior is not None:
        data["prior"] = list(prior)
    if domain.when:
        data["when"] = {condition.parent: condition.as_data() for condition in domain.when}
    return data | ({"optional": True} if domain.optional else {})


def _choice_data(label: Any, thing: Any) -> Any:
    if is_primitive(thing) and type(thing) is type(label) and thing == label:
        return label
    if type(thing) in {list, tuple, dict} or is_primitive(thing):
        try:
            label_of(thing, owner="choice")
        except InvalidSpaceError:
            return {"label": label}
        return {"label": label, "value": tag(thing)}
    return {"label": label}


def parameters_from(data: Mapping[str, Any]) -> tuple[dict[str, Domain], tuple[str, ...]]:
    """Return parameters and rules from data; the parameters may be a list of entries or a mapping of names to them."""
    if not isinstance(data, Mapping):
        raise InvalidSpaceError(f"a space needs a mapping with 'parameters' and 'rules', got {type(data).__name__}")
    for key, entry in data.items():
        if key not in ("parameters", "rules") and isinstance(entry, Mapping) and "type" in entry:
            raise InvalidSpaceError(f"{key!r} stands beside 'parameters'; write it as an entry below 'parameters:'")
    _only(data, ("parameters", "rules"), "a space")
    entries = data.get("parameters") or {}
    if isinstance(entries, Mapping):
        entries = [{"name": name, **_mapping(entry, name)} for name, entry in entries.items()]
    if not isinstance(entries, (list, tuple)):
        raise InvalidSpaceError(f"'parameters' needs a mapping or a list, got {type(entries).__name__}")
    parameters: dict[str, Domain] = {}
    for entry in entries:
        name = checked_name(_mapping(entry, "an entry of 'parameters'").get("name"))
        if name in parameters:
            raise InvalidSpaceError(f"the name {name!r} is given twice; choose another for one of them")
        parameters[name] = _domain(name, entry)
    rules = data.get("rules") or ()
    if not isinstance(rules, (list, tuple)):
        raise InvalidSpaceError(f"'rules' needs a list of texts, got {rules!r}")
    return parameters, tuple(rules)


def _mapping(entry: Any, name: object) -> Mapping[str, Any]:
    if not isinstance(entry, Mapping):
        raise InvalidSpaceError(f"{name!r} needs a mapping such as {{type: float, low: 0, high: 1}}, got {entry!r}")
    return entry


def _only(data: Mapping[str, Any], known: tuple[str, ...], owner: str) -> None:
    for key in data:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, 1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; it may have {', '.join(known)}"
            raise InvalidSpaceError(f"{owner} has no {key!r}{hint}")


def _domain(name: object, entry: Mapping[str, Any]) -> Domain:
    kind = entry.get("type")
    if not isinstance(kind, str) or kind not in _TYPES:
        raise InvalidSpaceError(f"{name!r} needs a type of {', '.join(_TYPES)}, got type={kind!r}")
    settings = {key: value for key, value in entry.items() if key not in {"name", "type"}}
    _only(settings, _KEYS[kind], f"{name!r} of type {kind}")
    settings["prior"] = _prior(name, settings.get("prior"))
    required = ("choices",) if "choices" in _KEYS[kind] else ("low", "high")
    lacking = [key for key in required if key not in settings]
    if lacking:
        raise InvalidSpaceError(f"{name!r} of type {kind} needs {lacking[0]!r}")
    try:
        if kind in {"float", "int"}:
            numbers = {key: _number(settings[key]) for key in _NUMBERS if key in settings}
            domain: Domain = _TYPES[kind](**{**settings, **numbers})
        else:
            domain = _TYPES[kind](_choices(settings.pop("choices")), **settings)
    except InvalidSpaceError as error:
        raise InvalidSpaceError(f"{name!r}: {error}") from error
    return domain


def _number(value: Any) -> Any:
    """Return a number that was written in quotes, else the value as it is."""
    for kind in (int, float) if isinstance(value, str) else ():
        try:
            return kind(value)
        except ValueError:
            continue
    return value


def _choices(data: Any) -> ChoiceTable | Mapping[Any, Any]:
    if isinstance(data, Mapping):
        return data
    if not isinstance(data, (list, tuple)):
        raise InvalidSpaceError(f"choices needs a list, or a mapping of labels to values, got {data!r}")
    labels, objects = [], []
    for entry in data:
        if isinstance(entry, Mapping):
            if not isinstance(entry.get("label"), str) or not set(entry) <= {"label", "value"}:
                raise InvalidSpaceError(
                    f"a choice that is a mapping needs {{label: .., value: ..}}, got {dict(entry)!r}"
                )
            labels.append(label_of(entry["label"], owner="choices"))
            objects.append(untag(entry["value"]) if "value" in entry else UNKNOWN)
        else:
            labels.append(label_of(entry, owner="choices"))
            objects.append(entry)
    return ChoiceTable(labels, objects, owner="choices")


def _prior(name: object, data: Any) -> Any:
    if not isinstance(data, Mapping):
        return data
    if "near" in data:
        _only(data, ("near", "confidence"), f"the prior of {name!r}")
        return Near(
            _number(data["near"]) if isinstance(data["near"], str) else data["near"], data.get("confidence", "medium")
        )
    if set(data) != {"mean", "std"}:
        raise InvalidSpaceError(
            f"the prior of {name!r} needs {{mean, std}}, {{near, confidence}} or a list of weights, got {dict(data)!r}"
        )
    return Normal(_number(data["mean"]), _number(data["std"]))


def write_yaml(parameters: Mapping[str, Domain], rules: tuple[str, ...], path: str | Path | None) -> str:
    """Return a space's content as YAML with the parameters as a mapping; also write it to a path if one is given."""
    named = {name: _domain_data(domain) for name, domain in parameters.items()}
    data = {"parameters": named, **({"rules": list(rules)} if rules else {})}
    text = dump(data)
    if path is not None:
        Path(path).write_text(text, encoding="utf-8")
    return text


def read_yaml(source: str | Path) -> tuple[dict[str, Domain], tuple[str, ...]]:
    """Return parameters and rules from a YAML text, or from a file (a Path, or a text on one line ending in .yaml)."""
    import yaml

    if not isinstance(source, (str, Path)):
        raise InvalidSpaceError(f"from_yaml needs a text or a path, got {type(source).__name__}")
    if isinstance(source, Path) or ("\n" not in source and source.strip().endswith((".yaml", ".yml"))):
        text = Path(source).read_text(encoding="utf-8")
    else:
        text = source
    try:
        _measure(compose(text), {})
        data = load(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise InvalidSpaceError(f"the space is no readable YAML: {error}") from error
    if data is None:
        raise InvalidSpaceError("the YAML of the space is empty; it needs 'parameters'")
    return parameters_from(data)


def _measure(node: Any, sizes: dict[int, int]) -> int:
    """Return the number of values under a node, aliases written out, and refuse what no space needs.

    Refused are a key given twice in a mapping (readers silently drop the first), an alias inside itself, and aliases
    that unfold into more than a million values.
    """
    if node is None or isinstance(node.value, str):
        return 1
    known = sizes.get(id(node))
    if known == 0:
        raise InvalidSpaceError("the YAML has an alias inside itself; write the values out")
    if known is not None:
        return known
    sizes[id(node)] = 0
    keys = [key.value for key, _ in node.value if isinstance(key.value, str)] if node.id == "mapping" else []
    double = next((key for place, key in enumerate(keys) if key in keys[:place]), None)
    if double is not None:
        raise InvalidSpaceError(f"the name {double!r} is given twice; choose another for one of them")
    children = [child for pair in node.value for child in pair] if node.id == "mapping" else node.value
    total = 1 + sum(_measure(child, sizes) for child in children)
    if total > _MOST_VALUES:
        raise InvalidSpaceError(f"the YAML unfolds into more than {_MOST_VALUES} values; write a smaller space")
    sizes[id(node)] = total
    return total

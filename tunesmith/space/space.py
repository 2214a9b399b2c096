"""`Space`: what may vary, as a frozen value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn, final

from tunesmith.errors import InvalidSpaceError
from tunesmith.space.choices import Categorical, Ordinal
from tunesmith.space.counting import config_count, every_config
from tunesmith.space.domain import Domain
from tunesmith.space.edits import frozen_at
from tunesmith.space.encoding import Encoding
from tunesmith.space.floats import Float
from tunesmith.space.ints import Int
from tunesmith.space.names import checked_name
from tunesmith.space.plan import Plan
from tunesmith.space.primitive import Config, Primitive
from tunesmith.space.sampling import draw, draw_many
from tunesmith.space.text import data_of, parameters_from, read_yaml, write_yaml

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np

__all__ = ["Space"]

_MISSING = object()


@final
class Space:
    """Parameters, the conditions under which they are active, and rules between them.

    Args:
        parameters: names and domains as a mapping, for names that are no Python words.
        rules: texts that every config must satisfy, such as "warmup < epochs"; see `tunesmith.space.grammar`.
        domains: names and domains as keywords.

    Raises:
        InvalidSpaceError: if a name, domain, condition or rule contradicts itself.

    >>> space = Space(lr=Float(1e-5, 1e-1, log=True), layers=Int(1, 4), rules=["layers < 4 or lr < 0.01"])
    >>> space.problems({"lr": 0.05, "layers": 4})
    ["the rule 'layers < 4 or lr < 0.01' does not hold for layers=4, lr=0.05"]
    """

    parameters: Mapping[str, Domain]
    rules: tuple[str, ...]
    names: tuple[str, ...]
    plan: Plan
    _checks: tuple[Any, ...]

    def __init__(
        self, parameters: Mapping[str, Domain] | None = None, /, *, rules: Sequence[str] = (), **domains: Domain
    ) -> None:
        if isinstance(rules, (str, Float, Int, Categorical, Ordinal)):
            raise InvalidSpaceError(
                f"rules needs a list of texts, got {rules!r}; write rules=[...], and Space({{'rules': ...}}) for a "
                "parameter of that name"
            )
        named = _checked(parameters, domains)
        plan = Plan(named, tuple(rules))
        self.__dict__.update(
            parameters=MappingProxyType(named),
            rules=tuple(rule.text for rule in plan.rules),
            plan=plan,
            names=plan.names,
        )
        self.__dict__["_checks"] = tuple(
            (name, domain.contains, tests, domain) for _, name, _, tests, domain in plan.steps
        )

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a Space is frozen, cannot set {name!r}; use with_parameter, without or freeze")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a Space is frozen, cannot delete {name!r}; use without")

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (dict(self.parameters), self.rules)

    def __getitem__(self, name: str) -> Domain:
        return self.parameters[name]

    def __contains__(self, name: object) -> bool:
        return name in self.parameters

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Space):
            return NotImplemented
        return self.rules == other.rules and tuple(self.parameters.items()) == tuple(other.parameters.items())

    def __hash__(self) -> int:
        return hash((self.names, tuple(self.parameters.values()), self.rules))

    def __repr__(self) -> str:
        plain = all(name.isidentifier() and name != "rules" for name in self.names)
        lines = [
            f"    {name}={self[name]!r}," if plain else f"        {name!r}: {self[name]!r}," for name in self.names
        ]
        lines = lines if plain or not lines else ["    {", *lines, "    },"]
        lines += [f"    rules={list(self.rules)!r},"] if self.rules else []
        return "\n".join(["Space(", *lines, ")"]) if lines else "Space()"

    @cached_property
    def encoding(self) -> Encoding:
        """The way between configs and the unit cube."""
        return Encoding(self.parameters, self.plan)

    def active(self, config: Mapping[str, Primitive]) -> tuple[str, ...]:
        """Return the names whose conditions hold in the config, in order; an absent optional name is left out."""
        return self.plan.active(config)

    def problems(self, config: object) -> list[str]:
        """Return what keeps a config from belonging to the space, as sentences; [] if it belongs."""
        if not isinstance(config, Mapping):
            return [f"a config must be a dict of names and values, got {type(config).__name__}"]
        found: list[str] = []
        met = 0
        for name, contains, tests, domain in self._checks:
            for parent, accepts in tests:
                if not _accepted(config, parent, accepts):
                    break
            else:
                value = config.get(name, _MISSING)
                if value is _MISSING:
                    if not domain.optional:
                        found.append(f"{name!r} is missing; it must be {domain.describe()}")
                    continue
                met += 1
                if not contains(value):
                    found.append(f"{name}={value!r} must be {domain.describe()}")
                continue
            if name in config:
                met += 1
                found.append(f"{name!r} is given, but it is active only when {_conditions(domain)}")
        if met != len(config):
            found += [f"{name!r} is no parameter of the space" for name in config if name not in self.parameters]
        return found or [_complaint(rule, config) for rule in self.plan.rules if not rule.holds(config)]

    def sample(self, rng: np.random.Generator) -> Config:
        """Return a config drawn evenly: one `rng.random(d)` per try, each parameter from its own coordinate.

        Raises:
            UnsatisfiableError: if a million draws in a row break a rule.
        """
        return draw(self.plan, rng)

    def sample_many(self, rng: np.random.Generator, n: int) -> list[Config]:
        """Return n configs drawn evenly; without rules the same as n calls of `sample`."""
        return draw_many(self.plan, rng, n)

    def defaults(self) -> Config:
        """Return the config of declared defaults, else middles or first choices; conditions hold, rules may not."""
        config: Config = {}
        for _, name, _, tests, domain in self.plan.steps:
            if all(parent in config and accepts(config[parent]) for parent, accepts in tests):
                config[name] = domain.start()
        return {name: config[name] for name in self.names if name in config}

    def size(self) -> int | None:
        """Return the number of configs, rules aside (an upper bound in heavily conditional spaces); None if endless."""
        return config_count(self.plan)

    def configs(self) -> Iterator[Config]:
        """Yield every config of a finite space once, conditions and rules honoured, the last name fastest.

        Raises:
            InvalidArgumentError: if a parameter is continuous.
        """
        return every_config(self.plan)

    def realise(self, config: Mapping[str, Primitive]) -> dict[str, Any]:
        """Return the config with the objects behind its labels, as the objective gets it."""
        return {
            name: domain.table.object_of(value)
            if isinstance(domain := self.parameters.get(name), (Categorical, Ordinal)) and domain.contains(value)
            else value
            for name, value in config.items()
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the space as JSON-able data that `from_dict` reads back."""
        return data_of(self.parameters, self.rules)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Space:
        """Return the space that `to_dict` wrote; objects behind labels of functions are not known to it.

        Raises:
            InvalidSpaceError: if the data are of another form; the message names the entry.
        """
        parameters, rules = parameters_from(data)
        return cls(parameters, rules=rules)

    def to_yaml(self, path: str | Path | None = None) -> str:
        """Return the space as YAML, and write it to a path if one is given."""
        return write_yaml(self.parameters, self.rules, path)

    @classmethod
    def from_yaml(cls, source: str | Path) -> Space:
        """Return the space of a YAML text or file; see `tunesmith.space.text` for the form."""
        parameters, rules = read_yaml(source)
        return cls(parameters, rules=rules)

    def with_parameter(self, name: str, domain: Domain) -> Space:
        """Return the space with a parameter added at the end, or its domain changed in place."""
        return Space({**self.parameters, checked_name(name): domain}, rules=self.rules)

    def without(self, name: str) -> Space:
        """Return the space without a parameter; refused while a condition or rule speaks of it."""
        self._known(name)
        speaking = [rule.text for rule in self.plan.rules if name in rule.names]
        if speaking:
            raise InvalidSpaceError(f"{name!r} cannot leave: the rule {speaking[0]!r} speaks of it")
        return Space({key: domain for key, domain in self.parameters.items() if key != name}, rules=self.rules)

    def freeze(self, name: str, value: object) -> Space:
        """Return the space with a parameter fixed at one value; its children keep their conditions."""
        return self.with_parameter(name, frozen_at(name, self._known(name), value))

    def _known(self, name: str) -> Domain:
        if name not in self.parameters:
            raise InvalidSpaceError(
                f"{name!r} is no parameter of the space; there are {', '.join(self.names) or 'none'}"
            )
        return self.parameters[name]


def _rebuilt(parameters: dict[str, Domain], rules: tuple[str, ...]) -> Space:
    return Space(parameters, rules=rules)


def _checked(parameters: Mapping[str, Domain] | None, domains: Mapping[str, Domain]) -> dict[str, Domain]:
    if parameters is not None and not isinstance(parameters, Mapping):
        raise InvalidSpaceError(f"Space needs a mapping of names to domains, got {type(parameters).__name__}")
    named: dict[str, Domain] = {}
    for name, domain in [*(parameters or {}).items(), *domains.items()]:
        key = checked_name(name)
        if key in named:
            raise InvalidSpaceError(f"the name {key!r} is given twice; choose another for one of them")
        if not isinstance(domain, (Float, Int, Categorical, Ordinal)):
            raise InvalidSpaceError(
                f"{key!r} needs a Float, Int, Categorical or Ordinal, got {domain!r} of type {type(domain).__name__}"
            )
        named[key] = domain
    return named


def _accepted(config: Mapping[str, Primitive], parent: str, accepts: Any) -> bool:
    try:
        return parent in config and bool(accepts(config[parent]))
    except TypeError:  # a value outside its domain, which is reported at the parent
        return False


def _conditions(domain: Domain) -> str:
    return " and ".join(f"{one.parent} is {one.as_data()!r}" for one in domain.when)


def _complaint(rule: Any, config: Mapping[str, Primitive]) -> str:
    return f"the rule {rule.text!r} does not hold for {', '.join(f'{name}={config[name]!r}' for name in rule.names)}"

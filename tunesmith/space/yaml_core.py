"""YAML with the scalars of its version 1.2: what is no number, no truth value and no null is the text that was written.

PyYAML follows version 1.1, to which the bare words yes, no, on and off are truth values, 1:30 is the number 90, 010 is
8 and 1e-5 is a text. Here the core schema holds (https://yaml.org/spec/1.2.2/#103-core-schema), with the merge key `<<`
beside it. What is written is quoted where either version would take a text for something else.
"""

from __future__ import annotations

import re
from typing import Any, Final

__all__ = ["compose", "dump", "load"]

_TAG: Final = "tag:yaml.org,2002:"
_CORE: Final = (
    ("null", re.compile(r"(null|Null|NULL|~|)\Z"), ["n", "N", "~", ""]),
    ("bool", re.compile(r"(true|True|TRUE|false|False|FALSE)\Z"), list("tTfF")),
    ("int", re.compile(r"([-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z"), list("-+0123456789")),
    (
        "float",
        re.compile(r"([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\Z"),
        list("-+.0123456789"),
    ),
    ("merge", re.compile(r"<<\Z"), ["<"]),
)
"""Name, pattern and possible first characters of each kind of bare scalar; the first that matches stands."""


def compose(text: str) -> Any:
    """Return the tree of nodes of a YAML text, None for an empty one."""
    import yaml

    return yaml.compose(text, Loader=yaml.SafeLoader)


def load(text: str) -> Any:
    """Return what a YAML text holds.

    Raises:
        yaml.YAMLError: it is no YAML, or a value does not fit its tag.

    Example:
        >>> load("[yes, off, true, 010, 1e-5, 1:30, ~]")
        ['yes', 'off', True, 10, 1e-05, '1:30', None]
    """
    import yaml

    loader: Any = yaml.SafeLoader(text)
    loader.yaml_implicit_resolvers = _resolvers()
    loader.yaml_constructors = {**yaml.SafeLoader.yaml_constructors, f"{_TAG}int": _integer}
    try:
        return loader.get_single_data()
    except (KeyError, ValueError) as error:  # `!!int abc`, or a number of thousands of digits
        raise yaml.YAMLError(f"a value does not fit its tag, or is too large: {error}") from error
    finally:
        loader.dispose()


def dump(data: Any) -> str:
    """Return plain data as YAML that `load` reads back, mappings in their order.

    Example:
        >>> print(dump({"choices": ["on", "1e-5", "sgd", 1e-5]}), end="")
        choices: ['on', '1e-5', sgd, 1.0e-05]
    """
    import yaml

    both = {first: list(found) for first, found in yaml.SafeDumper.yaml_implicit_resolvers.items()}
    for first, found in _resolvers().items():
        both.setdefault(first, []).extend(found)

    def dumper(*args: Any, **settings: Any) -> Any:
        made: Any = yaml.SafeDumper(*args, **settings)
        made.yaml_implicit_resolvers = both
        return made

    made: Any = dumper
    return str(yaml.dump(data, Dumper=made, sort_keys=False, allow_unicode=True, default_flow_style=None, width=120))


def _resolvers() -> dict[str, list[tuple[str, re.Pattern[str]]]]:
    """Return first character -> kinds of scalars, as PyYAML asks for them."""
    table: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
    for name, pattern, firsts in _CORE:
        for first in firsts:
            table.setdefault(first, []).append((f"{_TAG}{name}", pattern))
    return table


def _integer(_: Any, node: Any) -> int:
    """Return an integer; leading zeros mean nothing, 0o and 0x do."""
    text = str(node.value)
    return int(text, 0) if text[:2] in {"0o", "0x"} else int(text)

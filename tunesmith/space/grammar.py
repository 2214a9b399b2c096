"""The language of rules, from text to tree: our own tokens and grammar, so nothing of a rule is ever executed.

From the loosest to the tightest, as in Python::

    rule        or
    or          and ("or" and)*
    and         not ("and" not)*
    not         "not" not | comparison
    comparison  sum (("<" | "<=" | ">" | ">=" | "==" | "!=" | "in" | "not in") sum)*      chained: a < b < c
    sum         product (("+" | "-") product)*
    product     sign (("*" | "/" | "//" | "%") sign)*
    sign        ("-" | "+") sign | power
    power       atom ["**" sign]
    atom        number | text | True | False | None | name | `any name` | function(rule, ...) | (rule) | (a, b) | [a, b]

Names are parameters; one that is no plain word (letters, digits, `_`, `.`) stands between backquotes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias, final

from tunesmith.errors import InvalidSpaceError
from tunesmith.space.names import checked_name
from tunesmith.space.primitive import Primitive

__all__ = ["Call", "Constant", "Items", "Name", "Node", "parse"]

_LONGEST, _DEEPEST = 2000, 50
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?!\w)
    | (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    | (?P<quoted>`[^`]+`)
    | (?P<word>[^\W\d][\w.\u0300-\u036f]*)
    | (?P<sign>\*\*|//|<=|>=|==|!=|[-+*/%<>()\[\],])
    )""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(.)")
_COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})
_CONSTANTS: dict[str, Primitive] = {"True": True, "False": False, "None": None}
_KEYWORDS = frozenset({"and", "or", "not", "in", *_CONSTANTS})


@final
@dataclass(frozen=True)
class Constant:
    """A number, text, truth value or None written in a rule."""

    value: Primitive


@final
@dataclass(frozen=True)
class Name:
    """A parameter."""

    name: str


@final
@dataclass(frozen=True)
class Items:
    """The list on the right of `in`."""

    items: tuple[Node, ...]


@final
@dataclass(frozen=True)
class Call:
    """An operator or function and its arguments; `neg` and `pos` are the signs."""

    operator: str
    arguments: tuple[Node, ...]


Node: TypeAlias = Constant | Name | Items | Call


def parse(text: str) -> Node:
    """Return the tree of a rule, or refuse the text and show where it went wrong.

    >>> parse("a < 2 * b")
    Call(operator='<', arguments=(Name(name='a'), Call(operator='*', arguments=(Constant(value=2), Name(name='b')))))
    """
    if not isinstance(text, str) or not text.strip():
        raise InvalidSpaceError(f'a rule must be a text such as "a < b", got {text!r}')
    if len(text) > _LONGEST:
        raise InvalidSpaceError(f"a rule may have {_LONGEST} characters, got {len(text)}; split it into several rules")
    parser = _Parser(text)
    node = parser.either(0)
    if parser.kind != "end":
        raise parser.error("expected an operator or the end")
    return node


@final
class _Parser:
    """Recursive descent over the tokens of one text; `kind` and `value` are the token under the eye."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0
        self.begin = 0
        self.kind = ""
        self.value = ""
        self.step()

    def error(self, complaint: str) -> InvalidSpaceError:
        return InvalidSpaceError(
            f"the rule {self.text!r} cannot be read at character {self.begin + 1} "
            f"({self.text[self.begin : self.begin + 12]!r}): {complaint}"
        )

    def step(self) -> None:
        rest = self.text[self.place :]
        self.begin = self.place + len(rest) - len(rest.lstrip())
        if not rest.strip():
            self.kind, self.value = "end", ""
            return
        match = _TOKEN.match(self.text, self.place)
        if match is None:
            raise self.error("no such sign; a name with other characters stands between backquotes")
        self.kind, self.value, self.place = str(match.lastgroup), match[match.lastgroup or 0], match.end()
        if self.kind == "word" and self.value in _KEYWORDS:
            self.kind = "keyword"

    def meets(self, *signs: str) -> bool:
        return self.kind in {"sign", "keyword"} and self.value in signs

    def expect(self, sign: str) -> None:
        if not self.meets(sign):
            raise self.error(f"expected {sign!r}")
        self.step()

    def either(self, depth: int) -> Node:
        if depth > _DEEPEST:
            raise self.error(f"nested deeper than {_DEEPEST}; split the rule")
        parts = [self.both(depth)]
        while self.meets("or"):
            self.step()
            parts.append(self.both(depth))
        return parts[0] if len(parts) == 1 else Call("or", tuple(parts))

    def both(self, depth: int) -> Node:
        parts = [self.negation(depth)]
        while self.meets("and"):
            self.step()
            parts.append(self.negation(depth))
        return parts[0] if len(parts) == 1 else Call("and", tuple(parts))

    def negation(self, depth: int) -> Node:
        if depth > _DEEPEST:
            raise self.error(f"nested deeper than {_DEEPEST}; split the rule")
        if self.meets("not"):
            self.step()
            return Call("not", (self.negation(depth + 1),))
        return self.comparison(depth)

    def comparison(self, depth: int) -> Node:
        left = self.sum(depth)
        links: list[Node] = []
        while True:
            if self.kind == "sign" and self.value in _COMPARISONS:
                sign = self.value
                self.step()
            elif self.meets("in"):
                sign = "in"
                self.step()
            elif self.meets("not"):
                sign = "not in"
                self.step()
                self.expect("in")
            else:
                break
            right = self.sum(depth)
            links.append(
                Call("not", (Call("in", (left, right)),)) if sign == "not in" else Call(sign, (left, right)),
            )
            left = right
        if not links:
            return left
        return links[0] if len(links) == 1 else Call("and", tuple(links))

    def sum(self, depth: int) -> Node:
        node = self.product(depth)
        while self.meets("+", "-"):
            sign = self.value
            self.step()
            node = Call(sign, (node, self.product(depth)))
        return node

    def product(self, depth: int) -> Node:
        node = self.signed(depth)
        while self.meets("*", "/", "//", "%"):
            sign = self.value
            self.step()
            node = Call(sign, (node, self.signed(depth)))
        return node

    def signed(self, depth: int) -> Node:
        if depth > _DEEPEST:
            raise self.error(f"nested deeper than {_DEEPEST}; split the rule")
        if self.meets("-", "+"):
            sign = "neg" if self.value == "-" else "pos"
            self.step()
            node = self.signed(depth + 1)
            if sign == "neg" and isinstance(node, Constant) and type(node.value) in {int, float}:
                return Constant(-node.value)  # type: ignore[operator]
            return Call(sign, (node,))
        node = self.atom(depth)
        if self.meets("**"):
            self.step()
            return Call("**", (node, self.signed(depth + 1)))
        return node

    def atom(self, depth: int) -> Node:
        kind, value = self.kind, self.value
        if self.meets("(", "["):
            return self.bracket(depth)
        if kind == "keyword" and value in _CONSTANTS:
            self.step()
            return Constant(_CONSTANTS[value])
        if kind not in {"number", "text", "quoted", "word"}:
            raise self.error("expected a number, a text, a parameter or a bracket")
        self.step()
        if kind == "number":
            return Constant(int(value) if value.isdigit() else float(value))
        if kind == "text":
            return Constant(_ESCAPE.sub(r"\1", value[1:-1]))
        if kind == "word" and self.meets("("):
            return self.function(value, depth)
        return Name(checked_name(value.strip("`")))

    def function(self, name: str, depth: int) -> Node:
        self.step()
        arguments = [self.either(depth + 1)]
        while self.meets(","):
            self.step()
            arguments.append(self.either(depth + 1))
        self.expect(")")
        return Call(name, tuple(arguments))

    def bracket(self, depth: int) -> Node:
        """Read `(rule)`, or a list for `in`: `(a, b)`, `(a,)`, `[a, b]`, `[a]`."""
        closing = ")" if self.value == "(" else "]"
        self.step()
        items = [self.either(depth + 1)]
        listed = closing == "]"
        while self.meets(","):
            listed = True
            self.step()
            if self.meets(closing):
                break
            items.append(self.either(depth + 1))
        self.expect(closing)
        return Items(tuple(items)) if listed else items[0]

"""The house rules, each a function from a source file to sentences, and each caught once on a planted violation."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "tunesmith"

MAX_FILE, MAX_FUNCTION, MAX_CLASS, MAX_METHODS, MAX_DEPTH = 400, 60, 200, 12, 3
DUMPS = {"utils", "util", "common", "misc", "helpers", "helper", "base", "manager"}
HEAVY = ("torch", "scipy", "sqlalchemy", "plotly", "sklearn", "pandas", "typer", "rich", "yaml", "ray", "distributed")

# An allowance names one place and says why the rule bends there.
METHOD_ALLOWANCES: dict[str, tuple[int, str]] = {
    "tunesmith/space/space.py:Space": (15, "membership, draws, edits and text forms of one immutable value"),
    "tunesmith/study/study.py:Study": (15, "the facade keeps the verbs that people type, and those of a request"),
}
CLASS_ALLOWANCES: dict[str, tuple[int, str]] = {
    "tunesmith/executors/processes.py:Processes": (300, "one loop over the children's pipes owns their whole life"),
    "tunesmith/study/ledger.py:Ledger": (300, "the rules of a trial's life stand in one place"),
    "tunesmith/study/loop.py:Loop": (300, "who may start, answer, close and give back a run is one discipline"),
    "tunesmith/study/study.py:Study": (270, "the facade keeps the verbs and attributes that people already type"),
}
EXECUTES_ALLOWANCES = {
    "tunesmith/executors": ({"cloudpickle"}, "an objective travels to our own children, never to or from a store"),
    "tunesmith/testing": ({"pickle", "cloudpickle"}, "the kits check that values survive the way to another process"),
}
GENERATORS = {"Generator", "BitGenerator", "PCG64", "Philox", "SeedSequence"}
EXECUTES_CALLS = {"eval", "exec", "compile", "__import__"}
EXECUTES_MODULES = {"pickle", "cPickle", "_pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}
OPEN_BASES = re.compile(
    r"(Error|Exception|Warning|Interrupt|Protocol|Enum|IntEnum|StrEnum|Flag|TypedDict|NamedTuple|Struct)$"
)


@dataclass(frozen=True)
class Source:
    """One file of the package: its path from the root of the repository, its text, its syntax tree."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        return _parse(self.text)

    def nodes(self, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
        return (node for node in ast.walk(self.tree) if isinstance(node, kinds))

    def inside(self, folder: str) -> bool:
        return PurePosixPath(self.path).is_relative_to(folder)


@cache
def _parse(text: str) -> ast.Module:
    return ast.parse(text)


@cache
def package() -> tuple[Source, ...]:
    files = sorted(PACKAGE.rglob("*.py"))
    return tuple(Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")) for path in files)


def dotted(node: ast.AST) -> str:
    """Return `a.b.c` for an attribute chain, `a` for a name or a subscripted name, else an empty string."""
    if isinstance(node, ast.Subscript):
        return dotted(node.value)
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def code_lines(node: ast.AST) -> int:
    """Count the lines of a definition without its docstrings, own and inner."""
    total = node.end_lineno - node.lineno + 1
    for inner in ast.walk(node):
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and ast.get_docstring(inner):
            docstring = inner.body[0]
            total -= docstring.end_lineno - docstring.lineno + 1
    return total


def imports(source: Source) -> Iterator[tuple[ast.AST, str]]:
    for node in source.nodes(ast.Import, ast.ImportFrom):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif node.level == 0:
            yield node, node.module


# --- the rules ------------------------------------------------------------------------------------------------------


def file_length(source: Source) -> Iterator[str]:
    lines = len(source.text.splitlines())
    if lines > MAX_FILE:
        yield f"{source.path} has {lines} lines, at most {MAX_FILE}: split it by duty"


def function_length(source: Source) -> Iterator[str]:
    for node in source.nodes(ast.FunctionDef, ast.AsyncFunctionDef):
        if code_lines(node) >= MAX_FUNCTION:
            yield f"{source.path}:{node.lineno} {node.name} has {code_lines(node)} lines of code, under {MAX_FUNCTION}"


def class_length(source: Source) -> Iterator[str]:
    for node in source.nodes(ast.ClassDef):
        limit, _reason = CLASS_ALLOWANCES.get(f"{source.path}:{node.name}", (MAX_CLASS, ""))
        if code_lines(node) >= limit:
            yield f"{source.path}:{node.lineno} {node.name} has {code_lines(node)} lines of code, under {limit}"


def public_methods(node: ast.ClassDef) -> set[str]:
    """Return the names of the public methods; properties count as attributes."""
    return {
        item.name
        for item in node.body
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)
        and not item.name.startswith("_")
        and not any(re.search(r"property|setter", ast.unparse(mark)) for mark in item.decorator_list)
    }


def class_methods(source: Source) -> Iterator[str]:
    for node in source.nodes(ast.ClassDef):
        most, _reason = METHOD_ALLOWANCES.get(f"{source.path}:{node.name}", (MAX_METHODS, ""))
        count = len(public_methods(node))
        if count > most and not node.name.startswith("_"):
            yield f"{source.path}:{node.lineno} {node.name} has {count} public methods, at most {most}"


def depth(source: Source) -> Iterator[str]:
    levels = len(PurePosixPath(source.path).parts) - 1
    if levels > MAX_DEPTH:
        yield f"{source.path} lies {levels} levels deep, at most {MAX_DEPTH}"


def names(source: Source) -> Iterator[str]:
    for part in PurePosixPath(source.path).with_suffix("").parts:
        if part.strip("_") in DUMPS:
            yield f"{source.path}: {part!r} says nothing; a helper lives in the lowest room that needs it, by its name"


def module_head(source: Source) -> Iterator[str]:
    first = (ast.get_docstring(source.tree) or "").split("\n\n")[0].strip()
    if not first:
        yield f"{source.path} has no docstring"
    elif not first.endswith((".", "?")) or not re.match(r"[A-Z0-9`]|tunesmith\b", first):
        yield f"{source.path} begins with {first[:60]!r}: the head is a sentence that ends with a full stop"


def nothing_executes(source: Source) -> Iterator[str]:
    allowed = set().union(*(names for folder, (names, _why) in EXECUTES_ALLOWANCES.items() if source.inside(folder)))
    for node, module in imports(source):
        if module.split(".")[0] in EXECUTES_MODULES - allowed:
            yield f"{source.path}:{node.lineno} imports {module}: what it loads is executed"
    for node in source.nodes(ast.Call):
        name = dotted(node.func)
        if name in EXECUTES_CALLS or name.endswith(("yaml.load", "yaml.unsafe_load", "yaml.full_load")):
            yield f"{source.path}:{node.lineno} calls {name}: nothing that was read is ever executed"
        if name.endswith("torch.load") and "weights_only=True" not in ast.unparse(node):
            yield f"{source.path}:{node.lineno} calls torch.load without weights_only=True"
        if name.endswith("np.load") and "allow_pickle=True" in ast.unparse(node).replace(" ", ""):
            yield f"{source.path}:{node.lineno} calls np.load with allow_pickle=True"


def no_assert(source: Source) -> Iterator[str]:
    if not source.inside("tunesmith/testing"):
        for node in source.nodes(ast.Assert):
            yield f"{source.path}:{node.lineno} asserts: raise an error with argument, value and way out"


def no_super(source: Source) -> Iterator[str]:
    for node in source.nodes(ast.Call):
        if dotted(node.func) == "super":
            yield f"{source.path}:{node.lineno} calls super(): wrap instead of inheriting"


def no_bare_except(source: Source) -> Iterator[str]:
    for node in source.nodes(ast.ExceptHandler):
        if node.type is None:
            yield f"{source.path}:{node.lineno} has a bare except: name what is caught"


def abstract_or_final(source: Source) -> Iterator[str]:
    for node in source.nodes(ast.ClassDef):
        bases = [dotted(base).split(".")[-1] for base in node.bases]
        final = any(dotted(mark).split(".")[-1] == "final" for mark in node.decorator_list)
        abstract = any(OPEN_BASES.search(base) for base in bases)
        if not (node.name.startswith("_") or final or abstract):
            yield f"{source.path}:{node.lineno} {node.name} is neither a Protocol, an exception or an Enum nor @final"


def randomness_is_an_argument(source: Source) -> Iterator[str]:
    for node in source.nodes(ast.Attribute):
        name = dotted(node)
        found = re.fullmatch(r"(np|numpy)\.random\.(\w+)", name)
        if found and found[2] not in GENERATORS | {"default_rng"}:
            yield f"{source.path}:{node.lineno} uses {name}, the global generator"
    for node in source.nodes(ast.Call):
        name = dotted(node.func)
        if name.endswith("default_rng") and not (node.args or node.keywords):
            yield f"{source.path}:{node.lineno} calls default_rng() without a seed: the generator is an argument"
        if re.fullmatch(r"random\.(?!Random$|SystemRandom$)\w+", name):
            yield f"{source.path}:{node.lineno} calls {name}, a global generator"


def no_import_of_the_top(source: Source) -> Iterator[str]:
    rooms = {path.stem for path in PACKAGE.iterdir()} - {"__init__"}
    for node in source.nodes(ast.Import, ast.ImportFrom):
        if isinstance(node, ast.ImportFrom):
            top = node.module == "tunesmith" and not {alias.name for alias in node.names} <= rooms
        else:
            top = "tunesmith" in {alias.name for alias in node.names}
        if top and source.path != "tunesmith/__init__.py":
            yield f"{source.path}:{node.lineno} imports the top package: name the room"
    for node in source.nodes(ast.ImportFrom):
        if node.level > 0:
            yield f"{source.path}:{node.lineno} imports relatively: write the full name"


# --- every rule holds, and every rule bites --------------------------------------------------------------------------

HEAD = '"""A sentence."""\n'
LONG = "    x = 1\n"
PLANTED: list[tuple[Callable[[Source], Iterator[str]], str, str]] = [
    (file_length, "tunesmith/a.py", HEAD + "x = 1\n" * MAX_FILE),
    (function_length, "tunesmith/a.py", "def f():\n" + LONG * MAX_FUNCTION),
    (class_length, "tunesmith/a.py", "class A:\n" + LONG * MAX_CLASS),
    (class_methods, "tunesmith/a.py", "class A:\n" + "".join(f"    def m{i}(self): ...\n" for i in range(13))),
    (depth, "tunesmith/nas/torch/more/a.py", ""),
    (names, "tunesmith/space/utils.py", ""),
    (names, "tunesmith/base/a.py", ""),
    (module_head, "tunesmith/a.py", "x = 1\n"),
    (module_head, "tunesmith/a.py", '"""no sentence"""\n'),
    (nothing_executes, "tunesmith/stores/a.py", "import pickle\n"),
    (nothing_executes, "tunesmith/stores/a.py", "from cloudpickle import loads\n"),
    (nothing_executes, "tunesmith/a.py", "eval('1')\n"),
    (nothing_executes, "tunesmith/a.py", "import yaml\nyaml.load(text)\n"),
    (nothing_executes, "tunesmith/a.py", "import torch\ntorch.load(path)\n"),
    (no_assert, "tunesmith/a.py", "assert x\n"),
    (no_super, "tunesmith/a.py", "class A(B):\n    def f(self):\n        super().f()\n"),
    (no_bare_except, "tunesmith/a.py", "try:\n    f()\nexcept:\n    pass\n"),
    (abstract_or_final, "tunesmith/a.py", "class A:\n    pass\n"),
    (abstract_or_final, "tunesmith/a.py", "class A(B):\n    pass\n"),
    (randomness_is_an_argument, "tunesmith/a.py", "np.random.rand(3)\n"),
    (randomness_is_an_argument, "tunesmith/a.py", "np.random.default_rng()\n"),
    (randomness_is_an_argument, "tunesmith/a.py", "random.shuffle(x)\n"),
    (no_import_of_the_top, "tunesmith/cli/a.py", "import tunesmith\n"),
    (no_import_of_the_top, "tunesmith/cli/a.py", "from tunesmith import Space\n"),
    (no_import_of_the_top, "tunesmith/cli/a.py", "from . import b\n"),
]
RULES = list(dict.fromkeys(rule for rule, _path, _text in PLANTED))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_package_keeps_the_rule(rule: Callable[[Source], Iterator[str]]) -> None:
    broken = [sentence for source in package() for sentence in rule(source)]
    assert not broken, "\n" + "\n".join(broken)


@pytest.mark.parametrize(("rule", "path", "text"), PLANTED, ids=lambda value: getattr(value, "__name__", ""))
def test_the_rule_catches_a_planted_violation(rule: Callable, path: str, text: str) -> None:
    assert list(rule(Source(path, text)))


def test_every_rule_passes_a_tidy_file() -> None:
    text = (
        '"""Says what stands here.\n\nAnd more."""\n\nimport numpy as np\n\nfrom tunesmith.seeding import stream\n\n\n'
        "@final\n@dataclass(frozen=True)\nclass A:\n    x: int\n\n\nclass P(Protocol[S]):\n    def f(self): ...\n\n\n"
        "class SomeError(ValueError):\n    pass\n\n\ndef f(rng: np.random.Generator): ...\n"
    )
    assert not [sentence for rule in RULES for sentence in rule(Source("tunesmith/space/tidy.py", text))]


@pytest.mark.parametrize(
    ("allowances", "measure", "limit"),
    [
        (METHOD_ALLOWANCES, lambda node: len(public_methods(node)), MAX_METHODS + 1),
        (CLASS_ALLOWANCES, code_lines, MAX_CLASS),
    ],
    ids=["methods", "lines"],
)
def test_every_allowance_is_still_needed(allowances: dict, measure: Callable, limit: int) -> None:
    places = {f"{s.path}:{node.name}": measure(node) for s in package() for node in s.nodes(ast.ClassDef)}
    for place, (most, reason) in allowances.items():
        assert reason
        assert limit <= places[place] <= most


def test_every_room_stands_on_a_storey_of_the_architecture() -> None:
    drawn = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").split("```")[1]
    storeys = " ".join(re.split(r" {12,}", line)[0] for line in drawn.splitlines())
    rooms = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert rooms - {"__init__", "__main__"} - set(storeys.split()) == set()


def test_every_folder_that_may_execute_is_there() -> None:
    assert all((ROOT / folder).is_dir() and reason for folder, (_names, reason) in EXECUTES_ALLOWANCES.items())


def test_importing_tunesmith_loads_nothing_heavy() -> None:
    code = f"import sys, tunesmith; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("name", HEAVY)
def test_no_heavy_package_is_needed_to_import_tunesmith(name: str) -> None:
    code = f"import sys; sys.modules[{name!r}] = None; import tunesmith"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_public_name_has_a_docstring() -> None:
    code = (
        "import tunesmith, types\n"
        "values = {name: getattr(tunesmith, name) for name in tunesmith.__all__ if not name.startswith('__')}\n"
        "print(*[name for name, value in values.items() if callable(value) and not (value.__doc__ or '').strip()])\n"
        "print(len(values))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    bare, count = done.stdout.split("\n")[:2]
    assert bare.split() == []
    assert int(count) > 0

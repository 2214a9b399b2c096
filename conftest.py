"""Documentation is executed: every `python` block of the README and of docs/ is run, in order, as one script a page.

A page runs in an empty folder of its own, as `__main__`, so a block may write files and start processes as a reader's
script would. Two marks, both HTML comments with a line of their own, bend that:

- `<!-- skip: next "reason" -->` leaves out the block that follows; tests/docs asks for the reason;
- `<!-- needs: torch -->` skips the whole page where that package is not installed.
"""

from __future__ import annotations

import importlib.util
import os
import re
import tempfile
from contextlib import ExitStack, chdir
from pathlib import Path
from typing import Any

import pytest
from sybil import Document, Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

PAGES = ("README.md", "CONTRIBUTING.md", "docs/*.md", "docs/*/*.md")


class Page(Document):
    """A page of the documentation, whose namespace is that of a script."""

    def __init__(self, text: str, path: str) -> None:
        super().__init__(text, path)
        needs = re.findall(r"^<!-- needs: (\w+) -->$", text, flags=re.MULTILINE)
        self.namespace.update(__name__="__main__", __file__=path, __needs__=needs)


def open_page(namespace: dict[str, Any]) -> None:
    """Skip a page whose packages are missing; else enter an empty folder."""
    missing = [name for name in namespace["__needs__"] if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"{Path(namespace['__file__']).name} needs {', '.join(missing)}")
    stack = namespace["__stack__"] = ExitStack()
    stack.enter_context(chdir(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))))


def close_page(namespace: dict[str, Any]) -> None:
    """Leave the folder and remove it."""
    namespace.pop("__stack__", ExitStack()).close()


pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(), SkipParser()],
    patterns=PAGES,
    excludes=["docs/decisions/*.md"],
    document_types={".md": Page},
    setup=open_page,
    teardown=close_page,
).pytest()

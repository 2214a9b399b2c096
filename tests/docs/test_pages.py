"""The pages of the documentation: links lead somewhere, commands exist, a skipped block says why."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.docs.test_reference import commands

ROOT = Path(__file__).resolve().parents[2]
PAGES = [page for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md"] if page.exists()]
PAGES += sorted((ROOT / "docs").rglob("*.md")) + sorted((ROOT / "changelog.d").glob("*.md"))
EVERY_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


def blocks(text: str, *languages: str) -> list[str]:
    """Return the lines of the fenced blocks in these languages, without a prompt."""
    found = re.findall(r"^```(\w+)\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    return [line.removeprefix("$ ").strip() for kind, body in found if kind in languages for line in body.splitlines()]


def without_blocks(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub spells them."""
    headings = re.findall(r"^#+ (.+)$", without_blocks(page.read_text(encoding="utf-8")), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@EVERY_PAGE
def test_relative_links_lead_somewhere(page: Path) -> None:
    text = without_blocks(page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _hash, anchor = target.partition("#")
        there = (page.parent / name).resolve() if name else page
        assert there.exists(), f"{target} is missing"
        if anchor:
            assert anchor in anchors(there), f"{target}: no such heading"


@EVERY_PAGE
def test_a_skipped_block_says_why(page: Path) -> None:
    marks = re.findall(r"^.*skip:.*$", without_blocks(page.read_text(encoding="utf-8")), flags=re.MULTILINE)
    for mark in marks:
        if mark.lstrip("` -").startswith("<!--"):
            assert re.fullmatch(r'<!-- skip: (next|start|end)( "[^"]{10,}")? -->', mark), mark
            assert "end" in mark or '"' in mark, f"{mark} gives no reason"


@EVERY_PAGE
def test_commands_on_the_page_exist(page: Path) -> None:
    lines = blocks(page.read_text(encoding="utf-8"), "bash", "console", "sh", "shell")
    verbs = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    for line in lines:
        words = shlex.split(line, comments=True) if not line.endswith("\\") else line.split()
        if words[:1] == ["make"]:
            assert {word for word in words[1:] if "=" not in word and not word.startswith("-")} <= verbs, line
        if words[:1] == ["tunesmith"] and len(words) > 1 and not words[1].startswith("-"):
            assert words[1] in {name.split()[0] for name in commands()}, line


def test_make_help_lists_every_verb() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    verbs = set(re.search(r"^\.PHONY: (.+)$", text, flags=re.MULTILINE)[1].split())
    assert verbs == set(re.findall(r"^  make ([a-z-]+) ", shown, flags=re.MULTILINE))

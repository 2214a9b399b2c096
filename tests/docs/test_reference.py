"""The reference is complete: public names, shell commands and events each have a heading or an entry of their own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"


def entries(text: str) -> set[str]:
    """Return what the headings of a page and the first cells of its lists and tables name.

    A name stands in backticks: "## `create_study`", "- `Float(low, high)`: ...", "| `ts.Int` | ...".
    """
    found: set[str] = set()
    for line in text.splitlines():
        if line.startswith("#"):
            spans = re.findall(r"`([^`]+)`", line)
        else:
            spans = re.findall(r"^\s*(?:[-*]|\|)\s*(?:\*\*)?`([^`]+)`", line)
        for span in spans:
            call = span.split("(")[0].strip()
            found |= {call, call.removeprefix("ts.").removeprefix("tunesmith.")}
    return found


def reference() -> set[str]:
    return set().union(*(entries(page.read_text(encoding="utf-8")) for page in REFERENCE.glob("*.md")))


def options() -> dict[str, set[str]]:
    """Return every command of the shell as it is typed (`run`, `studies list`), with its long options."""
    from typer.main import get_command

    from tunesmith.cli.main import app

    found: dict[str, set[str]] = {}

    def walk(command: Any, path: str) -> None:
        spelt = {text for parameter in command.params for text in (*parameter.opts, *parameter.secondary_opts)}
        if path:
            found[path] = {text for text in spelt if text.startswith("--")} - {"--help"}
        for name, inner in getattr(command, "commands", {}).items():
            walk(inner, f"{path} {name}".strip())

    walk(get_command(app), "")
    return found


def commands() -> set[str]:
    return set(options())


def test_entries_are_headings_and_first_cells_only() -> None:
    text = "## `f` and `g`\n- `ts.Float(low, high)`: see `h`\n| `a.b` | `c` |\nprose with `p`\n## bare\n"
    assert entries(text) == {"f", "g", "Float", "ts.Float", "a.b"}


def test_every_public_name_is_in_the_reference() -> None:
    import tunesmith

    names = {name for name in tunesmith.__all__ if not name.startswith("__")}
    assert len(names) > 20
    assert sorted(names - reference()) == []


def test_every_sampler_and_pruner_is_in_the_reference() -> None:
    from tunesmith.pruners import PRUNERS
    from tunesmith.samplers import SAMPLERS

    for page, registry in (("samplers.md", SAMPLERS), ("pruners.md", PRUNERS)):
        found = entries((REFERENCE / page).read_text(encoding="utf-8"))
        assert len(registry) > 1
        assert sorted(set(registry) - found) == []


def test_every_command_is_in_the_reference() -> None:
    names = commands()
    assert {"run", "demo"} <= names
    assert sorted(name for name in names if f"tunesmith {name}" not in reference()) == []


@pytest.mark.parametrize("command", sorted(options()))
def test_every_option_stands_under_its_command(command: str) -> None:
    text = (REFERENCE / "cli.md").read_text(encoding="utf-8")
    section = text.split(f"\n## `tunesmith {command}`\n")[1].split("\n## ")[0]
    assert sorted(option for option in options()[command] if f"`{option}`" not in section) == []


def test_every_event_is_in_the_reference() -> None:
    from tunesmith.core import events

    values = {name: getattr(events, name) for name in events.__all__}
    names = {n for n, v in values.items() if isinstance(v, type) and issubclass(v, msgspec.Struct)}
    assert {"Created", "Proposed", "Closed"} <= names
    assert sorted(names - reference()) == []


@pytest.mark.parametrize("page", sorted(REFERENCE.glob("*.md")), ids=lambda page: page.stem)
def test_a_page_of_the_reference_names_nothing_that_is_gone(page: Path) -> None:
    import tunesmith

    headed = re.findall(r"^#+ `ts\.(\w+)", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert sorted(name for name in headed if not hasattr(tunesmith, name)) == []

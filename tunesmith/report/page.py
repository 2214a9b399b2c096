"""Puts the page together: template, style, scripts and data become one HTML file that needs nothing else.

What a user typed reaches the page in one place only, a block of escaped JSON, and the document through `textContent`. A
content security policy names the two inline blocks by their hashes and forbids everything else, requests to other
computers included.
"""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tunesmith.report.data import embedded_json, report_data

if TYPE_CHECKING:
    from tunesmith.analysis.comparison import Gain
    from tunesmith.report.study_view import StudyView

__all__ = ["report_html", "write_report"]

_STYLES: Final = ("theme.css", "layout.css", "figures.css")
_SCRIPTS: Final = (
    "document.js",
    "format.js",
    "trials.js",
    "scales.js",
    "axes.js",
    "marks.js",
    "tooltip.js",
    "header.js",
    "findings.js",
    "importance.js",
    "history.js",
    "parallel_axes.js",
    "parallel.js",
    "slices.js",
    "curves.js",
    "pareto.js",
    "failures.js",
    "table.js",
    "rerun.js",
    "main.js",
)


def write_report(study: StudyView, path: str | Path = "report.html", *, gain: Gain | None = None) -> Path:
    """Write the study's report as one HTML file that opens offline, and return its path.

    Args:
        study: what to report on; any object with the attributes of `StudyView`.
        path: where to write; an older file is replaced in one step, a missing folder is made.
        gain: the best config against the defaults on data that no trial had seen.

    Raises:
        OSError: if the file cannot be written; it names the path.
    """
    path = Path(path)
    text = report_html(study, gain=gain)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, text)
    except OSError as error:
        why = f"{error.strerror or error}; the report cannot be written there: name another file, or make room for it"
        raise OSError(error.errno or 0, why, str(path)) from error
    return path


def _replace(path: Path, text: str) -> None:
    """Write a file aside and put it in its place, so that nobody finds half of it."""
    handle, aside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(aside).chmod(0o644)
        Path(aside).replace(path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise


def report_html(study: StudyView, *, gain: Gain | None = None) -> str:
    """Return the report as the text of one HTML file; see `write_report`."""
    style = "\n".join(_asset(name) for name in _STYLES)
    script = '(() => {\n"use strict";\n' + "\n".join(_asset(name) for name in _SCRIPTS) + "\n})();"
    parts = {
        "{{policy}}": f"default-src 'none'; style-src {_source(style)}; script-src {_source(script)}; base-uri 'none'",
        "{{style}}": style,
        "{{script}}": script,
        "{{data}}": embedded_json(report_data(study, gain)),
    }
    page = _asset("template.html")
    for mark, text in parts.items():
        before, after = page.split(mark)
        page = f"{before}{text}{after}"
    return page


def _asset(name: str) -> str:
    return files("tunesmith.report").joinpath("assets").joinpath(name).read_text(encoding="utf-8")


def _source(text: str) -> str:
    """Return the hash by which a content security policy allows an inline block."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"

"""The file: complete in itself, safe whatever the study's strings say, small with many trials."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
from pathlib import Path

import pytest

import tunesmith.report.page as page_module
from tunesmith.core.trial import Trial, TrialState
from tunesmith.report import report_html, write_report
from tunesmith.space import Categorical, Space

ASSETS = Path(page_module.__file__).parent / "assets"
NASTY = '</script><img src=x onerror="document.body.dataset.owned=1"><!-- \u2028 & \ud800'


def blocks(html: str) -> dict[str, str]:
    """Return the style, the data and the script of a page."""
    found = {
        "style": re.search(r"<style>(.*?)</style>", html, re.DOTALL),
        "data": re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL),
        "script": re.search(r"<script>(.*?)</script>", html, re.DOTALL),
    }
    return {name: match[1] for name, match in found.items() if match}


def data_of(html: str) -> dict:
    return json.loads(blocks(html)["data"])


def nasty_study(simple):
    space = Space({f"x {NASTY[:60]}".replace("\ud800", ""): Categorical("a", "<b>&amp;")})
    name = space.names[0]
    trials = [
        Trial(
            i, TrialState.COMPLETE, {name: "<b>&amp;"}, (float(i),), (float(i),),
            user_attrs={NASTY: NASTY}, by=NASTY, reason=NASTY, message=NASTY, reports={0: {NASTY: 1.0}},
        )
        for i in range(4)
    ]  # fmt: skip
    trials.append(Trial(4, TrialState.FAILED, {name: "a"}, reason=NASTY, message=NASTY, traceback=NASTY, output=NASTY))
    return simple(trials, space, name=NASTY)


def test_a_page_has_one_style_one_script_and_one_block_of_data(realistic) -> None:
    html = report_html(realistic(30))
    assert html.startswith("<!doctype html>")
    assert html.count("<script") == 2
    assert html.count("</script") == 2
    assert "{{" not in html.replace(blocks(html)["script"], "").replace(blocks(html)["data"], "")
    assert set(blocks(html)) == {"style", "data", "script"}


def test_the_policy_allows_exactly_the_two_inline_blocks(realistic) -> None:
    html = report_html(realistic(5))
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)[1]
    parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert parts["default-src"] == "'none'"
    for name in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(blocks(html)[name].encode()).digest()).decode()
        assert parts[f"{name}-src"] == f"'sha256-{digest}'"


def test_nothing_is_fetched_from_anywhere(realistic) -> None:
    html = report_html(realistic(30))
    urls = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s\"'<)]*", re.sub(r"^\s*//.*$", "", html, flags=re.MULTILINE)))
    assert urls == {"http://www.w3.org/2000/svg"}  # the name of SVG, which nobody fetches
    assert not re.search(r"@import|url\(|fetch\(|XMLHttpRequest|<link|src=|importScripts|WebSocket|sendBeacon", html)


@pytest.mark.parametrize("path", sorted(ASSETS.glob("*.js")), ids=lambda path: path.name)
def test_scripts_write_text_nodes_only(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|DOMParser", text
    )
    assert len(text.splitlines()) <= 400


def test_every_asset_is_used_and_every_name_is_there() -> None:
    named = {*page_module._STYLES, *page_module._SCRIPTS, "template.html"}
    assert named == {path.name for path in ASSETS.iterdir()}


def test_nasty_strings_stay_inside_the_data(simple) -> None:
    html = report_html(nasty_study(simple))
    assert html.count("</script") == 2
    assert "<img" not in html
    assert "onerror" in blocks(html)["data"]
    assert "<" not in blocks(html)["data"]
    assert "\u2028" not in html
    data = data_of(html)
    assert data["study"]["name"] == NASTY
    assert data["failures"][0]["traceback"] == NASTY
    html.encode("utf-8")  # the lone surrogate doesn't break the file


def test_a_name_that_looks_like_a_mark_of_the_template_is_left_alone(simple) -> None:
    html = report_html(simple([], name="{{script}} {{data}}"))
    assert data_of(html)["study"]["name"] == "{{script}} {{data}}"


def test_the_file_is_written_whole_and_replaces_an_older_one(realistic, tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    target.write_text("old")
    assert write_report(realistic(5), target) == target
    assert target.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_a_missing_folder_is_made_and_what_cannot_be_written_is_named(realistic, tmp_path: Path) -> None:
    target = tmp_path / "missing" / "folder" / "report.html"
    assert write_report(realistic(5), target).exists()
    folder = target.parent
    for wrong in (target / "report.html", folder):
        with pytest.raises(OSError, match="name another file") as error:
            write_report(realistic(5), wrong)
        assert error.value.filename == str(wrong)
        assert ".part" not in str(error.value)
    assert [path.name for path in folder.iterdir()] == ["report.html"]


def test_the_same_study_gives_the_same_file(realistic) -> None:
    assert report_html(realistic(40)) == report_html(realistic(40))


def test_ten_thousand_trials_stay_small(realistic) -> None:
    assert len(report_html(realistic(10_000, 5)).encode()) < 2_000_000


@pytest.mark.parametrize(
    "trials",
    [
        [],
        [Trial(0, TrialState.RUNNING, {"x": 0.5})],
        [Trial(0, TrialState.COMPLETE, {"x": 0.5}, (1.0,), (1.0,))],
        [Trial(i, TrialState.FAILED, {"x": 0.1}, losses=(math.nan,), reason="nan") for i in range(3)],
        [Trial(0, TrialState.COMPLETE, {"x": math.nan}, (math.inf,), (math.inf,), metrics={"m": math.nan})],
        [Trial(0, TrialState.COMPLETE, {"gone": [1, 2], "x": 0.2}, (1.0,), (1.0,)), Trial(1, TrialState.WAITING)],
    ],
    ids=["empty", "running", "one", "failed", "infinite", "foreign"],
)
def test_a_page_of_odd_studies_is_strict_json(simple, trials: list[Trial]) -> None:
    html = report_html(simple(trials))
    data = json.loads(blocks(html)["data"], parse_constant=pytest.fail)
    assert len(data["trials"]["number"]) == len(trials)


def test_no_parameters_at_all(simple) -> None:
    study = simple([Trial(0, TrialState.COMPLETE, {}, (1.0,), (1.0,))], Space())
    assert data_of(report_html(study))["parameters"] == []


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG 2.2 defines it, 1 to 21."""
    high, low = sorted([luminance(one), luminance(other)], reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_marks_stand_out_from_their_ground(scheme: str) -> None:
    light, dark = (ASSETS / "theme.css").read_text(encoding="utf-8").split("@media (prefers-color-scheme: dark)")
    colours = dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", light if scheme == "light" else dark))
    for ground in ("page", "card", "tint"):
        assert contrast(colours["ink"], colours[ground]) >= 7
        assert contrast(colours["soft"], colours[ground]) >= 4.5
    for mark in ("blue", "orange", "red", "violet", "grey", "gold", "good"):
        assert contrast(colours[mark], colours["card"]) >= 3
    assert contrast(colours["good"], colours["card"]) >= 4.5
    ramp = [contrast(colours[f"ramp-{k}"], colours["card"]) for k in range(7)]
    assert ramp == sorted(ramp)

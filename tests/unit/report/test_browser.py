"""The page in a browser: every part is drawn, nothing is complained about, text stays text, and controls work."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tunesmith.analysis.importance import importance
from tunesmith.core.trial import Trial, TrialState
from tunesmith.report import report_html
from tunesmith.space import Categorical, Space

if TYPE_CHECKING:
    from collections.abc import Callable

BROWSER = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome", "chrome"])), None)
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND",
    "--enable-logging=stderr", "--virtual-time-budget=8000",
]  # fmt: skip

pytestmark = [pytest.mark.e2e, pytest.mark.skipif(BROWSER is None, reason="needs Chromium")]

PARTS = ["findings", "best", "importance", "history", "parallel", "slices", "curves", "failures", "trials", "rerun"]


@pytest.fixture(name="opened")
def _opened(tmp_path: Path) -> Callable[[str], tuple[str, str]]:
    """Return a function that opens a page and gives the document as it then stands, and the console."""

    def opened(html: str) -> tuple[str, str]:
        page = tmp_path / "report.html"
        page.write_text(html, encoding="utf-8", errors="surrogatepass")
        place = [f"--user-data-dir={tmp_path}/profile", "--window-size=1280,1000", "--dump-dom", page.as_uri()]
        done = subprocess.run([BROWSER, *FLAGS, *place], capture_output=True, text=True, timeout=120, check=True)
        console = "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)
        return done.stdout, console

    return opened


def without_data(dom: str) -> str:
    """Return the document without its script elements."""
    return re.sub(r"<script.*?</script>", "", dom, flags=re.DOTALL)


def test_every_part_is_drawn_and_the_console_is_silent(realistic, opened) -> None:
    dom, console = opened(report_html(realistic(80)))
    assert console == ""
    assert 'data-ready="yes"' in dom
    assert 'role="alert"' not in dom
    for part in PARTS:
        assert f'id="{part}"' in dom
    pictures = re.findall(r'<svg[^>]*role="img"[^>]*aria-labelledby.*?</svg>', dom, re.DOTALL)
    assert len(pictures) == 3 + 7  # history, parallel coordinates, learning curves; a slice for each parameter
    assert all("<title" in picture and "<desc" in picture for picture in pictures)
    assert "NaN" not in without_data(dom)
    assert "undefined" not in without_data(dom)
    assert "[object" not in without_data(dom)


@pytest.mark.parametrize(("n", "figures"), [(80, True), (30, False)])
def test_what_chance_explains_has_no_bar_and_no_figure(n: int, figures: bool, realistic, opened) -> None:
    study = realistic(n)
    table = importance(study.history, seed=study.seed)
    clear = [one.name for one in table.deciding]
    assert 0 < len(clear) < len(table.parameters)
    dom, _ = opened(report_html(study))
    card = re.search(r'id="importance".*?</section>', dom, re.DOTALL)[0]
    assert re.findall(r'class="name"[^>]*>([^<]*)<', card) == clear
    shares = re.findall(r'class="share">([^<]*)<', card)
    assert len(shares) == len(clear)
    assert all("%" in share for share in shares) if figures else not any(shares)
    unclear = re.search(r"No effect beyond chance can be seen( yet)? for ([^.]*)\.", card)
    assert bool(unclear[1]) is not figures
    assert set(re.split(", | and ", unclear[2])) == {one.name for one in table.parameters} - set(clear)


@pytest.mark.parametrize("kind", ["empty", "failed", "one", "constant", "several", "many"])
def test_odd_studies_are_drawn_too(kind: str, realistic, simple, two_objectives, opened) -> None:
    study = {
        "empty": lambda: simple([]),
        "failed": lambda: simple([Trial(i, TrialState.FAILED, {"x": 0.5}, reason="nan") for i in range(3)]),
        "one": lambda: simple([Trial(0, TrialState.COMPLETE, {"x": 0.5}, (1.0,), (1.0,), reports={0: {"loss": 1.0}})]),
        "constant": lambda: simple([Trial(i, TrialState.COMPLETE, {"x": 0.5}, (0.0,), (0.0,)) for i in range(5)]),
        "several": two_objectives,
        "many": lambda: realistic(10_000, 5),
    }[kind]()
    dom, console = opened(report_html(study))
    assert console == ""
    assert 'data-ready="yes"' in dom
    assert 'role="alert"' not in dom
    assert not re.search(r"NaN|undefined|\[object|Infinity", without_data(dom))
    assert ('id="pareto"' in dom) == (kind == "several")
    assert ('id="history"' in dom) == (kind != "empty")


def test_text_stays_text(simple, opened) -> None:
    nasty = '</script><img src=x onerror="document.body.dataset.owned=1"><b>&'
    space = Space({"x<b>": Categorical(nasty, "a")})
    more = {"user_attrs": {nasty: nasty}, "by": nasty, "reason": nasty, "message": nasty, "reports": {0: {nasty: 1.0}}}
    trials = [Trial(i, TrialState.COMPLETE, {"x<b>": nasty}, (float(i),), (float(i),), **more) for i in range(6)]
    trials.append(Trial(6, TrialState.FAILED, {"x<b>": "a"}, reason=nasty, message=nasty, traceback=nasty))
    dom, console = opened(report_html(simple(trials, space, name=nasty)))
    assert console == ""
    assert "&lt;/script&gt;&lt;img src=x" in without_data(dom)
    assert "data-owned" not in dom
    texts = re.sub(r'"[^"]*"', '""', without_data(dom))
    assert "<img" not in texts
    assert "<b>" not in texts


ACT = """
const said = {};
const rows = () => [...document.querySelectorAll("#trials tbody tr")].map((row) => row.textContent);
said.pages = document.querySelector("#trials .pager [role=status]").textContent;
document.querySelector("#trials th button").click();
said.ascending = rows()[0].startsWith("0") && document.querySelector("#trials th").getAttribute("aria-sort");
document.querySelector("#trials th button").click();
said.descending = rows()[0].startsWith("79");
const search = document.querySelector("#trials input");
search.value = "sgd complete";
search.dispatchEvent(new Event("input"));
said.filtered = rows().length > 0 && rows().every((text) => text.includes("sgd") && text.includes("complete"));
search.value = "";
search.dispatchEvent(new Event("input"));
const handle = document.querySelector("#parallel .handle");
handle.setPointerCapture = () => {};
const box = handle.getBoundingClientRect();
const at = (type, y) => handle.dispatchEvent(new PointerEvent(type, { clientX: box.x, clientY: y, pointerId: 1 }));
at("pointerdown", box.y + 5);
at("pointermove", box.y + box.height / 3);
at("pointerup", box.y + box.height / 3);
said.brushed = document.querySelector("#parallel [role=status]").textContent;
said.listed = document.querySelector("#trials .pager [role=status]").textContent;
document.querySelector("#parallel button").click();
said.cleared = document.querySelector("#trials .pager [role=status]").textContent;
const picture = document.querySelector("#history svg[tabindex]");
picture.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));
said.tip = document.querySelector("#tooltip").textContent;
document.body.dataset.said = JSON.stringify(said);
"""


def test_the_table_sorts_filters_and_follows_the_brush(realistic, opened) -> None:
    import html as escapes
    import json

    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", report_html(realistic(80)))
    dom, console = opened(page.replace("</body>", f"<script>{ACT}</script></body>"))
    assert console == ""
    said = json.loads(escapes.unescape(re.search(r'data-said="([^"]*)"', dom)[1]))
    assert said["pages"] == "1–25 of 80 trials"
    assert said["ascending"] == "ascending"
    assert said["descending"]
    assert said["filtered"]
    kept = re.match(r"(\d+) trials? of \d+", said["brushed"])
    assert kept
    assert 0 < int(kept[1]) < 60
    assert f"of {kept[1]} trial" in said["listed"]
    assert said["cleared"] == "1–25 of 80 trials"
    assert said["tip"].startswith("Trial 0")

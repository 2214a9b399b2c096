"""The live display: plain lines where there is no terminal, a panel where there is one, nothing left behind."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field

import pytest
from rich.console import Console

import tunesmith as ts
from tunesmith.display import Display, NewBest, best_so_far, duration
from tunesmith.samplers import Random


@dataclass
class Shown:
    """A study as a display sees it."""

    name: str = "digits"
    metrics: tuple[str, ...] = ("accuracy",)
    directions: tuple[str, ...] = ("maximize",)
    states: dict[str, int] = field(default_factory=dict)
    best: float | None = None

    @property
    def counts(self):
        return {s: self.states.get(s, 0) for s in ("waiting", "running", "paused", "complete", "pruned", "failed")}

    @property
    def best_trial(self):
        if self.best is None:
            raise ValueError
        return ts.Trial(number=3, state=ts.TrialState.COMPLETE, params={}, values=(self.best,))

    @property
    def best_trials(self):
        return [self.best_trial]


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("tunesmith.display.time.monotonic", lambda: now[0])
    return now


def plain(n_trials, timeout=None):
    out = io.StringIO()
    return Display(n_trials, timeout, Console(file=out, width=200)), out


def test_plain_lines_come_every_ten_seconds_and_at_the_end(clock):
    display, out = plain(8)
    study = Shown(states={"running": 2})
    for _ in range(5):
        display(study)
    assert out.getvalue() == "digits: none yet; 0 of 8 done (2 running); 0 s\n"
    clock[0] += 10
    study.states, study.best = {"complete": 1, "pruned": 1, "running": 2}, 0.912345678
    display(study)
    display(study)
    line = (
        "digits: best accuracy 0.912346 (trial 3); 2 of 8 done (1 complete, 1 pruned, 2 running); 10 s, about 30 s left"
    )
    assert out.getvalue().splitlines()[1:] == [line]
    clock[0] += 30
    study.states = {"complete": 7, "failed": 1}
    display.close(study)
    assert out.getvalue().splitlines()[-1].endswith("8 of 8 done (7 complete, 1 failed); 40 s")


def test_trials_of_earlier_calls_do_not_flatter_the_pace(clock):
    display, out = plain(12)
    study = Shown(states={"complete": 10})
    display(study)
    clock[0] += 20
    study.states = {"complete": 11}
    display(study)
    assert out.getvalue().splitlines()[-1].endswith("about 20 s left")


def test_the_timeout_counts_where_it_comes_first(clock):
    display, out = plain(1000, timeout=60)
    study = Shown(states={"complete": 0})
    display(study)
    clock[0] += 10
    study.states = {"complete": 1}
    display(study)
    assert out.getvalue().splitlines()[-1].endswith("about 50 s left")


def test_what_ended_before_its_plan_has_no_time_left(clock):
    display, out = plain(100)
    study = Shown(states={"complete": 0})
    display(study)
    clock[0] += 10
    study.states = {"failed": 10}
    display.close(study)
    assert out.getvalue().splitlines()[-1].endswith("10 of 100 done (10 failed); 10 s")


def test_without_a_plan_no_end_is_promised(clock):
    display, out = plain(None)
    display(Shown(states={"complete": 3}))
    assert out.getvalue() == "digits: none yet; 3 done (3 complete); 0 s\n"


def test_a_study_that_never_began_leaves_no_line():
    display, out = plain(3)
    display.close(Shown())
    assert out.getvalue() == ""


def test_several_objectives_show_the_front():
    assert best_so_far(Shown(directions=("minimize", "maximize"), best=1.0)) == "1 trial on the Pareto front"


def test_a_terminal_gets_a_panel_and_its_cursor_back(clock):
    out = io.StringIO()
    display = Display(4, None, Console(file=out, force_terminal=True, width=100, color_system="truecolor"))
    study = Shown(name="[red]odd[/red]", states={"complete": 2, "running": 1}, best=0.5)
    display(study)
    display(study)
    display.close(study)
    text = out.getvalue()
    assert "2 of 4 done (2 complete, 1 running)" in text
    assert "accuracy 0.5 (trial 3)" in text
    assert "best accuracy" not in text
    assert "[red]odd[/red]" in text
    [*_, name, bar, best, trials, spent] = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).rstrip().splitlines()
    assert name.rstrip().endswith("[red]odd[/red]")
    assert set(bar.strip()) <= set("━╸╺")
    assert len(bar.strip()) == 40
    assert [line.split()[0] for line in (best, trials, spent)] == ["best", "trials", "time"]
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h") == 1
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")


def test_progress_of_a_study_goes_to_the_standard_error(capsys):
    study = ts.create_study(ts.Space(x=ts.Float(0, 1)), sampler=Random(), seed=1, study_name="small")
    study.optimize(lambda trial: trial.params["x"], n_trials=3, progress=True)
    shown = capsys.readouterr()
    assert not shown.out
    assert shown.err.splitlines()[-1].startswith("small: best value ")
    assert "3 of 3 done (3 complete)" in shown.err


def test_progress_may_be_a_function_and_one_that_raises_is_let_go(caplog):
    seen = []

    def show(study):
        seen.append(study.name)
        raise RuntimeError("broken display")

    study = ts.create_study(ts.Space(x=ts.Float(0, 1)), sampler=Random(), seed=1, study_name="small")
    study.optimize(lambda trial: trial.params["x"], n_trials=3, progress=show)
    assert seen == ["small"]
    assert len(study.trials) == 3
    assert "broken display" in caplog.text


def test_a_line_comes_at_the_start_for_each_new_best_and_at_the_end(clock):
    out = io.StringIO()
    lines, study = NewBest(8, None, out), Shown(states={"running": 2})
    lines(study)
    lines(study)
    study.states, study.best = {"complete": 1, "running": 2}, 0.5
    lines(study)
    study.states = {"complete": 2, "failed": 1, "running": 2}
    lines(study)
    study.best = 0.75
    clock[0] += 10
    lines(study)
    lines.close(study)
    assert out.getvalue().splitlines() == [
        "digits: none yet; 0 of 8 done (2 running); 0 s",
        "digits: best accuracy 0.5 (trial 3); 1 of 8 done (1 complete, 2 running); 0 s, about 0 s left",
        "digits: best accuracy 0.75 (trial 3); 3 of 8 done (2 complete, 1 failed, 2 running); 10 s, about 17 s left",
        "digits: best accuracy 0.75 (trial 3); 3 of 8 done (2 complete, 1 failed, 2 running); 10 s",
    ]


def test_a_front_that_grows_all_the_time_makes_few_lines(clock):
    class Growing(Shown):
        size = 0

        @property
        def best_trials(self):
            self.size += 1
            return range(self.size)

    out = io.StringIO()
    lines, study = NewBest(None, None, out), Growing(directions=("minimize", "maximize"))
    for _ in range(25):
        lines(study)
        clock[0] += 1
    assert len(out.getvalue().splitlines()) == 3


def test_a_terminal_that_is_gone_ends_no_study():
    out = io.StringIO()
    lines = NewBest(8, None, out)
    out.close()
    lines(Shown())
    lines.close(Shown())


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("stream", "progress", "lines"),
    [(Terminal, None, True), (Terminal, False, False), (io.StringIO, None, False), (lambda: None, None, False)],
)
def test_a_new_best_is_told_where_somebody_sees_it_unless_it_is_switched_off(monkeypatch, stream, progress, lines):
    err = stream()
    monkeypatch.setattr("sys.stderr", err)
    study = ts.create_study(ts.Space(x=ts.Float(0, 1)), sampler=Random(), seed=1, study_name="small")
    study.optimize(lambda trial: trial.params["x"], n_trials=3, progress=progress)
    study.optimize(lambda trial: trial.params["x"], n_trials=3, progress=progress)
    text = err.getvalue() if err is not None else ""
    assert bool(text) is lines
    if lines:
        assert text.splitlines()[0].startswith("small: none yet; 0 of 3 done (1 running)")
        assert all("3 of 3 done (3 complete)" in line for line in text.splitlines()[-2:])


def test_a_plain_function_is_silenced_too(monkeypatch):
    monkeypatch.setattr("sys.stderr", err := Terminal())
    for search in (ts.minimize, ts.maximize):
        search(lambda x: x, ts.Space(x=ts.Float(0, 1)), n_trials=2, seed=1, progress=False)
    assert not err.getvalue()
    ts.minimize(lambda x: x, ts.Space(x=ts.Float(0, 1)), n_trials=2, seed=1)
    assert "2 of 2 done" in err.getvalue()


@pytest.mark.parametrize(("seconds", "words"), [(0, "0 s"), (59.6, "1 min 00 s"), (86400, "24 h 00 min")])
def test_spans_of_time(seconds, words):
    assert duration(seconds) == words

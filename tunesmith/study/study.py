"""The study: the one stateful object, and all it knows is the fold of its log."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, Never, final

from tunesmith.core import events as ev
from tunesmith.core.attributes import copied
from tunesmith.core.spelling import no_such
from tunesmith.core.trial import read_states
from tunesmith.study import intake
from tunesmith.study.asking import Asking, open_asking
from tunesmith.study.best import best, best_value, best_words, front
from tunesmith.study.discovery import change, with_objects
from tunesmith.study.foreign import STUDY_INSTEAD, read_finished
from tunesmith.study.ledger import ASKING
from tunesmith.study.mind import Limits, Mind
from tunesmith.study.replay import Difference, replay
from tunesmith.study.running import Call, Ground, carry_out
from tunesmith.study.session import record_session
from tunesmith.study.snapshot import Snapshots

if TYPE_CHECKING:
    from tunesmith.core.history import History
    from tunesmith.core.jobs import Executor
    from tunesmith.core.objective import Direction
    from tunesmith.core.protocols import Fidelity, Pruner, Sampler
    from tunesmith.core.trial import Trial, TrialState
    from tunesmith.space import Space
    from tunesmith.study.handle import RunHandle
    from tunesmith.study.log import Log
    from tunesmith.study.stopping import StopRule
    from tunesmith.study.wiring import Wiring

__all__ = ["Study"]


@final
class Study:
    """One tuning experiment: a space, one or more objectives, and its log. Made by `create_study` or `load_study`."""

    def __init__(
        self,
        log: Log,
        wiring: Wiring,
        *,
        sampler: Sampler[Any],
        pruner: Pruner[Any],
        space: Space | None,
        fidelity: Fidelity | None,
        folder: str | None,
    ) -> None:
        self._log = log
        self._wiring = wiring
        self._sampler = sampler
        self._pruner = pruner
        self._space = space
        self._fidelity = fidelity
        self._folder = folder
        self._asking: Asking | None = None
        self._lock = threading.RLock()

    def __repr__(self) -> str:
        """Return the name, the directions, the trials by state and the best, for a prompt or a notebook."""
        states = ", ".join(f"{count} {state}" for state, count in self.counts.items() if count) or "no trials"
        return f"<Study {self.name!r}, {' and '.join(self.directions)}: {states}{best_words(self._log.ledger)}>"

    if not TYPE_CHECKING:  # a type checker finds what does not exist by itself

        def __getattr__(self, name: str) -> Never:
            raise no_such("Study", name, dir(type(self)), STUDY_INSTEAD)

    # ------------------------------------------------------------------ running

    def optimize(
        self,
        objective: Callable[..., Any],
        n_trials: int | None = None,
        timeout: float | None = None,
        n_jobs: int = 1,
        callbacks: Callable[[Study, Trial], None] | Sequence[Callable[[Study, Trial], None]] | None = (),
        catch: type[BaseException] | tuple[type[BaseException], ...] = (),
        *,
        lag: int | None = None,
        executor: Executor | Literal["inline", "threads", "processes"] | None = None,
        trial_timeout: float | None = None,
        trial_memory: int | None = None,
        resources: Mapping[str, float] | None = None,
        stop: StopRule | Sequence[StopRule] = (),
        max_failures: int | None = 10,
        style: Literal["trial", "arguments"] = "trial",
        progress: bool | Callable[[Study], None] | None = None,
        show_progress_bar: bool = False,
        gc_after_trial: bool = False,
    ) -> str:
        """Run the objective until the study has `n_trials` trials, and return why it ended.

        A trial that fails never ends the study: its reason and traceback are recorded and the first is shown. Ctrl-C
        and SIGTERM give running trials back to the queue; the same call goes on where the study stands. A second
        Ctrl-C ends the process at once.

        Args:
            objective: called with the run's handle (`style="arguments"`: with the parameters by name).
            n_trials: trials of the study in all, those of earlier calls and other processes included.
            timeout: seconds after which no new trial begins.
            n_jobs: trials at a time, -1 for one a processor; more than one runs them in child processes.
            callbacks: called with (study, trial) once a trial's end is in the log; one that raises is disconnected.
            catch: exceptions that don't count towards `max_failures`.
            lag: decisions see what was known `lag` decisions before, so that any number of workers up to `lag` gives
                the same study. Names and ranges that define-by-run meets are proposed from `lag` decisions later on.
            executor: `inline`, `threads`, `processes`, or an object of that protocol; by default `n_jobs` decides.
            trial_timeout: seconds after which a run is killed and its trial fails; needs processes.
            trial_memory: bytes of memory of a run, its children included, after which it is killed; needs processes.
            resources: what each run needs, such as {"gpu": 1}; needs processes.
            stop: rules such as `TargetValue(0.99)` or `Plateau(patience=30)`.
            max_failures: stop after so many failures in a row; None never stops.
            style: how the objective is called.
            progress: True shows a live display; None writes a line for each new best to the standard error where that
                is a terminal; False shows nothing; a function is called often with the study.
            show_progress_bar: as Optuna spells `progress=True`.
            gc_after_trial: whether to collect garbage in this process after each trial; children end with theirs.

        Raises:
            TooManyFailuresError: `max_failures` trials failed in a row.
            TransportError: the objective cannot travel to a child process; the message names what holds it back.
        """
        call = Call(
            objective=objective,
            n_trials=n_trials,
            timeout=timeout,
            n_jobs=n_jobs,
            callbacks=callbacks,
            catch=catch,
            lag=lag,
            executor=executor,
            trial_timeout=trial_timeout,
            trial_memory=trial_memory,
            resources=resources,
            stop=stop,
            max_failures=max_failures,
            style=style,
            progress=True if show_progress_bar else progress,
            gc_after_trial=gc_after_trial,
        )
        return carry_out(call, self._ground(), self)

    def _ground(self) -> Ground:
        return Ground(self._log, self._wiring, self._mind, self._space, self._discovers, self._folder)

    def _mind(self, limits: Limits) -> Mind:
        settings = self._wiring.describe(self._sampler)
        keep = None if self._folder is None else Snapshots(self._folder, settings)
        return Mind(self._sampler, self._pruner, replace(limits, fidelity=self._fidelity), keep)

    @property
    def _discovers(self) -> bool:
        created = self._log.ledger.created
        return created is not None and created.discover

    def ask(self, *, told_here: bool = False) -> RunHandle:
        """Open a trial and return its handle; `tell` closes it, in this process or in another one, by its number.

        The trial stays open for seven days after the last ask or report of this process, whether the process is there
        or not; nobody having told it, it then runs again.

        Args:
            told_here: this process tells the trial itself: should the process end before, the trial runs again at once.

        Raises:
            SpaceExhaustedError: there is nothing (more) to propose.
        """
        with self._lock:
            asking = self._open_asking()
            if not asking.announced:
                carrier = {"name": ASKING, "holder": asking.holder}
                record_session(self._log, asking.mind, self._wiring, asking.worker, 1, carrier)
                asking.announced = True
            return asking.ask(told_here=told_here)

    def _open_asking(self) -> Asking:
        if self._asking is None:
            self._asking = open_asking(self._ground())
        return self._asking

    def tell(self, trial: RunHandle | int, values: Any = None, state: TrialState | str | None = None) -> Trial:
        """Close an asked trial with its value(s), or with a state such as "failed" or "pruned"; return its record.

        A value that cannot be used (NaN, None, text) makes the trial failed, with the reason on it. The state "waiting"
        gives the trial back: it runs again.
        """
        with self._lock:
            number = self._open_asking().tell(trial, values, state)
            return self._log.ledger.trial(number)

    def stop(self, why: str = "", *, trial: int | None = None) -> None:
        """Ask every process that runs this study to begin no further trials, or one trial to stop at its next report.

        Args:
            why: recorded, and said as the reason of the end.
            trial: number of the trial that shall stop as if pruned; None for the whole study.
        """
        intake.request(self._log, "stop", trial, why or "a stop was requested")

    def pause_trial(self, number: int, why: str = "") -> None:
        """Ask a trial to pause at its next report; its worker goes on with others."""
        intake.request(self._log, "pause", number, why)

    def resume_trial(self, number: int, why: str = "") -> None:
        """Put a paused trial back into the queue, whoever paused it, with what is left of its budget, or no limit."""
        intake.request(self._log, "resume", number, why)

    # ------------------------------------------------------------------ trials from people

    def enqueue_trial(
        self,
        params: Mapping[str, Any],
        replicate: int | None = None,
        user_attrs: Mapping[str, Any] | None = None,
        *,
        skip_if_exists: bool = False,
    ) -> int:
        """Queue a config, whole or in part (the sampler fills the rest); return the trial's number.

        With `skip_if_exists` a config that a trial has already is not queued again; the number is that trial's.
        """
        return intake.enqueue(self._log, params, replicate, user_attrs, skip=skip_if_exists)

    def add_trial(
        self,
        params: Mapping[str, Any] | Trial,
        values: Any = None,
        *,
        state: str = "complete",
        reports: Mapping[int, Mapping[str, float] | float] | None = None,
        user_attrs: Mapping[str, Any] | None = None,
    ) -> int:
        """Add a finished trial from elsewhere, by its parameters and values or as a record; return its number.

        A record is a trial of another study, or one of Optuna's; it brings its own values, reports and notes.
        """
        if not isinstance(params, Mapping):
            return intake.add(self._log, **read_finished(params, self.metrics, alone=values is None))
        return intake.add(self._log, params, values, state=state, reports=reports, attrs=user_attrs)

    def replicate_trial(self, number: int, times: int = 1) -> list[int]:
        """Queue further trials of the same config with new seeds; return their numbers."""
        return intake.replicate(self._log, number, times)

    def edit_space(self, space: Space, why: str = "edited") -> None:
        """Change the space of this study from the next decision on; no trial is lost and nothing is clipped."""
        self._log.sync()
        change(self._log, lambda _: space, why)
        if self._space is not None:
            self._space = space
            if self._asking is not None:
                self._asking.space = space

    def set_user_attr(self, key: str, value: Any, trial: int | None = None) -> None:
        """Note something on the study, or on one of its trials."""
        intake.note(self._log, key, value, trial)

    # ------------------------------------------------------------------ reading

    @property
    def name(self) -> str:
        """The study's name in its store."""
        return self._log.name

    @property
    def study_name(self) -> str:
        """The same as `name`."""
        return self._log.name

    @property
    def space(self) -> Space:
        """The space as it stands now."""
        space = self._log.sync().space
        return space if self._space is None else with_objects(space, self._space)

    @property
    def directions(self) -> tuple[Direction, ...]:
        """`minimize` or `maximize`, one an objective."""
        return self._log.ledger.directions

    @property
    def direction(self) -> Direction:
        """The direction of the single objective."""
        return self._log.ledger.directions[0]

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of the objectives."""
        return self._log.ledger.metrics

    @property
    def seed(self) -> int:
        """The seed that everything random in the study derives from."""
        return self._log.ledger.seed

    @property
    def user_attrs(self) -> dict[str, Any]:
        """What was noted on the study."""
        return copied(self._log.sync().attrs)

    @property
    def trials(self) -> list[Trial]:
        """All trials as frozen records, in order of their numbers."""
        ledger = self._log.sync()
        return [ledger.trial(number) for number in range(len(ledger.records))]

    def get_trials(self, deepcopy: bool = True, states: Collection[TrialState | str] | None = None) -> list[Trial]:
        """Return the trials in some states, such as ["complete"]; records never change, so none is ever copied."""
        del deepcopy
        wanted = read_states(states)
        return [trial for trial in self.trials if trial.state in wanted]

    @property
    def counts(self) -> dict[str, int]:
        """How many trials are in each state."""
        return dict(self._log.sync().counts)

    @property
    def history(self) -> History:
        """All closed runs as columns."""
        return self._log.sync().history()

    @property
    def best_trial(self) -> Trial:
        """The feasible complete trial with the best value.

        Raises:
            NoCompletedTrialsError: there is none (yet).
            InvalidArgumentError: the study has several objectives; see `best_trials`.
        """
        return best(self._log.sync())

    @property
    def best_trials(self) -> list[Trial]:
        """The Pareto front of feasible complete trials; with one objective all trials that share the best value."""
        return front(self._log.sync())

    @property
    def best_value(self) -> float:
        """The value of `best_trial`."""
        return best_value(self._log.sync())

    @property
    def best_params(self) -> dict[str, Any]:
        """The parameters of `best_trial`, with the objects of choices that are objects."""
        params = dict(self.best_trial.params)
        return self.space.realise(params)

    def trials_dataframe(self, attrs: Sequence[str] | None = None) -> Any:
        """Return the trials as a pandas DataFrame, or as a dict of columns where pandas is not installed.

        Args:
            attrs: which columns, such as ["number", "value", "params"]; None for all.
        """
        return self._wiring.tabulate(self.trials, self, attrs)

    def events(self) -> list[ev.Stamped]:
        """Return the log: every event with its position and time."""
        return list(self._log.all())

    def replay(self) -> list[Difference]:
        """Derive every decision of the log anew and return where it differs; an empty list means: exactly the same."""
        return replay(self._log.all(), self._wiring, (self._sampler, self._pruner))

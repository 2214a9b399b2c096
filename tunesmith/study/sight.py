"""What a decision may see under a lag: only what earlier decisions settle, whenever the workers happen to be done.

Decision n sees the closed runs of decisions up to its cutoff n - lag, and of the decisions behind it their configs. The
verdicts on the run that it starts see the same, however much later they are given. A trial added from outside counts
as if it had been closed by the last decision that was claimed before it came. The space is that of the study's
beginning, or of a person's last edit, with the names that the runs of those decisions have met, in their order.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final, final

from tunesmith.core.history import Columns, History
from tunesmith.core.trial import Trial
from tunesmith.space import Space
from tunesmith.study.names import holds, merge_met
from tunesmith.study.rows import Rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tunesmith.study.ledger import Ledger

__all__ = ["Sight", "pending"]

_KEPT: Final = 8
"""Columns kept encoded, one for each space that decisions and verdicts of late have seen."""


@final
class Sight:
    """The rows of a ledger's columns in the order of their decisions; grows as decisions become visible."""

    def __init__(self) -> None:
        self._base: Space | None = None
        self._begin_anew(Space())

    def _begin_anew(self, base: Space) -> None:
        self._rows = Rows()
        self._decisions: list[int] = []
        self._next = -1
        self._spaces = [base]
        self._since = [-2]
        self._columns: dict[int, Columns] = {}

    def _look(self, ledger: Ledger, cutoff: int) -> None:
        """Take everything up to a decision into account."""
        if self._base is not ledger.base:
            self._base = ledger.base
            self._begin_anew(ledger.base)
        while self._next <= cutoff:
            for met in ledger.met.get(self._next, ()):
                wider = merge_met(self._spaces[-1], met)
                if wider is not self._spaces[-1]:
                    self._spaces.append(wider)
                    self._since.append(self._next)
            for row in ledger.rows_of.get(self._next, ()):
                if ledger.edited is None or holds(self._spaces[-1], ledger.columns.rows[row].config):
                    self._rows.append(row)
                    self._decisions.append(self._next)
            self._next += 1

    def rows(self, ledger: Ledger, cutoff: int) -> NDArray[np.int64]:
        """Return the rows that may be seen, in the order in which they are told."""
        self._look(ledger, cutoff)
        return self._rows.first(bisect_right(self._decisions, cutoff))

    def space(self, ledger: Ledger, cutoff: int) -> Space:
        """Return the space that may be seen."""
        self._look(ledger, cutoff)
        return self._spaces[bisect_right(self._since, cutoff) - 1]

    def _columns_of(self, ledger: Ledger, space: Space) -> Columns:
        """Return the study's columns, encoded by a space."""
        if space is ledger.space:
            return ledger.columns
        held = self._columns.pop(id(space), None)
        if held is None:
            held = Columns(ledger.columns.n_losses, ledger.columns.n_constraints, space, ledger.columns.rows)
        self._columns[id(space)] = held
        while len(self._columns) > _KEPT:
            del self._columns[next(iter(self._columns))]
        return held

    def history(self, ledger: Ledger, cutoff: int, decision: int, own: int | None = None) -> History:
        """Return all that may be seen as columns.

        Args:
            ledger: where the log stands.
            cutoff: the last decision whose runs may be seen.
            decision: the one that looks.
            own: for a verdict: the trial of the run that the decision has opened.
        """
        last = decision if own is not None else decision - 1

        def lookup(number: int) -> Trial:
            record = ledger.records[number]
            seen = number == own or record.decision <= cutoff
            return ledger.trial(number) if seen else record.pending(proposed=True)

        return History(
            self._columns_of(ledger, self.space(ledger, cutoff)),
            self.rows(ledger, cutoff),
            ledger.table,
            cutoff,
            own,
            lookup,
            tuple(_begun(ledger, cutoff + 1, last)),
            _paused(ledger, cutoff, last),
        )


def pending(ledger: Ledger, cutoff: int | None) -> list[Trial]:
    """Return the trials whose configs are known and whose results are not (to be seen); no cutoff: all open ones."""
    if cutoff is None:
        return [ledger.records[number].pending() for number in [*ledger.running, *ledger.waiting]]
    numbers = sorted({*_begun(ledger, cutoff + 1, ledger.decisions), *ledger.waiting})
    return [ledger.records[number].pending(proposed=True) for number in numbers]


def _begun(ledger: Ledger, first: int, last: int) -> dict[int, None]:
    """Return the trials that these decisions gave a run, in their order."""
    made = (ledger.made.get(decision) for decision in range(first, min(last, ledger.decisions - 1) + 1))
    return dict.fromkeys(opened[0] for opened in made if opened is not None)


def _paused(ledger: Ledger, cutoff: int, last: int) -> tuple[int, ...]:
    """Return the trials that were paused by a decision up to the cutoff and resumed by none up to the last."""
    found = [number for number in ledger.paused if ledger.records[number].decision <= cutoff]
    for decision in range(last + 1, ledger.decisions):
        number, run = ledger.made.get(decision) or (-1, 1)
        if run > 1:
            before = ledger.records[number].runs[run - 2]
            if before.decision <= cutoff and before.reason == "paused":
                found.append(number)
    return tuple(sorted(found))

"""What a decision may see under a lag: only what earlier decisions settle, whenever the workers happen to be done.

Decision n sees the closed runs of decisions up to its cutoff n - lag, and of the decisions behind it their configs. The
verdicts on the run that it starts see the same, however much later they are given. A trial added from outside counts
as if it had been closed by the last decision that was claimed before it came.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, final

from tunesmith.core.history import History
from tunesmith.core.trial import Trial
from tunesmith.study.rows import Rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tunesmith.study.ledger import Ledger

__all__ = ["Sight", "pending"]


@final
class Sight:
    """The rows of a ledger's columns in the order of their decisions; grows as decisions become visible."""

    def __init__(self) -> None:
        self._rows = Rows()
        self._decisions: list[int] = []
        self._next = -1
        self._version = 0

    def rows(self, ledger: Ledger, cutoff: int) -> NDArray[np.int64]:
        """Return the rows that may be seen, in the order in which they are told."""
        if self._version != ledger.space_version:
            self._rows, self._decisions, self._next = Rows(), [], -1
            self._version = ledger.space_version
        while self._next <= cutoff:
            for row in ledger.rows_of.get(self._next, ()):
                if row not in ledger.excluded:
                    self._rows.append(row)
                    self._decisions.append(self._next)
            self._next += 1
        return self._rows.first(bisect_right(self._decisions, cutoff))

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
            return ledger.trial(number) if number == own or record.decision <= cutoff else record.pending()

        return History(
            ledger.columns,
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
        numbers = [*ledger.running, *ledger.waiting]
    else:
        numbers = sorted({*_begun(ledger, cutoff + 1, ledger.decisions), *ledger.waiting})
    return [ledger.records[number].pending() for number in numbers]


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

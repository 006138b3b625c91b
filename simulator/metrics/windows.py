"""How a policy came through the crises its history reaches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from simulator.ledger import RunRecord

from .arrays import RunArrays
from .measure import Figure, Figures, computed
from .stretch_measures import SPAN, WINDOW

#: From the S&P 500's high to its low: the dot-com bust, the financial crisis, the euro and downgrade summer, the
#: pandemic, the rise of rates.
CRISES: Final = (
    ("2000-03-24", "2002-10-09"),
    ("2007-10-09", "2009-03-09"),
    ("2011-04-29", "2011-10-03"),
    ("2020-02-19", "2020-03-23"),
    ("2022-01-03", "2022-10-12"),
)


class WindowMetrics(Figures):
    """The measures of :data:`~simulator.metrics.stretch_measures.WINDOW` within one window.

    Attributes
    ----------
    start, end
        First and last day: figures are from the close of the one to the close of the other.
    """

    def __init__(self, start: str, end: str, values: Mapping[str, Figure]) -> None:
        super().__init__(values)
        self.start, self.end = start, end

    @property
    def total_return(self) -> float:
        """What is called ``return`` among its figures. A fraction over the whole window, not annualised."""
        return float(self["return"])


class SpanMetrics(Figures):
    """The measures of :data:`~simulator.metrics.stretch_measures.SPAN` over some sessions.

    From the close before the first of them to the close of the last.
    """


def window_metrics(record: RunRecord) -> list[WindowMetrics]:
    """The windows that lie wholly within the run and hold two of its closes."""
    return windows_of(RunArrays(record))


def windows_of(run: RunArrays) -> list[WindowMetrics]:
    """The same, of arrays that are made already."""
    sessions = run.sessions
    found = []
    for start, end in CRISES:
        first, last = np.datetime64(start), np.datetime64(end)
        if first < sessions[0] or last > sessions[-1]:
            continue
        a, b = int(np.searchsorted(sessions, first)), int(np.searchsorted(sessions, last, side="right"))
        if b - a < 2:  # bars a month apart may have no two closes in it
            continue
        found.append(WindowMetrics(start, end, computed(WINDOW, run.between(a, b, closes=True))))
    return found


def span_metrics(record: RunRecord, first: int, stop: int) -> SpanMetrics:
    """Figures over the record's own sessions ``[first, stop)``."""
    return SpanMetrics(computed(SPAN, RunArrays(record).between(first, stop)))

"""How a policy came through the crises its history reaches."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from simulator.core.types import FloatArray
from simulator.ledger import RunRecord

from .drawdown import deepest
from .trading import cost_bps, turnover

#: From the S&P 500's high to its low: the dot-com bust, the financial crisis, the euro and downgrade summer, the
#: pandemic, the rise of rates.
CRISES: Final = (
    ("2000-03-24", "2002-10-09"),
    ("2007-10-09", "2009-03-09"),
    ("2011-04-29", "2011-10-03"),
    ("2020-02-19", "2020-03-23"),
    ("2022-01-03", "2022-10-12"),
)


class WindowMetrics(NamedTuple):
    """A policy within one window, from the close of its first day to the close of its last."""

    start: str
    end: str
    total_return: float
    max_drawdown: float
    coverage_min: float | None


def window_metrics(record: RunRecord) -> list[WindowMetrics]:
    """The windows that lie wholly within the run and hold two of its closes."""
    sessions = record.sessions
    found = []
    for start, end in CRISES:
        first, last = np.datetime64(start), np.datetime64(end)
        if first < sessions[0] or last > sessions[-1]:
            continue
        a, b = np.searchsorted(sessions, first), np.searchsorted(sessions, last, side="right")
        within = record.returns.to_numpy()[a + 1 : b]
        if not within.size:  # bars a month apart may have no two closes in it
            continue
        coverage = record.coverage["coverage"].to_numpy()[a:b]
        found.append(WindowMetrics(start, end, float(np.prod(1.0 + within) - 1.0), deepest(within), least(coverage)))
    return found


class SpanMetrics(NamedTuple):
    """A policy over some sessions, from the close before the first of them to the close of the last.

    ``turnover`` and ``cost_bps`` are totals over those sessions, of nav; ``coverage_min`` is ``None`` where unknown.
    """

    total_return: float
    max_drawdown: float
    coverage_min: float | None
    turnover: float
    cost_bps: float


def span_metrics(record: RunRecord, first: int, stop: int) -> SpanMetrics:
    """Figures over the record's own sessions ``[first, stop)``."""
    returns = record.returns.to_numpy()[first:stop]
    return SpanMetrics(
        total_return=float(np.prod(1.0 + returns) - 1.0),
        max_drawdown=deepest(returns),
        coverage_min=least(record.coverage["coverage"].to_numpy()[first:stop]),
        turnover=float(turnover(record)[first:stop].sum()),
        cost_bps=float(cost_bps(record)[first:stop].sum()),
    )


def least(values: FloatArray) -> float | None:
    """Smallest known value, ``None`` if none is."""
    known = values[~np.isnan(values)]
    return float(known.min()) if known.size else None

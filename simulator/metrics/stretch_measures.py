"""Figures of some sessions of a run: of a crisis, of the days that shocks touch, of those on which a bound bit."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from simulator.core.types import FloatArray

from .arrays import Stretch
from .drawdown import deepest
from .limits import LimitMetrics
from .measure import DOWN, NEITHER, UP, Measure, by_name, least


def _total_return(returns: FloatArray) -> float:
    return float(np.prod(1.0 + returns) - 1.0)


_RETURN: Final = Measure[Stretch](
    name="total_return",
    title="Return",
    unit="fraction",
    better=UP,
    definition="Compounded return over those sessions, net of all costs.",
    of=lambda some: _total_return(some.returns),
)
_FALL: Final = Measure[Stretch](
    name="max_drawdown",
    title="Max drawdown",
    unit="fraction",
    better=UP,
    definition="Deepest fall below the highest value within those sessions.",
    of=lambda some: deepest(some.returns),
)
_COVERAGE: Final = Measure[Stretch](
    name="coverage_min",
    title="Coverage, least",
    unit="ratio",
    better=UP,
    definition="Least coverage at the closes of those sessions.",
    of=lambda some: least(some.coverage),
)

#: A policy within a crisis, in the order of ``metrics.json`` under ``windows``.
WINDOW: Final[dict[str, Measure[Stretch]]] = by_name((replace(_RETURN, name="return"), _FALL, _COVERAGE))

#: A policy over the sessions that shocks touch, in the order of ``metrics.json`` under ``shock_effect``.
SPAN: Final[dict[str, Measure[Stretch]]] = by_name(
    (
        _RETURN,
        _FALL,
        _COVERAGE,
        Measure(
            name="turnover",
            title="Turnover",
            unit="fraction",
            better=DOWN,
            definition="Each session's larger of buys and sells over nav, summed over those sessions.",
            of=lambda some: float(some.turnover.sum()),
        ),
        Measure(
            name="cost_bps",
            title="Cost, bps",
            unit="bps",
            better=DOWN,
            definition="All costs of trading, each session's over what its return is measured against, summed.",
            of=lambda some: float(some.cost_bps.sum()),
        ),
    )
)

#: What one bound held back, in the order of the page.
LIMIT: Final[dict[str, Measure[LimitMetrics]]] = by_name(
    (
        Measure(
            name="sessions",
            title="Sessions",
            unit="sessions",
            better=DOWN,
            definition="Sessions on which it held something back.",
            of=lambda row: row.sessions,
        ),
        Measure(
            name="first",
            title="First",
            unit="date",
            better=NEITHER,
            definition="The first of them.",
            of=lambda row: row.first,
        ),
        Measure(
            name="last",
            title="Last",
            unit="date",
            better=NEITHER,
            definition="The last of them.",
            of=lambda row: row.last,
        ),
        Measure(
            name="mean_of_nav",
            title="Mean a session, of nav",
            unit="fraction",
            better=DOWN,
            digits=2,
            definition="What was held back on one of them, of that close's nav, on average.",
            of=lambda row: row.mean_of_nav,
        ),
        Measure(
            name="largest_of_nav",
            title="Most in a session, of nav",
            unit="fraction",
            better=DOWN,
            digits=2,
            definition="The same on the worst of them.",
            of=lambda row: row.largest_of_nav,
        ),
        Measure(
            name="largest",
            title="Most in a session",
            unit="currency",
            better=DOWN,
            definition="What was held back on the worst of them.",
            of=lambda row: row.largest,
        ),
        Measure(
            name="cut",
            title="Sum over sessions",
            unit="currency",
            better=DOWN,
            definition="What was held back, session by session: a trade that waits three sessions counts three times.",
            of=lambda row: row.cut,
        ),
    )
)

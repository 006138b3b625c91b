"""How long a book takes to become cash, over the dates of a run's page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from .chart_part import Chart, over_time
from .comparison import Comparison
from .figures import lines
from .labels import Label
from .liquidity_text import days

_LEAST: Final = 0.01  # of a session, on the axis of logs
_CALLED: Final = "Days to cash"


def days_lines(told: Mapping[str, Any]) -> pd.DataFrame:
    """(dates, policies) sessions until 90% of each book is cash under stress, as ``liquidity.html`` has them.

    Infinite where that much can never be sold, NaN where the book is empty or its market has no volumes.
    """
    policies = told["policies"].items()
    found = {name: [_sessions(value) for value in policy["lines"]["days_to_90"]] for name, policy in policies}
    return pd.DataFrame(found, index=pd.DatetimeIndex(told["dates"]), dtype=np.float64)


def _sessions(value: float | str | None) -> float:
    return np.nan if value is None else np.inf if isinstance(value, str) else value


def days_to_cash(comparison: Comparison, palette: Mapping[str, str]) -> Chart:
    """The chart; nothing where no liquidity is measured."""
    found = comparison.days_to_cash
    if found is None:
        return Chart(_CALLED, "", "")
    drawn = found.clip(lower=_LEAST).replace(np.inf, np.nan)
    series = {str(name): line for name, line in drawn.items() if line.notna().any()}
    left_out = len(comparison.records) - found.shape[1]
    note = "sessions until 90% of the book is cash, sold at the stated pace under stress; log scale; a line is broken "
    note += f"where so much can never be sold; drawn at {len(found):,} of {comparison.first.sessions.size:,} sessions"
    note += f" for the first {found.shape[1]} policies" if left_out else ""
    index = comparison.first.index
    figure = lines(series, Label("%{y:.2~f} sessions"), palette, index) if series else None
    if figure is not None:
        figure.update_yaxes(type="log", dtick=1)
    dates = comparison.start, comparison.end
    return over_time(_CALLED, note, figure, days, dates, "90% of no book can ever be sold under this stress.")

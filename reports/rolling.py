"""Figures of the year before each session: what a policy had come to by then, as whoever held it for a year saw it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

from simulator.ledger import RunRecord
from simulator.metrics import RunArrays

#: Choices of the chart: what each figure is called, and that its axis writes it as a share.
MEASURES: Final[Mapping[str, bool]] = {
    "return": True,
    "volatility": True,
    "Sharpe": False,
    "Sharpe less the benchmark's": False,
}
_FLAT: Final = 1e-15


def window(record: RunRecord) -> int:
    """Observations in a year of a run."""
    return round(record.sessions_per_year)


def rolling(
    records: Mapping[str, RunRecord], benchmark: str, days: pd.DatetimeIndex
) -> dict[str, dict[str, pd.Series]]:
    """By measure of :data:`MEASURES` and policy, the figure over the year before, on those of ``days`` that have one.

    Returns compound, volatility is the standard deviation (ddof 1) and the Sharpe ratio the mean excess over cash by
    its standard deviation, both annualised: :mod:`simulator.metrics.performance` over the last year of observations.
    NaN where a ratio is undefined. Policies with less than a year are left out.
    """
    found: dict[str, dict[str, pd.Series]] = {measure: {} for measure in MEASURES}
    for name, record in records.items():
        for measure, values in zip(MEASURES, _figures(record, days), strict=False):
            if values.size:
                found[measure][name] = values
    sharpe = found["Sharpe"]
    if benchmark in sharpe:
        rest = {name: values - sharpe[benchmark] for name, values in sharpe.items() if name != benchmark}
        found["Sharpe less the benchmark's"] = {name: values.dropna() for name, values in rest.items()}
    return found


def _figures(record: RunRecord, days: pd.DatetimeIndex) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Return, volatility and Sharpe ratio of the year up to each day."""
    returns, cash, per_year = record.observations
    dates, wide = record.index[record.observed], window(record)
    ends = np.flatnonzero(dates.isin(days))
    ends = ends[ends >= wide - 1]
    at = dates[ends]
    if not ends.size:
        nothing = pd.Series(dtype=np.float64)
        return nothing, nothing, nothing
    over = sliding_window_view(returns, wide)[ends - wide + 1]
    excess = sliding_window_view(returns - cash, wide)[ends - wide + 1]
    spread = excess.std(axis=1, ddof=1)
    known = spread > _FLAT
    ratio = np.divide(excess.mean(axis=1), spread, out=np.full(ends.size, np.nan), where=known) * np.sqrt(per_year)
    return (
        pd.Series(np.prod(1.0 + over, axis=1) - 1.0, at),
        pd.Series(over.std(axis=1, ddof=1) * np.sqrt(per_year), at),
        pd.Series(ratio, at),
    )


def turnover(records: Mapping[str, RunRecord], days: pd.DatetimeIndex) -> dict[str, pd.Series]:
    """By policy, what it turned over in the year before each of ``days``: the larger of buys and sells, of nav."""
    return {name: series for name, record in records.items() if (series := _summed(record, days)).size}


def _summed(record: RunRecord, days: pd.DatetimeIndex) -> pd.Series:
    wide = window(record)
    total = np.concatenate([[0.0], np.cumsum(RunArrays(record).turnover)])
    ends = np.flatnonzero(record.index.isin(days))
    ends = ends[ends >= wide - 1]
    return pd.Series(total[ends + 1] - total[ends + 1 - wide], record.index[ends])

"""Returns by calendar year and month, and what each asset contributed: tables of the comparison page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

from simulator.core.types import FloatArray
from simulator.ledger import RunRecord
from simulator.metrics import contribution
from simulator.metrics.performance import years

from .chart_table import Table
from .text import percent

#: Assets named in the table of contributions; the others are added up.
_MOST_ASSETS: Final = 20
#: Days of a year that its first or last session may leave out for it to be whole: holidays and a weekend.
_HOLIDAYS: Final = 5
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def by_year(records: Mapping[str, RunRecord]) -> Table:
    """Time-weighted return of each calendar year, a column a policy; of years it cuts, what it has of them."""
    columns = {name: _compounded(record.returns, record.index.year) for name, record in records.items()}
    first = next(iter(records.values()))
    names = _year_names(first.index)
    rows = [[names[year], *(percent(float(column[year])) for column in columns.values())] for year in names]
    return Table(["year", *records], rows)


def by_month(record: RunRecord) -> Table:
    """Time-weighted return of each month, a row a year, with that of the year."""
    names = _year_names(record.index)
    whole = _compounded(record.returns, record.index.year)
    months = _compounded(record.returns, record.index.year * 12 + record.index.month - 1)
    rows = [
        [
            names[year],
            *(percent(float(months[key])) if (key := year * 12 + month) in months.index else "" for month in range(12)),
            percent(float(whole[year])),
        ]
        for year in names
    ]
    return Table(["year", *_MONTHS, "year"], rows)


def _compounded(returns: pd.Series, groups: pd.Index) -> pd.Series:
    grown: pd.Series = (1.0 + returns).groupby(groups.to_numpy()).prod() - 1.0
    return grown


def _year_names(index: pd.DatetimeIndex) -> dict[int, str]:
    """The years of a run, with the days from and to which it has them where it cuts them."""
    names = {int(year): str(year) for year in dict.fromkeys(index.year)}
    begin, end = index[0], index[-1]
    if begin.day_of_year > _HOLIDAYS:
        names[begin.year] += f" from {begin:%m-%d}"
    if (pd.Timestamp(end.year, 12, 31) - end).days >= _HOLIDAYS:
        names[end.year] += f" to {end:%m-%d}"
    return names


def by_asset(records: Mapping[str, RunRecord]) -> Table:
    """What each asset added to the return a year: profits after costs, each session's over the nav before, summed.

    A column a policy; assets in the order of the largest part any policy had of them.
    """
    first = next(iter(records.values()))
    profit: FloatArray = np.stack([contribution(record).profit / years(record.sessions) for record in records.values()])
    order = np.argsort(-np.abs(profit).max(axis=0), kind="stable")
    named, others = order[:_MOST_ASSETS], order[_MOST_ASSETS:]
    rows = [[first.assets[k], *map(_share, profit[:, k])] for k in named if profit[:, k].any()]
    if profit[:, others].any():
        rows.append([f"{others.size:,} others", *map(_share, profit[:, others].sum(axis=1))])
    rows.append(["all assets", *map(_share, profit.sum(axis=1))])
    return Table(["asset", *records], rows)


def _share(value: float) -> str:
    return percent(float(value), 2)

"""The figures of a tear-sheet: what the comparison page states, word for word, and more of the same returns.

QuantStats' own table annualises by counting sessions, takes one constant cash rate, loses a fall that begins on the
first day or does not end, and calls an open fall recovered. Its rows are kept, computed here; those whose formula
does not give what their name says are left out (:data:`LEFT_OUT`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from simulator.core.types import FloatArray
from simulator.metrics import POLICY, Measure, RunArrays, drawdown_path

from .text import integer, percent, plain, written

LEFT_OUT: Final = (
    "Risk of Ruin (0 whatever the history), Serenity Index (a total return over daily figures), Smart ratios, "
    "CPC Index, Common Sense Ratio and outlier ratios"
)
_UNKNOWN: Final = "–"
_RHYTHMS: Final = {"Week": "W", "Month": "M", "Quarter": "Q", "Year": "Y"}


class Row(NamedTuple):
    """A figure of the book, and of the benchmark where there is one."""

    name: str
    own: str
    other: str


class Fall(NamedTuple):
    """A stretch below the highest value so far, the start included."""

    start: str
    regained: str
    depth: float
    days: int
    first: int  # session before the fall, -1 for the start
    last: int  # session on which it is regained, or the last one


@dataclass(frozen=True, eq=False)
class Series:
    """Returns of one book, what cash earned, and how many sessions make a year."""

    returns: pd.Series
    cash: FloatArray
    per_year: float

    @cached_property
    def values(self) -> FloatArray:
        """(T,) returns."""
        return self.returns.to_numpy(np.float64)

    @cached_property
    def index(self) -> pd.DatetimeIndex:
        """The sessions."""
        return pd.DatetimeIndex(self.returns.index)

    @cached_property
    def excess(self) -> FloatArray:
        """(T,) returns over what cash earned."""
        return self.values - self.cash

    @cached_property
    def path(self) -> FloatArray:
        """(T,) falls below the highest value so far; zero or negative."""
        return drawdown_path(self.values)

    @cached_property
    def falls(self) -> list[Fall]:
        """Every fall, the deepest first."""
        return falls(self.path, self.index)

    def by(self, rhythm: str) -> pd.Series:
        """Compounded returns by calendar period (``W``, ``M``, ``Q``, ``Y``).

        Fractions; a period without a session has none.
        """
        grown: pd.Series = (1.0 + self.returns).groupby(self.index.to_period(rhythm)).prod() - 1.0
        return grown

    def since(self, start: pd.Timestamp) -> float:
        """Compounded return of the sessions from a date on."""
        return float(np.prod(1.0 + self.values[self.index >= start]) - 1.0)


def falls(path: FloatArray, index: pd.DatetimeIndex) -> list[Fall]:
    """Every fall of a path of drawdowns, the deepest first; one that is not over says so.

    ``path`` is (T,), fractions of zero or less, ``index`` its sessions.
    """
    below = np.concatenate([[False], path < 0.0, [False]]).astype(np.int8)
    starts, stops = np.flatnonzero(np.diff(below) == 1), np.flatnonzero(np.diff(below) == -1)
    found = []
    for a, b in zip(starts.tolist(), stops.tolist(), strict=True):
        open_ = b == path.size
        first, last = index[max(a - 1, 0)], index[min(b, path.size - 1)]
        end = "not yet" if open_ else f"{last:%Y-%m-%d}"
        depth = float(path[a:b].min())
        found.append(Fall(f"{first:%Y-%m-%d}", end, depth, (last - first).days, a - 1, min(b, path.size - 1)))
    return sorted(found, key=lambda fall: fall.depth)


def groups(
    own: Series, other: Series | None, page: Mapping[str, Any] | None, benchmark: Mapping[str, Any] | None
) -> list[list[Row]]:
    """The table in blocks: what the comparison page states first, as it states it."""
    blocks = [_page_rows(page, benchmark)] if page else []
    return [*blocks, *_blocks(own, other, set() if page is None else {row.name for row in blocks[0]})]


#: Measures that QuantStats calls otherwise: a sheet has its names, so that it can be laid beside one of QuantStats.
_QUANTSTATS: Final = {"volatility": "Volatility (ann.)", "max_drawdown": "Max Drawdown"}


def page_rows() -> dict[str, Measure[RunArrays]]:
    """What the comparison page states, by what a sheet calls it; what has parts stands in a table of its own."""
    return {
        _QUANTSTATS.get(key, measure.title): measure
        for key, measure in POLICY.items()
        if measure.paged and not measure.parts
    }


def _page_rows(page: Mapping[str, Any], benchmark: Mapping[str, Any] | None) -> list[Row]:
    return [
        Row(name, written(measure, page[measure.name]), written(measure, benchmark[measure.name]) if benchmark else "")
        for name, measure in page_rows().items()
        if measure.name in page
    ]


def _blocks(own: Series, other: Series | None, known: set[str]) -> Iterator[list[Row]]:
    for block in _BLOCKS:
        rows = [
            Row(name, _shown(figure, show, own), "" if other is None else _shown(figure, show, other))
            for name, figure, show in block
            if name not in known
        ]
        yield rows
    if other is not None:
        yield _against(own, other)


def _shown(figure: Callable[[Series], Any], show: Callable[[Any], str], series: Series) -> str:
    with np.errstate(all="ignore"):
        value = figure(series)
    if isinstance(value, str):
        return value
    return _UNKNOWN if value is None or not np.isfinite(value) else show(float(value))


def _two(value: float) -> str:
    return percent(value, 2)


def _cash_rate(series: Series) -> float:
    """Mean annual rate that cash earned, ACT/360 as rates are quoted."""
    days = (series.index[-1] - series.index[0]).days
    return float(series.cash[1:].sum() / (days / 360.0)) if days else float("nan")


def _annual(series: Series) -> float:
    days = (series.index[-1] - series.index[0]).days
    growth = float(np.prod(1.0 + series.values))
    return growth ** (365.25 / days) - 1.0 if days and growth > 0.0 else float("nan")


def _years_back(years: int) -> Callable[[Series], float]:
    def figure(series: Series) -> float:
        start = series.index[-1] - pd.DateOffset(years=years)
        if start < series.index[0]:
            return float("nan")
        growth = 1.0 + float(np.prod(1.0 + series.values[series.index > start]) - 1.0)
        return growth ** (1.0 / years) - 1.0 if growth > 0.0 else float("nan")

    return figure


def _months_back(months: int) -> Callable[[Series], float]:
    def figure(series: Series) -> float:
        start = series.index[-1] - pd.DateOffset(months=months)
        return (
            float("nan") if start < series.index[0] else float(np.prod(1.0 + series.values[series.index > start]) - 1.0)
        )

    return figure


def _best(rhythm: str, pick: Callable[[Any], Any]) -> Callable[[Series], float]:
    return lambda series: float(pick(series.by(rhythm)))


def _mean_where(rhythm: str, sign: float) -> Callable[[Series], float]:
    def figure(series: Series) -> float:
        values = series.by(rhythm)
        return float(values[sign * values > 0.0].mean())

    return figure


def _wins(values: Any) -> float:
    moved = values[values != 0.0]
    return float((moved > 0.0).mean()) if len(moved) else float("nan")


def _streak(sign: float) -> Callable[[Series], float]:
    def figure(series: Series) -> float:
        edges = np.flatnonzero(np.diff(np.concatenate([[False], sign * series.values > 0.0, [False]]).astype(np.int8)))
        return float((edges[1::2] - edges[::2]).max(initial=0))

    return figure


def _gains(values: FloatArray) -> Any:
    return values[values > 0.0].sum()


def _losses(values: FloatArray) -> Any:
    return -values[values < 0.0].sum()


def _payoff(series: Series) -> float:
    ups, downs = series.values[series.values > 0.0], series.values[series.values < 0.0]
    return float(ups.mean() / -downs.mean()) if ups.size and downs.size else float("nan")


def _kelly(series: Series) -> float:
    wins, payoff = _wins(series.values), _payoff(series)
    return wins - (1.0 - wins) / payoff if payoff else float("nan")


def _tail(series: Series) -> float:
    low, high = np.quantile(series.values, [0.05, 0.95])
    return float(abs(high / low)) if low else float("nan")


def _value_at_risk(series: Series) -> float:
    return float(np.quantile(series.values, 0.05))


def _shortfall(series: Series) -> float:
    return float(series.values[series.values <= _value_at_risk(series)].mean())


def _sharpe(series: Series) -> float:
    spread = float(np.std(series.excess, ddof=1)) if series.values.size > 1 else 0.0
    return float(series.excess.mean() / spread) if spread > 1e-15 else float("nan")


def _certain_sharpe(series: Series) -> float:
    """Probability that the Sharpe ratio is above zero: Bailey & López de Prado (2012), eq. 9."""
    from scipy.special import ndtr

    ratio, excess = _sharpe(series), pd.Series(series.excess)
    skew, kurtosis = float(excess.skew()), float(excess.kurtosis()) + 3.0  # type: ignore[arg-type]
    spread = np.sqrt(1.0 - skew * ratio + (kurtosis - 1.0) / 4.0 * ratio**2)
    return float(ndtr(ratio * np.sqrt(series.values.size - 1) / spread))


def _downside(series: Series) -> Any:
    return np.sqrt(np.mean(np.minimum(series.excess, 0.0) ** 2))


def _deepest(pick: Callable[[Fall, Series], str]) -> Callable[[Series], str]:
    return lambda series: pick(series.falls[0], series) if series.falls else _UNKNOWN


def _mean_fall(series: Series) -> float:
    return float(np.mean([fall.depth for fall in series.falls])) if series.falls else float("nan")


_BLOCKS: Final[tuple[tuple[tuple[str, Callable[[Series], Any], Callable[[Any], str]], ...], ...]] = (
    (
        ("Start Period", lambda series: f"{series.index[0]:%Y-%m-%d}", str),
        ("End Period", lambda series: f"{series.index[-1]:%Y-%m-%d}", str),
        ("Risk-Free Rate", _cash_rate, percent),
        ("Time in Market", lambda series: float((series.values != 0.0).mean()), percent),
        ("Cumulative Return", lambda series: float(np.prod(1.0 + series.values) - 1.0), _two),
        ("CAGR", _annual, percent),
    ),
    (
        ("Volatility (ann.)", lambda series: float(np.std(series.values, ddof=1) * np.sqrt(series.per_year)), percent),
        ("Sharpe", lambda series: _sharpe(series) * np.sqrt(series.per_year), plain),
        ("Prob. Sharpe Ratio", _certain_sharpe, percent),
        ("Sortino", lambda series: series.excess.mean() / _downside(series) * np.sqrt(series.per_year), plain),
        ("Sortino/√2", lambda series: series.excess.mean() / _downside(series) * np.sqrt(series.per_year / 2.0), plain),
        ("Omega", lambda series: _gains(series.excess) / _losses(series.excess), plain),
        ("Calmar", lambda series: _annual(series) / -series.path.min(), plain),
        ("Skew", lambda series: float(series.returns.skew()), plain),  # type: ignore[arg-type]
        ("Kurtosis", lambda series: float(series.returns.kurtosis()), plain),  # type: ignore[arg-type]
    ),
    (
        ("Max Drawdown", lambda series: float(series.path.min()), percent),
        (
            "Max DD Date",
            lambda series: f"{series.index[int(series.path.argmin())]:%Y-%m-%d}" if series.falls else _UNKNOWN,
            str,
        ),
        ("Max DD Period Start", _deepest(lambda fall, _: fall.start), str),
        ("Max DD Regained", _deepest(lambda fall, _: fall.regained), str),
        ("Longest DD Days", lambda series: max((fall.days for fall in series.falls), default=0), integer),
        ("Avg. Drawdown", _mean_fall, _two),
        (
            "Avg. Drawdown Days",
            lambda series: np.mean([float(fall.days) for fall in series.falls] or [np.nan]),
            integer,
        ),
        ("Recovery Factor", lambda series: (np.prod(1.0 + series.values) - 1.0) / -series.path.min(), plain),
        ("Ulcer Index", lambda series: float(np.sqrt(np.mean(series.path**2))), plain),
    ),
    (
        ("Expected by Session", lambda series: float(np.mean(series.values)), lambda value: percent(value, 3)),
        ("Expected Monthly", lambda series: float(series.by("M").mean()), _two),
        ("Expected Yearly", lambda series: float(series.by("Y").mean()), _two),
        ("Kelly Criterion", _kelly, _two),
        ("Value-at-Risk, 95%", _value_at_risk, _two),
        ("Expected Shortfall (cVaR)", _shortfall, _two),
        ("Max Consecutive Wins", _streak(1.0), integer),
        ("Max Consecutive Losses", _streak(-1.0), integer),
        ("Gain/Pain Ratio", lambda series: series.values.sum() / _losses(series.values), plain),
        ("Gain/Pain (1M)", lambda series: series.by("M").sum() / _losses(series.by("M").to_numpy()), plain),
        ("Payoff Ratio", _payoff, plain),
        ("Profit Factor", lambda series: _gains(series.values) / _losses(series.values), plain),
        ("Tail Ratio", _tail, plain),
    ),
    (
        ("MTD", lambda series: series.since(series.index[-1].replace(day=1).normalize()), _two),
        ("3M", _months_back(3), _two),
        ("6M", _months_back(6), _two),
        ("YTD", lambda series: series.since(series.index[-1].replace(month=1, day=1).normalize()), _two),
        ("1Y", _months_back(12), _two),
        ("3Y (ann.)", _years_back(3), _two),
        ("5Y (ann.)", _years_back(5), _two),
        ("10Y (ann.)", _years_back(10), _two),
    ),
    (
        ("Best Session", lambda series: float(series.values.max()), _two),
        ("Worst Session", lambda series: float(series.values.min()), _two),
        ("Best Month", _best("M", max), _two),
        ("Worst Month", _best("M", min), _two),
        ("Best Year", _best("Y", max), _two),
        ("Worst Year", _best("Y", min), _two),
        ("Avg. Up Month", _mean_where("M", 1.0), _two),
        ("Avg. Down Month", _mean_where("M", -1.0), _two),
        ("Win Sessions", lambda series: _wins(series.values), _two),
        ("Win Month", lambda series: _wins(series.by("M")), _two),
        ("Win Quarter", lambda series: _wins(series.by("Q")), _two),
        ("Win Year", lambda series: _wins(series.by("Y")), _two),
    ),
)


def _against(own: Series, other: Series) -> list[Row]:
    """Figures of the book beside its benchmark."""
    with np.errstate(all="ignore"):
        covariance = np.cov(own.excess, other.excess, ddof=1)
        beta = covariance[0, 1] / covariance[1, 1]
        correlation = np.corrcoef(own.values, other.values)[0, 1]
        active = own.values - other.values
        figures = (
            ("Beta", beta, plain),
            ("Alpha (ann.)", (own.excess.mean() - beta * other.excess.mean()) * own.per_year, _two),
            ("Correlation", correlation, plain),
            ("R^2", correlation**2, plain),
            ("Treynor Ratio", own.excess.mean() * own.per_year / beta, plain),
            ("Information Ratio", active.mean() / np.std(active, ddof=1) * np.sqrt(own.per_year), plain),
        )
    return [Row(name, show(float(value)) if np.isfinite(value) else _UNKNOWN, "") for name, value, show in figures]


def years(own: Series, other: Series | None) -> list[tuple[str, str, str, str]]:
    """By calendar year: year, benchmark, book, and by how much the book did better."""
    mine = own.by("Y")
    labels, values = [str(year) for year in mine.index], mine.to_numpy(np.float64)
    if other is None:
        return [(year, "", _two(value), "") for year, value in zip(labels, values, strict=True)]
    theirs = other.by("Y").to_numpy(np.float64)
    return [(year, _two(b), _two(a), _two(a - b)) for year, a, b in zip(labels, values, theirs, strict=True)]


def months(own: Series) -> list[tuple[str, list[tuple[str, str]]]]:
    """By year, the return of each month with a colour for it; empty where the run has none."""
    table: dict[str, list[tuple[str, str]]] = {}
    for period, value in own.by("M").items():
        row = table.setdefault(str(period)[:4], [("", "")] * 12)
        row[int(str(period)[5:7]) - 1] = (plain(100.0 * float(value), 1), _shade(float(value)))
    return list(table.items())


def _shade(value: float, strong: float = 0.08) -> str:
    """Green for gains and red for losses, the stronger the larger; at full strength from ``strong`` on."""
    strength = min(abs(value) / strong, 1.0) * 0.55
    return f"rgba({'0, 128, 64' if value >= 0.0 else '190, 30, 30'}, {strength:.2f})"


def quantiles(own: Series) -> list[tuple[str, list[str]]]:
    """Least, 5%, 25%, median, 75%, 95% and most of the returns by session, week, month, quarter and year."""
    stretches = {"Session": own.returns, **{name: own.by(rhythm) for name, rhythm in _RHYTHMS.items()}}
    levels = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
    return [
        (name, [_two(float(value)) for value in np.quantile(stretch, levels)]) for name, stretch in stretches.items()
    ]

"""A tear-sheet for one policy: QuantStats' figures and charts with what is wrong in them made right, and liquidity.

Every figure that the comparison page also has is the page's, to the last digit. The figures are computed in
:mod:`.sheet_figures`, the charts drawn by QuantStats through :mod:`.sheet_charts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import jinja2
import numpy as np
import pandas as pd

from simulator.core.files import write
from simulator.core.types import SESSIONS_PER_YEAR, FloatArray

from . import sheet_figures
from .sheet_figures import Series
from .template import render
from .text import inert, percent, plain

_FEWEST: Final = 30
_FLAT: Final = 1e-12


@dataclass(frozen=True)
class TearSheet:
    """What a sheet needs; small, so that it travels to another process.

    Attributes
    ----------
    title
        Of the policy.
    returns
        Returns by session.
    benchmark
        Returns to compare with, or ``None``.
    benchmark_title
        Its name.
    cash_rate
        Mean annual rate cash earned; used where ``cash`` is not given.
    liquidity
        ``liquid_share`` and ``coverage`` by date.
    cash
        What a unit of cash earned each session; ``None`` for ``cash_rate`` spread evenly.
    sessions_per_year
        What figures are annualised by.
    figures, benchmark_figures
        The policy's and the benchmark's tables of ``metrics.json``: they are shown as the page shows them.
    scenario
        Its name, for the title.
    back
        Where the comparison page is, from the sheet; empty for nowhere.
    foreknown
        What it begins with where the data knows the future; empty for nothing.
    """

    title: str
    returns: pd.Series
    benchmark: pd.Series | None
    benchmark_title: str
    cash_rate: float
    liquidity: pd.DataFrame
    cash: FloatArray | None = None
    sessions_per_year: float = float(SESSIONS_PER_YEAR)
    figures: Mapping[str, Any] | None = None
    benchmark_figures: Mapping[str, Any] | None = None
    scenario: str = ""
    back: str = "../index.html"
    foreknown: str = ""


def write_tearsheet(sheet: TearSheet, path: Path) -> None:
    """Write one self-contained page that makes no network request."""
    write(path, render_tearsheet(sheet))


def render_tearsheet(sheet: TearSheet, *, charts: bool = True) -> str:
    """The page; without its charts where only figures are wanted."""
    own = _series(sheet, sheet.returns)
    beside = comparable(sheet.returns, sheet.benchmark)
    other = None if beside is None else _series(sheet, beside)
    reason = unfit(sheet.returns)
    title, benchmark_title = _legends(sheet)
    drawn = []
    if charts and not reason:
        from .sheet_charts import draw

        drawn = draw(own, other, title, benchmark_title)
    return render(
        "tearsheet.html.j2",
        sheet=sheet,
        reason=reason,
        charts=[(chart.name, jinja2.filters.do_mark_safe(chart.svg), chart.reason) for chart in drawn],
        groups=sheet_figures.groups(own, other, sheet.figures, sheet.benchmark_figures if other is not None else None),
        benchmark=None if other is None else sheet.benchmark_title,
        years=sheet_figures.years(own, other),
        falls=own.falls[:10],
        months=sheet_figures.months(own),
        quantiles=sheet_figures.quantiles(own),
        left_out=sheet_figures.LEFT_OUT,
        first=f"{own.index[0]:%Y-%m-%d}",
        last=f"{own.index[-1]:%Y-%m-%d}",
        version=_version(),
        liquidity=jinja2.filters.do_mark_safe(liquidity_section(sheet)),
    )


def _version() -> str:
    from importlib.metadata import version

    return version("quantstats")


def _series(sheet: TearSheet, returns: pd.Series) -> Series:
    constant = np.full(len(returns), sheet.cash_rate / sheet.sessions_per_year)
    cash = constant if sheet.cash is None else np.asarray(sheet.cash, dtype=np.float64)
    return Series(returns, cash, sheet.sessions_per_year)


def unfit(returns: pd.Series) -> str:
    """Why QuantStats cannot draw these returns; empty if it can."""
    if len(returns) < _FEWEST:
        return f"only {len(returns)} sessions; its charts need {_FEWEST}"
    if float(returns.std()) < _FLAT:
        return "the book never moved (all in cash)"
    return ""


def comparable(returns: pd.Series, benchmark: pd.Series | None) -> pd.Series | None:
    """The benchmark on the same dates, or ``None`` where comparing means nothing."""
    if benchmark is None:
        return None
    common = benchmark.reindex(returns.index)
    if common.isna().any() or float(common.std()) < _FLAT or np.allclose(common, returns, rtol=0.0, atol=0.0):
        return None
    return common


def _legends(sheet: TearSheet) -> tuple[str, str]:
    """What charts, whose library escapes nothing, may call the book and its benchmark."""
    own, other = inert(sheet.title), inert(sheet.benchmark_title)
    return own, other if other != own else f"{other} (benchmark)"


def liquidity_section(sheet: TearSheet) -> str:
    """How liquid the book stayed, by year."""
    share, cover = sheet.liquidity["liquid_share"], sheet.liquidity["coverage"]
    if cover.isna().all():
        body = "<p>Undefined: this market has no volumes and none are assumed.</p>"
    else:
        worst = cover.idxmin()
        rows = "".join(
            f"<tr><td>{year}</td><td>{percent(float(part['liquid_share'].min()))}</td>"
            f"<td>{plain(float(part['coverage'].min()))}</td><td>{plain(float(part['coverage'].mean()))}</td></tr>"
            for year, part in sheet.liquidity.groupby(pd.DatetimeIndex(sheet.liquidity.index).year)
        )
        body = (
            f"<p>Least coverage {plain(float(cover.min()))} on {worst:%Y-%m-%d}; least liquid share "
            f"{percent(float(share.min()))}; mean coverage {plain(float(cover.mean()))}.</p>{_sparkline(cover)}"
            "<div class='scroll'><table><thead><tr>"
            "<th>Year</th><th>Liquid share, least</th><th>Coverage, least</th><th>Coverage, mean</th>"
            f"</tr></thead><tbody>{rows}</tbody></table></div>"
        )
    return (
        "<section id='undertow-liquidity'><h2>Liquidity</h2>"
        "<p class='note'>Coverage: cash the book could raise under the scenario's stress, over the redemptions it "
        f"states.</p>{body}</section>"
    )


def _sparkline(values: pd.Series, width: int = 936, height: int = 150) -> str:
    """Coverage over time as a bare line, extremes kept."""
    weekly = values.resample("W").min().dropna()
    top = max(float(weekly.max()), 1.0) * 1.05
    x = np.linspace(0, width, len(weekly))
    y = height - weekly.to_numpy() / top * height
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    reach = height - height / top
    return (
        f"<svg viewBox='0 0 {width} {height + 18}' style='width: 100%; height: auto' role='img' "
        f"aria-label='coverage over time'><line x1='0' x2='{width}' y1='{reach:.1f}' y2='{reach:.1f}' stroke='#b00020' "
        f"stroke-dasharray='3 3'/><polyline points='{points}' fill='none' stroke='#348dc1' stroke-width='1.3'/>"
        f"<text x='0' y='{height + 14}' font-size='11' fill='#666'>{weekly.index[0]:%Y}</text>"
        f"<text x='{width}' y='{height + 14}' font-size='11' fill='#666' text-anchor='end'>{weekly.index[-1]:%Y}</text>"
        f"<text x='4' y='{max(reach - 4, 10):.1f}' font-size='11' fill='#b00020'>1.0</text>"
        f"<text x='4' y='12' font-size='11' fill='#666'>{top:.1f}</text></svg>"
    )

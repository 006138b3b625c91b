"""QuantStats tear-sheets behind one adapter, which knows what crashes or misleads them.

Known of quantstats 0.0.86: a flat book with a benchmark crashes, and so does a single observation; a benchmark
without common dates silently gives a report; a benchmark named by a string is downloaded; the page links an
external icon; each sheet logs a missing font over a hundred times.
"""

from __future__ import annotations

import html
import logging
import re
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from simulator.core.types import SESSIONS_PER_YEAR

from .text import inert, percent, plain

_HEADING: Final = "undertow-heading"
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
        Daily returns by date.
    benchmark
        Returns to compare with, or ``None``.
    benchmark_title
        Its name.
    cash_rate
        Mean annual rate cash earned: QuantStats takes one number.
    liquidity
        ``liquid_share`` and ``coverage`` by date.
    """

    title: str
    returns: pd.Series
    benchmark: pd.Series | None
    benchmark_title: str
    cash_rate: float
    liquidity: pd.DataFrame


def write_tearsheet(sheet: TearSheet, path: Path) -> None:
    """Write one self-contained page: QuantStats' sheet, and a section of ours on liquidity."""
    reason = unfit(sheet.returns)
    text = _plain_page(sheet, reason) if reason else _quantstats(sheet)
    section = liquidity_section(sheet)
    text = re.sub(r"<link[^>]*rel=[\"'][^\"']*icon[^>]*>", '<link rel="icon" href="data:,">', text)
    text = re.sub(r"\s*<dc:date>[^<]*</dc:date>", "", text)  # when a chart was drawn: same input, same bytes
    text = text.replace('<body onload="save()">', "<body>", 1)  # a function the sheet does not define
    text = text.replace("</body>", f"{section}</body>", 1)
    path.write_text(text, encoding="utf-8")


def unfit(returns: pd.Series) -> str:
    """Why QuantStats cannot make a sheet of these returns; empty if it can."""
    if len(returns) < _FEWEST:
        return f"only {len(returns)} sessions; a tear-sheet needs {_FEWEST}"
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


def _quantstats(sheet: TearSheet) -> str:
    logging.getLogger("matplotlib.font_manager").setLevel(logging.CRITICAL)
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "undertow"  # same input, same bytes
    mpl.rcParams["text.parse_math"] = False  # a title may hold dollars
    import quantstats as qs

    own, other = _legends(sheet)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # quantstats' own, none of ours reaches it
        target = Path(folder) / "sheet.html"
        qs.reports.html(
            sheet.returns.rename(own),
            benchmark=comparable(sheet.returns, sheet.benchmark),
            rf=sheet.cash_rate,
            title=_HEADING,
            output=str(target),
            periods_per_year=SESSIONS_PER_YEAR,
            strategy_title=own,
            benchmark_title=other,
        )
        heading = html.escape(f"{sheet.title} – Undertow")
        return target.read_text(encoding="utf-8").replace(_HEADING, heading)


def _legends(sheet: TearSheet) -> tuple[str, str]:
    """What QuantStats, which escapes nothing, may call the book and its benchmark in tables and charts."""
    own, other = inert(sheet.title), inert(sheet.benchmark_title)
    return own, other if other != own else f"{other} (benchmark)"


def _plain_page(sheet: TearSheet, reason: str) -> str:
    total = float(np.prod(1.0 + sheet.returns.to_numpy()) - 1.0)
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{html.escape(sheet.title)}</title></head>"
        f"<body style='font: 15px system-ui, sans-serif; max-width: 960px; margin: 24px auto; padding: 0 12px'>"
        f"<h1>{html.escape(sheet.title)}</h1><p>No QuantStats sheet: {html.escape(reason)}.</p>"
        f"<p>Total return {percent(total, 2)} over {len(sheet.returns)} sessions.</p></body></html>"
    )


def liquidity_section(sheet: TearSheet) -> str:
    """Our section: how liquid the book stayed, by year."""
    share, cover = sheet.liquidity["liquid_share"], sheet.liquidity["coverage"]
    if cover.isna().all():
        body = "<p>Undefined: this market has no volumes and none are assumed.</p>"
    else:
        worst = cover.idxmin()
        rows = "".join(
            f"<tr><td>{year}</td><td>{percent(float(one['liquid_share'].min()))}</td>"
            f"<td>{plain(float(one['coverage'].min()))}</td><td>{plain(float(one['coverage'].mean()))}</td></tr>"
            for year, one in sheet.liquidity.groupby(pd.DatetimeIndex(sheet.liquidity.index).year)
        )
        body = (
            f"<p>Least coverage {plain(float(cover.min()))} on {worst:%Y-%m-%d}; least liquid share "
            f"{percent(float(share.min()))}; mean coverage {plain(float(cover.mean()))}.</p>{_sparkline(cover)}"
            "<table style='border-collapse: collapse; width: 100%; text-align: right'><thead><tr>"
            "<th>Year</th><th>Liquid share, least</th><th>Coverage, least</th><th>Coverage, mean</th>"
            f"</tr></thead><tbody>{rows}</tbody></table>"
        )
    return (
        "<section id='undertow-liquidity' style='max-width: 960px; margin: 32px auto; padding: 0 12px; clear: both; "
        "font: 12px/1.5 Arial, Helvetica, sans-serif'><h3>Liquidity</h3>"
        "<p>Coverage: cash the book could raise under the scenario's stress, over the redemptions it states. The "
        "ratios above use one constant cash rate; the comparison page uses each day's own.</p>"
        f"{body}</section>"
    )


def _sparkline(values: pd.Series, width: int = 936, height: int = 150) -> str:
    """Coverage over time as a bare line, extremes kept."""
    weekly = values.resample("W").min().dropna()
    top = max(float(weekly.max()), 1.0) * 1.05
    x = np.linspace(0, width, len(weekly))
    y = height - weekly.to_numpy() / top * height
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    one = height - height / top
    return (
        f"<svg viewBox='0 0 {width} {height + 18}' style='width: 100%; height: auto' role='img' "
        f"aria-label='coverage over time'><line x1='0' x2='{width}' y1='{one:.1f}' y2='{one:.1f}' stroke='#b00020' "
        f"stroke-dasharray='3 3'/><polyline points='{points}' fill='none' stroke='#348dc1' stroke-width='1.3'/>"
        f"<text x='0' y='{height + 14}' font-size='11' fill='#666'>{weekly.index[0]:%Y}</text>"
        f"<text x='{width}' y='{height + 14}' font-size='11' fill='#666' text-anchor='end'>{weekly.index[-1]:%Y}</text>"
        f"<text x='4' y='{max(one - 4, 10):.1f}' font-size='11' fill='#b00020'>1.0</text>"
        f"<text x='4' y='12' font-size='11' fill='#666'>{top:.1f}</text></svg>"
    )

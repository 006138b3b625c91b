"""The page of a fit: one self-contained file, no network request."""

from __future__ import annotations

from pathlib import Path

from simulator.core.files import write

from .fit import Compared, FitReport
from .template import chart_html, render
from .text import percent, plain


def write_fit_page(report: FitReport, path: Path) -> None:
    """Write ``index.html``."""
    from . import fit_figures as figures

    charts = [
        (
            "Storms",
            "Autocorrelation of squared returns of the book, by lag in sessions.",
            figures.curve_chart(report.squares, "sessions", "autocorrelation of squares"),
            "chart-squares",
        ),
        (
            "Tails",
            "Share of sessions in which the book loses more than so many standard deviations.",
            figures.curve_chart(report.losses, "standard deviations", "share of sessions", log=True),
            "chart-losses",
        ),
        (
            "Drawdowns",
            "The largest fall of the book on each path.",
            figures.drawdown_chart(report.drawdowns, report.drawdown),
            "chart-drawdowns",
        ),
        (
            "Growth",
            "Of one unit in the book, by session.",
            figures.curve_chart(report.growth, "sessions", "growth of 1"),
            "chart-growth",
        ),
    ]
    if report.volumes is not None:
        charts.append(
            (
                "Volume against volatility",
                "Mean log volume, relative to the usual, by tenth of sessions: the calmest first, the wildest last.",
                figures.curve_chart(report.volumes, "tenth by size of return", "log relative volume", markers=True),
                "chart-volumes",
            )
        )
    text = render(
        "fit.html.j2",
        one=report,
        charts=[(title, note, chart_html(chart, identity)) for title, note, chart, identity in charts],
        shown=_shown,
    )
    write(path, text)


def _shown(compared: Compared, value: float) -> str:
    known = value == value  # noqa: PLR0124 - NaN differs from itself
    return (percent if compared.unit == "percent" else plain)(value if known else None)

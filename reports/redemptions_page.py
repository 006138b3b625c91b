"""The page of a run on a fund: one self-contained file, no network request."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import plotly.graph_objects as go

from simulator.core.files import write

from .figures import colours
from .findings_figures import COLOURS
from .labels import drawn
from .redemptions import RedemptionsReport, Spread
from .template import chart_html, render
from .warning_figures import layout

#: What is drawn by session: a title, a note, and how a run has it.
DRAWN: Final = (
    ("What one who stays has", "of a share that nobody dealt with", "staying"),
    ("Shares asked for and not dealt", "of those there were at first", "waiting"),
    ("Shares dealt so far", "of those there were at first", "dealt"),
    ("Liquid share", "of the fund within five sessions", "liquid_share"),
)

#: Who bears a run: title and symbol, by the figure of a row.
_BORNE: Final = {
    "dilution_bps": ("those who stay lose", "circle"),
    "leavers_bps": ("those who leave lose", "square"),
    "first_mover_bps": ("who asks first has more than who stays", "diamond"),
}


def write_redemptions_page(report: RedemptionsReport, path: Path) -> None:
    """Write ``index.html``."""
    charts = [
        (
            "Who bears it",
            "basis points; the bar is 90% of draws" if report.draws > 1 else "basis points",
            chart_html(_bearing(report), "chart-bearing"),
        ),
        *(
            (title, note, chart_html(_over_time(report, name), f"chart-{name.replace('_', '-')}"))
            for title, note, name in DRAWN
        ),
    ]
    names = list(dict.fromkeys(row.investors for row in report.classes))
    write(path, render("redemptions.html.j2", one=report, charts=charts, names=names))


@drawn
def _bearing(report: RedemptionsReport) -> go.Figure:
    """What stayers lose, leavers lose, and who asks first has more: a point a tool, with its range over draws."""
    figure, tools = go.Figure(), [row.tool for row in report.rows]
    for place, (key, (title, symbol)) in enumerate(_BORNE.items()):
        spreads: list[Spread] = [getattr(row, key) for row in report.rows]
        ranged = report.draws > 1
        figure.add_scatter(
            x=[spread.value for spread in spreads],
            y=tools,
            mode="markers",
            name=title,
            marker={"size": 8, "symbol": symbol, "color": COLOURS[place]},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [_gap(spread.value, spread.high) for spread in spreads],
                "arrayminus": [_gap(spread.low, spread.value) for spread in spreads],
                "thickness": 1.2,
                "width": 3,
                "visible": ranged,
            },
            hovertemplate="%{y}: %{x:.1f} bp<extra>%{fullData.name}</extra>",
        )
    figure.add_vline(x=0.0, line={"color": "#000000", "width": 1, "dash": "dot"})
    figure.update_layout(**layout(110 + 26 * len(tools)), showlegend=True)
    figure.update_xaxes(title="basis points", automargin=True)
    figure.update_yaxes(autorange="reversed", automargin=True, type="category")
    return figure


def _gap(low: float | None, high: float | None) -> float:
    return 0.0 if low is None or high is None else high - low


@drawn
def _over_time(report: RedemptionsReport, name: str) -> go.Figure:
    figure, days, palette = go.Figure(), report.sessions.astype(str), colours(list(report.paths))
    for label, paths in report.paths.items():
        values = paths[name]
        figure.add_scatter(
            x=days,
            y=np.cumsum(values) if name == "dealt" else values,
            mode="lines",
            name=label,
            line={"color": palette[label], "width": 1.6},
            hovertemplate="%{x}: %{y:.4%}<extra>%{fullData.name}</extra>",
        )
    figure.update_layout(**layout(340), showlegend=True)
    figure.update_xaxes(nticks=6, automargin=True)
    figure.update_yaxes(tickformat=".3~%", automargin=True)
    return figure

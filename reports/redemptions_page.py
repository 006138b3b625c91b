"""The page of a run on a fund: one self-contained file, no network request."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import plotly.graph_objects as go

from simulator.core.files import write
from simulator.core.types import FloatArray

from .figures import colours
from .labels import drawn
from .redemptions import RedemptionsReport
from .template import chart_html, render

#: What is drawn by session: a title, a note, and how a run has it.
_DRAWN: Final = (
    ("What one who stays has", "of a share that nobody dealt with", "staying"),
    ("Shares asked for and not dealt", "of those there were at first", "waiting"),
    ("Shares dealt so far", "of those there were at first", "dealt"),
    ("Liquid share", "of the fund within five sessions", "liquid_share"),
)


def write_redemptions_page(report: RedemptionsReport, path: Path) -> None:
    """Write ``index.html``."""
    charts = [
        (title, note, chart_html(_over_time(report, name), f"chart-{name.replace('_', '-')}"))
        for title, note, name in _DRAWN
    ]
    write(path, render("redemptions.html.j2", one=report, charts=charts))


@drawn
def _over_time(report: RedemptionsReport, name: str) -> go.Figure:
    figure, days, palette = go.Figure(), report.sessions.astype(str), colours(list(report.runs))
    for label, run in report.runs.items():
        values: FloatArray = getattr(run, name)
        figure.add_scatter(
            x=days,
            y=np.cumsum(values) if name == "dealt" else values,
            mode="lines",
            name=label,
            line={"color": palette[label], "width": 1.6},
            hovertemplate="%{x}: %{y:.4%}<extra>%{fullData.name}</extra>",
        )
    figure.update_layout(
        template="plotly_white",
        height=340,
        margin={"l": 60, "r": 12, "t": 28, "b": 44},
        font={"family": "system-ui, sans-serif", "size": 12},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0, "font": {"size": 11}},
        showlegend=True,
    )
    figure.update_xaxes(nticks=6, automargin=True)
    figure.update_yaxes(tickformat=".3~%", automargin=True)
    return figure

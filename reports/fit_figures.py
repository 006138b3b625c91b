"""The charts of a fit: history as a line, nine in ten paths as a band."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from simulator.core.types import FloatArray

from .figures import COLOURS
from .fit import Curve
from .labels import drawn

_BAND = "rgba(0, 114, 178, 0.18)"


@drawn
def curve_chart(curve: Curve, across: str, up: str, log: bool = False, markers: bool = False) -> go.Figure:
    """History among paths along one axis.

    Parameters
    ----------
    across, up
        What the axes are.
    log
        Whether the upward axis is.
    markers
        Whether points are marked.
    """
    figure, x = go.Figure(), curve.x.tolist()
    low, high = (np.maximum(side, 1e-5) if log else side for side in (curve.low, curve.high))
    figure.add_scatter(x=x, y=low, mode="lines", line={"width": 0}, showlegend=False, hoverinfo="skip")
    figure.add_scatter(
        x=x, y=high, mode="lines", line={"width": 0}, fill="tonexty", fillcolor=_BAND, name="90% of paths",
        hoverinfo="skip",
    )  # fmt: skip
    mode = "lines+markers" if markers else "lines"
    middle = np.where(curve.median > 0.0, curve.median, np.nan) if log else curve.median
    for name, values, colour, width in (
        ("median path", middle, COLOURS[1], 1.4),
        ("history", curve.history, COLOURS[2], 2.0),
    ):
        figure.add_scatter(
            x=x, y=values, mode=mode, name=name, line={"color": colour, "width": width}, marker={"size": 5},
            hovertemplate="%{x}: %{y:.4g}<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    _laid_out(figure)
    figure.update_xaxes(title={"text": across, "standoff": 8}, automargin=True)
    figure.update_yaxes(title={"text": up}, automargin=True)
    if log:
        figure.update_yaxes(type="log", exponentformat="power", dtick=1)
    return figure


@drawn
def drawdown_chart(paths: FloatArray, history: float) -> go.Figure:
    """How far paths fall at most, and history among them.

    Fractions below the highest value, negative; ``paths`` has one a path.
    """
    figure = go.Figure()
    figure.add_histogram(x=paths, nbinsx=40, marker={"color": COLOURS[1]}, opacity=0.6, name="paths")
    figure.add_vline(x=history, line={"color": COLOURS[2], "width": 2})
    figure.add_scatter(x=[history], y=[0], mode="markers", marker={"color": COLOURS[2], "size": 9}, name="history")
    _laid_out(figure)
    figure.update_xaxes(tickformat=".0%", title={"text": "largest drawdown", "standoff": 8})
    figure.update_yaxes(title={"text": "paths"}, automargin=True)
    return figure


def _laid_out(figure: go.Figure) -> None:
    figure.update_layout(
        template="plotly_white",
        height=320,
        margin={"l": 60, "r": 12, "t": 28, "b": 44},
        font={"family": "system-ui, sans-serif", "size": 12},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0, "font": {"size": 11}},
        showlegend=True,
    )

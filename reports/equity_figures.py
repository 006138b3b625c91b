"""Charts of the study of shares: size against beta by class, and what a feature does to a forecast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from simulator.core.types import BoolArray, FloatArray

from .findings_figures import COLOURS, SYMBOLS
from .labels import drawn
from .warning_figures import layout


@drawn
def scatter(beta: FloatArray, size: FloatArray, liquid: BoolArray, names: Sequence[str], axis: str) -> go.Figure:
    """(N,) shares by beta and size, a colour and a shape a class."""
    figure = go.Figure()
    for number, (title, where) in enumerate((("liquid", liquid), ("illiquid", ~liquid))):
        figure.add_scatter(
            x=beta[where],
            y=size[where],
            mode="markers",
            name=title,
            text=[names[index] for index in np.flatnonzero(where).tolist()],
            marker={"size": 6, "opacity": 0.75, "color": COLOURS[number], "symbol": SYMBOLS[number]},
            hovertemplate="%{text}: beta %{x:.2f}, size %{y:.1f}<extra>" + title + "</extra>",
        )
    figure.update_layout(**layout(420), hovermode="closest")
    figure.update_xaxes(title="beta before the window")
    figure.update_yaxes(title=axis)
    return figure


@drawn
def dependence(curves: Mapping[str, tuple[FloatArray, FloatArray]], axis: str) -> go.Figure:
    """The mean forecast as one feature takes each of its values, a panel a feature on one scale.

    ``curves`` hold (values, means), both of one length, means as fractions.
    """
    figure = make_subplots(rows=1, cols=len(curves), subplot_titles=list(curves), shared_yaxes=True)
    for number, (name, (values, means)) in enumerate(curves.items(), 1):
        figure.add_scatter(
            x=values, y=means, mode="lines", name=name, line={"color": COLOURS[0]}, row=1, col=number, showlegend=False
        )
    figure.update_layout(**layout(280))
    figure.update_yaxes(title=axis, row=1, col=1)
    return figure

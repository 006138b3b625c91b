"""The charts of a stress test."""

from __future__ import annotations

import plotly.graph_objects as go

from simulator.core.types import DateArray

from .figures import COLOURS, colours
from .labels import drawn
from .stress import Picture, Reversed


@drawn
def picture(picture: Picture, sessions: DateArray) -> go.Figure:
    """What shocks do to one thing, a line for each asset or group of assets."""
    figure = go.Figure()
    days = sessions.astype(str)
    for number, trace in enumerate(picture.traces):
        figure.add_scatter(
            x=days,
            y=trace.values,
            mode="lines",
            name=trace.name,
            line={"color": COLOURS[number % len(COLOURS)], "width": 1.6},
            connectgaps=True,
            hovertemplate="%{x}: %{y:.4g}<extra>%{fullData.name}</extra>",
        )
    if picture.ratio:
        figure.add_hline(y=1.0, line={"color": "#8FA3B8", "width": 1, "dash": "dot"})
    _laid_out(figure, 300)
    figure.update_xaxes(nticks=6, automargin=True)
    figure.update_yaxes(tickformat=".3~g", ticksuffix=" x" if picture.ratio else "", automargin=True)
    return figure


@drawn
def frontier_of_two(found: Reversed, failure: str) -> go.Figure:
    """For severities of the first shock, the smallest of the second at which each policy fails; NaN where none does."""
    figure = go.Figure()
    lines = found.pairs[failure]
    palette = colours(list(lines))
    for name, line in lines.items():
        known = [(first, second) for first, second in line if second is not None]
        figure.add_scatter(
            x=[first for first, _ in known],
            y=[second for _, second in known],
            mode="lines+markers",
            name=name,
            line={"color": palette[name], "width": 1.6},
            marker={"size": 6},
            hovertemplate="fails at %{x:.3g} with %{y:.3g}<extra>%{fullData.name}</extra>",
        )
    _laid_out(figure, 360)
    figure.update_xaxes(title={"text": f"severity of {found.shocks[0]}", "standoff": 8}, range=[0.0, found.most * 1.03])
    figure.update_yaxes(title={"text": f"severity of {found.shocks[1]}"}, range=[0.0, found.most * 1.03])
    return figure


def _laid_out(figure: go.Figure, height: int) -> None:
    figure.update_layout(
        template="plotly_white",
        height=height,
        margin={"l": 56, "r": 12, "t": 28, "b": 44},
        font={"family": "system-ui, sans-serif", "size": 12},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0, "font": {"size": 11}},
        showlegend=True,
    )

"""The charts of an early-warning study."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from simulator.core.types import FloatArray

from .labels import drawn
from .spacing import HELD, changes
from .text import short

if TYPE_CHECKING:
    from .warning_study import IndexView, ProtocolView, Row, Timeline

#: Green, amber and red, told apart by everyone (they differ in lightness too).
TIER_COLOURS: Final = ("#BFE3D0", "#E69F00", "#A50026")
_LEAKY: Final = "#9AA1AB"
_HONEST: Final = "#0072B2"
_RULE: Final = "#000000"


def layout(height: int) -> dict[str, Any]:
    """What all charts share."""
    return {
        "template": "plotly_white",
        "height": height,
        "margin": {"l": 48, "r": 12, "t": 28, "b": 40},
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0, "font": {"size": 11}},
        "font": {"family": "system-ui, sans-serif", "size": 12},
    }


@drawn
def at_a_glance(protocols: Sequence[ProtocolView]) -> go.Figure:
    """The weighted warning score of every model with its interval; leaky protocols in grey."""
    figure = go.Figure()
    last = protocols[-1]
    order = sorted(last.rows, key=lambda row: row.cells["wws"].value or 0.0)
    titles = [_named(row) for row in order]
    names = [row.name for row in order]
    for protocol in protocols:
        by_name = {row.name: row.cells["wws"] for row in protocol.rows}
        cells = [by_name.get(name) for name in names]
        values = [None if cell is None else cell.value for cell in cells]
        figure.add_scatter(
            x=values,
            y=titles,
            mode="markers",
            name=f"{protocol.title}{' – LEAKY' if protocol.leaky else ''}",
            marker={
                "size": 8,
                "color": _LEAKY if protocol.leaky else _HONEST,
                "symbol": "x" if protocol.leaky else "circle",
            },
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [_reach(cell, 2) for cell in cells],
                "arrayminus": [_reach(cell, 1) for cell in cells],
                "thickness": 1,
                "width": 0,
            },
            hovertemplate="%{y}: %{x:.3f}<extra></extra>",
        )
    for row in last.rows:
        value = row.cells["wws"].value
        if row.role == "rule" and value is not None:
            figure.add_vline(x=value, line={"color": _RULE, "width": 1, "dash": "dot"})
    figure.update_layout(**layout(120 + 19 * len(order)))
    figure.update_layout(margin={"l": 8, "r": 12, "t": 28, "b": 40}, hovermode="closest")
    figure.update_xaxes(range=[0.0, 1.02], title="weighted warning score")
    figure.update_yaxes(automargin=True, tickfont={"size": 11}, dtick=1)
    return figure


def _named(row: Row) -> str:
    title = short(row.title)
    return f"<b>{title}</b>" if row.role in ("rule", "control") else title


def _reach(cell: Any, end: int) -> float:
    if cell is None or cell.value is None or cell[end] is None:
        return 0.0
    return abs(float(cell[end]) - float(cell.value))


@drawn
def index_chart(view: IndexView) -> go.Figure:
    """The index with the status of each session and the thresholds that gave it; each holds until the next is known."""
    figure = go.Figure()
    days = pd.DatetimeIndex(view.dates)
    status = (view.values[:, None] > view.bounds).sum(axis=1)
    line = {"color": "#8A93A0", "width": 1, "shape": HELD}
    figure.add_scatter(x=days, y=_rounded(view.values), mode="lines", name=view.name, line=line)
    for tier, name in enumerate(("green", "amber", "red")):
        if tier == 0:
            continue
        there = (status == tier) & ~np.isnan(view.values)
        figure.add_scatter(
            x=days[there],
            y=_rounded(view.values[there]),
            mode="markers",
            name=name,
            marker={"size": 4, "color": TIER_COLOURS[tier]},
            hovertemplate="%{x|%d %b %Y}: %{y:.2f}<extra>" + name + "</extra>",
        )
    for column, name in enumerate(("amber", "red")):
        bound = _rounded(view.bounds[:, column])
        moved = changes(bound)
        figure.add_scatter(
            x=days[moved],
            y=bound[moved],
            mode="lines",
            name=f"{name} above",
            line={"color": TIER_COLOURS[column + 1], "width": 1, "dash": "dot", "shape": HELD},
            hoverinfo="skip",
        )
    figure.update_layout(**layout(360), hovermode="closest")
    return figure


@drawn
def roc_chart(protocols: Sequence[ProtocolView]) -> go.Figure:
    """True against false positive rates of red days."""
    figure = go.Figure()
    dashes = ("solid", "dash", "dot", "dashdot", "longdash")
    for protocol in protocols:
        for number, curve in enumerate(protocol.roc):
            figure.add_scatter(
                x=_rounded(curve.false_rate),
                y=_rounded(curve.true_rate),
                mode="lines",
                name=f"{curve.title}, {protocol.title.lower()}{' – LEAKY' if protocol.leaky else ''}",
                line={"color": _LEAKY if protocol.leaky else _HONEST, "width": 2, "dash": dashes[number % len(dashes)]},
                hovertemplate="%{x:.3f}, %{y:.3f}<extra></extra>",
            )
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", showlegend=False, hoverinfo="skip", line={"color": "#DDE2E8", "width": 1}
    )
    figure.update_layout(**layout(430), hovermode="closest")
    figure.update_layout(legend={"orientation": "v", "x": 0.98, "xanchor": "right", "y": 0.05, "yanchor": "bottom"})
    figure.update_xaxes(title="share of other days called red", range=[-0.01, 1.0])
    figure.update_yaxes(title="share of red days called red", range=[0.0, 1.01])
    return figure


@drawn
def timeline_chart(view: Timeline) -> go.Figure:
    """A ribbon a model: green, amber or red, day by day; what came is on top."""
    names = list(view.ribbons)[::-1]
    values = np.stack([view.ribbons[name] for name in names])
    third = 1.0 / 3.0
    scale = [
        [bound, colour] for k, colour in enumerate(TIER_COLOURS) for bound in (k * third, min((k + 1) * third, 1.0))
    ]
    figure = go.Figure(
        go.Heatmap(
            x=pd.DatetimeIndex(view.dates),
            y=names,
            z=values.astype(np.int8),
            zmin=0,
            zmax=2,
            colorscale=scale,
            showscale=False,
            ygap=5,
            text=np.array(["green", "amber", "red"])[values.astype(int)],
            hovertemplate="%{x|%d %b %Y}, %{y}: %{text}<extra></extra>",
        )
    )
    figure.update_layout(**layout(90 + 34 * len(names)))
    figure.update_layout(margin={"l": 8, "r": 12, "t": 10, "b": 30})
    figure.update_yaxes(automargin=True, tickfont={"size": 11})
    return figure


def _rounded(values: FloatArray) -> FloatArray:
    return np.round(values, 4)

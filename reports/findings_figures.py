"""Charts of findings: dots with their intervals, lines with alarms, marks in time, and a heat map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from simulator.core.types import DateArray, FloatArray

from .labels import drawn
from .spacing import HELD
from .warning_figures import layout

#: Colours told apart by everyone, and shapes that differ as well. Source: Okabe & Ito (2008).
COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#C98100", "#1F97DE", "#000000")
SYMBOLS: Final = ("circle", "square", "diamond", "triangle-up", "x", "cross", "star")


class Dot(NamedTuple):
    """A value and its interval; ``None`` where undefined. In the unit of the axis."""

    title: str
    value: float | None
    low: float | None = None
    high: float | None = None


@drawn
def dots(
    groups: Mapping[str, Sequence[Dot]], axis: str, reference: float | None = None, order: Sequence[str] = ()
) -> go.Figure:
    """A row a title, in this order or as they come, a colour a group; a dotted line at the reference.

    Values are in the unit that ``axis`` names.
    """
    figure = go.Figure()
    titles = list(dict.fromkeys([*order, *(dot.title for group in groups.values() for dot in group)]))
    for number, (name, group) in enumerate(groups.items()):
        shown = [dot for dot in group if dot.value is not None]
        figure.add_scatter(
            x=[dot.value for dot in shown],
            y=[dot.title for dot in shown],
            mode="markers",
            name=name,
            marker={"size": 8, "color": COLOURS[number % 7], "symbol": SYMBOLS[number % 7]},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [_reach(dot, dot.high) for dot in shown],
                "arrayminus": [_reach(dot, dot.low) for dot in shown],
                "thickness": 1,
                "width": 0,
            },
            hovertemplate="%{y}: %{x:.3f}<extra>" + name + "</extra>",
        )
    if reference is not None:
        figure.add_vline(x=reference, line={"color": "#000000", "width": 1, "dash": "dot"})
    figure.update_layout(**layout(130 + 24 * len(titles)), hovermode="closest", showlegend=len(groups) > 1)
    figure.update_layout(margin={"l": 8, "r": 12, "t": 28, "b": 40})
    figure.update_xaxes(title=axis)
    figure.update_yaxes(automargin=True, tickfont={"size": 11}, dtick=1, categoryarray=titles[::-1])
    return figure


def _reach(dot: Dot, end: float | None) -> float:
    return 0.0 if dot.value is None or end is None else abs(end - dot.value)


@drawn
def lines(
    curves: Mapping[str, tuple[DateArray, FloatArray]],
    axis: str,
    marks: Mapping[str, DateArray] | None = None,
    reference: float | None = None,
    floor: float | None = None,
) -> go.Figure:
    """Curves over time that hold until their next value, over rows of marks; below ``floor`` they are drawn at it.

    Values are in the unit that ``axis`` names, one a session; NaN breaks a curve.
    """
    figure = go.Figure()
    for number, (name, (dates, values)) in enumerate(curves.items()):
        shown = values if floor is None else np.maximum(values, floor)
        figure.add_scatter(
            x=pd.DatetimeIndex(dates),
            y=np.round(shown, 4),
            mode="lines",
            name=name,
            line={"width": 1.5, "color": COLOURS[number % 7], "shape": HELD},
            customdata=np.round(values, 3),
            hovertemplate="%{x|%d %b %Y}: %{customdata}<extra>" + name + "</extra>",
        )
    for number, (name, dates) in enumerate((marks or {}).items()):
        colour = COLOURS[(len(curves) + number) % 7]
        figure.add_scatter(
            x=pd.DatetimeIndex(dates),
            y=np.full(dates.size, number / 20.0 + 0.02),
            yaxis="y2",
            mode="markers",
            name=name,
            marker={"size": 9, "color": colour, "symbol": SYMBOLS[(number + 3) % 7]},
            hovertemplate="%{x|%d %b %Y}<extra>" + name + "</extra>",
        )
    if reference is not None:
        figure.add_hline(y=reference, line={"color": "#000000", "width": 1, "dash": "dot"})
    figure.update_layout(**layout(380), hovermode="closest")
    figure.update_layout(
        yaxis={"title": axis}, yaxis2={"overlaying": "y", "range": [0, 1], "visible": False, "side": "right"}
    )
    return figure


@drawn
def moments(rows: Mapping[str, DateArray]) -> go.Figure:
    """A row a name, a mark a date."""
    figure = go.Figure()
    names = list(rows)[::-1]
    for number, name in enumerate(names):
        figure.add_scatter(
            x=pd.DatetimeIndex(rows[name]),
            y=[name] * rows[name].size,
            mode="markers",
            showlegend=False,
            marker={"size": 8, "symbol": "line-ns-open", "color": COLOURS[number % 7]},
            hovertemplate="%{x|%d %b %Y}<extra>%{y}</extra>",
        )
    figure.update_layout(**layout(90 + 30 * len(names)), hovermode="closest")
    figure.update_layout(margin={"l": 8, "r": 12, "t": 10, "b": 30})
    figure.update_yaxes(automargin=True, tickfont={"size": 11}, categoryarray=names, dtick=1)
    return figure


@drawn
def heat(dates: DateArray, names: Sequence[str], values: FloatArray, steps: Sequence[tuple[float, str]]) -> go.Figure:
    """(n, K) values by date and name in steps of colour: each step begins at its value; missing ones are white."""
    bounds = [step for step, _ in steps]
    codes = np.where(np.isnan(values), np.nan, np.searchsorted(bounds, values, side="right") - 1.0)
    count = len(steps)
    scale = [[edge, colour] for k, (_, colour) in enumerate(steps) for edge in (k / count, (k + 1) / count)]
    figure = go.Figure(
        go.Heatmap(
            x=pd.DatetimeIndex(dates),
            y=list(names),
            z=codes.T,
            zmin=-0.5,
            zmax=count - 0.5,
            colorscale=scale,
            showscale=False,
            customdata=np.round(values.T, 2),
            hovertemplate="%{x|%d %b %Y}, %{y}: %{customdata}<extra></extra>",
        )
    )
    figure.update_layout(**layout(90 + 16 * len(names)))
    figure.update_layout(margin={"l": 8, "r": 12, "t": 10, "b": 30})
    figure.update_yaxes(automargin=True, tickfont={"size": 10}, dtick=1, autorange="reversed")
    return figure

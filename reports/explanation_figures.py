"""The charts of one day's explanation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

import pandas as pd
import plotly.graph_objects as go

from .labels import drawn
from .spacing import HELD
from .warning_figures import layout

_TOWARDS: Final = "#B2182B"
_AWAY: Final = "#2166AC"
_TOTAL: Final = "#444B54"
_SHOWN: Final = 12
_CHANCES: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995)


@drawn
def waterfall(told: Mapping[str, Any]) -> go.Figure:
    """The forecast as a sum of bars, the largest reasons first, on an axis of log-odds marked with chances."""
    rows = _bars(told)
    start, end = told["base"]["log_odds"], told["log_odds"]
    ends = [start + sum(length for _, length, _ in rows[:k]) for k in range(len(rows) + 1)]
    first = f"no day in particular: {told['base']['probability']:.1%}"
    last = f"forecast: {told['probability']:.1%}"
    figure = go.Figure(
        go.Bar(
            orientation="h",
            y=[label for label, _, _ in rows],
            x=[length for _, length, _ in rows],
            base=ends[:-1],
            marker={"color": [_TOWARDS if length > 0.0 else _AWAY for _, length, _ in rows]},
            text=[text for _, _, text in rows],
            textposition="none",
            hovertemplate="%{text}<extra></extra>",
        )
    )
    figure.add_scatter(
        x=[start, end],
        y=[first, last],
        mode="markers",
        marker={"symbol": "diamond", "size": 12, "color": _TOTAL},
        hovertemplate="%{y}<extra></extra>",
    )
    for level in (start, end):
        figure.add_vline(x=level, line={"color": "#C8CED6", "width": 1, "dash": "dot"})
    room = 0.08 * max(max(ends) - min(ends), 0.5)
    low, high = min(ends) - room, max(ends) + room
    ticks = _ticks(low, high)
    figure.update_layout(**layout(110 + 26 * (len(rows) + 2)), showlegend=False, hovermode="closest", bargap=0.25)
    figure.update_layout(margin={"l": 8, "r": 16, "t": 8, "b": 40})
    figure.update_xaxes(
        range=[low, high],
        tickvals=[_log_odds(tick) for tick in ticks],
        ticktext=[f"{tick:.1%}" if tick < 0.01 or tick > 0.99 else f"{tick:.0%}" for tick in ticks],
        title="chance of an event",
        zeroline=False,
    )
    order = [first, *(label for label, _, _ in rows), last]
    figure.update_yaxes(
        categoryorder="array",
        categoryarray=order,
        range=[len(order) - 0.4, -0.6],
        automargin=True,
        tickfont={"size": 11},
        dtick=1,
    )
    return figure


def _bars(told: Mapping[str, Any]) -> list[tuple[str, float, str]]:
    """Label, length in log-odds, and what the pointer shows."""
    reasons = told["reasons"]
    rows = [(reason["column"], reason["contribution"], reason["text"]) for reason in reasons[:_SHOWN]]
    rest = reasons[_SHOWN:]
    if rest:
        total = sum(reason["contribution"] for reason in rest)
        rows.append((f"{len(rest)} other columns", total, f"together: odds × {math.exp(total):.2f}"))
    if told["calibration"]:
        rows.append(("calibration", told["calibration"], "learned from how often forecasts came true"))
    return rows


def _ticks(low: float, high: float) -> list[float]:
    """Chances that fit on the axis, not too many."""
    fitting = [chance for chance in _CHANCES if low <= _log_odds(chance) <= high]
    while len(fitting) > 7:
        fitting = fitting[::2]
    return fitting


def _log_odds(chance: float) -> float:
    return math.log(chance / (1.0 - chance))


@drawn
def around(told: Mapping[str, Any]) -> go.Figure:
    """The forecast on the sessions around the day."""
    window = told["around"]
    days = pd.DatetimeIndex(window["dates"])
    figure = go.Figure()
    for start, stop in _spells(window["on"]):
        figure.add_vrect(
            x0=days[start], x1=days[min(stop, len(days) - 1)], fillcolor="#FBE3D6", line_width=0, layer="below"
        )
    figure.add_scatter(
        x=days,
        y=window["probability"],
        mode="lines",
        name="forecast",
        line={"color": "#0072B2", "width": 1.5, "shape": HELD},
        hovertemplate="%{x|%d %b %Y}: %{y:.1%}<extra></extra>",
    )
    struck = [k for k, event in enumerate(window["event"]) if event]
    figure.add_scatter(
        x=days[struck],
        y=[0.0] * len(struck),
        mode="markers",
        name="days with an event",
        marker={"color": _TOWARDS, "size": 6},
        hovertemplate="%{x|%d %b %Y}: event<extra></extra>",
        cliponaxis=False,
    )
    figure.add_scatter(
        x=[pd.Timestamp(told["date"])],
        y=[told["probability"]],
        mode="markers",
        name=told["date"],
        marker={"color": "#000000", "size": 10, "symbol": "diamond"},
        hovertemplate="%{x|%d %b %Y}: %{y:.1%}<extra></extra>",
    )
    for name, level in (window["levels"] or {}).items():
        figure.add_hline(y=level, line={"color": "#8A93A0", "width": 1, "dash": "dot"}, annotation_text=name)
    figure.update_layout(**layout(320), hovermode="closest")
    figure.update_yaxes(tickformat=".0%", rangemode="tozero")
    return figure


def _spells(on: list[bool]) -> list[tuple[int, int]]:
    """Starts, and ends (exclusive), of runs that are on."""
    changes = [k for k in range(1, len(on)) if on[k] != on[k - 1]]
    edges = [0, *changes, len(on)]
    return [(start, stop) for start, stop in pairwise(edges) if on[start]]


@drawn
def importance(told: Mapping[str, Any]) -> go.Figure:
    """Families, and the series on their own that matter most, with the spread of the draws."""
    figure = go.Figure()
    groups = [("families", told["families"], "#0072B2"), ("series on their own", told["series"][:_SHOWN], "#C98100")]
    for name, rows, colour in groups:
        if not rows:
            continue
        figure.add_bar(
            orientation="h",
            y=[f"{row['name']} ({row['columns']})" for row in rows],
            x=[row["mean"] for row in rows],
            name=name,
            marker={"color": colour},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [max(row["high"] - row["mean"], 0.0) for row in rows],
                "arrayminus": [max(row["mean"] - row["low"], 0.0) for row in rows],
                "thickness": 1,
                "width": 0,
                "color": "#444B54",
            },
            hovertemplate="%{y}: %{x:.4f}<extra></extra>",
        )
    count = len(told["families"]) + len(told["series"][:_SHOWN])
    figure.update_layout(**layout(120 + 22 * count), hovermode="closest", bargap=0.3)
    figure.update_layout(margin={"l": 8, "r": 16, "t": 28, "b": 40})
    figure.update_yaxes(autorange="reversed", automargin=True, tickfont={"size": 11}, dtick=1)
    figure.update_xaxes(title="Brier score gets worse by")
    return figure


@drawn
def over_time(told: Mapping[str, Any]) -> go.Figure:
    """Mean absolute contribution of the most important columns, refit by refit."""
    figure = go.Figure(
        go.Heatmap(
            x=told["refits"],
            y=told["columns"],
            z=told["importance"],
            colorscale=[[0.0, "#F2F5F8"], [0.3, "#9CC4E4"], [1.0, "#08306B"]],
            zmin=0.0,
            colorbar={"title": {"text": "log-odds", "side": "top"}, "thickness": 10, "len": 0.8},
            hovertemplate="%{y}, model of %{x}: %{z:.3f}<extra></extra>",
        )
    )
    figure.update_layout(**layout(90 + 26 * len(told["columns"])))
    figure.update_layout(margin={"l": 8, "r": 8, "t": 8, "b": 30})
    figure.update_xaxes(type="date", nticks=8, tickangle=0)
    figure.update_yaxes(autorange="reversed", automargin=True, tickfont={"size": 11}, dtick=1)
    return figure

"""The charts of a day's liquidity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from .labels import drawn
from .warning_figures import layout

_USUAL: Final = "#0072B2"
_STRESSED: Final = "#D55E00"
_SIZES: Final = ("#1F97DE", "#0072B2", "#003B5C", "#000000")
_WAYS: Final = (("usual", "as usual", "solid"), ("stressed", "under stress", "dot"))


def _number(value: Any) -> float | None:
    """What can be drawn: neither what is unknown nor what never ends."""
    return value if isinstance(value, float | int) else None


def _line(values: Sequence[Any]) -> list[float | None]:
    return [_number(value) for value in values]


@drawn
def curve(told: Mapping[str, Any]) -> go.Figure:
    """Share of the book that is cash, by sessions."""
    figure = go.Figure()
    for key, name, dash in _WAYS:
        colour = _USUAL if key == "usual" else _STRESSED
        figure.add_scatter(
            x=told["days"][1:],
            y=_line(told[key][1:]),
            name=name,
            mode="lines",
            line={"color": colour, "dash": dash, "width": 2},
            hovertemplate="%{x:.2f} sessions: %{y:.1%}<extra>" + name + "</extra>",
        )
    figure.update_layout(**layout(320), hovermode="closest")
    ticks = [0.01, 0.1, 1, 5, 20, 60, 180]
    figure.update_xaxes(type="log", tickvals=ticks, ticktext=[f"{tick:g}" for tick in ticks], title="sessions")
    figure.update_yaxes(tickformat=".0%", range=[0.0, 1.03])
    return figure


@drawn
def surface(told: Mapping[str, Any]) -> go.Figure:
    """Expected cost by horizon, a line for each size."""
    figure = go.Figure()
    horizons = [f"{days}" for days in told["horizons"]]
    for k, size in enumerate(told["sizes"]):
        for key, name, dash in _WAYS:
            figure.add_scatter(
                x=horizons,
                y=_line(told[f"{key}_cost"][k]),
                name=f"{size:.0%} {name}",
                mode="lines+markers",
                line={"color": _SIZES[k % len(_SIZES)], "dash": dash, "width": 2},
                hovertemplate="%{x} sessions: %{y:.1f} bp<extra>" + f"{size:.0%} {name}" + "</extra>",
            )
    figure.update_layout(**layout(360), hovermode="closest")
    figure.update_xaxes(title="sessions", type="category")
    figure.update_yaxes(title="bp of what is sold", rangemode="tozero")
    return figure


@drawn
def around(told: Mapping[str, Any]) -> go.Figure:
    """Days to cash and coverage over the year up to the day."""
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.08)
    for row, (column, title) in enumerate((("days_to_90", "sessions to 90%"), ("rcr", "coverage, slicing")), start=1):
        for key, name, dash in _WAYS:
            values = _line(told[column if key == "usual" else f"{column}_stressed"])
            figure.add_scatter(
                x=told["dates"],
                y=values if column == "rcr" else [value or None for value in values],
                name=name,
                mode="lines",
                showlegend=row == 1,
                line={"color": _USUAL if key == "usual" else _STRESSED, "dash": dash, "width": 1.5},
                hovertemplate="%{x}: %{y:.2f}<extra>" + f"{title}, {name}" + "</extra>",
                row=row,
                col=1,
            )
        figure.update_yaxes(title={"text": title, "font": {"size": 11}}, row=row, col=1)
    figure.update_layout(**layout(420), hovermode="closest")
    figure.update_yaxes(type="log", row=1, col=1)
    figure.update_yaxes(rangemode="tozero", row=2, col=1)
    return figure

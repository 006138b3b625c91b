"""Charts of studies in money: curves with intervals against a quantity, and heat maps of two."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from .findings_figures import COLOURS, SYMBOLS
from .labels import drawn
from .warning_figures import layout


@dataclass(frozen=True)
class Curve:
    """A curve: values at points, ``None`` where undefined, and an interval about each where there is one.

    In the units that the axes name.
    """

    title: str
    x: Sequence[float]
    y: Sequence[float | None]
    between: Sequence[tuple[float, float]] = ()


@drawn
def curves(
    shown: Sequence[Curve], x_title: str, y_title: str, reference: float | None = None, *, logs: bool = False
) -> go.Figure:
    """A line a curve with its intervals as a band; a dotted line at the reference; ``x`` in logs, if so asked."""
    figure = go.Figure()
    for number, curve in enumerate(shown):
        colour = COLOURS[number % 7]
        if curve.between:
            _band(figure, curve, colour)
        figure.add_scatter(
            x=list(curve.x),
            y=[None if value is None or not math.isfinite(value) else round(value, 4) for value in curve.y],
            mode="lines+markers",
            name=curve.title,
            line={"width": 1.6, "color": colour},
            marker={"size": 7, "symbol": SYMBOLS[number % 7]},
            hovertemplate="%{x:,.4~g}: %{y:.3f}<extra>" + curve.title + "</extra>",
        )
    if reference is not None:
        figure.add_hline(y=reference, line={"color": "#000000", "width": 1, "dash": "dot"})
    figure.update_layout(**layout(340), hovermode="closest", showlegend=True)
    figure.update_xaxes(title=x_title, **({"type": "log", "dtick": 1, "exponentformat": "B"} if logs else {}))
    figure.update_yaxes(title=y_title, automargin=True)
    return figure


def _band(figure: go.Figure, curve: Curve, colour: str) -> None:
    """The intervals, where they are known."""
    there = [(x, *ends) for x, ends in zip(curve.x, curve.between, strict=True) if not any(map(math.isnan, ends))]
    if not there:
        return
    low, high = [low for _, low, _ in there], [high for *_, high in there]
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    figure.add_scatter(
        x=[x for x, *_ in there] + [x for x, *_ in there][::-1],
        y=np.round(high + low[::-1], 4),
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor=f"rgba({red},{green},{blue},0.13)",
        hoverinfo="skip",
        showlegend=False,
    )


@drawn
def heat_map(
    rows: Sequence[str], columns: Sequence[str], values: Sequence[Sequence[float]], titles: tuple[str, str, str]
) -> go.Figure:
    """(R, C) values about zero, blue above and red below, written in their cells; NaN is left white.

    ``titles`` are those of columns, rows and the values.
    """
    x_title, y_title, what = titles
    shown = np.array(values, float)
    reach = float(np.nanmax(np.abs(shown), initial=0.01, where=~np.isnan(shown)))
    text: list[list[Any]] = [["" if math.isnan(value) else f"{value:+.2f}" for value in row] for row in shown]
    figure = go.Figure(
        go.Heatmap(
            x=list(columns),
            y=list(rows),
            z=np.round(shown, 4),
            zmin=-reach,
            zmax=reach,
            colorscale=[[0.0, "#D55E00"], [0.5, "#FFFFFF"], [1.0, "#56B4E9"]],
            text=text,
            texttemplate="%{text}",
            textfont={"size": 11, "color": "#111111"},
            showscale=False,
            hovertemplate=f"{y_title} %{{y}}, {x_title} %{{x}}: %{{z:.3f}}<extra>{what}</extra>",
        )
    )
    figure.update_layout(**layout(110 + 30 * len(rows)))
    figure.update_xaxes(title=x_title, type="category")
    figure.update_yaxes(title=y_title, type="category", automargin=True, autorange="reversed")
    return figure

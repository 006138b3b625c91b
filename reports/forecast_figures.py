"""The charts of a stress-forecast study."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from .labels import drawn
from .spacing import HELD
from .text import short
from .warning_figures import layout

if TYPE_CHECKING:
    from .forecast_study import HorizonView, Trace
    from .warning_study import Cell

_LEAKY: Final = "#8A919C"
_HONEST: Final = ("#1F97DE", "#0072B2", "#003B5C")
_STRESS: Final = "#A50026"
_WARNED: Final = "#C98100"
_DASHES: Final = ("solid", "dash", "dot", "dashdot")


@drawn
def at_a_glance(views: Sequence[HorizonView]) -> go.Figure:
    """ROC area of every model with its interval, by protocol and horizon; leaky protocols in grey."""
    figure = go.Figure()
    last = views[-1]
    order = sorted(last.rows, key=lambda view: view.row.cells["roc_auc"].value or 0.0)
    names = [view.row.name for view in order]
    titles = [
        f"<b>{short(view.row.title)}</b>" if view.row.role in ("rule", "control") else short(view.row.title)
        for view in order
    ]
    honest = [view for view in views if not view.leaky]
    for view in views:
        by_name = {row.row.name: row.row.cells["roc_auc"] for row in view.rows}
        cells = [by_name.get(name) for name in names]
        colour = (
            _LEAKY if view.leaky else _HONEST[min(honest.index(view) + 3 - len(honest), 2) if len(honest) < 3 else 0]
        )
        figure.add_scatter(
            x=[None if cell is None else cell.value for cell in cells],
            y=titles,
            mode="markers",
            name=f"{view.title}, {view.horizon} sessions{' – LEAKY' if view.leaky else ''}",
            marker={"size": 8, "color": colour, "symbol": "x" if view.leaky else "circle"},
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
    figure.add_vline(x=0.5, line={"color": "#DDE2E8", "width": 1})
    figure.update_layout(**layout(130 + 22 * len(order)), hovermode="closest")
    figure.update_layout(margin={"l": 8, "r": 12, "t": 64, "b": 40})
    figure.update_xaxes(range=[0.35, 1.01], title="ROC area (0.5: no better than chance)")
    figure.update_yaxes(automargin=True, tickfont={"size": 11}, dtick=1)
    return figure


def _reach(cell: Cell | None, end: int) -> float:
    if cell is None or cell.value is None or cell[end] is None:
        return 0.0
    return abs(float(cell[end]) - float(cell.value))  # type: ignore[arg-type]


@drawn
def trace_chart(trace: Trace) -> go.Figure:
    """The probability day by day, where it warned, and the days of stress below."""
    figure = go.Figure()
    days = pd.DatetimeIndex(trace.dates)
    chance = np.round(trace.probability, 4)
    line = {"color": _HONEST[1], "width": 1.2, "shape": HELD}
    figure.add_scatter(x=days, y=chance, mode="lines", name="probability", line=line)
    warned = trace.warned > 0.0
    figure.add_scatter(
        x=days[warned], y=chance[warned], mode="markers", name="warning", marker={"size": 4, "color": _WARNED}
    )
    stress = pd.DatetimeIndex(trace.stress)
    figure.add_scatter(
        x=stress,
        y=np.full(stress.size, -0.04),
        mode="markers",
        name="day of stress",
        marker={"size": 7, "color": _STRESS, "symbol": "line-ns-open"},
        hovertemplate="%{x|%d %b %Y}<extra>day of stress</extra>",
    )
    figure.update_layout(**layout(320), hovermode="closest")
    figure.update_yaxes(title=f"probability of an event<br>within {trace.horizon} sessions", rangemode="tozero")
    return figure


@drawn
def precision_chart(view: HorizonView) -> go.Figure:
    """Precision against recall, in steps: the area under a curve is its average precision."""
    figure = go.Figure()
    for number, curve in enumerate(view.curves):
        rule = curve.title in view.rules.values()
        figure.add_scatter(
            x=np.round(curve.recall, 4),
            y=np.round(curve.precision, 4),
            mode="lines",
            name=curve.title,
            line={
                "color": "#000000" if rule else _HONEST[1],
                "width": 2,
                "dash": _DASHES[number % len(_DASHES)],
                "shape": "vh",
            },
            hovertemplate="recall %{x:.2f}, precision %{y:.2f}<extra></extra>",
        )
    figure.add_hline(y=view.base_rate, line={"color": "#DDE2E8", "width": 1})
    figure.update_layout(**layout(380), hovermode="closest")
    figure.update_xaxes(title="share of days with an event ahead that are found", range=[0.0, 1.0])
    figure.update_yaxes(title="share of finds that are right", range=[0.0, 1.02])
    return figure


@drawn
def calibration_chart(view: HorizonView) -> go.Figure:
    """Frequency of events against the probability that was said, in ten bins."""
    figure = go.Figure()
    top = max((float(max(curve.probability.max(), curve.frequency.max())) for curve in view.calibration), default=1.0)
    figure.add_scatter(
        x=[0, top], y=[0, top], mode="lines", showlegend=False, hoverinfo="skip", line={"color": "#DDE2E8", "width": 1}
    )
    for number, curve in enumerate(view.calibration):
        rule = curve.title in view.rules.values()
        figure.add_scatter(
            x=np.round(curve.probability, 4),
            y=np.round(curve.frequency, 4),
            mode="lines+markers",
            name=curve.title,
            line={"color": "#000000" if rule else _HONEST[1], "width": 1.5, "dash": _DASHES[number % len(_DASHES)]},
            hovertemplate="said %{x:.3f}, came %{y:.3f}<extra></extra>",
        )
    figure.update_layout(**layout(380), hovermode="closest")
    figure.update_xaxes(title="probability said (mean of the bin)", range=[0.0, 1.03 * top])
    figure.update_yaxes(title="how often an event came", range=[0.0, 1.03 * top])
    return figure

"""The charts of the comparison page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from simulator.core import abi
from simulator.core.flows import Flow
from simulator.core.panels import SignalPanel
from simulator.core.types import FloatArray
from simulator.ledger import RunRecord
from simulator.metrics import CRISES, PolicyMetrics, drawdown_path

from .text import money

#: Okabe & Ito's palette: told apart by everyone, in print too.
COLOURS: Final = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6D31", "#7F7F7F")
_POINTS: Final = 1500
#: Where a log axis that spans little is labelled.
_TICKS: Final = (*(n / 10 for n in range(1, 10)), 1, 1.1, 1.2, 1.3, 1.5, 1.7, 2, 2.5, 3, 4, 5, 6, 8, 10, 12, 15, 20)


def colours(names: Sequence[str]) -> dict[str, str]:
    """A colour for each policy, the same in every chart."""
    return {name: COLOURS[number % len(COLOURS)] for number, name in enumerate(names)}


def growth_path(returns: pd.Series) -> FloatArray:
    """(T,) value of one unit invested at the start."""
    return np.asarray(np.cumprod(1.0 + returns.to_numpy()), dtype=np.float64)


def growth(records: Mapping[str, RunRecord], flows: Sequence[Flow] = ()) -> go.Figure:
    """Value of one unit of currency, on a log scale, with the days on which investors' money was due."""
    paths = {name: growth_path(one.returns) for name, one in records.items()}
    figure = _lines(paths, _index(records), "%{y:.3f}")
    figure.update_yaxes(type="log", dtick="D2")
    if _narrow(paths):
        figure.update_yaxes(tickvals=_TICKS, ticktext=[f"{one:g}" for one in _TICKS])
    _mark_flows(figure, flows)
    return figure


def _mark_flows(figure: go.Figure, flows: Sequence[Flow]) -> None:
    """Triangles at the foot of the chart: up where money came, down where it was asked for."""
    for label, sign, symbol, colour in (
        ("subscription", 1.0, "triangle-up", "#2E7D32"),
        ("redemption", -1.0, "triangle-down", "#B00020"),
    ):
        these = [one for one in flows if sign * ((one.amount or 0.0) + (one.share or 0.0)) > 0.0]
        if not these:
            continue
        figure.add_scatter(
            x=[str(one.date) for one in these],
            y=[0.03] * len(these),
            yaxis="y2",
            mode="markers",
            name=label,
            marker={"symbol": symbol, "size": 11, "color": colour, "line": {"width": 1, "color": "#fff"}},
            text=[_due(one) for one in these],
            hovertemplate=f"{label} due: %{{text}}<extra></extra>",
        )
        for one in these:
            figure.add_vline(x=str(one.date), line={"color": colour, "width": 1, "dash": "dot"}, opacity=0.45)
    figure.update_layout(yaxis2={"overlaying": "y", "range": [0.0, 1.0], "visible": False, "fixedrange": True})


def _due(flow: Flow) -> str:
    return f"{abs(flow.share):.1%} of nav" if flow.share is not None else money(abs(flow.amount or 0.0))


def drawdowns(records: Mapping[str, RunRecord]) -> go.Figure:
    """Fall below the highest value so far."""
    paths = {name: drawdown_path(one.returns.to_numpy(np.float64)) for name, one in records.items()}
    figure = _lines(paths, _index(records), "%{y:.1%}")
    figure.update_yaxes(tickformat=".0%")
    return figure


def coverage(records: Mapping[str, RunRecord]) -> go.Figure | None:
    """Cash that could be raised under stress over the stated redemption; ``None`` where it is undefined."""
    paths = {name: one.liquidity["coverage"].to_numpy() for name, one in records.items()}
    if all(np.isnan(path).all() for path in paths.values()):
        return None
    figure = _lines(paths, _index(records), "%{y:.2f}")
    figure.add_hline(y=1.0, line={"color": "#B00020", "width": 1, "dash": "dot"})
    return figure


#: Cost components that are shown even where they are zero.
ALWAYS_SHOWN: Final = ("spread", "temporary", "permanent")


def costs(metrics: Mapping[str, PolicyMetrics]) -> go.Figure:
    """Cost in basis points of nav a year, by component."""
    names = list(metrics)[::-1]
    figure = go.Figure()
    shades = ("#56B4E9", "#0072B2", "#003B5C", "#009E73", "#CC79A7")
    for component, shade in zip(abi.COMPONENTS, shades, strict=True):
        values = [metrics[name].cost_components_bps_annual.get(component, 0.0) for name in names]
        if component in ALWAYS_SHOWN or any(values):
            figure.add_bar(y=names, x=values, name=component, orientation="h", marker={"color": shade})
    displaced = [metrics[name].displacement_bps_annual or 0.0 for name in names]
    figure.add_bar(y=names, x=displaced, name="displacement", orientation="h", marker={"color": "#E69F00"})
    figure.update_layout(barmode="relative", **layout(60 + 34 * len(names)))
    figure.update_xaxes(title="basis points of nav a year")
    return figure


def signals(panels: Mapping[str, SignalPanel]) -> go.Figure | None:
    """Each signal with a level: its level, shaded while it is on. ``None`` if there is none."""
    shown = {name: panel for name, panel in panels.items() if _level(panel) is not None}
    if not shown:
        return None
    figure = make_subplots(len(shown), 1, shared_xaxes=True, vertical_spacing=0.08, subplot_titles=list(shown))
    for row, (name, panel) in enumerate(shown.items(), start=1):
        level = _level(panel)
        assert level is not None  # only those with one are shown
        index = pd.DatetimeIndex(panel.sessions)
        keep = kept(level)
        figure.add_scatter(
            x=index[keep],
            y=short(level[keep]),
            name=f"{name}: {panel.columns[0]}",
            row=row,
            col=1,
            line={"width": 1, "color": COLOURS[1]},
            hovertemplate="%{y:.3f}<extra></extra>",
            showlegend=False,
        )
        top = float(np.nanmax(level)) if not np.isnan(level).all() else 1.0
        starts, stops = spells(panel.state())
        for start, stop in zip(starts, stops, strict=True):
            figure.add_shape(
                type="rect",
                x0=index[start],
                x1=index[min(stop, len(index) - 1)],
                y0=0.0,
                y1=top,
                row=row,
                col=1,
                fillcolor=COLOURS[2],
                opacity=0.25,
                line_width=0,
                layer="below",
            )
    figure.update_layout(**layout(90 + 170 * len(shown)))
    return figure


def _level(panel: SignalPanel) -> FloatArray | None:
    first = panel.columns[0]
    return None if first in ("fire", "state") else panel.column(first)


def spells(state: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First session of each spell of a state, and the first one after it."""
    padded = np.concatenate([[False], state, [False]]).astype(int)
    return np.flatnonzero(np.diff(padded) == 1), np.flatnonzero(np.diff(padded) == -1)


def _index(records: Mapping[str, RunRecord]) -> pd.DatetimeIndex:
    return next(iter(records.values())).index


def _lines(paths: Mapping[str, FloatArray], index: pd.DatetimeIndex, hover: str) -> go.Figure:
    figure = go.Figure()
    palette = colours(list(paths))
    for name, path in paths.items():
        keep = kept(path)
        figure.add_scatter(
            x=index[keep],
            y=short(path[keep]),
            name=name,
            mode="lines",
            line={"width": 1.4, "color": palette[name]},
            hovertemplate=f"{hover}<extra>{name}</extra>",
        )
    for start, end in CRISES:
        if pd.Timestamp(start) >= index[0] and pd.Timestamp(end) <= index[-1]:
            figure.add_vrect(x0=start, x1=end, fillcolor="#888888", opacity=0.13, line_width=0, layer="below")
    figure.update_layout(**layout(420))
    return figure


def kept(path: FloatArray) -> np.ndarray:
    """Rows to draw: the lowest and the highest of every few sessions, so that no extreme is lost."""
    bucket = max(1, int(np.ceil(2 * path.size / _POINTS)))
    if bucket == 1:
        return np.arange(path.size)
    whole = path.size // bucket * bucket
    blocks = np.nan_to_num(path[:whole]).reshape(-1, bucket)
    base = np.arange(len(blocks)) * bucket
    rows = np.concatenate([base + blocks.argmin(axis=1), base + blocks.argmax(axis=1), [0, path.size - 1]])
    return np.unique(rows)


def short(values: FloatArray) -> np.ndarray:
    """Values with the digits that a picture needs."""
    return values.astype(np.float32)


def _narrow(paths: Mapping[str, FloatArray]) -> bool:
    values = np.concatenate(list(paths.values()))
    return bool(values.max() / values.min() < 20.0)


def layout(height: int) -> dict[str, Any]:
    """What every chart shares."""
    return {
        "template": "plotly_white",
        "height": height,
        "margin": {"l": 48, "r": 12, "t": 28, "b": 36},
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0, "font": {"size": 11}},
        "hovermode": "x unified",
        "font": {"family": "system-ui, sans-serif", "size": 12},
    }

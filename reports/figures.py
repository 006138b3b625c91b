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

from .against_index import IndexLine
from .labels import Label, drawn
from .spacing import HELD, changes
from .text import money

#: Okabe & Ito's palette, its light colours darker: three to one against white at least (WCAG 2.2, 1.4.11).
#: Dark pages have them as they are (``reports/shades.py``).
COLOURS: Final = (
    *("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#C98100", "#1F97DE", "#8C6D31", "#6A3D9A", "#B00020"),
    *("#4F7A28", "#7A8FA6"),
)
#: Of those that are not pointed out where there are more policies than colours.
GREY: Final = "#C3C9D1"
#: Policies that are pointed out where there are more than colours: the benchmark and the highest Sharpe ratios.
_LED: Final = 8
_POINTS: Final = 1500  # of a line: more than a screen has columns
_MOST_POINTS: Final = 60_000  # of a chart
_FEWEST_POINTS: Final = 240
#: Where a log axis that spans little is labelled.
_TICKS: Final = (*(n / 10 for n in range(1, 10)), 1, 1.1, 1.2, 1.3, 1.5, 1.7, 2, 2.5, 3, 4, 5, 6, 8, 10, 12, 15, 20)


def colours(names: Sequence[str], led: Sequence[str] = ()) -> dict[str, str]:
    """A colour for each policy, the same in every chart and never the same for two; grey for those not in ``led``.

    ``led`` counts where there are more policies than colours; without it the first ones are pointed out.
    """
    if len(names) <= len(COLOURS):
        return dict(zip(names, COLOURS, strict=False))
    chosen = list(led or names)[: len(COLOURS)]
    shades = dict(zip(chosen, COLOURS, strict=False))
    return {name: shades.get(name, GREY) for name in names}


def led(metrics: Mapping[str, PolicyMetrics], benchmark: str) -> list[str]:
    """Policies to point out among many: the benchmark and those with the highest Sharpe ratios, in their order."""
    ranked = sorted(metrics, key=lambda name: -(metrics[name].sharpe or -np.inf))
    chosen = {benchmark, *[name for name in ranked if name != benchmark][: _LED - 1]}
    return [benchmark, *(name for name in metrics if name in chosen and name != benchmark)]


def growth_path(returns: pd.Series) -> FloatArray:
    """(T,) value of one unit invested at the start."""
    return np.asarray(np.cumprod(1.0 + returns.to_numpy()), dtype=np.float64)


@drawn
def growth(
    records: Mapping[str, RunRecord],
    flows: Sequence[Flow] = (),
    palette: Mapping[str, str] | None = None,
    index: IndexLine | None = None,
) -> go.Figure:
    """Value of one unit of currency, on a log scale, with the days on which investors' money was due.

    An index stands beside the policies as a dotted line: one unit at its level of the first session.
    """
    paths = {name: growth_path(record.returns) for name, record in records.items()}
    figure = _lines(paths, _index(records), "%{y:.3f}", palette)
    figure.update_yaxes(type="log", dtick="D2")
    if _narrow(paths):
        figure.update_yaxes(tickvals=_TICKS, ticktext=[f"{tick:g}" for tick in _TICKS])
    if index is not None:
        _add_index(figure, index, _index(records))
    _mark_flows(figure, flows)
    return figure


def _add_index(figure: go.Figure, index: IndexLine, dates: pd.DatetimeIndex) -> None:
    worth = index.levels / index.levels[0]
    rows = kept(worth, _POINTS)
    figure.add_scatter(
        x=stamps(dates[rows]),
        y=short(worth[rows]),
        name=f"{index.name} (index)",
        mode="lines",
        line={"width": 1.4, "color": "#444B54", "dash": "dot"},
        hovertemplate=f"%{{y:.3f}}<extra>{index.name} (index)</extra>",
    )


def _mark_flows(figure: go.Figure, flows: Sequence[Flow]) -> None:
    """Triangles at the foot of the chart: up where money came, down where it was asked for."""
    for label, sign, symbol, colour in (
        ("subscription", 1.0, "triangle-up", "#2E7D32"),
        ("redemption", -1.0, "triangle-down", "#B00020"),
    ):
        once = [flow for flow in flows if flow.every is None]  # those by rule would hide the chart
        these = [flow for flow in once if sign * ((flow.amount or 0.0) + (flow.share or 0.0)) > 0.0]
        if not these:
            continue
        figure.add_scatter(
            x=[str(flow.date) for flow in these],
            y=[0.03] * len(these),
            yaxis="y2",
            mode="markers",
            name=label,
            marker={"symbol": symbol, "size": 11, "color": colour, "line": {"width": 1, "color": "#fff"}},
            text=[_due(flow) for flow in these],
            hovertemplate=f"{label} due: %{{text}}<extra></extra>",
        )
        _rule_off([str(flow.date) for flow in these], colour, figure)
    figure.update_layout(yaxis2={"overlaying": "y", "range": [0.0, 1.0], "visible": False, "fixedrange": True})


def _rule_off(dates: Sequence[str], colour: str, figure: go.Figure) -> None:
    """Dotted vertical lines on days, as one trace: shapes added one by one take a second for a dozen."""
    figure.add_scatter(
        x=[date for day in dates for date in (day, day, None)],
        y=[0.0, 1.0, None] * len(dates),
        yaxis="y2",
        mode="lines",
        line={"color": colour, "width": 1, "dash": "dot"},
        opacity=0.45,
        showlegend=False,
        hoverinfo="skip",
    )


def _due(flow: Flow) -> str:
    return f"{abs(flow.share):.1%} of nav" if flow.share is not None else money(abs(flow.amount or 0.0))


@drawn
def drawdowns(records: Mapping[str, RunRecord], palette: Mapping[str, str] | None = None) -> go.Figure:
    """Fall below the highest value so far."""
    paths = {name: drawdown_path(record.returns.to_numpy(np.float64)) for name, record in records.items()}
    figure = _lines(paths, _index(records), "%{y:.1%}", palette)
    figure.update_yaxes(tickformat=".0%")
    return figure


@drawn
def coverage(records: Mapping[str, RunRecord], palette: Mapping[str, str] | None = None) -> go.Figure | None:
    """Cash that could be raised under stress over the stated redemption; ``None`` where it is undefined."""
    paths = {name: record.coverage["coverage"].to_numpy() for name, record in records.items()}
    if all(np.isnan(path).all() for path in paths.values()):
        return None
    figure = _lines(paths, _index(records), "%{y:.2f}", palette)
    figure.add_hline(y=1.0, line={"color": "#B00020", "width": 1, "dash": "dot"})
    return figure


#: Cost components that are shown even where they are zero.
ALWAYS_SHOWN: Final = ("spread", "temporary", "permanent")
#: Of the components in the order of :data:`simulator.core.abi.COMPONENTS`, and of displacement.
COST_SHADES: Final = ("#1F97DE", "#0072B2", "#003B5C", "#009E73", "#CC79A7")
DISPLACEMENT: Final = "#C98100"


@drawn
def costs(metrics: Mapping[str, PolicyMetrics]) -> go.Figure:
    """Cost in basis points of nav a year, by component."""
    names = list(metrics)[::-1]
    figure = go.Figure()
    for component, shade in zip(abi.COMPONENTS, COST_SHADES, strict=True):
        values = [metrics[name].cost_components_bps_annual.get(component, 0.0) for name in names]
        if component in ALWAYS_SHOWN or any(values):
            figure.add_bar(y=names, x=values, name=component, orientation="h", marker={"color": shade})
    displaced = [metrics[name].displacement_bps_annual or 0.0 for name in names]
    figure.add_bar(y=names, x=displaced, name="displacement", orientation="h", marker={"color": DISPLACEMENT})
    figure.update_layout(barmode="relative", **layout(60 + row_height(len(names)) * len(names)))
    figure.update_xaxes(title="basis points of nav a year")
    figure.update_yaxes(type="category", dtick=1, automargin=True)
    return figure


def row_height(rows: int) -> int:
    """Pixels a policy takes where there is a row for each."""
    return 34 if rows <= 20 else 18


@drawn
def signals(panels: Mapping[str, SignalPanel]) -> go.Figure | None:
    """Each signal with a level: its level, which holds until the next session, shaded while it is on.

    ``None`` if there is none.
    """
    shown = {name: panel for name, panel in panels.items() if _level(panel) is not None}
    if not shown:
        return None
    row = _SIGNAL if len(shown) <= 12 else _SMALL_SIGNAL
    inner = len(shown) * row + (len(shown) - 1) * _BETWEEN
    figure = make_subplots(
        len(shown), 1, shared_xaxes=True, vertical_spacing=_BETWEEN / inner, subplot_titles=list(shown)
    )
    for number, (name, panel) in enumerate(shown.items(), start=1):
        level = _level(panel)
        assert level is not None  # only those with one are shown
        index = pd.DatetimeIndex(panel.sessions)
        keep = _steps(level, _points(len(shown)))
        figure.add_trace(_bands(panel.state(), index, level), row=number, col=1)
        figure.add_scatter(
            x=stamps(index[keep]),
            y=short(level[keep]),
            mode="lines",
            name=f"{name}: {panel.columns[0]}",
            row=number,
            col=1,
            line={"width": 1, "color": COLOURS[1], "shape": HELD},
            hovertemplate="%{y:.3f}<extra></extra>",
            showlegend=False,
        )
    figure.update_xaxes(type="date")
    figure.update_layout(**layout(inner + _MARGINS))
    return figure


def _steps(level: FloatArray, points: int) -> np.ndarray:
    """Rows at which a level changes, with others between them for the pointer; :func:`kept` where too many change."""
    moved = changes(level)
    if moved.size > points:
        return kept(level, points)
    return np.union1d(moved, np.linspace(0, level.size - 1, points - moved.size).astype(int))


_SIGNAL: Final = 130  # pixels a signal takes
_SMALL_SIGNAL: Final = 90  # where there are more than a dozen
_BETWEEN: Final = 34
_MARGINS: Final = 64  # above and below a chart: see layout


def _bands(state: np.ndarray, index: pd.DatetimeIndex, level: FloatArray) -> go.Scatter:
    """Stretches in which a signal is on, shaded from its least level (or zero) to its greatest, as one trace."""
    known = level[~np.isnan(level)]
    low, high = min(float(known.min(initial=0.0)), 0.0), float(known.max(initial=0.0)) if known.size else 1.0
    starts, stops = spells(state)
    begins = index[starts]
    ends = index[np.minimum(stops, len(index) - 1)]
    x = [stamp for a, b in zip(begins, ends, strict=True) for stamp in (a, a, b, b, None)]
    return go.Scatter(
        x=[None if stamp is None else f"{stamp:%Y-%m-%d}" for stamp in x],
        y=[low, high, high, low, None] * len(begins),
        fill="toself",
        fillcolor="rgba(213, 94, 0, 0.25)",
        mode="lines",
        line={"width": 0},
        name="on",
        showlegend=False,
        hoverinfo="skip",
    )


def _level(panel: SignalPanel) -> FloatArray | None:
    first = panel.columns[0]
    return None if first in ("fire", "state") else panel.column(first)


def spells(state: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First session of each spell of a state, and the first one after it."""
    padded = np.concatenate([[False], state, [False]]).astype(int)
    return np.flatnonzero(np.diff(padded) == 1), np.flatnonzero(np.diff(padded) == -1)


def _index(records: Mapping[str, RunRecord]) -> pd.DatetimeIndex:
    return next(iter(records.values())).index


def _lines(
    paths: Mapping[str, FloatArray],
    index: pd.DatetimeIndex,
    hover: str,
    palette: Mapping[str, str] | None = None,
) -> go.Figure:
    palette = palette or colours(list(paths))
    drawn_rows = {
        name: kept(path, _points(len(paths)) if palette[name] == GREY else _POINTS) for name, path in paths.items()
    }
    return lines(
        {name: pd.Series(paths[name][rows], index[rows]) for name, rows in drawn_rows.items()},
        Label(hover),
        palette,
        index,
    )


@drawn
def lines(
    series: Mapping[str, pd.Series], hover: Label, palette: Mapping[str, str], index: pd.DatetimeIndex
) -> go.Figure:
    """A line a policy, point by point as given, with the crises of ``index`` shaded; those in grey lie below.

    A value a session; NaN breaks the line.
    """
    figure = go.Figure()
    quiet = [name for name in series if palette[name] == GREY]
    for name in [*quiet, *(name for name in series if palette[name] != GREY)]:  # what is pointed out lies on top
        grey = palette[name] == GREY
        figure.add_scatter(
            x=stamps(pd.DatetimeIndex(series[name].index)),
            y=short(series[name].to_numpy()),
            name=name,
            mode="lines",
            line={"width": 1.0 if grey else 1.4, "color": palette[name]},
            showlegend=not grey,
            hovertemplate=f"%{{x|%Y-%m-%d}}: {hover}<extra>{name}</extra>"
            if quiet
            else f"{hover}<extra>{name}</extra>",
        )
    figure.update_layout(**layout(420), shapes=_crises(index))
    figure.update_xaxes(type="date")
    if quiet:
        figure.update_layout(hovermode="closest")
    return figure


def _crises(index: pd.DatetimeIndex) -> list[dict[str, Any]]:
    shade = {
        "type": "rect",
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "fillcolor": "#888888",
        "opacity": 0.13,
        "line_width": 0,
    }
    return [
        {**shade, "x0": start, "x1": end, "layer": "below"}
        for start, end in CRISES
        if pd.Timestamp(start) >= index[0] and pd.Timestamp(end) <= index[-1]
    ]


def _points(lines: int) -> int:
    """Points a line may have where a chart has so many."""
    return int(np.clip(_MOST_POINTS // max(lines, 1), _FEWEST_POINTS, _POINTS))


def stamps(index: pd.DatetimeIndex) -> FloatArray:
    """Dates as Plotly takes them in binary: milliseconds since 1970, a quarter of what they take as texts.

    Of shape (T,), one a session.
    """
    return index.to_numpy().astype("datetime64[ms]").astype(np.float64)


def kept(path: FloatArray, points: int = _POINTS) -> np.ndarray:
    """Rows to draw: the lowest and the highest of every few sessions, so that no extreme is lost."""
    bucket = max(1, int(np.ceil(2 * path.size / points)))
    if bucket == 1:
        return np.arange(path.size)
    padded = np.full(-(-path.size // bucket) * bucket, np.nan)
    padded[: path.size] = path
    blocks = padded.reshape(-1, bucket)
    base = np.arange(len(blocks)) * bucket
    low = np.where(np.isnan(blocks), np.inf, blocks).argmin(axis=1)
    high = np.where(np.isnan(blocks), -np.inf, blocks).argmax(axis=1)
    rows = np.concatenate([base + low, base + high, [0, path.size - 1]])
    return np.unique(np.minimum(rows, path.size - 1))


def short(values: FloatArray) -> np.ndarray:
    """Values with the digits that a picture needs. As float32, of the same shape and units."""
    return values.astype(np.float32)


def _narrow(paths: Mapping[str, FloatArray]) -> bool:
    values = np.concatenate(list(paths.values()))
    return bool(values.max() / values.min() < 20.0)


def layout(height: int) -> dict[str, Any]:
    """What every chart shares, but for its colours and grid, which a page adds (:func:`~.template.chart_html`)."""
    return {
        "height": height,
        "margin": {"l": 48, "r": 12, "t": 28, "b": 36},
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0, "font": {"size": 11}},
        "hovermode": "x unified",
        "font": {"family": "system-ui, sans-serif", "size": 12},
    }

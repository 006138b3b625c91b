"""The pictures of the verdicts: when signals were on, what that was worth, and what chance would have given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from simulator.metrics import PAIRED, Difference

from .figures import kept, layout, short, spells
from .labels import drawn
from .verdict_text import called
from .verdicts import Verdict, Verdicts

_SIGNAL, _RIVAL, _HINDSIGHT = "#0072B2", "#D55E00", "#8A8A8A"
_SHADES: Final = ("#D55E00", "#C98100", "#CC79A7", "#8C6D31", "#1F97DE")
_PER_SIGNAL = 30


def colour(verdict: Verdict) -> str:
    """Blue for a signal that is judged, orange for one to beat, grey for hindsight."""
    return _HINDSIGHT if verdict.hindsight else _RIVAL if verdict.rival else _SIGNAL


def labels(verdicts: Verdicts) -> list[str]:
    """Signals as axes name them."""
    return [f"{verdict.signal} ⚠" if verdict.hindsight else verdict.signal for verdict in verdicts.verdicts]


@drawn
def strips(verdicts: Verdicts) -> go.Figure:
    """When each signal was on, under the drawdown of the benchmark."""
    count = len(verdicts.verdicts)
    figure = make_subplots(2, 1, shared_xaxes=True, vertical_spacing=0.03, row_heights=[170, 24 * count], x_title=None)
    index = pd.DatetimeIndex(verdicts.sessions)
    keep = kept(verdicts.drawdown)
    figure.add_scatter(
        x=index[keep],
        y=short(verdicts.drawdown[keep]),
        fill="tozeroy",
        line={"width": 1, "color": "#444444"},
        name=f"drawdown of {verdicts.benchmark}",
        hovertemplate="%{y:.1%}<extra></extra>",
        row=1,
        col=1,
    )
    names = labels(verdicts)
    for name, verdict in zip(names, verdicts.verdicts, strict=True):
        xs: list[Any] = []
        for start, stop in zip(*spells(verdict.state), strict=True):
            xs += [index[start], index[min(stop, index.size - 1)], None]
        figure.add_scatter(
            x=xs or [index[0]],
            y=[name if x is not None else None for x in xs] or [None],
            mode="lines",
            line={"width": 11, "color": colour(verdict)},
            hovertemplate="%{x|%Y-%m-%d}<extra>" + name + "</extra>",
            showlegend=False,
            row=2,
            col=1,
        )
    figure.update_layout(**{**layout(150 + 170 + 24 * count), "hovermode": "closest", "showlegend": False})
    figure.update_yaxes(tickformat=".0%", row=1, col=1)
    figure.update_yaxes(categoryorder="array", categoryarray=names[::-1], range=[-0.7, count - 0.3], row=2, col=1)
    figure.update_yaxes(automargin=True, tickfont={"size": 11})
    figure.update_xaxes(range=[index[0], index[-1]])
    return figure


@drawn
def differences(verdicts: Verdicts, measure: str) -> go.Figure:
    """Each signal's policy minus that of each rival, with intervals; hollow against equal share, in hindsight."""
    names = labels(verdicts)
    figure = go.Figure()
    sides = [*verdicts.against, None]
    for number, rival in enumerate(sides):
        offset = 0.62 * (number / max(len(sides) - 1, 1) - 0.5)
        rows = [(len(names) - 1 - i, gap) for i, gap in _gaps(verdicts, rival, measure)]
        shade = _SHADES[number % len(_SHADES)] if rival else _HINDSIGHT
        figure.add_scatter(
            x=[gap.value for _, gap in rows],
            y=[y - offset for y, _ in rows],
            mode="markers",
            name=f"minus {rival}" if rival else "minus volatility at equal share of time ⚠",
            marker={"color": shade, "size": 8, "symbol": "circle" if rival else "circle-open"},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [gap.high - gap.value for _, gap in rows],
                "arrayminus": [gap.value - gap.low for _, gap in rows],
                "color": shade,
                "thickness": 1.6,
                "width": 3,
            },
            customdata=[[gap.low, gap.high, gap.better] for _, gap in rows],
            hovertemplate="%{x:.3f} (%{customdata[0]:.3f} to %{customdata[1]:.3f}), better in %{customdata[2]:.0%}"
            "<extra></extra>",
        )
    figure.add_vline(x=0.0, line={"color": "#1b1f24", "width": 1})
    figure.update_layout(**{**layout(110 + (_PER_SIGNAL + 8) * len(names)), "hovermode": "closest"})
    figure.update_yaxes(
        tickvals=list(range(len(names))),
        ticktext=names[::-1],
        range=[-0.6, len(names) - 0.4],
        automargin=True,
        zeroline=False,
        tickfont={"size": 11},
    )
    better = "right of the line is better" if PAIRED[measure].better > 0 else "left of the line is better"
    figure.update_xaxes(title=f"{called(measure)}: {better}", tickformat=_format(measure))
    return figure


def _gaps(verdicts: Verdicts, rival: str | None, measure: str) -> Iterator[tuple[int, Difference]]:
    for number, verdict in enumerate(verdicts.verdicts):
        if rival is None:
            if verdict.equal_share is not None:
                yield number, verdict.equal_share.differences[measure]
        elif rival in verdict.against:
            yield number, verdict.against[rival][measure]


@drawn
def placebos(verdicts: Verdicts) -> go.Figure:
    """What shifts of each signal came to, with the signal itself marked."""
    names, measure = labels(verdicts), verdicts.measure
    figure = go.Figure()
    for name, verdict in zip(names, verdicts.verdicts, strict=True):
        values = verdict.placebos.of(measure)
        figure.add_violin(
            x=np.round(values[np.isfinite(values)], 4),
            y0=name,
            orientation="h",
            side="positive",
            width=1.5,
            points=False,
            spanmode="hard",
            line={"color": "#9aa4af", "width": 1},
            fillcolor="#e3e7eb",
            hoverinfo="skip",
            showlegend=False,
        )
    figure.add_scatter(
        x=[verdict.placebos.bar(measure, verdict.level) for verdict in verdicts.verdicts],
        y=names,
        mode="markers",
        marker={"symbol": "line-ns", "size": 13, "line": {"width": 1.6, "color": "#1b1f24"}},
        hovertemplate="%{x:.3f}<extra></extra>",
        showlegend=False,
    )
    figure.add_scatter(
        x=[verdict.figures[measure] for verdict in verdicts.verdicts],
        y=names,
        mode="markers",
        marker={
            "symbol": "diamond",
            "size": 11,
            "color": [colour(verdict) for verdict in verdicts.verdicts],
            "line": {"width": 1, "color": "#ffffff"},
        },
        customdata=[verdict.chance for verdict in verdicts.verdicts],
        hovertemplate="%{y}: %{x:.3f}, chance %{customdata:.3f}<extra></extra>",
        showlegend=False,
    )
    figure.update_layout(**{**layout(90 + _PER_SIGNAL * len(names)), "hovermode": "closest"})
    figure.update_yaxes(categoryorder="array", categoryarray=names[::-1], automargin=True, tickfont={"size": 11})
    figure.update_xaxes(title=called(measure), tickformat=_format(measure))
    return figure


def _format(measure: str) -> str:
    return ".1%" if PAIRED[measure].unit == "fraction" else ""

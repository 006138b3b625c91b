"""The charts of a herd."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from simulator.core.types import DateArray, FloatArray

from .figures import COLOURS, colours
from .herd import Figures, HerdReport
from .labels import drawn


@drawn
def amplification_by_number(by_number: Mapping[str, Sequence[Figures]]) -> go.Figure:
    """Amplification against the number of funds, a line for each policy and one for the mix."""
    figure, palette = go.Figure(), colours(list(by_number))
    for name, line in by_number.items():
        _line(
            figure,
            name,
            [figures.funds for figures in line],
            [figures.amplification for figures in line],
            palette[name],
        )
    _laid_out(figure)
    figure.update_xaxes(title={"text": "funds", "standoff": 8}, rangemode="tozero")
    figure.update_yaxes(title={"text": "drawdown, amplified"}, ticksuffix=" x", automargin=True)
    return figure


@drawn
def amplification_by_similarity(report: HerdReport) -> go.Figure:
    """Amplification against the share of funds that follow one policy."""
    figure = go.Figure()
    shares = [share for share, _ in report.by_similarity]
    found = [figures.amplification for _, figures in report.by_similarity]
    _line(figure, f"funds that follow {report.lead}", shares, found, COLOURS[1])
    _laid_out(figure)
    figure.update_xaxes(title={"text": "share of the funds", "standoff": 8}, tickformat=".0%")
    figure.update_yaxes(title={"text": "drawdown, amplified"}, ticksuffix=" x", automargin=True)
    return figure


@drawn
def over_time(sessions: DateArray, values: FloatArray, assets: Sequence[str], percent: bool) -> go.Figure:
    """Displacement or depth by session: those of the assets that move most."""
    figure, days = go.Figure(), sessions.astype(str)
    most = np.argsort(-np.abs(values - values[0]).max(axis=0), kind="stable")[: len(COLOURS)]
    for number, asset in enumerate(sorted(most.tolist())):
        _line(figure, assets[asset], days, values[:, asset], COLOURS[number], markers=False)
    _laid_out(figure)
    figure.update_xaxes(nticks=6, automargin=True)
    figure.update_yaxes(tickformat=".2~%" if percent else ".3~g", automargin=True)
    return figure


@drawn
def convergence(report: HerdReport) -> go.Figure:
    """The largest change of a flow by round, on a log scale."""
    figure = go.Figure()
    changes = np.where(report.changes > 0.0, report.changes, np.nan)
    _line(figure, "largest change of a flow", list(range(1, changes.size + 1)), changes, COLOURS[1])
    _laid_out(figure)
    figure.update_xaxes(title={"text": "round", "standoff": 8})
    figure.update_yaxes(type="log", title={"text": "share of a day's volume"}, exponentformat="power", automargin=True)
    return figure


def _line(figure: go.Figure, name: str, x: object, y: object, colour: str, markers: bool = True) -> None:
    figure.add_scatter(
        x=x,
        y=y,
        mode="lines+markers" if markers else "lines",
        name=name,
        line={"color": colour, "width": 1.6},
        marker={"size": 6},
        hovertemplate="%{x}: %{y:.4g}<extra>%{fullData.name}</extra>",
    )


def _laid_out(figure: go.Figure) -> None:
    figure.update_layout(
        template="plotly_white",
        height=320,
        margin={"l": 60, "r": 12, "t": 28, "b": 44},
        font={"family": "system-ui, sans-serif", "size": 12},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0, "font": {"size": 11}},
        showlegend=True,
    )

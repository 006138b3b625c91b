"""The charts of a model card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import plotly.graph_objects as go

from .labels import drawn
from .spacing import HELD
from .warning_figures import layout

if TYPE_CHECKING:
    from .model_card import CalibrationFacts, DriftFacts, ImportanceFacts, ModelCard

_OWN: Final = "#0072B2"
_RULES: Final = ("#000000", "#6B6B6B", "#949494")
_MISS: Final = "#A50026"
_FALSE: Final = "#C98100"
_LINE: Final = "#DDE2E8"
_SHOWN: Final = 20


@drawn
def trace_chart(card: ModelCard) -> go.Figure:
    """The probability day by day, with the worst failures on it and the days that came out stressed below."""
    figure = go.Figure()
    figure.add_scatter(
        x=card.trace.dates,
        y=np.round(card.trace.probability, 4),
        mode="lines",
        name="probability",
        line={"color": _OWN, "width": 1.1, "shape": HELD},
    )
    for title, found, colour, symbol in (
        ("worst misses", card.failures.misses, _MISS, "triangle-down"),
        ("worst false alarms", card.failures.false_alarms, _FALSE, "triangle-up"),
    ):
        figure.add_scatter(
            x=[forecast.date for forecast in found],
            y=[round(forecast.probability, 4) for forecast in found],
            mode="markers",
            name=title,
            marker={"size": 11, "color": colour, "symbol": symbol, "line": {"color": "#fff", "width": 1}},
            hovertemplate="%{x|%d %b %Y}: %{y:.2f}<extra>" + title + "</extra>",
        )
    figure.add_scatter(
        x=card.trace.stressed,
        y=np.full(len(card.trace.stressed), -0.04),
        mode="markers",
        name="came out stressed",
        marker={"size": 7, "color": _MISS, "symbol": "line-ns-open"},
        hovertemplate="%{x|%d %b %Y}<extra>came out stressed</extra>",
    )
    figure.update_layout(**layout(320), hovermode="closest")
    figure.update_xaxes(type="date")
    figure.update_yaxes(title="probability of a warning")
    return figure


@drawn
def calibration_chart(facts: CalibrationFacts) -> go.Figure:
    """Frequency against the probability that was said."""
    figure = go.Figure()
    top = max(*facts.probability, *facts.frequency, 1e-9)
    figure.add_scatter(
        x=[0, top], y=[0, top], mode="lines", showlegend=False, hoverinfo="skip", line={"color": _LINE, "width": 1}
    )
    figure.add_scatter(
        x=np.round(facts.probability, 4),
        y=np.round(facts.frequency, 4),
        mode="lines+markers",
        showlegend=False,
        line={"color": _OWN, "width": 1.5},
        hovertemplate="said %{x:.3f}, came %{y:.3f}<extra></extra>",
    )
    figure.update_layout(**layout(340), hovermode="closest")
    figure.update_xaxes(title="probability said (mean of the bin)", range=[-0.02 * top, 1.05 * top])
    figure.update_yaxes(title="how often it came", range=[-0.02 * top, 1.05 * top])
    return figure


@drawn
def years_chart(card: ModelCard) -> go.Figure:
    """Brier skill against each naive rule, year by year."""
    figure = go.Figure()
    years = [str(year.year) for year in card.drift.years]
    low = -1.0
    for number, (rule, title) in enumerate(card.rules.items()):
        skill = [year.skill.get(rule) for year in card.drift.years]
        shown = [None if value is None else max(round(value, 3), low) for value in skill]
        figure.add_bar(
            x=years,
            y=shown,
            name=f"against “{title}”",
            marker={"color": _RULES[number % len(_RULES)]},
            customdata=[None if value is None else round(value, 3) for value in skill],
            hovertemplate="%{x}: %{customdata:.2f}<extra>" + title + "</extra>",
        )
    figure.update_layout(**layout(300), bargap=0.25, hovermode="closest")
    figure.update_xaxes(type="category")
    figure.update_yaxes(title="Brier skill (cut at −1)", range=[low, 1.0], zeroline=True, zerolinecolor="#1b1f24")
    return figure


@drawn
def stability_chart(facts: DriftFacts) -> go.Figure:
    """Population stability of the columns that have moved most, with what each is held against."""
    known = [column for column in facts.columns if column.psi is not None][:_SHOWN]
    names = [column.column for column in known]
    shifted = [column.psi is not None and column.psi > column.limit for column in known]
    figure = go.Figure()
    figure.add_bar(
        orientation="h",
        y=names,
        x=[round(float(column.psi or 0.0), 4) for column in known],
        name="index",
        marker={"color": [_MISS if moved else "#9CC4E4" for moved in shifted]},
        hovertemplate="%{y}: %{x:.2f}<extra></extra>",
        showlegend=False,
    )
    figure.add_scatter(
        x=[round(column.limit, 4) for column in known],
        y=names,
        mode="markers",
        name="limit",
        marker={"symbol": "line-ns-open", "size": 12, "color": "#000000"},
        hovertemplate="%{y}: limit %{x:.2f}<extra></extra>",
    )
    figure.update_layout(**layout(110 + 21 * max(len(known), 1)), hovermode="closest", bargap=0.3)
    figure.update_layout(margin={"l": 8, "r": 16, "t": 28, "b": 40})
    figure.update_xaxes(title="population stability index", rangemode="tozero")
    figure.update_yaxes(autorange="reversed", automargin=True, tickfont={"size": 11}, dtick=1)
    return figure


@drawn
def importance_chart(facts: ImportanceFacts) -> go.Figure:
    """Importance of the most important columns, by year of the refit."""
    values = np.array([[np.nan if value is None else value for value in row] for row in facts.values], dtype=np.float64)
    names = list(facts.columns)[:_SHOWN]
    shown = values[:, :_SHOWN].T
    size = float(np.nanmax(np.abs(shown))) if np.isfinite(shown).any() else 1.0
    scale: object = [[0.0, "#F2F5F8"], [0.3, "#9CC4E4"], [1.0, "#08306B"]]
    if facts.signed:
        scale = [[0.0, "#2166AC"], [0.5, "#F7F7F7"], [1.0, "#B2182B"]]
    figure = go.Figure(
        go.Heatmap(
            x=[str(year) for year in facts.years],
            y=names,
            z=[[None if np.isnan(value) else float(f"{value:.4g}") for value in row] for row in shown],
            colorscale=scale,
            zmin=-size if facts.signed else 0.0,
            zmax=size,
            xgap=1,
            ygap=1,
            colorbar={"thickness": 8, "len": 0.9},
            hovertemplate="%{y}, model of %{x}: %{z:.3g}<extra></extra>",
        )
    )
    figure.update_layout(**layout(80 + 22 * max(len(names), 1)))
    figure.update_layout(margin={"l": 8, "r": 8, "t": 8, "b": 30})
    figure.update_xaxes(type="category", tickangle=0, nticks=8)
    figure.update_yaxes(autorange="reversed", automargin=True, tickfont={"size": 11}, dtick=1)
    return figure

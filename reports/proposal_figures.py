"""The charts of a proposal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import plotly.graph_objects as go

from .labels import drawn
from .warning_figures import layout

_BEFORE: Final = "#98A2AE"
_AFTER: Final = "#0072B2"
_TOWARDS: Final = "#B2182B"
_AWAY: Final = "#2166AC"
_MOST: Final = 25


@drawn
def weights(told: Mapping[str, Any]) -> go.Figure | None:
    """Weights before and after, the largest first; nothing without a trade."""
    if not told["trades"]:
        return None
    moved = {row["asset"]: row["notional"] / told["nav"] for row in told["trades"]}
    paid = sum(moved.values()) + (told["cost"] or 0.0) / told["nav"]
    before = dict(told["held"])
    after = {asset: before.get(asset, 0.0) + moved.get(asset, 0.0) for asset in {**before, **moved}}
    after["CASH"] = before.get("CASH", 0.0) - paid
    shown = sorted(after, key=lambda name: -max(abs(after[name]), abs(before.get(name, 0.0))))[:_MOST]
    figure = go.Figure()
    for name, values, colour in (("before", before, _BEFORE), ("after", after, _AFTER)):
        figure.add_bar(
            orientation="h",
            y=shown,
            x=[values.get(asset, 0.0) for asset in shown],
            name=name,
            marker={"color": colour},
            hovertemplate="%{y}: %{x:.2%}<extra>" + name + "</extra>",
        )
    figure.update_layout(**layout(110 + 30 * len(shown)), barmode="group", bargap=0.3, hovermode="closest")
    figure.update_xaxes(tickformat=".0%", rangemode="tozero")
    figure.update_yaxes(autorange="reversed")
    return figure


@drawn
def contributions(made: Mapping[str, Any]) -> go.Figure:
    """Contributions to the log-odds of a forecast, the largest first."""
    rows = made["reasons"]
    sizes = [row["contribution"] for row in rows]
    figure = go.Figure(
        go.Bar(
            orientation="h",
            y=[row["column"] for row in rows],
            x=sizes,
            marker={"color": [_TOWARDS if (size or 0.0) > 0.0 else _AWAY for size in sizes]},
            hovertemplate="%{y}: %{x:+.2f}<extra></extra>",
        )
    )
    figure.update_layout(**layout(100 + 24 * len(rows)), showlegend=False, hovermode="closest")
    figure.update_xaxes(title="log-odds: right of zero towards stress")
    figure.update_yaxes(autorange="reversed")
    return figure

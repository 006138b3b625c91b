"""Charts over time of what trading came to, and of the year before each session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd
import plotly.graph_objects as go

from simulator.core import abi
from simulator.core.types import IntArray
from simulator.ledger import RunRecord
from simulator.metrics import RunArrays

from .figures import ALWAYS_SHOWN, COST_SHADES, DISPLACEMENT, layout, lines, stamps
from .labels import Label, drawn
from .spacing import rounded

_HEIGHT: Final = 300


@drawn
def of_years(
    series: Mapping[str, pd.Series], index: pd.DatetimeIndex, palette: Mapping[str, str], *, share: bool
) -> go.Figure:
    """A figure of the year before each day, a line a policy; ``share`` says that its axis is in percent."""
    packed = {name: pd.Series(rounded(values.to_numpy()), values.index) for name, values in series.items()}
    figure = lines(packed, Label("%{y:.1%}" if share else "%{y:.2f}"), palette, index)
    figure.update_layout(height=_HEIGHT)
    figure.update_yaxes(tickformat=".0%" if share else ".1f", zeroline=True)
    return figure


@drawn
def costs_over_time(record: RunRecord, rows: IntArray) -> go.Figure:
    """What trading had cost up to each of ``rows``: components stacked, displacement as a line, basis points of nav.

    Basis points of each session's opening nav, added up from the first session on: over the years of the run the last
    values are ``cost_components_bps_annual`` and ``displacement_bps_annual`` of the policy.
    """
    arrays = RunArrays(record)
    spent, displaced = arrays.cost_bps.cumsum(axis=0)[rows], arrays.displacement_bps.cumsum()[rows]
    figure, x = go.Figure(), stamps(record.index[rows])
    for code, (component, shade) in enumerate(zip(abi.COMPONENTS, COST_SHADES, strict=True)):
        if component in ALWAYS_SHOWN or spent[-1, code] != 0.0:
            figure.add_scatter(
                x=x,
                y=rounded(spent[:, code]),
                name=component,
                mode="lines",
                line={"width": 0.5, "color": shade},
                stackgroup="paid",
                hovertemplate=f"%{{y:.1f}}<extra>{component}</extra>",
            )
    figure.add_scatter(
        x=x,
        y=rounded(displaced),
        name="displacement",
        mode="lines",
        line={"width": 1.4, "color": DISPLACEMENT, "dash": "dot"},
        hovertemplate="%{y:.1f}<extra>displacement</extra>",
    )
    figure.update_layout(**layout(_HEIGHT))
    figure.update_xaxes(type="date")
    figure.update_yaxes(tickformat=",~f")
    return figure

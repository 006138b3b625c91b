"""The section on limits that bit: a table for each policy and limit, a strip that shows when, and unmet redemptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from simulator.ledger import Kind, RunRecord
from simulator.ledger.events import COMPONENT_NAMES
from simulator.metrics import LimitMetrics, PolicyMetrics, limit_days

from .figures import colours, layout

_LANE: Final = 13
_TITLE: Final = 2.0
#: Share of nav from which on a mark is at full strength; marks fade with the square root below it.
_STRONG: Final = 0.05
#: What each limit is, in words.
WORDS: Final[Mapping[str, str]] = {
    "max_turnover": "turnover of a session",
    "annual_turnover": "turnover of a year",
    "max_cost_bps": "planned cost of a decision",
    "annual_cost_bps": "cost of a year",
    "max_participation": "share of the day's volume",
    "cash": "buys that cash did not reach for",
    "untradable": "no price, no volume, or a halt",
    "no_trade": "no-trade list",
    "min_trade": "smallest trade",
    "lot": "round lots",
    "min_liquid_share": "least liquid share of nav",
    "cost above proceeds": "sales that cost more than they bring",
    "max_weight": "largest weight of an asset",
    "groups": "largest weight of a group",
    "max_leverage": "leverage",
    "min_cash": "least cash",
}


def rows(metrics: Mapping[str, PolicyMetrics]) -> list[tuple[str, list[LimitMetrics]]]:
    """By policy, the limits that bit and the breaches; policies without any are left out."""
    return [(name, list(one.limits)) for name, one in metrics.items() if one.limits]


def lanes(records: Mapping[str, RunRecord]) -> list[tuple[str, Kind, int | None]]:
    """What the strip shows, from the top: unmet redemptions, then each limit, then each breach."""
    found: dict[tuple[str, Kind, int | None], None] = {}
    for kind, word in ((Kind.SHORTFALL, ""), (Kind.LIMIT, ""), (Kind.BREACH, "drift beyond ")):
        codes = sorted({int(code) for one in records.values() for code in _codes(one, kind)})
        for code in codes:
            name = COMPONENT_NAMES.get(code, "")
            label = "redemptions not paid" if kind == Kind.SHORTFALL else f"{word}{name}: {WORDS.get(name, name)}"
            found[label, kind, None if kind == Kind.SHORTFALL else code] = None
    return list(found)


def _codes(record: RunRecord, kind: Kind) -> Any:
    return np.unique(record.records["component"][record.records["kind"] == kind])


def strip(records: Mapping[str, RunRecord]) -> go.Figure | None:
    """When each limit bit: a block of lanes a limit, a lane a policy in its colour, a tick a session.

    A tick is the stronger the more of nav was held back. ``None`` where no limit bit.
    """
    blocks, palette = lanes(records), colours(list(records))
    if not blocks:
        return None
    figure, block = go.Figure(), len(records) + _TITLE
    for number, (label, kind, code) in enumerate(blocks):
        top = -number * block
        figure.add_annotation(
            x=0.0, xref="paper", y=top, yanchor="middle", xanchor="left", text=label, showarrow=False, font={"size": 12}
        )
        for lane, (name, record) in enumerate(records.items(), start=1):
            _ticks(figure, name, record, kind, code, top - lane, palette[name])
    height = 80 + int(len(blocks) * block * _LANE)
    figure.update_layout(**{**layout(height), "hovermode": "closest"})
    _legend(figure, palette)
    first = next(iter(records.values())).index
    figure.update_xaxes(range=[first[0], first[-1]])
    figure.update_yaxes(visible=False, range=[-len(blocks) * block + 0.5, 1.2], fixedrange=True)
    return figure


def _legend(figure: go.Figure, palette: Mapping[str, str]) -> None:
    """One entry a policy, whichever lanes it has ticks in; a click hides them all."""
    for name, colour in palette.items():
        figure.add_scatter(
            x=[None],
            y=[None],
            mode="markers",
            name=name,
            legendgroup=name,
            marker={"symbol": "square", "size": 9, "color": colour},
        )


def _ticks(
    figure: go.Figure, name: str, record: RunRecord, kind: Kind, code: int | None, lane: float, colour: str
) -> None:
    days, cut = limit_days(record, kind, code)
    figure.add_hline(y=lane, line={"color": "#EDF0F3", "width": 1}, layer="below")
    if not days.size:
        return
    nav = record.out.nav[days]
    share = np.divide(cut, nav, out=np.ones(days.size), where=nav > 0.0)
    figure.add_scatter(
        x=record.index[days],
        y=np.full(days.size, lane, np.float32),
        mode="markers",
        name=name,
        legendgroup=name,
        showlegend=False,
        marker={
            "symbol": "line-ns",
            "size": _LANE - 3,
            "line": {"width": 1.6, "color": colour},
            "opacity": np.round(np.clip(np.sqrt(share / _STRONG), 0.15, 1.0), 2),
        },
        text=[f"{one:.2%}" for one in share],
        hovertemplate=f"%{{x|%Y-%m-%d}}: %{{text}} of nav<extra>{name}</extra>",
    )
